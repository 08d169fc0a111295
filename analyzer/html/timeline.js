// timeline.js: how the process and its surroundings went, from the looks in the trace: bytes in one
// picture, page faults in a second below it. Lines differ by their dashes as well as by colour.

const SERIES = [
  {key: "live", name: "live blocks", dash: ""},
  {key: "mapped", name: "mapped by the program", dash: "1 3"},
  {key: "resident", name: "RSS", dash: "8 3"},
  {key: "swapped", name: "swap", dash: "2 2"},
  {key: "virtual", name: "virtual", dash: "10 3 2 3"},
  {key: "group", name: "control group", dash: "5 5"},
  {key: "limit", name: "its limit", dash: "14 4"},
];
const FAULTS = [{key: "minor", name: "minor faults", dash: ""},
  {key: "major", name: "major faults", dash: "4 3"}];
const PLOT = {left: 76, right: 18, top: 46, height: 220, gap: 40, faults: 70, bottom: 26};
const MARK_ROWS = 3, MARK_ROW = 13, LETTER = 6.2;

class Timeline {
  constructor(section, trace) {
    this.section = section;
    this.looks = trace.data.looks;
    this.marks = trace.data.marks;
    this.at = null; // the look that is pointed at
    this.count = this.looks.ms.length;
    if (!this.count) {
      section.querySelector(".plot").append(
        element("p", {class: "aside", text: "no figures of the system in this trace"}));
      section.querySelector("details").hidden = true;
      return;
    }
    this.peak = Math.max(trace.process.peak_bytes, this.greatest(this.looks.live));
    this.end = Math.max(this.looks.ms[this.count - 1], ...this.marks.map((mark) => mark.ms), 1);
    this.series = SERIES.filter((line) => this.looks[line.key].some((value) => value > 0));
    this.rates = Object.fromEntries(FAULTS.map(({key}) => [key, this.rateOf(key)]));
    this.choose();
    this.fillTable();
    if (this.looks.ms[this.count - 1] - this.looks.ms[0] < this.end / 100) {
      section.querySelector(".series").hidden = true;
      section.querySelector(".plot").append(element("p", {class: "aside",
        text: `it was looked at after ${durationText(this.looks.ms[0])} only: see the table`}));
      return;
    }
    new ResizeObserver(() => this.draw()).observe(section.querySelector(".plot"));
  }

  // Rises in a second, up to each look.
  rateOf(key) {
    const values = this.looks[key], {ms} = this.looks;
    let before = -1;
    return values.map((value, look) => {
      if (value === null)
        return null;
      const rate = before < 0 || ms[look] <= ms[before] || value < values[before] ? null
        : 1000 * (value - values[before]) / (ms[look] - ms[before]);
      before = look;
      return rate;
    });
  }

  greatest(values) {
    return values.reduce((most, value) => Math.max(most, value ?? 0), 0);
  }

  // ---- which lines ----

  // What would press the others flat is left out at first.
  choose() {
    const core = Math.max(...["live", "mapped", "resident", "swapped"]
      .map((key) => this.greatest(this.looks[key])), 1);
    const group = this.section.querySelector(".series");
    this.chosen = new Set();
    for (const line of this.series) {
      if (this.greatest(this.looks[line.key]) <= 4 * core)
        this.chosen.add(line.key);
      const box = element("input", {type: "checkbox", checked: this.chosen.has(line.key)});
      box.addEventListener("change", () => {
        if (!this.chosen.delete(line.key))
          this.chosen.add(line.key);
        this.draw();
      });
      group.append(element("label", {class: "check"}, box, this.sample(line), line.name));
    }
  }

  sample(line) {
    return drawing("svg", {class: "sample", viewBox: "0 0 28 8", "aria-hidden": "true"},
      drawing("path", {class: `line ${line.key}`, d: "M0 4H28", "stroke-dasharray": line.dash}));
  }

  // ---- drawing ----

  x(ms) {
    return PLOT.left + this.width * ms / this.end;
  }

