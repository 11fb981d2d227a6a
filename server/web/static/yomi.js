// What every page needs: one line that says what went wrong when the server cannot be reached.
const notice = document.getElementById("notice");

export function tell(words, { for_ms = 6000 } = {}) {
  notice.textContent = words;
  if (for_ms) setTimeout(() => { if (notice.textContent === words) notice.textContent = ""; }, for_ms);
}

for (const name of ["htmx:error", "htmx:sse:error"])
  document.body.addEventListener(name, () => { if (!navigator.onLine || name === "htmx:error") tell(document.body.dataset.offline); });
