// Saying what is wrong in place: a flag comes to each statement that is pointed at or focused, forms open below it; Escape
// or "cancel" closes them and gives the focus back.
const template = document.getElementById("flag");
let opener = null;

function flagged(claim) {
  const run = claim.closest("[data-run]")?.dataset.run, mark = claim.querySelector("a.mark");
  if (!run || !mark || claim.querySelector(".flag")) return;
  const flag = template.content.cloneNode(true).firstElementChild;
  flag.href = `/runs/${run}/feedback${new URL(mark.href).search}`;
  flag.dataset.say = "";
  mark.after(flag);
}

for (const name of ["pointerover", "focusin"])
  document.addEventListener(name, (event) => { const claim = event.target.closest?.(".claim"); if (claim) flagged(claim); });

/* The place below what a link speaks about. */
function slotOf(link) {
  const about = link.closest(".feedback, .lead, .field, li, p");
  const found = about.nextElementSibling?.matches(".say") ? about.nextElementSibling : document.createElement("div");
  if (!found.isConnected) {
    found.className = "say no-print";
    found.setAttribute("aria-live", "polite");
    about.after(found);
  }
  return found;
}

function close(slot) { slot.remove(); opener?.focus(); }

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-say]");
  if (link && !(event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey)) {
    event.preventDefault();
    opener = link;
    htmx.ajax("GET", link.getAttribute("href"), { target: slotOf(link) });
  }
  const slot = event.target.closest("[data-unsay]")?.closest(".say");
  if (slot) close(slot);
});

document.body.addEventListener("htmx:after:swap", () => {
  const field = document.querySelector(".say input[autofocus]");
  if (field) { field.removeAttribute("autofocus"); field.focus(); }
});

document.addEventListener("keydown", (event) => {
  const slot = event.key === "Escape" && event.target.closest(".say");
  if (slot) { event.stopPropagation(); close(slot); }
}, true);
