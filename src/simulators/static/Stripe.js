// Puts the simulated Stripe's payment element into a page, as Stripe.js does, and hands back a payment method.
// The values never leave the frame: this script only asks it and hears the outcome.
(() => {
  "use strict";
  const origin = new URL(document.currentScript.src).origin;
  const PATIENCE = 30000;
  const randomName = () => Array.from(crypto.getRandomValues(new Uint32Array(4)), (n) => n.toString(36)).join("");
  const trouble = (message, type = "api_connection_error") => ({ error: { type, message } });

  // One iframe: ask(verb, data) is answered with what the API said.
  function makeFrame({ type, key, theme, onEvent }) {
    const session = randomName();
    const frame = document.createElement("iframe");
    const address = new URL("/v3/frame", origin);
    address.search = new URLSearchParams({ type, theme: theme || "", session, origin: location.origin, key });
    frame.title = "Secure payment input frame";
    frame.src = address;
    // Properties of the CSSOM, no style attribute in the markup: the page's policy may forbid inline styles.
    Object.assign(frame.style, { display: "block", width: "100%", height: "0", border: "0" });
    const waiting = new Map();
    let markReady;
    const ready = new Promise((resolve) => { markReady = resolve; });
    window.addEventListener("message", (event) => {
      const said = event.data;
      if (event.origin !== origin || event.source !== frame.contentWindow || !said || said.simulators !== session) return;
      if (said.height !== undefined) frame.style.height = `${said.height}px`;
      if (said.type === "ready") markReady();
      if (said.type === "answer" && waiting.has(said.request)) waiting.get(said.request)(said.answer);
      else onEvent(said);
    });
    const ask = async (verb, data = {}) => {
      const gone = new Promise((resolve) => { setTimeout(resolve, PATIENCE, trouble("The request timed out.")); });
      const answer = (async () => {
        await ready;
        const request = randomName();
        return new Promise((resolve) => {
          waiting.set(request, resolve);
          frame.contentWindow.postMessage({ simulators: session, type: "ask", request, verb, data }, origin);
        });
      })();
      return Promise.race([answer, gone]);
    };
    return { frame, ask };
  }

  function makeElement(kind, { key, theme, type }) {
    const heard = { ready: [], change: [], focus: [], blur: [] };
    const call = (name, value) => heard[name].forEach((callback) => callback(value));
    const inner = makeFrame({ type, key, theme, onEvent: (said) => {
      if (said.type === "ready") call("ready", element);
      if (said.type === "change") call("change", { elementType: kind, complete: said.complete, empty: said.empty,
        error: said.error || undefined, value: { type } });
    } });
    const element = {
      mount(place) {
        const at = typeof place === "string" ? document.querySelector(place) : place;
        if (!at) throw new Error(`The selector you specified (${place}) applies to no DOM elements that are currently on the page.`);
        at.replaceChildren(inner.frame);
      },
      unmount() { inner.frame.remove(); },
      destroy() { inner.frame.remove(); },
      update() {},
      clear() { inner.ask("clear"); },
      focus() { inner.frame.focus(); },
      on(name, callback) { (heard[name] || []).push(callback); return element; },
      ask: inner.ask,
    };
    return element;
  }

  window.Stripe = (key) => {
    if (!key) throw new Error("Please call Stripe() with your publishable key.");
    const made = new WeakMap(); // elements group: its element
    let controller = null;

    function elements(options = {}) {
      const theme = (options.appearance || {}).theme;
      let element = null;
      const group = {
        create(kind) {
          const type = kind === "card" ? "card" : (options.paymentMethodTypes || ["card"])[0];
          element = makeElement(kind, { key, theme, type });
          made.set(group, element);
          return element;
        },
        getElement: () => element,
        update() {},
        submit: async () => (element ? element.ask("validate") : trouble("No element was created.", "validation_error")),
      };
      return group;
    }

    async function createPaymentMethod(options) {
      const element = options.elements ? made.get(options.elements) : options.card || options.us_bank_account;
      if (!element || !element.ask) return trouble("Mount an element first.", "validation_error");
      const billing = options.elements ? (options.params || {}).billing_details : options.billing_details;
      const answer = await element.ask("create", { billing: billing || {} });
      return answer.error ? { error: answer.error } : { paymentMethod: answer };
    }

    async function confirmCardSetup(clientSecret, data = {}) {
      let method = data.payment_method;
      if (method && typeof method === "object") {
        const made_ = await createPaymentMethod({ type: "card", ...method });
        if (made_.error) return made_;
        method = made_.paymentMethod.id;
      }
      if (!controller) {
        controller = makeFrame({ type: "controller", key, onEvent() {} });
        controller.frame.hidden = true;
        document.body.append(controller.frame);
      }
      const answer = await controller.ask("confirm", { clientSecret, method });
      return answer.error ? { error: answer.error } : { setupIntent: answer };
    }

    return { elements, createPaymentMethod, confirmCardSetup };
  };
})();
