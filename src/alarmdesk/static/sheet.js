// How are the lines of a document written with the keyboard alone? Enter goes to the next box, Alt+Enter adds a row,
// Alt+Backspace removes the one that one is in, Ctrl+S saves and stays. What a press did is told in #said by the server.
const BOXES = "input:not([type=hidden], [type=submit]), select, textarea";
const formOf = (target) => {
  const form = target.closest?.("form");
  return form?.querySelector("#lines") ? form : null;
};
const boxesOf = (form) => [...form.querySelectorAll(BOXES)].filter((box) => box.tabIndex >= 0 && box.checkVisibility());

function goOn(form, box) {
  const line = box.closest("[data-line]");
  const isLast = line && !line.nextElementSibling && !boxesOf(line).slice(boxesOf(line).indexOf(box) + 1).length;
  if (isLast && line.querySelector("select").value) return form.querySelector("[data-add]").click();
  const all = boxesOf(form).filter((other) => other === box || other.type !== "radio" || other.checked);
  const next = all[all.indexOf(box) + 1];
  next?.focus();
  if (next?.matches("input[type=text]")) next.select();
}

document.addEventListener("keydown", (event) => {
  const form = formOf(event.target);
  if (!form || event.isComposing) return;
  const { key, altKey, target } = event;
  const isControl = event.ctrlKey || event.metaKey;
  const line = target.closest("[data-line]");
  if (isControl && !altKey && key.toLowerCase() === "s") (form.querySelector("[data-stay]") ?? form.querySelector(".form-foot .primary")).click();
  else if (altKey && key === "Enter") form.querySelector("[data-add]").click();
  else if (altKey && key === "Backspace" && line) line.querySelector("[data-remove]").click();
  else if (key === "Enter" && !isControl && !altKey && target.matches("input:not([type=submit])")) goOn(form, target);
  else return;
  event.preventDefault();
});

// rows that came or went were not typed, and are lost as easily
document.addEventListener("click", (event) => {
  const button = event.target.closest("button[name=do]");
  const form = button && formOf(button);
  if (form?.hasAttribute("data-guard")) form.dataset.dirty = "1";
  const leaving = event.target.closest("[data-discard]");
  if (leaving) delete leaving.closest("form").dataset.dirty;
});

// what an item fills in comes late on a slow line: it does not overwrite what is being typed
document.addEventListener("htmx:oobBeforeSwap", (event) => {
  const box = event.detail.target;
  if (box === document.activeElement && box.value !== box.defaultValue) event.detail.shouldSwap = false;
});

// saved in place: what is typed from now on is new
const isStay = (event) => event.detail.elt?.matches?.("[data-stay]");
document.addEventListener("htmx:beforeRequest", (event) => {
  if (isStay(event)) delete event.detail.elt.form.dataset.dirty;
});
document.addEventListener("htmx:afterRequest", (event) => {
  if (isStay(event) && !event.detail.successful) event.detail.elt.form.dataset.dirty = "1";
});
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.elt?.id === "editor") event.detail.elt.querySelector("[role=alert]")?.focus();
});
