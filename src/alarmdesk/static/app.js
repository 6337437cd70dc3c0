// What does a page do beyond plain HTML? Dialogs, palette, toasts, shortcuts, ticks. Every page also works without it.
const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const root = document.documentElement;
const on = (name, act, options) => document.addEventListener(name, act, options);
const isMac = /Mac|iPhone|iPad/.test(navigator.platform);

// --- htmx: the CSRF token travels in a header; empty search values stay out of the address
on("htmx:configRequest", (event) => {
  const { detail } = event;
  if (detail.verb !== "get") detail.headers["X-CSRFToken"] = $("meta[name=csrf-token]")?.content || "";
  else for (const [name, value] of [...detail.formData.entries()]) if (value === "") detail.formData.delete(name);
});
let running = 0;
const bar = (step) => {
  running = Math.max(0, running + step);
  document.body.classList.toggle("loading", running > 0);
};
// a page that polls is not "loading"
const isQuiet = (event) => (event.target.getAttribute?.("hx-trigger") || "").startsWith("every");
on("htmx:beforeRequest", (event) => isQuiet(event) || bar(1));
on("htmx:afterRequest", (event) => isQuiet(event) || bar(-1));
on("htmx:sendError", () => toast("The server does not answer. Nothing was saved.", "error"));
on("htmx:responseError", ({ detail }) => {
  const said = { 403: "You may not do that.", 404: "That is no longer there.", 429: "Too many tries. Wait a minute." };
  toast(said[detail.xhr.status] || "Something went wrong. Nothing was saved.", "error");
});

// --- dialogs
const dialog = $("#dialog");
const dialogBody = $("#dialog-body");
const openDialog = (url) => window.htmx.ajax("GET", url, { target: "#dialog-body", swap: "innerHTML" });
const isDirty = (form) => form?.dataset.dirty === "1" && form.getAttribute("aria-busy") !== "true";
const mayLeave = (part) => !$$("form[data-guard]", part).some(isDirty) || window.confirm("Discard what you typed?");
const closeDialog = (asked = true) => {
  if (asked && !mayLeave(dialog)) return;
  dialog.close();
};
on("dialog:open", () => {
  if (!dialog.open) dialog.showModal();
  focusFirst(dialogBody);
});
on("dialog:close", () => closeDialog(false));
dialog.addEventListener("cancel", (event) => {
  if (event.target === dialog && !mayLeave(dialog)) event.preventDefault();
});
dialog.addEventListener("close", () => dialogBody.replaceChildren());
on("mousedown", (event) => {
  if (event.target === dialog) closeDialog();
  if (event.target === palette) palette.close();
});
function focusFirst(part) {
  const wanted = $("[aria-invalid=true]", part) || $("[autofocus]", part)
    || (part === dialogBody && $(".form-main :is(input:not([type=hidden]), select, textarea)", part));
  (wanted || $("[role=alert]", part))?.focus();
}

// --- clicks that mean more
on("click", (event) => {
  const at = (selector) => event.target.closest(selector);
  const plain = !(event.metaKey || event.ctrlKey || event.shiftKey || event.button);
  const link = at("a[data-dialog]");
  if (link && plain && window.htmx) {
    event.preventDefault();
    link.closest("[popover]")?.hidePopover();
    if (palette?.open) palette.close();
    openDialog(link.href);
  } else if (at("[data-palette]") && palette && plain) {
    event.preventDefault();
    openPalette();
  } else if (at("[data-close]")) closeDialog();
  else if (at("[data-toast-close]")) at(".toast").remove();
  else if (at("[data-theme-button]")) nextTheme();
  else if (at("[data-keys-sheet]")) showKeys();
  else if (at("[data-bulk-clear]")) clearTicks(at("form"));
  else if (at("[data-copy]")) copy(at("[data-copy]"));
  else if (at("[data-print]")) window.print();
});
async function copy(button) {
  await navigator.clipboard.writeText(button.dataset.copy);
  toast("Copied.");
}

// --- theme: system, light, dark; the cookie lets the server write the next page without a flash
const themes = { "": "follow the system", light: "light", dark: "dark" };
const nameTheme = () => $$("[data-theme-button]").forEach((button) => button.setAttribute("aria-label", `Theme: ${themes[root.dataset.theme]}`));
function nextTheme() {
  const names = Object.keys(themes);
  root.dataset.theme = names[(names.indexOf(root.dataset.theme) + 1) % names.length];
  document.cookie = `theme=${root.dataset.theme};path=/;max-age=31536000;samesite=lax`;
  nameTheme();
}

