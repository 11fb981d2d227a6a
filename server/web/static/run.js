// A run: the paper at the side, forms that open in place, printing.
import "./viewer.js";
import "./feedback.js";

document.addEventListener("click", (event) => { if (event.target.closest("[data-print]")) print(); });
