// One field of the hosted form: checks what is typed, answers the other frames, and, when it leads, fetches the token.
"use strict";
const asked = new URLSearchParams(location.search);
const input = document.getElementById("field");
const problem = document.getElementById("problem");
const name = input.name;
const session = asked.get("session");
const page = asked.get("origin");
const fields = (asked.get("fields") || name).split(",");
// Frames of one page share this origin and the random session, so only they can listen.
const others = new BroadcastChannel(`hosted-fields-${session}`);
const PATIENCE = 5000;
const answers = new Map();

const digits = () => input.value.replace(/\D/g, "");
const tell = (message) => window.parent.postMessage({ simulators: session, ...message }, page);

function luhn(number) {
  const sum = [...number].reverse().reduce((total, digit, place) => {
    const value = Number(digit) * (place % 2 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return number.length >= 13 && number.length <= 19 && sum % 10 === 0;
}

function expiry(value) {
  const found = value.match(/^\s*(\d{1,2})\s*[/-]?\s*(?:20)?(\d{2})\s*$/);
  if (!found || Number(found[1]) < 1 || Number(found[1]) > 12) return null;
  return { month: Number(found[1]), year: 2000 + Number(found[2]) };
}

function aba(number) {
  const sum = [3, 7, 1, 3, 7, 1, 3, 7, 1].reduce((total, weight, place) => total + weight * Number(number[place]), 0);
  return number.length === 9 && sum % 10 === 0;
}

const checks = {
  ccnumber: () => (luhn(digits()) ? "" : "Card number is invalid"),
  ccexp: () => {
    const date = expiry(input.value);
    if (!date) return "Expiration date is invalid";
    // The first moment after the card's month; the gateway itself judges by its own clock.
    return new Date(date.year, date.month) > new Date() ? "" : "Card is expired";
  },
  cvv: () => (/^\d{3,4}$/.test(input.value.trim()) ? "" : "CVV must be 3 or 4 digits"),
  checkname: () => (input.value.trim() ? "" : "Name on the account is required"),
  checkaba: () => (aba(digits()) ? "" : "Routing number is invalid"),
  checkaccount: () => (/^\d{4,17}$/.test(digits()) ? "" : "Account number is invalid"),
};

function show(message) {
  input.setAttribute("aria-invalid", String(Boolean(message)));
  problem.textContent = message;
}

function validate() {
  const empty = !input.value.trim();
  const message = empty ? `${document.title} is required` : checks[name]();
  show(message);
  tell({ type: "validation", ok: !message, message: message || "Success" });
  return !message;
}

function value() {
  if (name === "checkname") return input.value.trim();
  if (name !== "ccexp") return digits();
  const date = expiry(input.value);
  return date ? String(date.month).padStart(2, "0") + String(date.year).slice(2) : "";
}

async function fetchToken(request) {
  const sent = {
    tokenization_key: asked.get("key"), payment_type: asked.get("payment"), fields: Object.fromEntries(answers),
  };
  let answer;
  try {
    const response = await fetch("/token/create", {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(sent),
    });
    answer = await response.json();
  } catch {
    answer = { error: "The payment service cannot be reached" };
  }
  if (!answer.error) {
    tell({ type: "token", request, answer });
    return;
  }
  const blamed = /expir/i.test(answer.error) ? "ccexp" : /aba/i.test(answer.error) ? "checkaba" : name;
  tell({ type: "refused", request, field: blamed, message: answer.error });
}

function collect(request) {
  answers.clear();
  if (validate()) answers.set(name, value());
  let done = false;
  const finish = () => {
    if (done || answers.size < fields.length) return;
    done = true;
    others.removeEventListener("message", gather);
    fetchToken(request);
  };
  const gather = ({ data }) => {
    if (data.type !== "value" || data.request !== request || !data.ok) return;
    answers.set(data.name, data.value);
    finish();
  };
  others.addEventListener("message", gather);
  setTimeout(() => others.removeEventListener("message", gather), PATIENCE);
  others.postMessage({ type: "ask", request });
  finish();
}

others.addEventListener("message", ({ data }) => {
  if (data.type !== "ask") return;
  const ok = validate();
  others.postMessage({ type: "value", request: data.request, name, ok, value: ok ? value() : "" });
});

window.addEventListener("message", (event) => {
  if (event.source !== window.parent || event.origin !== page || !event.data) return;
  if (event.data.simulators === session && event.data.type === "collect") collect(event.data.request);
});

input.addEventListener("input", () => {
  if (input.selectionStart !== input.value.length) return;
  if (name === "ccnumber") input.value = digits().replace(/(\d{4})(?=\d)/g, "$1 ");
  if (name === "ccexp" && /^\d{3,4}$/.test(input.value)) {
    input.value = `${input.value.slice(0, 2)} / ${input.value.slice(2)}`;
  }
});
input.addEventListener("blur", () => input.value && validate());
tell({ type: "ready" });