  draw() {
    const plot = this.section.querySelector(".plot");
    this.width = Math.max(plot.clientWidth - PLOT.left - PLOT.right, 100);
    const faults = FAULTS.filter((line) => this.greatest(this.rates[line.key]) > 0 &&
      this.rates[line.key].filter((rate) => rate !== null).length > 1);
    const faultTop = PLOT.top + PLOT.height + PLOT.gap;
    const bottom = faults.length ? faultTop + PLOT.faults : PLOT.top + PLOT.height;
    this.bottom = bottom;
    const height = bottom + PLOT.bottom;
    const svg = drawing("svg", {
      viewBox: `0 0 ${plot.clientWidth} ${height}`, height, tabindex: 0, role: "img",
      "aria-label": "Timeline; the arrow keys go from look to look"});
    const lines = this.series.filter((line) => this.chosen.has(line.key));
    const most = this.niceStep(Math.max(...lines.map((line) =>
      this.greatest(this.looks[line.key])), this.chosen.has("live") ? this.peak : 0, 1), 1024);
    svg.append(...this.axis(PLOT.top, PLOT.height, most, sizeText));
    svg.append(...this.times(height));
    for (const line of lines)
      svg.append(this.path(line, this.looks[line.key], PLOT.top, PLOT.height, most));
    if (this.chosen.has("live"))
      svg.append(...this.peakLine(most.end));
    if (faults.length) {
      const step = this.niceStep(Math.max(...faults.map(({key}) =>
        this.greatest(this.rates[key]))), 1000);
      svg.append(...this.axis(faultTop, PLOT.faults, step, numberText, 2));
      faults.forEach((line) =>
        svg.append(this.path(line, this.rates[line.key], faultTop, PLOT.faults, step)));
      svg.append(drawing("text", {x: PLOT.left, y: faultTop - 8, class: "label",
        text: "page faults in a second (major dashed)"}));
    }
    svg.append(...this.drawMarks(bottom));
    this.cross = drawing("path", {class: "cross"});
    svg.append(this.cross);
    svg.addEventListener("mousemove", (event) => this.hover(event, svg));
    svg.addEventListener("mouseleave", (event) => this.point(null, event));
    svg.addEventListener("keydown", (event) => this.key(event));
    const hadFocus = plot.contains(document.activeElement);
    plot.replaceChildren(svg);
    if (hadFocus)
      svg.focus();
  }

  // What the axis is divided by, and its end: round numbers in powers of `base`.
  niceStep(most, base) {
    let unit = 1;
    while (most / unit >= base)
      unit *= base;
    const steps = [0.25, 0.5, 1, 2, 2.5, 5, 10, 20, 25, 50, 100, 128, 200, 250, 256];
    const step = unit * (steps.find((size) => most / (size * unit) <= 5) ?? 256);
    return {step: Math.max(step, 1), end: Math.max(step, 1) * Math.ceil(most / Math.max(step, 1))};
  }

  axis(top, height, {step, end}, text, every = 1) {
    const made = [];
    for (let value = 0, index = 0; value <= end; value += step, index++) {
      const y = top + height - height * value / end;
      made.push(drawing("path",
        {class: "grid", d: `M${PLOT.left} ${y}H${PLOT.left + this.width}`}));
      if (index % every === 0)
        made.push(drawing("text", {class: "label end", x: PLOT.left - 8, y: y + 4,
          text: value ? text(value).replace(/\.0(?= )/, "") : "0"}));
    }
    return made;
  }

  times(height) {
    const made = [], ticks = Math.max(2, Math.min(8, Math.floor(this.width / 110)));
    for (let tick = 0; tick <= ticks; tick++) {
      const ms = this.end * tick / ticks;
      const anchor = tick === 0 ? "start" : tick === ticks ? "end" : "middle";
      made.push(drawing("text", {class: "label", x: this.x(ms), y: height - 8,
        "text-anchor": anchor, text: durationText(Math.round(ms))}));
    }
    return made;
  }

  path(line, values, top, height, {end}) {
    let d = "", isOpen = false;
    values.forEach((value, look) => {
      if (value === null)
        return; // looks from outside know less: the line goes on to the next that knows
      d += `${isOpen ? "L" : "M"}${this.x(this.looks.ms[look]).toFixed(1)} ` +
        `${(top + height - height * Math.min(value / end, 1)).toFixed(1)}`;
      isOpen = true;
    });
    return drawing("path", {class: `line ${line.key}`, d, "stroke-dasharray": line.dash});
  }

