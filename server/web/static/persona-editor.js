// The editor of a reader: sends what was changed, and takes from the server's answer whatever the other side needs.
import { tell } from "./yomi.js";

document.documentElement.classList.add("scripted");

const form = document.getElementById("editor");
const source = form.elements.source;
const undo = document.getElementById("undo");
const saved = "dirty" in form.dataset ? null : source.value;
const PAUSE_MS = 350;

let turn = 0;
let timer;
let leaving = false;
let before = "";

const pane = () => document.getElementById("form-pane");
const isChanged = () => source.value !== saved || (form.elements.side.value === "form" && timer !== undefined);

// --- steps: what was changed goes to the server; an answer that comes too late is dropped

function changed(side) {
  form.elements.side.value = side;
  turn++;
  clearTimeout(timer);
  timer = setTimeout(step, PAUSE_MS);
  show();
}

async function step(action = "", place = null) {
  clearTimeout(timer);
  const mine = ++turn;
  if (action) form.elements.side.value = "form";
  const body = new URLSearchParams(new FormData(form));
  if (action) body.set("do", action);
  let response, html;
  try {
    response = await fetch(form.action, { method: "POST", body, headers: { "HX-Request": "true" } });
    html = await response.text();
  } catch {
    tell(document.body.dataset.offline);
    return;
  }
  if (mine !== turn) return;
  timer = undefined;
  const elsewhere = response.headers.get("HX-Redirect");
  if (elsewhere) { location.assign(elsewhere); return; }
  const piece = new DOMParser().parseFromString(html, "text/html");
  if (!response.ok) tell(piece.body.textContent.trim());
  else take(piece, action, place);
}

function take(piece, action, place) {
  const text = piece.getElementById("source").value;
  form.elements.base.value = piece.getElementById("base").value;
  document.getElementById("problems").replaceWith(piece.getElementById("problems"));
  const typedInForm = form.elements.side.value === "form";
  if (typedInForm && text !== source.value) {
    const { scrollTop, scrollLeft } = source;
    source.value = text;
    source.scrollTo(scrollLeft, scrollTop);
  }
  if (!typedInForm || action) renew(piece.getElementById("form-pane"));
  if (place) place();
  number();
  show();
  refreshPreview();
}

function renew(fresh) {
  const open = new Set([...pane().querySelectorAll("details[open]")].map((one) => one.dataset.question));
  const focused = pane().contains(document.activeElement) ? document.activeElement.name : "";
  for (const one of fresh.querySelectorAll("details")) one.open = open.has(one.dataset.question);
  pane().replaceWith(fresh);
  if (focused) fresh.querySelector(`[name="${CSS.escape(focused)}"]:not(button)`)?.focus();
}

form.addEventListener("input", (event) => {
  if (event.target === source) changed("text");
  else if (pane().contains(event.target)) {
    if (event.target.name?.endsWith(`_label_${document.documentElement.lang}`))
      event.target.closest("details").querySelector(".question-name").textContent = event.target.value;
    changed("form");
  }
});
form.addEventListener("change", (event) => { if ("reshapes" in event.target.dataset) step("sync"); });

// --- buttons: add, move, remove; save goes through as a form

form.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (button?.value === "save") {
    const first = document.querySelector(".problem.error");
    if (!first || timer !== undefined) { leaving = true; return; }
    event.preventDefault();
    first.focus();
    return;
  }
  event.preventDefault();
  if (button?.dataset.verb) move(button.dataset.verb, button.value, button.closest("[data-question]"));
  else if (button?.id !== "preview-go") step("sync");
});

function move(verb, action, item) {
  const id = item?.dataset.question;
  const next = item?.nextElementSibling?.dataset.question ?? item?.previousElementSibling?.dataset.question;
  if (verb === "remove") before = source.value;
  step(action, () => {
    const find = (question) => pane().querySelector(`li[data-question="${CSS.escape(question ?? "")}"]`);
    if (verb === "add") {
      const added = pane().querySelector(".form-questions > li:last-child");
      added.querySelector("details").open = true;
      const label = added.querySelector(`[name$="_label_${document.documentElement.lang}"]`);
      label.focus();
      label.select();
    } else if (verb === "remove") {
      find(next)?.querySelector("summary").focus();
      undo.hidden = false;
    } else {
      const moved = find(id);
      (moved?.querySelector(`[data-verb="${verb}"]:not(:disabled)`) ?? moved?.querySelector("summary"))?.focus();
      moved?.scrollIntoView({ block: "nearest" });
    }
  });
}

