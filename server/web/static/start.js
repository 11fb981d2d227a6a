// Papers on their way in: sent with progress, read one by one; what cannot be read says so in its place.
const arrivals = document.getElementById("arrivals");
const words = arrivals.dataset;
const take = document.getElementById("take");
const file = document.getElementById("take-file");
const address = document.getElementById("take-url");
const together = document.getElementById("together");
const AT_ONCE = 2, PATIENCE_S = 90, SHORT_S = 4;
const queue = [], ready = [];
let running = 0, begun = 0;

file.multiple = true;
file.addEventListener("change", () => { add([...file.files]); file.value = ""; });
take.addEventListener("submit", (event) => {
  event.preventDefault();
  const wanted = address.value.trim();
  if (!wanted) return address.focus();
  address.value = "";
  enter({ name: wanted, url: wanted });
});

for (const zone of document.querySelectorAll("[data-drop]")) {
  const input = document.getElementById(zone.dataset.drop);
  const area = zone.closest(".way");
  const chosen = zone.querySelector("[data-chosen]");
  const said = chosen?.textContent;
  input.addEventListener("change", () => {
    if (!chosen) return;
    chosen.textContent = input.files[0]?.name ?? said;
    zone.classList.toggle("has-file", input.files.length > 0);
  });
  area.addEventListener("dragover", (event) => { event.preventDefault(); zone.classList.add("over"); });
  area.addEventListener("dragleave", (event) => { if (!area.contains(event.relatedTarget)) zone.classList.remove("over"); });
  area.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    const files = [...event.dataTransfer.files];
    if (!files.length) return;
    if (input === file) return add(files);
    const one = new DataTransfer();
    one.items.add(files[0]);
    input.files = one.files;
    input.dispatchEvent(new Event("change"));
  });
}
// A file that misses its place must not replace the page, and what was typed with it.
for (const name of ["dragover", "drop"]) addEventListener(name, (event) => event.preventDefault());

function add(files) {
  for (const one of files) enter({ name: one.name, file: one });
}

function enter(paper) {
  if (running === 0 && queue.length === 0) begun = 0;
  begun += 1;
  paper.row = row(paper.name);
  if (paper.file?.size > Number(words.bytes)) return fail(paper, words.tooLarge);
  queue.push(paper);
  next();
}

function row(name) {
  const item = document.createElement("li");
  item.innerHTML = '<div class="line"><span class="name"></span><span class="state"></span></div><progress></progress>';
  item.querySelector(".name").textContent = name;
  item.querySelector("progress").setAttribute("aria-label", name);
  say(item, words.waiting);
  arrivals.append(item);
  return item;
}

function say(item, text) { item.querySelector(".state").textContent = text; }

function next() {
  while (running < AT_ONCE && queue.length) { running += 1; send(queue.shift()); }
}

function send(paper) {
  const request = new XMLHttpRequest();
  const alone = begun === 1;
  const bar = paper.row.querySelector("progress");
  request.open("POST", "/api/papers");
  request.responseType = "json";
  request.setRequestHeader("Prefer", `wait=${alone ? SHORT_S : PATIENCE_S}`);
  say(paper.row, paper.file ? words.sending : words.fetching);
  request.upload.addEventListener("progress", (event) => {
    if (!paper.file || !event.lengthComputable) return;
    bar.max = event.total;
    bar.value = event.loaded;
  });
  request.upload.addEventListener("load", () => {
    if (!paper.file) return;
    bar.removeAttribute("value");
    say(paper.row, words.reading);
  });
  request.addEventListener("load", () => (request.status < 300 ? arrived(paper, request) : fail(paper, request.response?.detail ?? words.offline)));
  request.addEventListener("error", () => fail(paper, words.offline));
  request.addEventListener("loadend", () => { running -= 1; next(); settle(); });
  if (paper.file) {
    const form = new FormData();
    form.append("file", paper.file);
    request.send(form);
  } else {
    request.setRequestHeader("Content-Type", "application/json");
    request.send(JSON.stringify({ url: paper.url }));
  }
}

function arrived(paper, request) {
  const given = request.response;
  const link = document.createElement("a");
  link.href = `/papers/${encodeURIComponent(given.id)}`;
  link.textContent = given.identity?.title?.value ?? given.filename;
  if (given.language && given.identity?.title) link.lang = given.language;
  paper.row.querySelector(".name").replaceChildren(link);
  paper.row.querySelector("progress").remove();
  paper.row.classList.add("done");
  say(paper.row, given.status === "ready" ? words.ready : words.later);
  if (!ready.includes(given.id)) ready.push(given.id);
}

function fail(paper, sentence) {
  if (paper.url && !address.value) address.value = paper.url;
  const line = document.createElement("p");
  line.className = "problem-line";
  line.textContent = sentence;
  say(paper.row, "");
  paper.row.querySelector("progress").replaceWith(line);
}

// One paper leads on by itself; several wait for one choice of readers.
function settle() {
  if (running || queue.length) return;
  if (begun === 1 && ready.length === 1) return location.assign(`/papers/${encodeURIComponent(ready[0])}`);
  const link = together.querySelector("a");
  together.hidden = ready.length === 0;
  if (ready.length === 0) return;
  const one = ready.length === 1;
  link.href = one ? `/papers/${encodeURIComponent(ready[0])}` : `/papers/together?${ready.map((id) => `paper=${encodeURIComponent(id)}`).join("&")}`;
  link.textContent = (one ? words.one : words.together).replace("{count}", ready.length);
}