  // The peak is known exactly, though it may lie between two looks.
  peakLine(end) {
    const y = PLOT.top + PLOT.height * (1 - this.peak / end);
    return [drawing("path", {class: "peak-line", d: `M${PLOT.left} ${y}h${this.width}`}),
      drawing("text", {class: "label end in-plot", x: PLOT.left + this.width - 4, y: y - 5,
        text: `live blocks at their peak: ${sizeText(this.peak)}`})];
  }

  // Names stand in a few rows; one that finds no room keeps its line only.
  drawMarks(bottom) {
    const taken = Array(MARK_ROWS).fill(-Infinity), made = [];
    for (const mark of [...this.marks].sort((a, b) => a.ms - b.ms)) {
      const x = this.x(mark.ms), text = mark.name ? `${mark.kind} ${mark.name}` : mark.kind;
      const name = text.length > 28 ? `${text.slice(0, 27)}…` : text;
      const width = name.length * LETTER;
      const isRight = x + width + 4 > PLOT.left + this.width + PLOT.right;
      const left = isRight ? x - width - 3 : x + 3;
      const row = taken.findIndex((end) => left > end);
      made.push(drawing("path", {class: `mark-line ${mark.kind}`,
        d: `M${x.toFixed(1)} ${row < 0 ? PLOT.top : MARK_ROW * row + 4}V${bottom}`}));
      if (row < 0)
        continue;
      taken[row] = left + width + 4;
      made.push(drawing("text", {class: "label mark-name", x: left, y: MARK_ROW * (row + 1),
        text: name}));
    }
    return made;
  }

  // ---- pointing ----

  hover(event, svg) {
    const x = event.clientX - svg.getBoundingClientRect().left;
    const ms = (x - PLOT.left) / this.width * this.end;
    let nearest = 0;
    this.looks.ms.forEach((taken, look) => {
      if (Math.abs(taken - ms) < Math.abs(this.looks.ms[nearest] - ms))
        nearest = look;
    });
    this.point(nearest, event);
  }

  describe(look) {
    const lines = [`after ${durationText(this.looks.ms[look])}`];
    for (const line of this.series) {
      if (this.looks[line.key][look] !== null)
        lines.push(`${line.name} ${sizeText(this.looks[line.key][look])}`);
    }
    for (const line of FAULTS) {
      if (this.rates[line.key][look])
        lines.push(`${line.name} ${numberText(this.rates[line.key][look])} in a second`);
    }
    return lines;
  }

  point(look, event) {
    this.at = look;
    const x = look === null ? 0 : this.x(this.looks.ms[look]).toFixed(1);
    this.cross.setAttribute("d", look === null ? "" :
      `M${x} ${PLOT.top}V${this.bottom}`);
    if (event)
      showTip(event, look === null ? [] : this.describe(look));
    else
      this.section.querySelector(".plot-line").textContent = this.describe(look).join(" · ");
  }

  key(event) {
    const last = this.count - 1;
    const looks = {ArrowRight: (this.at ?? -1) + 1, ArrowLeft: (this.at ?? this.count) - 1,
      Home: 0, End: last};
    if (looks[event.key] === undefined || event.ctrlKey || event.metaKey || event.altKey)
      return;
    event.preventDefault();
    this.point(Math.max(0, Math.min(last, looks[event.key])));
  }

  // ---- the table ----

  fillTable() {
    const details = this.section.querySelector("details");
    details.addEventListener("toggle", () => {
      const heads = ["after", ...[...this.series, ...FAULTS].map(({name}) => name)];
      const rows = this.looks.ms.map((ms, look) => element("tr", {},
        element("td", {class: "number", text: durationText(ms)}),
        ...this.series.map(({key}) =>
          element("td", {class: "number", text: sizeText(this.looks[key][look])})),
        ...FAULTS.map(({key}) =>
          element("td", {class: "number", text: numberText(this.looks[key][look])}))));
      details.querySelector(".looks").replaceChildren(element("table", {},
        element("thead", {}, element("tr", {}, ...heads.map((text) =>
          element("th", {class: "number", scope: "col", text})))),
        element("tbody", {}, ...rows)));
    }, {once: true});
  }
}
