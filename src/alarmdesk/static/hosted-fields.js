// How does a card or bank account reach the gateway without passing through us? Its script puts its own frames into our
// page; we get a token for what was typed there, put it into the form and send the form. Nothing else is ever read.
const form = document.querySelector("[data-hosted]");
const placeOf = (name) => form.querySelector(`[data-hosted-field="${name}"]`);
const troubleBox = form.querySelector("[data-hosted-problem]");
const token = form.querySelector("[name=token]");
const NOT_LOADED = "The payment processor's fields could not be loaded. Reload the page, or try again in a few minutes.";
let isAsking = false;

function tell(name, message) {
  const place = placeOf(name);
  if (!place) return tellAll(message);
  place.classList.toggle("has-error", Boolean(message));
  place.querySelector("[data-hosted-error]").textContent = message;
}

function tellAll(message) {
  troubleBox.hidden = !message;
  troubleBox.querySelector("[data-hosted-words]").textContent = message;
  if (message) troubleBox.scrollIntoView({ block: "nearest" });
}

function done(message = "") {
  isAsking = false;
  form.removeAttribute("aria-busy");
  form.querySelector(".form-foot button").disabled = false;
  tellAll(message);
}

function arrived(value) {
  token.value = value;
  done();
  form.requestSubmit();
}

const isReady = () => { form.dataset.ready = ""; };

// Each gateway: has its script arrived, put the fields into the page, ask for a token.
const gateways = {
  nmi: {
    names: { cc: ["ccnumber", "ccexp", "cvv"], ck: ["checkname", "checkaba", "checkaccount"] },
    isThere: () => Boolean(window.CollectJS),
    configure() {
      const style = getComputedStyle(document.body);
      window.CollectJS.configure({
        variant: "inline",
        paymentType: form.dataset.hosted,
        theme: document.documentElement.dataset.theme || "",
        customCss: { "font-size": "16px", color: style.color, "background-color": "transparent", padding: "8px 10px" },
        timeoutDuration: 15000,
        fields: Object.fromEntries(this.names[form.dataset.hosted].map((name) => {
          const title = placeOf(name).querySelector(".hosted-label").textContent;
          return [name, { selector: `#field-${name}`, title, height: "40px" }];
        })),
        fieldsAvailableCallback: isReady,
        validationCallback(name, isValid, message) {
          tell(name, isValid ? "" : message || "Check this field.");
          if (!isValid && isAsking) done();
        },
        timeoutCallback: () => done("The payment processor did not answer. Nothing was sent. Try again."),
        callback: (answer) => arrived(answer.token),
      });
    },
    ask: () => window.CollectJS.startPaymentRequest(),
  },
  stripe: {
    isThere: () => Boolean(window.Stripe),
    configure() {
      const themes = { light: "stripe", dark: "night" };
      const chosen = document.documentElement.dataset.theme;
      const dark = chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
      this.stripe = window.Stripe(form.dataset.key);
      this.elements = this.stripe.elements({
        mode: "setup",
        currency: form.dataset.currency,
        paymentMethodTypes: [form.dataset.hosted],
        paymentMethodCreation: "manual",
        appearance: { theme: themes[dark ? "dark" : "light"] },
      });
      const element = this.elements.create("payment");
      element.on("ready", isReady);
      element.mount("#field-element");
    },
    async ask() {
      const { elements } = this;
      const { error: unfit } = await elements.submit();
      if (unfit) return done(unfit.message);
      const { error, paymentMethod } = await this.stripe.createPaymentMethod({ elements });
      return error ? done(error.message) : arrived(paymentMethod.id);
    },
  },
};
const gateway = gateways[form.dataset.gateway];

// before app.js marks the form as sent: without a token there is nothing to send yet
document.addEventListener("submit", (event) => {
  if (event.target !== form || token.value) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (isAsking) return;
  if (!gateway.isThere()) return tellAll(NOT_LOADED);
  const agreed = form.querySelector("[name=agreed]");
  if (agreed && !agreed.checked) {
    tellAll("The authorization must be agreed to.");
    agreed.focus();
    return;
  }
  isAsking = true;
  form.setAttribute("aria-busy", "true");
  form.querySelector(".form-foot button").disabled = true;
  tellAll("");
  gateway.ask();
}, true);

// a token works once: coming back to this page asks for a new one
window.addEventListener("pageshow", () => { token.value = ""; });

if (gateway.isThere()) gateway.configure();
else tellAll(NOT_LOADED);
