// How does somebody sign on a screen? <signature-pad for="id-of-a-hidden-input" label="…"> draws strokes and writes
// them into the input as an SVG path of M and L on a sheet of 600 x 200: what invoicing/signing.py takes, no more.
// Who has no pointer types a signature instead; the page has a box for it.
const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 600;
const HEIGHT = 200;
const LONGEST = 20000;
const NEAR = 3; // a point this close to the last one says nothing new

class SignaturePad extends HTMLElement {
  connectedCallback() {
    if (this.path) return;
    this.input = document.getElementById(this.getAttribute("for"));
    const label = document.createElement("p");
    label.className = "hosted-label";
    label.textContent = this.getAttribute("label");
    this.sheet = document.createElementNS(SVG, "svg");
    this.sheet.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
    this.sheet.setAttribute("role", "img");
    this.sheet.setAttribute("class", "signature-sheet");
    this.path = document.createElementNS(SVG, "path");
    this.sheet.append(this.path);
    this.clearButton = document.createElement("button");
    this.clearButton.type = "button";
    this.clearButton.className = "btn small";
    this.clearButton.textContent = "Clear";
    this.clearButton.addEventListener("click", () => this.show(""));
    this.append(label, this.sheet, this.clearButton);
    this.sheet.addEventListener("pointerdown", (event) => this.begin(event));
    this.sheet.addEventListener("pointermove", (event) => this.move(event));
    for (const end of ["pointerup", "pointercancel"]) this.sheet.addEventListener(end, () => { this.last = null; });
    this.show(this.input.value);
  }

  show(drawn) {
    this.input.value = drawn;
    this.path.setAttribute("d", drawn);
    this.clearButton.hidden = !drawn;
    this.sheet.setAttribute("aria-label", drawn ? "Your signature" : "Sheet for your signature, empty. You can also type it below.");
  }

  at(event) {
    const box = this.sheet.getBoundingClientRect();
    const place = (value, size, most) => Math.min(most, Math.max(0, Math.round((value / size) * most)));
    return [place(event.clientX - box.left, box.width, WIDTH), place(event.clientY - box.top, box.height, HEIGHT)];
  }

  begin(event) {
    if (event.button) return;
    event.preventDefault();
    this.sheet.setPointerCapture(event.pointerId);
    this.last = this.at(event);
    this.add(`M${this.last.join(" ")}`);
  }

  move(event) {
    if (!this.last) return;
    for (const one of event.getCoalescedEvents?.() ?? [event]) {
      const [x, y] = this.at(one);
      if (Math.hypot(x - this.last[0], y - this.last[1]) < NEAR) continue;
      this.last = [x, y];
      this.add(`L${x} ${y}`);
    }
  }

  add(step) {
    if (this.input.value.length + step.length <= LONGEST) this.show(this.input.value + step);
  }
}
customElements.define("signature-pad", SignaturePad);
