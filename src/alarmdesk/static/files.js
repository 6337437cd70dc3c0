// How do several files go up at once, each with its progress? Bare, one after the other, with the name in the address.
// Without this file the form below the drop zone sends them.
const zone = document.querySelector("[data-files]");
const input = zone.querySelector("input[type=file]");
const list = zone.querySelector(".uploads");
const token = document.querySelector("meta[name=csrf-token]").content;
const waiting = [];
let isSending = false;
zone.querySelector("[data-plain]").hidden = true;

function lineFor(file) {
  const line = document.createElement("li");
  const name = document.createElement("span");
  const progress = document.createElement("progress");
  const said = document.createElement("span");
  name.textContent = file.name;
  name.className = "upload-name";
  said.className = "muted";
  said.textContent = "Waiting";
  progress.max = 1;
  progress.value = 0;
  progress.setAttribute("aria-label", `Upload of ${file.name}`);
  line.append(name, progress, said);
  list.append(line);
  return { line, progress, said };
}

function send({ file, shown }) {
  return new Promise((done) => {
    const request = new XMLHttpRequest();
    const end = (words, isGood) => {
      shown.said.textContent = words;
      shown.said.className = isGood ? "muted" : "bad";
      shown.line.classList.toggle("bad", !isGood);
      shown.progress.remove();
      done();
    };
    request.upload.addEventListener("progress", (event) => {
      shown.progress.value = event.total ? event.loaded / event.total : 1;
      shown.said.textContent = `${Math.floor(shown.progress.value * 100)} %`;
    });
    request.addEventListener("load", () => {
      const isPlain = (request.getResponseHeader("Content-Type") ?? "").startsWith("text/plain");
      end(isPlain ? request.responseText : "It was not kept. Load the page once more and try again.", request.status === 201);
    });
    request.addEventListener("error", () => end("The connection broke. It was not kept.", false));
    request.open("POST", `${zone.dataset.files}?name=${encodeURIComponent(file.name)}`);
    request.setRequestHeader("X-CSRFToken", token);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.send(file);
  });
}

async function sendAll() {
  if (isSending) return;
  isSending = true;
  while (waiting.length) await send(waiting.shift());
  isSending = false;
  await refresh();
}

// what the uploads have changed: the list below, the room that is left, the count on the tab
async function refresh() {
  const answer = await fetch(location.href).catch(() => null);
  if (!answer?.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of ["#files-part", ".tabs"]) {
    const now = document.adoptNode(fresh.querySelector(part));
    document.querySelector(part).replaceWith(now);
    window.htmx.process(now);
  }
}

function take(files) {
  for (const file of files) waiting.push({ file, shown: lineFor(file) });
  input.value = "";
  sendAll();
}

input.addEventListener("change", () => take([...input.files]));
for (const name of ["dragover", "dragleave", "drop"]) {
  zone.addEventListener(name, (event) => {
    event.preventDefault();
    zone.querySelector(".drop-zone").classList.toggle("over", name === "dragover");
    if (name === "drop") take([...event.dataTransfer.files]);
  });
}
window.addEventListener("beforeunload", (event) => isSending && event.preventDefault());
