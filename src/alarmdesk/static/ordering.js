// How are the rows of a list put into another order with the mouse? By dragging; the arrows beside them do the same
// with keys, and without this file.
const rowOf = (target) => target.closest?.("[data-order]");
let dragged = null;

function prepare(root) {
  for (const row of root.querySelectorAll("[data-order]")) {
    if (row.querySelector("[name=place]")) row.draggable = true;
  }
}
const clear = () => document.querySelectorAll("[data-order]").forEach((row) => row.classList.remove("over", "below", "dragged"));
const isBelow = (event, row) => {
  const box = row.getBoundingClientRect();
  return event.clientY > box.top + box.height / 2;
};

document.addEventListener("dragstart", (event) => {
  dragged = rowOf(event.target);
  if (!dragged) return;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", dragged.querySelector("h3")?.textContent ?? "");
  dragged.classList.add("dragged");
});
document.addEventListener("dragover", (event) => {
  const row = dragged && rowOf(event.target);
  if (!row || row.parentElement !== dragged.parentElement) return;
  event.preventDefault();
  clear();
  dragged.classList.add("dragged");
  row.classList.add("over");
  row.classList.toggle("below", isBelow(event, row));
});
document.addEventListener("drop", (event) => {
  const row = dragged && rowOf(event.target);
  if (!row || row.parentElement !== dragged.parentElement) return;
  event.preventDefault();
  const from = Number(dragged.dataset.place);
  const edge = Number(row.dataset.place) + (isBelow(event, row) ? 1 : 0);
  const place = edge > from ? edge - 1 : edge;
  const list = `#${row.parentElement.id}`;
  if (place !== from) window.htmx.ajax("POST", dragged.dataset.order, { target: list, swap: "outerHTML", values: { place } });
});
document.addEventListener("dragend", () => {
  clear();
  dragged = null;
});
// whoever presses an arrow again and again keeps it under the finger
let pressed = "";
document.addEventListener("submit", (event) => {
  if (rowOf(event.target)) pressed = event.submitter?.id ?? "";
});
document.addEventListener("htmx:load", (event) => {
  prepare(event.target.parentElement ?? document);
  if (pressed) document.getElementById(pressed)?.focus();
  pressed = "";
});
prepare(document);