form.addEventListener("keydown", (event) => {
  const verb = { ArrowUp: "up", ArrowDown: "down" }[event.key];
  const item = event.altKey && verb && event.target.closest("li[data-question]");
  if (!item) return;
  event.preventDefault();
  item.querySelector(`[data-verb="${verb}"]:not(:disabled)`)?.click();
});

undo.querySelector("button").addEventListener("click", () => {
  undo.hidden = true;
  source.value = before;
  form.elements.side.value = "text";
  source.focus();
  step();
});

// --- the text: line numbers, marked lines, problems that lead to their line

const lines = form.querySelector(".lines");

function number() {
  const marks = new Map();
  for (const one of document.querySelectorAll("button.problem")) {
    const kind = one.classList.contains("error") ? "error" : "hint";
    if (marks.get(one.dataset.line) !== "error") marks.set(one.dataset.line, kind);
  }
  const count = source.value.split("\n").length;
  lines.replaceChildren(...Array.from({ length: count }, (_, index) => {
    const line = document.createElement("span");
    line.textContent = index + 1;
    line.className = marks.get(String(index + 1)) ?? "";
    return line;
  }));
  follow();
}
function follow() { lines.style.transform = `translateY(${-source.scrollTop}px)`; }
source.addEventListener("scroll", follow);

document.addEventListener("click", (event) => {
  const problem = event.target.closest("button.problem");
  if (!problem) return;
  const rows = source.value.split("\n");
  const row = Math.min(Number(problem.dataset.line), rows.length) - 1;
  const start = rows.slice(0, row).reduce((sum, one) => sum + one.length + 1, 0);
  source.focus();
  source.setSelectionRange(start, start + rows[row].length);
  const height = source.scrollHeight / rows.length;
  source.scrollTo(0, Math.max(0, row * height - source.clientHeight / 3));
});

// --- the preview follows, once it is asked for

const preview = document.getElementById("preview");
let previewTimer;
function refreshPreview() {
  clearTimeout(previewTimer);
  if (preview?.firstElementChild && preview.closest("details").open && !document.querySelector(".problem.error"))
    previewTimer = setTimeout(() => document.getElementById("preview-go").click(), 1200);
}

// --- nothing is lost silently: the browser keeps what is not saved, and asks before it leaves

const KEY = `yomi.persona.${form.dataset.persona}`;
const kept = document.getElementById("kept");
const saysTheSame = (one, other) => one.replace(/^version:.*$/m, "") === other.replace(/^version:.*$/m, "");

function show() {
  const open = isChanged();
  document.getElementById("state").textContent = open ? `● ${form.dataset.changed}` : form.dataset.clean;
  try {
    if (open && kept.hidden) localStorage.setItem(KEY, JSON.stringify({ source: source.value, at: Date.now() }));
    else if (!open && kept.hidden) localStorage.removeItem(KEY);
  } catch { /* no storage: the question before leaving remains */ }
}

function recall() {
  let found = null;
  try { found = JSON.parse(localStorage.getItem(KEY)); } catch { /* nothing readable was kept */ }
  if (!found || saysTheSame(found.source, source.value)) return;
  const when = new Date(found.at).toLocaleString(document.documentElement.lang);
  kept.querySelector("span").textContent = kept.dataset.words.replace("{when}", when);
  kept.hidden = false;
  kept.addEventListener("click", (event) => {
    const choice = event.target.dataset.kept;
    if (!choice) return;
    kept.hidden = true;
    if (choice === "take") { source.value = found.source; form.elements.side.value = "text"; step(); }
    source.focus();
    show();
  });
}

addEventListener("beforeunload", (event) => { if (isChanged() && !leaving) event.preventDefault(); });

recall();
number();
show();
