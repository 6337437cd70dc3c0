// How is an appointment moved on the board of a day? Dragged, or by arrow keys; dropped, it is a POST that the server
// decides, and the board comes back as it is then. Without this file a bar is a link to the form that does the same.
const SECONDS = 900;  // a quarter of an hour: the board's unit
const FAR = 5;  // px until a press is a drag
const onPhone = matchMedia("(max-width: 860px)");
const say = (text) => { document.getElementById("board-said").textContent = text; };

class DispatchBoard extends HTMLElement {
  #held = null;  // { bar, link, row, at, length, from: { row, at, length }, ghost }

  connectedCallback() {
    if (!("canMove" in this.dataset)) return;
    this.addEventListener("pointerdown", (event) => this.#press(event));
    this.addEventListener("keydown", (event) => this.#key(event));
    this.addEventListener("focusout", () => this.#held?.byKey && this.#putBack());
  }

  get #rows() { return [...this.querySelectorAll(".board-row")]; }
  get #begins() { return Number(this.dataset.begins); }
  get #quarters() { return Number(this.dataset.quarters); }

  #clock(quarter) {
    const at = new Date((this.#begins + quarter * SECONDS) * 1000);
    return at.toLocaleTimeString("en-US", { timeZone: this.dataset.zone, hour: "numeric", minute: "2-digit" });
  }

  // --- taking hold of a bar, showing where it would stand, putting it back
  #take(bar, byKey) {
    const row = bar.closest(".board-row");
    const length = Number(bar.dataset.minutes) * 60 / SECONDS;
    const at = row ? (Number(bar.dataset.starts) - this.#begins) / SECONDS : null;
    this.#held = { bar, row, at, length, byKey, from: { row, at, length } };
    bar.classList.add("held");
  }

  #show() {
    const { bar, row, at, length, from, ghost } = this.#held;
    const shown = ghost || bar;
    shown.style.setProperty("--at", at);
    shown.style.setProperty("--for", length);
    if (ghost) row?.querySelector(".bars").append(ghost);
    else bar.style.setProperty("--dy", `${row.getBoundingClientRect().top - from.row.getBoundingClientRect().top}px`);
    for (const one of this.#rows) one.classList.toggle("target", one === row);
    this.#mark(shown);
  }

  // clash marks are a hint: the server alone says whether it can be
  #mark(shown) {
    const { bar, row, at, length } = this.#held;
    this.#unmark();
    if (!row) return;
    const overlaps = (from, quarters) => from < at + length && from + quarters > at;
    const others = [...row.querySelectorAll(".bar[data-move]")].filter((one) => one !== bar && one !== shown && overlaps(
      (Number(one.dataset.starts) - this.#begins) / SECONDS, Number(one.dataset.minutes) * 60 / SECONDS));
    for (const one of others) one.classList.add("clash");
    shown.classList.toggle("clash", others.length > 0);
    const closed = [...row.querySelectorAll(".closed")];
    shown.classList.toggle("outside", closed.some((one) => overlaps(Number(one.dataset.at), Number(one.dataset.for))));
  }

  #unmark() {
    for (const one of this.querySelectorAll(".clash, .outside")) one.classList.remove("clash", "outside");
  }

  #putBack() {
    if (!this.#held) return;
    const { bar, ghost } = this.#held;
    this.#held = null;
    ghost?.remove();
    bar.classList.remove("held");
    for (const name of ["--at", "--for", "--dy"]) bar.style.removeProperty(name);
    for (const one of this.#rows) one.classList.remove("target");
    this.#unmark();
  }

  #drop() {
    const { bar, row, at, length, from, byKey } = this.#held;
    if (!row || (row === from.row && at === from.at && length === from.length)) return this.#putBack();
    const focus = bar.querySelector("a").id;
    const values = {
      technician: row.dataset.technician,
      starts: this.#begins + at * SECONDS,
      minutes: length * SECONDS / 60,
      seen: bar.dataset.seen,
      on: this.dataset.on,
    };
    if (from.row) values.instead_of = from.row.dataset.technician;
    if (this.dataset.hours) values.hours = this.dataset.hours;
    this.#held.byKey = false;  // the board that is being replaced takes the focus with it
    if (byKey) document.addEventListener("htmx:afterSettle", () => document.getElementById(focus)?.focus(), { once: true });
    const request = window.htmx.ajax("POST", bar.dataset.move, { target: "#board", swap: "outerHTML", values });
    // where no board came back (no network, no right any more) the bar returns to where it was
    request.catch(() => {}).finally(() => setTimeout(() => this.isConnected && this.#putBack(), 50));
  }

  // --- by pointer
  #press(event) {
    const bar = event.target.closest(".bar[data-move], .queued[data-move]");
    if (!bar || event.button || onPhone.matches || this.#held) return;
    const start = { x: event.clientX, y: event.clientY };
    const isEdge = event.target.matches(".bar-edge");
    const drag = (move) => {
      if (!this.#held && Math.hypot(move.clientX - start.x, move.clientY - start.y) < FAR) return;
      if (!this.#held) this.#lift(bar);
      this.#follow(move, start, isEdge);
    };
    const stop = new AbortController();
    const listen = (name, act) => document.addEventListener(name, act, { signal: stop.signal, capture: true });
    listen("pointermove", drag);
    listen("pointercancel", () => { stop.abort(); this.#putBack(); });
    listen("keydown", (key) => {
      if (key.key !== "Escape") return;
      stop.abort();
      this.#putBack();
    });
    listen("pointerup", () => {
      stop.abort();
      if (!this.#held) return;
      // a drag is no click on the link
      document.addEventListener("click", (click) => { click.preventDefault(); click.stopPropagation(); }, { once: true, capture: true, signal: AbortSignal.timeout(100) });
      this.#drop();
    });
  }

  #lift(bar) {
    this.#take(bar, false);
    if (this.#held.from.row) return;
    const ghost = document.createElement("li");
    ghost.className = `${bar.className.replace("queued", "bar")} held`;
    ghost.append(bar.firstElementChild.cloneNode(true));
    ghost.firstElementChild.removeAttribute("id");
    this.#held.ghost = ghost;
  }

  #follow(move, start, isEdge) {
    const held = this.#held;
    const row = isEdge ? held.from.row : this.#rows.find((one) => {
      const box = one.getBoundingClientRect();
      return move.clientY >= box.top && move.clientY < box.bottom;
    });
    const track = (row || this.#rows[0]).querySelector(".track").getBoundingClientRect();
    const quarter = track.width / this.#quarters;
    if (isEdge) held.length = Math.max(1, held.from.length + Math.round((move.clientX - start.x) / quarter));
    else if (held.ghost) {
      held.row = row || null;
      held.at = Math.round((move.clientX - track.left) / quarter);
      if (!row) return held.ghost.remove();
    } else {
      held.row = row || held.row;
      held.at = held.from.at + Math.round((move.clientX - start.x) / quarter);
    }
    held.at = Math.min(Math.max(held.at, 0), this.#quarters - 1);
    this.#show();
  }

  // --- by keyboard
  #key(event) {
    const bar = event.target.closest(".bar[data-move]");
    if (!bar || event.altKey || event.ctrlKey || event.metaKey || onPhone.matches) return;
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (steps) this.#step(bar, ...steps, event.shiftKey);
    else if (event.key === "Enter" && this.#held?.byKey) this.#drop();
    else if (event.key === "Escape" && this.#held?.byKey) {
      this.#putBack();
      say("Put back.");
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #step(bar, quarters, rows, isLength) {
    if (!this.#held) this.#take(bar, true);
    const held = this.#held;
    const all = this.#rows;
    if (isLength) held.length = Math.max(1, held.length + quarters);
    else {
      held.at = Math.min(Math.max(held.at + quarters, 0), this.#quarters - 1);
      held.row = all[Math.min(Math.max(all.indexOf(held.row) + rows, 0), all.length - 1)];
    }
    this.#show();
    const warns = bar.classList.contains("clash") ? " Clashes." : bar.classList.contains("outside") ? " Outside of working hours." : "";
    say(`${held.row.dataset.name}, ${this.#clock(held.at)} to ${this.#clock(held.at + held.length)}.${warns} Enter drops it, Escape puts it back.`);
  }
}

customElements.define("dispatch-board", DispatchBoard);
// a time outside of working hours can be meant: the form asks
document.addEventListener("board:ask", ({ detail }) => {
  window.htmx.ajax("GET", detail.url, { target: "#dialog-body", swap: "innerHTML" });
});
