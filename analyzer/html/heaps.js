// heaps.js: each heap as rows of cells, which stand for the same number of bytes; how high a cell
// is filled says how much of it lives. Below, what pins it, and what the address space is for.

const CELL = 9, CELL_GAP = 1;
const STATES = [
  {name: "all lives", height: 1}, {name: "most lives", height: 0.75},
  {name: "half lives", height: 0.5}, {name: "little lives", height: 0.25},
  {name: "free, in RAM", pattern: "in-ram"}, {name: "free, in swap", pattern: "swapped"},
  {name: "free, not in RAM", pattern: "free"},
];
const PIN_TEXT = "pin: keeps what is free below it";

class Heaps {
  constructor(section, trace) {
    this.trace = trace;
    this.heaps = trace.data.heaps;
    this.list = section.querySelector(".heap-list");
    this.views = this.heaps.map((heap) => this.view(heap));
    const missing = trace.data.heap_count - this.heaps.length;
    this.list.append(...this.views.map((view) => view.element));
    if (this.heaps.length)
      this.list.append(this.legend());
    if (missing > 0)
      this.list.append(element("p", {class: "aside",
        text: `and ${countText(missing, "more arena")}`}));
    if (!this.heaps.length && !trace.data.segments?.length)
      this.list.append(element("p", {class: "aside", text: "not known: no snapshot was taken"}));
    if (trace.data.segments?.length)
      section.querySelector(".segments").append(this.segments(trace.data.segments));
    new ResizeObserver(() => this.views.forEach((view) => this.draw(view))).observe(this.list);
  }

  // ---- a heap ----

  view(heap) {
    const {sums} = heap, name = sums.is_main ? "brk heap" : "arena";
    const parts = [sizeText(sums.bytes),
      sums.resident === null ? null : `${sizeText(sums.resident)} in RAM`,
      `${sizeText(sums.live)} live in ${countText(sums.blocks, "block")}`,
      sums.held_resident ? `${sizeText(sums.held_resident)} free below live blocks` : null,
      sums.trimmed ? `malloc_trim(0) gives back ${sizeText(sums.trimmed)}` : null];
    const picture = element("div", {class: "cells"});
    const box = element("div", {class: "heap"},
      element("h4", {}, name, element("span", {class: "aside",
        text: `from ${sums.start} · ${parts.filter(Boolean).join(" · ")}`})),
      picture,
      element("p", {class: "aside", text: `a cell stands for ${sizeText(heap.cell_bytes)}`}));
    if (sums.is_pinned)
      box.append(this.pins(heap));
    return {heap, picture, element: box};
  }

  draw({heap, picture}) {
    const step = CELL + CELL_GAP, columns = Math.floor(picture.clientWidth / step);
    if (columns < 1)
      return;
    const rows = Math.ceil(heap.cells.length / columns);
    const svg = drawing("svg", {width: columns * step, height: rows * step, role: "img",
      "aria-label": `${heap.sums.is_main ? "brk heap" : "arena"}, ${heap.cells.length} cells`});
    const paths = STATES.map(() => ""), at = (cell) =>
      [cell % columns * step, Math.floor(cell / columns) * step];
    let ground = "";
    for (let cell = 0; cell < heap.cells.length; cell++) {
      const [x, y] = at(cell), state = Number(heap.cells[cell]);
      ground += `M${x} ${y}h${CELL}v${CELL}h-${CELL}z`;
      paths[state] += this.cellPath(x, y, STATES[state]);
    }
    svg.append(drawing("path", {class: "cell-ground", d: ground}));
    paths.forEach((d, state) => {
      if (d)
        svg.append(drawing("path", {class: `cell ${STATES[state].pattern ?? "live"}`, d}));
    });
    svg.append(...this.pinMarks(heap, at));
    svg.addEventListener("mousemove", (event) => this.hover(event, heap, svg, columns));
    svg.addEventListener("mouseleave", (event) => showTip(event));
    picture.replaceChildren(svg);
  }

  cellPath(x, y, {height, pattern}) {
    if (height)
      return `M${x} ${y + CELL * (1 - height)}h${CELL}v${CELL * height}h-${CELL}z`;
    if (pattern === "in-ram")
      return `M${x + 1} ${y + CELL - 1}L${x + CELL - 1} ${y + 1}`;
    if (pattern === "swapped")
      return `M${x + 3} ${y + 3}h3v3h-3z`;
    return "";
  }