// --- toasts: they stay while the mouse or the focus is on them
function toast(text, kind = "success") {
  const made = document.createElement("div");
  made.className = `toast ${kind}`;
  const dot = document.createElement("span");
  dot.className = `dot ${kind === "error" ? "bad" : "ok"}`;
  const said = document.createElement("span");
  said.className = "toast-text";
  said.textContent = text;
  const close = document.createElement("button");
  close.className = "toast-close";
  close.dataset.toastClose = "";
  close.setAttribute("aria-label", "Dismiss");
  close.textContent = "✕";
  made.append(dot, said, close);
  $("#toasts").append(made);
  fade(made);
}
function fade(made) {
  const wait = made.classList.contains("error") ? 15000 : 9000;
  let timer;
  const start = () => { timer = setTimeout(() => made.remove(), wait); };
  made.addEventListener("pointerenter", () => clearTimeout(timer));
  made.addEventListener("focusin", () => clearTimeout(timer));
  made.addEventListener("pointerleave", start);
  made.addEventListener("focusout", start);
  start();
}
on("allauth.error", (event) => {
  event.preventDefault();
  toast("The passkey was not used. Try again, or sign in another way.", "error");
});
on("toast", ({ detail }) => toast(detail.value || detail.text, detail.kind));

// --- forms: one click is one submit; typed words are not lost without a question
const release = (form) => {
  form.removeAttribute("aria-busy");
  $$("button:disabled[data-held]", form).forEach((button) => {
    button.disabled = false;
    delete button.dataset.held;
  });
};
on("submit", (event) => {
  if (event.target.getAttribute("aria-busy") !== "true") return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);  // before htmx hears of it
on("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented && !form.hasAttribute("hx-post")) return;
  if (form.method === "get" || form.hasAttribute("data-again")) return;
  form.setAttribute("aria-busy", "true");
  // later: the browser still has to read which button was pressed
  setTimeout(() => $$("button:not([type=button], :disabled)", form).forEach((button) => {
    button.disabled = true;
    button.dataset.held = "";
  }));
});
on("htmx:afterRequest", (event) => {
  const leaves = event.detail.xhr?.getResponseHeader("HX-Redirect");
  if (event.target.matches?.("form") && !leaves) release(event.target);
});
window.addEventListener("pageshow", (event) => event.persisted && $$("form[aria-busy]").forEach(release));
on("input", (event) => {
  const form = event.target.closest("form[data-guard]");
  if (form) form.dataset.dirty = "1";
  const equal = event.target.dataset.mustEqual;
  if (equal) holdUntilEqual(event.target);
});
function holdUntilEqual(input) {
  const typed = Number(input.value.replace(/[$,\s]/g, "") || NaN);
  $(".form-foot button:not([type=button])", input.form).disabled = typed !== Number(input.dataset.mustEqual);
}
window.addEventListener("beforeunload", (event) => {
  if ($$("form[data-guard]").some(isDirty)) event.preventDefault();
});

// --- files
for (const name of ["dragover", "dragleave", "drop"]) {
  on(name, (event) => {
    const zone = event.target.closest?.("[data-drop]");
    if (!zone) return;
    event.preventDefault();
    zone.classList.toggle("over", name === "dragover");
    if (name !== "drop") return;
    const input = $("input[type=file]", zone);
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
}

// --- ticks and the bulk bar
const ticksOf = (form) => $$("input[name=ids]", form);
function countTicks(form) {
  const ticks = ticksOf(form);
  const count = ticks.filter((tick) => tick.checked).length;
  const every = $("[data-check-all]", form);
  every.checked = count === ticks.length;
  every.indeterminate = count > 0 && count < ticks.length;
  $(".bulk-bar", form).hidden = count === 0;
  $("[data-bulk-count]", form).textContent = count;
  const all = $(".bulk-all", form);
  if (all) {
    all.hidden = !every.checked;
    if (all.hidden) $("input", all).checked = false;
  }
}
function clearTicks(form) {
  ticksOf(form).forEach((tick) => { tick.checked = false; });
  countTicks(form);
}
on("change", (event) => {
  const form = event.target.closest("form[data-bulk]");
  if (!form) return;
  if (event.target.matches("[data-check-all]")) ticksOf(form).forEach((tick) => { tick.checked = event.target.checked; });
  if (event.target.matches("[data-check-all], [name=ids]")) countTicks(form);
});
on("click", (event) => {
  const button = event.target.closest("[data-bulk-dialog]");
  if (!button) return;
  event.preventDefault();
  const asked = new URLSearchParams(new FormData(button.form));
  asked.delete("csrfmiddlewaretoken");
  openDialog(`${button.getAttribute("formaction")}?${asked}`);
});

// --- palette
const palette = $("#palette");
const paletteBox = $("#palette-q");
const paletteList = $("#palette-list");
const paletteStatus = $("#palette-status");
const options = () => $$("[role=option]:not([aria-disabled])", paletteList);
let asked = 0;
let shownFor;
async function fillPalette() {
  const mine = ++asked;
  const words = paletteBox.value.trim();
  const url = new URL(palette.dataset.url, location.href);
  url.searchParams.set("q", words);
  const answer = await fetch(url, { headers: { "HX-Request": "true", "HX-Target": "palette-list" } }).catch(() => null);
  if (mine !== asked) return;
  if (answer?.status === 200 && !answer.redirected) {
    // our own server's template: it escapes
    const list = await answer.text();
    if (mine !== asked) return;
    paletteList.innerHTML = list;
  } else {
    const sorry = Object.assign(document.createElement("p"), { className: "palette-none", textContent: "The search does not answer. Try again, or reload the page." });
    sorry.setAttribute("role", "option");
    sorry.setAttribute("aria-disabled", "true");
    paletteList.replaceChildren(sorry);
  }
  shownFor = words;
  const count = options().length;
  paletteStatus.textContent = count ? `${count} result${count === 1 ? "" : "s"}` : paletteList.textContent.trim();
  choose(options()[0]);
}
function choose(option) {
  options().forEach((other) => other.setAttribute("aria-selected", String(other === option)));
  if (!option) return paletteBox.removeAttribute("aria-activedescendant");
  paletteBox.setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
}
function openPalette() {
  if (palette.open) return;
  $$(":popover-open").forEach((open) => open.hidePopover());
  shownFor = undefined;
  palette.showModal();
  paletteBox.select();
  fillPalette();
}
let typing;
paletteBox?.addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(fillPalette, 120);
});
const chosen = () => options().findIndex((option) => option.getAttribute("aria-selected") === "true");
paletteBox?.addEventListener("keydown", async (event) => {
  const all = options();
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if ((!step || !all.length) && event.key !== "Enter") return;
  event.preventDefault();
  if (step) return choose(all[(chosen() + step + all.length) % all.length]);
  // whoever types faster than we answer means what was typed, not what still stands there
  if (paletteBox.value.trim() !== shownFor) {
    clearTimeout(typing);
    await fillPalette();
  }
  options()[chosen()]?.click();
});

