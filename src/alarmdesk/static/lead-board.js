// How is a lead put into another stage with the mouse? By dropping its card on the stage; the choice on the card does the
// same with keys, and without this file: its form is what is sent.
let dragged = null;

const cards = () => document.querySelectorAll("[data-lead]:has(select[name=stage])");
const columnOf = (target) => target.closest?.("[data-stage]");
const clear = () => document.querySelectorAll("[data-stage].over").forEach((column) => column.classList.remove("over"));

for (const card of cards()) card.draggable = true;

document.addEventListener("dragstart", (event) => {
  dragged = event.target.closest?.("[data-lead][draggable=true]") ?? null;
  if (!dragged) return;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", dragged.querySelector("h3")?.textContent ?? "");
});
document.addEventListener("dragover", (event) => {
  const column = dragged && columnOf(event.target);
  clear();
  if (!column || column.contains(dragged)) return;
  event.preventDefault();
  column.classList.add("over");
});
document.addEventListener("drop", (event) => {
  const column = dragged && columnOf(event.target);
  if (!column || column.contains(dragged)) return;
  event.preventDefault();
  const form = dragged.querySelector("form");
  const choice = form.elements.stage;
  // Won is no choice of the card: the server leads to the question whether to make a customer
  if (![...choice.options].some((option) => option.value === column.dataset.stage)) choice.add(new Option("", column.dataset.stage));
  choice.value = column.dataset.stage;
  form.requestSubmit();
});
document.addEventListener("dragend", () => {
  clear();
  dragged = null;
});
