// The panel that shows the paper beside an answer: opens when a piece arrives, closes by button or Escape, gives focus back.
const panel = document.getElementById("viewer-panel");
const place = document.getElementById("viewer");
let opener = null;

// The page gets narrower beside the panel, so its lines move: what was asked about stays where the eye is.
function beside(shown) {
  const before = opener?.getBoundingClientRect().top;
  panel.hidden = !shown;
  document.body.classList.toggle("viewing", shown);
  if (opener?.isConnected) scrollBy({ top: opener.getBoundingClientRect().top - before, behavior: "instant" });
}

function close() {
  if (panel.hidden) return;
  beside(false);
  for (const link of document.querySelectorAll(".looked-at")) link.classList.remove("looked-at");
  opener?.focus();
}

document.addEventListener("click", (event) => {
  const claim = event.target.closest(".claim");
  if (!claim || event.target.closest("a") || String(getSelection())) return;
  claim.querySelector("a.mark")?.click();
});

// Links that lead into the paper open it here; with a modifier key, or without script, they are pages of their own.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-view]");
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  htmx.ajax("GET", link.getAttribute("href"), { target: "#viewer" });
  if (panel.contains(link)) return;
  opener = link;
  for (const other of document.querySelectorAll(".looked-at")) other.classList.remove("looked-at");
  (link.closest(".claim") ?? link).classList.add("looked-at");
});

new MutationObserver(() => {
  if (!place.childElementCount) return;
  const opening = panel.hidden;
  if (opening) beside(true);
  if (opening) panel.querySelector("[data-close-viewer]").focus({ preventScroll: true });
  const found = place.querySelector("rect.first");
  const sheet = place.querySelector(".sheet");
  panel.scrollTop = 0;
  if (found && sheet) requestAnimationFrame(() => {
    const share = Number(found.getAttribute("y")) / sheet.querySelector("svg").viewBox.baseVal.height;
    const at = sheet.offsetTop + share * sheet.offsetHeight;
    if (at > panel.clientHeight * 0.8) panel.scrollTop = at - panel.clientHeight / 2;
  });
}).observe(place, { childList: true });

panel.querySelector("[data-close-viewer]").addEventListener("click", close);
document.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
