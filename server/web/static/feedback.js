// Forms that open in place: the first field has the focus; Escape or "cancel" closes them and gives the focus back.
let opener = null;

function close(slot) { slot.replaceChildren(); opener?.focus(); }

document.body.addEventListener("htmx:before:request", (event) => {
  const source = event.detail?.ctx?.sourceElement ?? event.target;
  if (source.matches?.(".flag, .feedback-bar a")) opener = source;
});

document.body.addEventListener("htmx:after:swap", () => {
  const field = document.querySelector(".say input[autofocus]");
  if (field) { field.removeAttribute("autofocus"); field.focus(); }
});

document.addEventListener("click", (event) => {
  const slot = event.target.closest("[data-unsay]")?.closest(".say");
  if (slot) close(slot);
});

document.addEventListener("keydown", (event) => {
  const slot = event.key === "Escape" && event.target.closest(".say");
  if (slot) { event.stopPropagation(); close(slot); }
}, true);
