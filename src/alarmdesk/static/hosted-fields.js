// How does a card or bank account reach the gateway without passing through us? Its script puts its own frames into our
// page; we get a token for what was typed there, put it into the form and send the form. Nothing else is ever read.
const form = document.querySelector("[data-hosted]");
const kinds = { cc: ["ccnumber", "ccexp", "cvv"], ck: ["checkname", "checkaba", "checkaccount"] };
const names = kinds[form.dataset.hosted];
const placeOf = (name) => form.querySelector(`[data-hosted-field="${name}"]`);
const troubleBox = form.querySelector("[data-hosted-problem]");
const token = form.querySelector("[name=token]");
const bad = new Set();
let isAsking = false;

function tell(name, message) {
  const place = placeOf(name);
  if (!place) return tellAll(message);
  place.classList.toggle("has-error", Boolean(message));
  place.querySelector("[data-hosted-error]").textContent = message;
  if (message) bad.add(name);
  else bad.delete(name);
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

function heard(name, isValid, message) {
  tell(name, isValid ? "" : message || "Check this field.");
  if (!isValid && isAsking) done();
}

function arrived(answer) {
  token.value = answer.token;
  done();
  form.requestSubmit();
}

function configure() {
  const style = getComputedStyle(document.body);
  window.CollectJS.configure({
    variant: "inline",
    paymentType: form.dataset.hosted,
    theme: document.documentElement.dataset.theme || "",
    customCss: { "font-size": "16px", color: style.color, "background-color": "transparent", padding: "8px 10px" },
    timeoutDuration: 15000,
    fields: Object.fromEntries(names.map((name) => {
      const title = placeOf(name).querySelector(".hosted-label").textContent;
      return [name, { selector: `#field-${name}`, title, height: "40px" }];
    })),
    fieldsAvailableCallback: () => { form.dataset.ready = ""; },
    validationCallback: heard,
    timeoutCallback: () => done("The payment processor did not answer. Nothing was sent. Try again."),
    callback: arrived,
  });
}

// before app.js marks the form as sent: without a token there is nothing to send yet
document.addEventListener("submit", (event) => {
  if (event.target !== form || token.value) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (isAsking) return;
  if (!window.CollectJS) return tellAll("The payment processor's fields could not be loaded. Reload the page.");
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
  window.CollectJS.startPaymentRequest();
}, true);

// a token works once: coming back to this page asks for a new one
window.addEventListener("pageshow", () => { token.value = ""; });

if (window.CollectJS) configure();
else tellAll("The payment processor's fields could not be loaded. Reload the page, or try again in a few minutes.");