  pinMarks(heap, at) {
    const made = [];
    for (const pin of heap.sums.is_pinned ? heap.pins : []) {
      if (!pin.returned_resident)
        continue;
      const [x, y] = at(Math.floor(pin.offset / heap.cell_bytes));
      made.push(drawing("path", {class: "pin",
        d: `M${x - 2} ${y - 2}h${CELL + 4}l-${CELL / 2 + 2} ${CELL + 4}z`}));
    }
    return made;
  }

  hover(event, heap, svg, columns) {
    const place = svg.getBoundingClientRect(), step = CELL + CELL_GAP;
    const column = Math.floor((event.clientX - place.left) / step);
    const cell = Math.floor((event.clientY - place.top) / step) * columns + column;
    if (column >= columns || cell < 0 || cell >= heap.cells.length)
      return showTip(event);
    const address = BigInt(heap.sums.start) + BigInt(cell) * BigInt(heap.cell_bytes);
    const pins = heap.sums.is_pinned ? heap.pins.filter((pin) =>
      pin.returned_resident && Math.floor(pin.offset / heap.cell_bytes) === cell) : [];
    return showTip(event, [`0x${address.toString(16)}`, STATES[Number(heap.cells[cell])].name,
      ...pins.map((pin) => `pin ${pin.address}, ${sizeText(pin.bytes)}: ${this.pinName(pin)}`)]);
  }

  // ---- pins ----

  pinFrame(pin) {
    const stack = this.trace.stack(pin.node);
    return stack.find((frame) => !this.trace.is(frame, ALLOCATOR)) ?? stack[0] ?? null;
  }

  pinName(pin) {
    const frame = this.pinFrame(pin);
    return frame === null ? DASH : this.trace.name(frame);
  }

  pins(heap) {
    const rows = heap.pins.map((pin) => {
      const frame = this.pinFrame(pin);
      return element("tr", {},
        element("td", {class: "mono", text: pin.address}),
        element("td", {class: "number", text: numberText(pin.bytes)}),
        element("td", {class: "number", text: numberText(pin.blocks)}),
        element("td", {class: "number", text: sizeText(pin.returned_resident)}),
        element("td", {class: "name"}, element("code", {text: this.pinName(pin)}),
          element("span", {class: "place", text: frame === null ? "" : this.trace.place(frame)})));
    });
    const table = this.table(["pin", "bytes", "blocks", "their end gives back", "allocated in"],
      [1, 2, 3], rows);
    table.className = "compact";
    return table;
  }

  table(heads, numbers, rows) {
    return element("table", {},
      element("thead", {}, element("tr", {}, ...heads.map((text, index) =>
        element("th", {scope: "col", class: numbers.includes(index) ? "number" : null, text})))),
      element("tbody", {}, ...rows));
  }

  legend() {
    const items = STATES.map((state) => {
      const ground = drawing("path", {class: "cell-ground", d: `M0 0h${CELL}v${CELL}h-${CELL}z`});
      const cell = drawing("path", {class: `cell ${state.pattern ?? "live"}`,
        d: this.cellPath(0, 0, state)});
      return [state.name, ground, cell];
    });
    items.push([PIN_TEXT,
      drawing("path", {class: "pin", d: `M0 0h${CELL}l-${CELL / 2} ${CELL}z`})]);
    const list = element("ul", {class: "legend", "aria-label": "Cells"});
    list.append(...items.map(([name, ...paths]) =>
      element("li", {}, drawing("svg", {viewBox: `0 0 ${CELL} ${CELL}`, class: "key",
        "aria-hidden": "true"}, ...paths), name)));
    return list;
  }

  // ---- the address space ----

  segments(segments) {
    const most = Math.max(...segments.map((segment) => segment.resident ?? 0), 1);
    const rows = segments.map((segment) => element("tr", {},
      element("th", {scope: "row", text: segment.name}),
      element("td", {class: "number", text: numberText(segment.count)}),
      element("td", {class: "number", text: sizeText(segment.virtual)}),
      element("td", {class: "number", text: sizeText(segment.resident)}),
      element("td", {class: "number", text: segment.swapped ? sizeText(segment.swapped) : DASH}),
      element("td", {class: "bar"}, this.bar((segment.resident ?? 0) / most))));
    const table = this.table(["address space", "count", "virtual", "in RAM", "in swap"],
      [1, 2, 3, 4], rows);
    table.querySelector("thead tr").append(element("td"));
    return table;
  }

  bar(part) {
    return drawing("svg", {viewBox: "0 0 1000 10", preserveAspectRatio: "none",
      "aria-hidden": "true"},
    drawing("rect", {class: "track", width: 1000, height: 10}),
    drawing("rect", {class: "plain", width: 1000 * part, height: 10}));
  }
}