// --- shortcuts: data-keys="n i" is clicked when n, then i is pressed outside of a text box
let keys = [];
let forget;
const isTyping = (event) => event.target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
on("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k" && palette) {
    event.preventDefault();
    return openPalette();
  }
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter") return event.target.form?.requestSubmit();
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event) || $("dialog[open]")) return;
  const act = { "/": () => $(".list-search input")?.focus(), "?": showKeys, "[": () => $("[rel=prev]")?.click(), "]": () => $("[rel=next]")?.click(), j: () => moveRow(1), k: () => moveRow(-1) }[event.key];
  clearTimeout(forget);
  keys = [...keys, event.key.toLowerCase()].slice(-2);
  forget = setTimeout(() => { keys = []; }, 1000);
  const wanted = $$("[data-keys]").find((one) => one.dataset.keys === keys.join(" "));
  if (wanted) {
    keys = [];
    event.preventDefault();
    wanted.click();
  } else if (act) {
    event.preventDefault();
    act();
  }
});
function moveRow(step) {
  const links = $$(".table.cards tbody tr").map((row) => $("a", row)).filter(Boolean);
  const at = links.indexOf(document.activeElement);
  links[Math.min(Math.max(at + step, 0), links.length - 1)]?.focus();
}
function showKeys() {
  const known = [["/", "Search this list"], ["J", "Next row"], ["K", "Previous row"], ["[", "Previous page"], ["]", "Next page"], ["Enter", "Document: next box"], ["Alt Enter", "Document: add a row"], ["Alt Backspace", "Document: remove the row"], ["Ctrl S", "Document: save & stay"], ["Ctrl Enter", "Save the form"]];
  for (const one of $$("[data-keys]")) known.push([one.dataset.keys.toUpperCase(), ($("span", one) || one).textContent.trim()]);
  const list = document.createElement("dl");
  list.className = "keys-sheet";
  for (const [key, label] of new Map(known)) {
    const pair = document.createElement("div");
    const term = document.createElement("dt");
    const means = document.createElement("dd");
    const cap = document.createElement("kbd");
    term.textContent = label;
    cap.textContent = key;
    means.append(cap);
    pair.append(term, means);
    list.append(pair);
  }
  dialogBody.innerHTML = '<div class="form-card in-dialog"><header class="form-head"><h2 id="dialog-title">Keyboard shortcuts</h2><button class="btn-icon" data-close aria-label="Close">✕</button></header><div class="form-main"></div></div>';
  $(".form-main", dialogBody).append(list);
  dialog.showModal();
}

// --- when a page or a part of it arrives
function arrive(part) {
  $$("[data-must-equal]", part).forEach(holdUntilEqual);
  // on a phone the current tab may stand beyond the edge
  for (const tab of $$(".tabs [aria-current], .settings-nav [aria-current]", part)) {
    const strip = tab.closest(".tabs, .settings-nav");
    strip.scrollLeft += tab.getBoundingClientRect().left - strip.getBoundingClientRect().left - (strip.clientWidth - tab.offsetWidth) / 2;
  }
  if (part.matches?.(".toast")) fade(part);
  if (isMac) $$("[data-mod]", part).forEach((key) => { key.textContent = "⌘K"; });
}
on("htmx:load", (event) => arrive(event.target));
arrive(document);
nameTheme();
$$(".toast").forEach(fade);
if ($("[aria-invalid=true], main [role=alert]")) focusFirst($("main"));
