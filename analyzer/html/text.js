// text.js: figures and names as text, and elements made of them. Whatever came from the trace
// becomes a text node, never markup.

const VERDICTS = ["unclassified", "reachable", "possible", "indirect", "definite", "ignored",
  "suspect"];
const DASH = "–";
const plainNumber = new Intl.NumberFormat("en-US", {maximumFractionDigits: 0});

function numberText(number) {
  return number === null || number < 0 ? DASH : plainNumber.format(number);
}

// "2.1 MiB", "812 bytes", as the text report has it.
function sizeText(bytes) {
  if (bytes === null || bytes < 0)
    return DASH;
  if (bytes < 1024)
    return `${Math.round(bytes)} byte${bytes === 1 ? "" : "s"}`;
  let unit = -1;
  for (; bytes >= 1024; unit++)
    bytes /= 1024;
  return `${bytes.toFixed(1)} ${["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"][unit]}`;
}

function durationText(ms) {
  const minutes = Math.floor(ms / 60000);
  if (ms < 10000)
    return `${plainNumber.format(ms)} ms`;
  if (minutes < 10)
    return `${(ms / 1000).toFixed(1)} s`;
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function countText(count, noun) {
  return `${numberText(count)} ${noun}${count === 1 ? "" : "s"}`;
}

function shareText(part, whole) {
  const percent = whole ? 100 * part / whole : 0;
  if (part > 0 && percent < 1)
    return "<1%";
  return `${percent < 10 && percent % 1 ? percent.toFixed(1) : Math.round(percent)}%`;
}

function baseName(path) {
  return path.slice(path.lastIndexOf("/") + 1);
}

// The last folders of a path that fit.
function shortPath(path, columns = 36) {
  while (path.length > columns && path.indexOf("/", 1) > 0)
    path = path.slice(path.indexOf("/", 1)).replace(/^\//, "");
  return path;
}

// An element; `text` and children are added as text and nodes, the rest are attributes.
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  fill(made, attributes, children);
  return made;
}

function drawing(name, attributes = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  fill(made, attributes, children);
  return made;
}

function fill(made, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "text")
      made.textContent = value;
    else if (value !== null && value !== undefined && value !== false)
      made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children);
}

// A button that does something.
function button(label, act, attributes = {}) {
  const made = element("button", {type: "button", text: label, ...attributes});
  made.addEventListener("click", act);
  return made;
}

// A small window beside the pointer; without lines it goes away.
function showTip(event, lines = []) {
  const tip = document.getElementById("tip");
  tip.hidden = lines.length === 0;
  tip.replaceChildren(...lines.map((line, index) =>
    element(index ? "div" : "strong", {text: line})));
  if (tip.hidden)
    return;
  const box = tip.getBoundingClientRect();
  const left = Math.min(event.clientX + 14, innerWidth - box.width - 8);
  const below = event.clientY + 18;
  const top = below + box.height > innerHeight - 8 ? event.clientY - box.height - 10 : below;
  tip.style.left = `${Math.max(8, left)}px`;
  tip.style.top = `${Math.max(8, top)}px`;
}
