// The choice of readers says at once who is A and who is B, what happens on the button, and where the paper goes.
const LABELS = "ABCDEF";

document.addEventListener("change", (event) => { if (event.target.closest("#choose")) tell(); });
document.addEventListener("input", (event) => { if (["more", "text"].includes(event.target.name)) tell(); });
document.addEventListener("htmx:after:swap", tell);
addEventListener("pageshow", tell); // the browser may have put an earlier choice back
tell();

function tell() {
  const form = document.getElementById("choose");
  if (!form) return;
  const words = form.dataset;
  const named = readers(form);
  const who = form.querySelector("#choose-who");
  who.replaceChildren(...named.map(({ name }, place) => entry(name, place)));
  const extractive = "extractive" in form.querySelector("#choose-model").selectedOptions[0].dataset;
  const hosts = destinations(form, named);
  form.querySelector("#choose-language").disabled = extractive;
  form.querySelector("#language-note").hidden = !extractive;
  form.querySelector("#choose-host").textContent = hosts.length ? words.sent.replace("{host}", hosts.join(", ")) : words.stays;
  const go = form.querySelector("#choose-go");
  const problem = named.length === 0 ? words.none : named.length > Number(words.most) ? words.tooMany : "";
  go.disabled = problem !== "";
  go.textContent = named.length === 1 && words.papers === "1" ? words.read : words.papers === "1" ? words.compare : words.compareMany;
  if (problem) who.append(Object.assign(document.createElement("span"), { className: "doubt", textContent: problem }));
}

// In the order of their labels: the cards, each as often as asked, then those that are written out.
function readers(form) {
  const named = [];
  for (const card of form.querySelectorAll(".reader")) {
    const labels = card.querySelector(".labels");
    labels.replaceChildren();
    if (!card.querySelector(".pick input").checked) continue;
    const times = Number(card.querySelector(".times select").value);
    for (let one = 0; one < times; one += 1) {
      labels.append(badge(named.length));
      named.push({ name: card.dataset.name });
    }
  }
  for (const line of form.elements.more.value.split("\n")) if (line.trim()) named.push({ name: line.trim(), model: setting(line, "model"), beside: setting(line, "over") === "models" ? setting(line, "members")?.split("+") : [] });
  if (form.elements.text?.value.trim()) named.push({ name: form.dataset.yours, model: "" });
  return named;
}

// A setting of a reader in the short form.
function setting(line, name) {
  return new RegExp(`[:,]\\s*${name}=([^,]+)`).exec(line)?.[1].trim();
}

// Where the paper goes: each host once; of a model that is not listed its name, for only the server knows its host.
function destinations(form, named) {
  const choice = form.querySelector("#choose-model");
  const known = new Map([...choice.options].map((option) => [option.value, option.dataset.host]));
  const asked = named.length ? named.flatMap(({ model, beside }) => [model ?? choice.value, ...(beside ?? [])]) : [choice.value];
  return [...new Set(asked.map((model) => known.get(model) ?? model).filter(Boolean))];
}

function badge(place) {
  const label = LABELS[place] ?? "?";
  return Object.assign(document.createElement("b"), { className: `badge ${label}`, textContent: label });
}

function entry(name, place) {
  const item = document.createElement("span");
  item.append(badge(place), " ", name);
  return item;
}
