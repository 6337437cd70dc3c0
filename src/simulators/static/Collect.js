// Puts the simulated gateway's fields into a page, as Collect.js does in its inline mode, and hands back a token.
// The values never leave the frames: this script only starts the request and hears the outcome.
(() => {
  "use strict";
  const own = document.currentScript;
  const origin = new URL(own.src).origin;
  const titles = {
    ccnumber: "Card number", ccexp: "Expiration date", cvv: "Security code",
    checkname: "Name on the account", checkaba: "Routing number", checkaccount: "Account number",
  };
  let settings = {};
  let frames = new Map();
  let session = "";
  let ready = new Set();
  let waiting = null;
  let paymentButton = null;

  const randomName = () => Array.from(crypto.getRandomValues(new Uint32Array(4)), (n) => n.toString(36)).join("");
  const call = (name, ...values) => typeof settings[name] === "function" && settings[name](...values);

  function makeFrame(name, field, names) {
    const place = document.querySelector(field.selector);
    if (!place) return;
    const frame = document.createElement("iframe");
    const address = new URL("/token/field", origin);
    const title = field.title || titles[name];
    address.search = new URLSearchParams({
      field: name, fields: names.join(","), session, origin: location.origin, key: settings.tokenizationKey,
      payment: settings.paymentType === "ck" ? "ck" : "cc", theme: settings.theme || "", title,
      placeholder: field.placeholder || "",
    });
    frame.title = title;
    frame.src = address;
    frame.name = name;
    // Properties of the CSSOM, no style attribute in the markup: the page's policy may forbid inline styles.
    Object.assign(frame.style, { display: "block", width: "100%", height: field.height || "40px", border: "0",
      borderRadius: "6px" });
    place.replaceChildren(frame);
    frames.set(name, frame);
  }

  function configure(options = {}) {
    settings = {
      tokenizationKey: own.dataset.tokenizationKey || "", variant: own.dataset.variant || "inline",
      theme: own.dataset.theme || "", paymentSelector: own.dataset.paymentSelector || "",
      paymentType: own.dataset.paymentType || "cc", ...options,
    };
    const wanted = settings.paymentType === "ck" ? ["checkname", "checkaba", "checkaccount"]
      : ["ccnumber", "ccexp", "cvv"];
    const fields = settings.fields || {};
    const names = wanted.filter((name) => fields[name] && document.querySelector(fields[name].selector));
    session = randomName();
    frames = new Map();
    ready = new Set();
    waiting = null;
    names.forEach((name) => makeFrame(name, fields[name], names));
    if (paymentButton) paymentButton.removeEventListener("click", pressed);
    paymentButton = settings.paymentSelector ? document.querySelector(settings.paymentSelector) : null;
    if (paymentButton) paymentButton.addEventListener("click", pressed);
  }

  function pressed(event) {
    event.preventDefault();
    startPaymentRequest();
  }

  function startPaymentRequest() {
    const [lead] = frames.values();
    if (!lead) throw new Error("CollectJS.configure() has put no field into this page");
    const request = randomName();
    const timer = setTimeout(() => {
      if (!waiting || waiting.request !== request) return;
      waiting = null;
      call("timeoutCallback");
    }, settings.timeoutDuration || 30000);
    if (waiting) clearTimeout(waiting.timer);
    waiting = { request, timer };
    lead.contentWindow.postMessage({ simulators: session, type: "collect", request }, origin);
  }

  function heard(event) {
    const said = event.data;
    if (event.origin !== origin || !said || said.simulators !== session) return;
    const from = [...frames].find(([, frame]) => frame.contentWindow === event.source);
    if (!from) return;
    const [name] = from;
    if (said.type === "ready") {
      ready.add(name);
      if (ready.size === frames.size) call("fieldsAvailableCallback");
    } else if (said.type === "validation") {
      call("validationCallback", name, said.ok, said.message);
    } else if (waiting && said.request === waiting.request) {
      clearTimeout(waiting.timer);
      waiting = null;
      if (said.type === "token") call("callback", said.answer);
      if (said.type === "refused") call("validationCallback", said.field, false, said.message);
    }
  }

  window.addEventListener("message", heard);
  window.CollectJS = { configure, startPaymentRequest, clearInputs: () => configure(settings) };
})();
