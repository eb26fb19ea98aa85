// The page reads without this; with it, a step's facts stand beside the picture.
const root = document.documentElement;
root.classList.add("live");
const canvas = document.querySelector(".canvas");
const svg = canvas.querySelector("svg");
const links = [...svg.querySelectorAll(".link")];
const steps = [...svg.querySelectorAll("a")];
let pinned = null;

function show(step) {
  for (const other of document.querySelectorAll(".shown")) other.classList.remove("shown");
  svg.classList.toggle("following", step !== null);
  if (step === null) return;
  step.classList.add("shown");
  document.getElementById(step.getAttribute("href").slice(1)).classList.add("shown");
  document.querySelector(".facts").scrollTop = 0;
  const id = step.dataset.id;
  for (const link of links) {
    link.classList.toggle("near", link.dataset.source === id || link.dataset.target === id);
  }
}

function pin(step) {
  pinned = step;
  show(step);
}

const hovers = matchMedia("(hover: hover) and (min-width: 900px)");
for (const step of steps) {
  step.addEventListener("click", (event) => {
    event.preventDefault();
    pin(pinned === step ? null : step);
    if (pinned) step.scrollIntoView({ block: "nearest", inline: "nearest" });
  });
  step.addEventListener("focus", () => step.matches(":focus-visible") && show(step));
  step.addEventListener("mouseenter", () => hovers.matches && show(step));
  step.addEventListener("mouseleave", () => hovers.matches && show(pinned));
}
document.querySelector(".close").addEventListener("click", () => pin(null));
document.addEventListener("keydown", (event) => event.key === "Escape" && pin(null));

const [width, height] = [svg.width.baseVal.value, svg.height.baseVal.value];
const smallest = 0.65; // below it, the small text can't be read
let scale = 1;

function zoom(to) {
  const middle = (canvas.scrollLeft + canvas.clientWidth / 2) / canvas.scrollWidth;
  scale = Math.min(3, Math.max(0.1, to));
  svg.setAttribute("width", width * scale);
  svg.setAttribute("height", height * scale);
  canvas.scrollLeft = middle * canvas.scrollWidth - canvas.clientWidth / 2;
}

function whole() {
  return Math.min(1, (canvas.clientWidth - 16) / width);
}

document.getElementById("closer").addEventListener("click", () => zoom(scale * 1.25));
document.getElementById("farther").addEventListener("click", () => zoom(scale / 1.25));
document.getElementById("whole").addEventListener("click", () =>
  zoom(Math.min(whole(), (canvas.clientHeight - 16) / height)));
zoom(Math.max(whole(), smallest));
const asked = steps.find((step) => step.getAttribute("href") === location.hash);
if (asked) pin(asked);
(asked ?? steps[0])?.scrollIntoView({ block: "nearest", inline: "center" });
