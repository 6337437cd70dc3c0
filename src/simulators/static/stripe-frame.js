// The boxes of the payment element: checks what is typed and asks the API for a payment method, from this origin.
"use strict";
const asked = new URLSearchParams(location.search);
const kind = document.body.dataset.type;
const page = asked.get("origin");
const inputs = Array.from(document.querySelectorAll("input"));
const box = (name) => document.getElementById(name);
const text = (name) => box(name).value.trim();
const digits = (name) => text(name).replace(/\D/g, "");
const tell = (message) => window.parent.postMessage({ simulators: asked.get("session"), ...message }, page);

function luhn(number) {
  const sum = [...number].reverse().reduce((total, digit, place) => {
    const value = Number(digit) * (place % 2 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return number.length >= 13 && number.length <= 19 && sum % 10 === 0;
}

function expiry() {
  const found = text("exp").match(/^(\d{1,2})\s*[/-]?\s*(?:20)?(\d{2})$/);
  return found && Number(found[1]) >= 1 && Number(found[1]) <= 12 ? { month: Number(found[1]), year: 2000 + Number(found[2]) } : null;
}

function aba(number) {
  const sum = [3, 7, 1, 3, 7, 1, 3, 7, 1].reduce((total, weight, place) => total + weight * Number(number[place]), 0);
  return number.length === 9 && sum % 10 === 0;
}

const checks = {
  number: () => (luhn(digits("number")) ? "" : "Your card number is invalid."),
  exp: () => {
    const date = expiry();
    if (!date) return "Your card's expiration date is incomplete.";
    // The first moment after the card's month; the API itself judges by its own clock.
    return new Date(date.year, date.month) > new Date() ? "" : "Your card's expiration date is in the past.";
  },
  cvc: () => (/^\d{3,4}$/.test(text("cvc")) ? "" : "Your card's security code is incomplete."),
  name: () => (text("name") ? "" : "The name on the account is required."),
  routing_number: () => (aba(digits("routing_number")) ? "" : "Your routing number is invalid."),
  account_number: () => (/^\d{4,17}$/.test(digits("account_number")) ? "" : "Your account number is invalid."),
};

function show(input, message) {
  input.setAttribute("aria-invalid", String(Boolean(message)));
  box(`${input.name}-problem`).textContent = message;
  size();
}

function size() {
  tell({ type: "size", height: Math.ceil(document.body.getBoundingClientRect().height) });
}

function validate() {
  const wrong = inputs.filter((input) => {
    const message = checks[input.name]();
    show(input, message);
    return message;
  });
  if (!wrong.length) return {};
  wrong[0].focus();
  return { error: { type: "validation_error", code: "incomplete", message: checks[wrong[0].name]() } };
}

async function post(path, fields) {
  try {
    const body = new URLSearchParams({ key: asked.get("key"), ...fields });
    return await (await fetch(path, { method: "POST", body })).json();
  } catch {
    return { error: { type: "api_connection_error", message: "Stripe cannot be reached." } };
  }
}

function create({ billing }) {
  const invalid = validate();
  if (invalid.error) return invalid;
  const date = kind === "card" ? expiry() : null;
  const fields = kind === "card"
    ? { type: kind, "card[number]": digits("number"), "card[exp_month]": date.month, "card[exp_year]": date.year,
        "card[cvc]": text("cvc") }
    : { type: kind, "us_bank_account[routing_number]": digits("routing_number"),
        "us_bank_account[account_number]": digits("account_number"),
        "us_bank_account[account_holder_type]": "individual" };
  const known = { ...billing, ...(kind === "card" ? {} : { name: text("name") }) };
  for (const [name, value] of Object.entries(known)) {
    if (typeof value === "string" && value) fields[`billing_details[${name}]`] = value;
  }
  return post("/v1/payment_methods", fields);
}

const verbs = {
  validate,
  create,
  confirm: ({ clientSecret, method }) => post(`/v1/setup_intents/${String(clientSecret).split("_secret_")[0]}/confirm`,
    { client_secret: clientSecret, payment_method: method }),
  clear: () => { inputs.forEach((input) => { input.value = ""; show(input, ""); }); return {}; },
};

window.addEventListener("message", async (event) => {
  const said = event.data;
  if (event.source !== window.parent || event.origin !== page || !said) return;
  if (said.simulators !== asked.get("session") || said.type !== "ask" || !verbs[said.verb]) return;
  tell({ type: "answer", request: said.request, answer: await verbs[said.verb](said.data) });
});

document.body.addEventListener("input", ({ target }) => {
  if (target.selectionStart === target.value.length) {
    if (target.name === "number") target.value = digits("number").replace(/(\d{4})(?=\d)/g, "$1 ");
    if (target.name === "exp" && /^\d{3,4}$/.test(target.value)) {
      target.value = `${target.value.slice(0, 2)} / ${target.value.slice(2)}`;
    }
  }
  if (target.getAttribute("aria-invalid") === "true" && !checks[target.name]()) show(target, "");
  tell({ type: "change", complete: inputs.every((each) => !checks[each.name]()), empty: inputs.every((each) => !each.value) });
});
document.body.addEventListener("focusout", ({ target }) => {
  if (target.value) show(target, checks[target.name]());
});
new ResizeObserver(size).observe(document.body);
tell({ type: "ready" });
