// The shelf of readers: narrows down while one types, takes files that are dropped on the page.
import { tell } from "./yomi.js";

document.documentElement.classList.add("scripted");

const find = document.getElementById("find");
const found = document.getElementById("found");
const fold = (text) => text.normalize("NFKC").toLowerCase();

function narrow() {
  const words = fold(find.value).split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const card of document.querySelectorAll(".reader")) {
    card.hidden = !words.every((word) => card.dataset.words.includes(word));
    shown += !card.hidden;
  }
  for (const section of document.querySelectorAll(".origin")) section.hidden = !section.querySelector(".reader:not([hidden])");
  found.textContent = shown ? "" : found.dataset.none;
}
find.addEventListener("input", narrow);
find.form.addEventListener("submit", (event) => { event.preventDefault(); narrow(); });

const upload = document.querySelector("form.import");
const file = upload.elements.file;
file.addEventListener("change", () => { if (file.files.length) upload.requestSubmit(); });

let depth = 0;
const carries = (event) => event.dataTransfer?.types.includes("Files");
addEventListener("dragenter", (event) => { if (carries(event) && depth++ === 0) { document.body.classList.add("dropping"); tell(upload.dataset.dropped); } });
addEventListener("dragleave", (event) => { if (carries(event) && --depth === 0) document.body.classList.remove("dropping"); });
addEventListener("dragover", (event) => { if (carries(event)) event.preventDefault(); });
addEventListener("drop", (event) => {
  if (!carries(event)) return;
  event.preventDefault();
  depth = 0;
  document.body.classList.remove("dropping");
  file.files = event.dataTransfer.files;
  if (file.files.length) upload.requestSubmit();
});
