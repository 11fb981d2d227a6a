// Judging a comparison: filters, folding both sides of a row together, votes by key, print with everything open.
import "./feedback.js";
import "./viewer.js";

const root = () => document.getElementById("comparison");
const open = new Set();

function fold(details, state) { if (details.open !== state) details.open = state; }

function hideWhatDoesNotFit() {
  const rows = [...root().querySelectorAll(".row")];
  const left = rows.filter((row) => getComputedStyle(row).display !== "none");
  root().querySelector(".nothing-left").hidden = left.length > 0 || rows.length === 0;
}

document.addEventListener("click", (event) => {
  const filter = event.target.closest("[data-filter-by]");
  if (filter) {
    root().dataset.filter = filter.dataset.filterBy;
    for (const button of root().querySelectorAll("[data-filter-by]")) button.setAttribute("aria-pressed", String(button === filter));
    hideWhatDoesNotFit();
  }
  const folding = event.target.closest("[data-fold]");
  if (folding) for (const details of root().querySelectorAll("details.rest")) fold(details, folding.dataset.fold === "open");
  if (event.target.closest("[data-print]")) print();
});

document.addEventListener("toggle", (event) => {
  const cell = event.target.closest?.(".cell");
  if (!cell || !event.target.matches("details.rest")) return;
  if (event.target.open) open.add(cell.id); else open.delete(cell.id);
  for (const other of cell.closest(".cells").querySelectorAll("details.rest")) fold(other, event.target.open);
}, true);

// A piece that came in again, or the whole when all are done: what was open stays open. (No event tells of a swap
// whose own element was swapped out.)
new MutationObserver(() => {
  for (const id of open) { const details = document.getElementById(id)?.querySelector("details.rest"); if (details) fold(details, true); }
}).observe(document.getElementById("main"), { childList: true, subtree: true });

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
  root().querySelector(`.verdict-bar [data-key="${CSS.escape(event.key)}"]`)?.click();
});

addEventListener("beforeprint", () => { for (const details of document.querySelectorAll("details.rest")) details.open = true; });
