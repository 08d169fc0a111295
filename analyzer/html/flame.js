// flame.js: the flame graph on a canvas: what is narrower than a pixel is not drawn, so that a
// graph of 50,000 sites costs what is seen of it. Only the rows in view are drawn; the canvas stays
// in place while the room behind it scrolls.

// Of a module's colour, so that frames side by side can be told apart.
const SHADES = [1, 0.88, 0.78];
const ROW = 20, MIN_WIDTH = 0.6, LABEL_WIDTH = 26, MODULE_COLORS = 6;

class Flame {
  constructor(section, trace, act) {
    this.section = section;
    this.trace = trace;
    this.tree = new FlameTree(trace);
    this.act = act; // .zoomed(), .text(weight)
    this.zoom = 0;
    this.focus = 0;
    this.matches = null;
    this.canvas = section.querySelector("canvas");
    this.room = section.querySelector(".flame-room");
    this.scroll = section.querySelector(".flame-scroll");
    this.line = section.querySelector(".flame-line");
    this.unzoom = section.querySelector(".unzoom");
    this.unzoom.addEventListener("click", () => this.zoomTo(0));
    this.scroll.addEventListener("scroll", () => this.draw());
    this.canvas.addEventListener("mousemove", (event) => this.hover(event));
    this.canvas.addEventListener("mouseleave", (event) => showTip(event));
    this.canvas.addEventListener("click", (event) => this.click(event));
    this.canvas.addEventListener("keydown", (event) => this.key(event));
    this.canvas.addEventListener("focus", () => this.focusOn(this.focus));
    this.canvas.addEventListener("blur", () => this.draw());
    new ResizeObserver(() => this.resize()).observe(this.scroll);
  }

  weigh(weighted) {
    this.tree.weigh(weighted);
    if (this.zoom && !this.tree.weights[this.zoom])
      this.zoom = 0;
    this.focus = this.zoom;
    this.colorModules();
    this.resize();
    if (this.line.textContent)
      this.focusOn(this.focus);
  }

  search(frames) {
    this.matches = frames;
    this.draw();
  }

  // ---- colours: the heaviest modules have one each ----

  colorModules() {
    const weights = new Map();
    for (let item = 1; item < this.tree.count; item++) {
      const module = this.trace.module(this.tree.frames[item]);
      weights.set(module, (weights.get(module) ?? 0) + this.tree.own[item]);
      if (this.tree.depths[item] === 1) // of the program, which may own nothing itself
        weights.set(module, weights.get(module) + this.tree.weights[item]);
    }
    const heaviest = [...weights].filter(([module, weight]) => module && weight > 0)
      .sort((a, b) => b[1] - a[1]).slice(0, MODULE_COLORS).map(([module]) => module);
    this.colors = new Map(heaviest.map((module, index) => [module, index]));
    const legend = this.section.querySelector(".legend");
    legend.replaceChildren(...heaviest.map((module, index) => element("li", {title: module},
      element("i", {class: `swatch module-${index}`}), baseName(module))));
    if (weights.size > heaviest.length)
      legend.append(element("li", {}, element("i", {class: "swatch module-other"}), "others"));
  }

  // ---- layout ----

  // Puts the rectangles of what is in view into `this.boxes`: the zoomed item over the whole width,
  // its callers above it, its callees below by their weights.
  layOut(width) {
    const {tree} = this;
    this.boxes = [];
    for (let item = this.zoom; item >= 0; item = tree.parents[item])
      this.boxes.push({item, left: 0, width, depth: tree.depths[item]});
    this.boxes.reverse();
    const scale = tree.weights[this.zoom] ? width / tree.weights[this.zoom] : 0;
    const open = [this.boxes[this.boxes.length - 1]];
    this.deepest = tree.depths[this.zoom];
    while (open.length) {
      const parent = open.pop();
      let left = parent.left;
      for (const item of tree.children(parent.item)) {
        const box = {item, left, width: tree.weights[item] * scale, depth: parent.depth + 1};
        if (box.width < MIN_WIDTH)
          break; // those that follow are no wider
        left += box.width;
        this.boxes.push(box);
        open.push(box);
        this.deepest = Math.max(this.deepest, box.depth);
      }
    }
  }

  resize() {
    const width = this.scroll.clientWidth;
    if (!width || !this.tree.sorted)
      return;
    this.layOut(width);
    this.room.style.height = `${(this.deepest + 1) * ROW}px`;
    const height = Math.max(ROW, Math.min((this.deepest + 1) * ROW, this.scroll.clientHeight));
    const ratio = Math.max(devicePixelRatio || 1, this.ratio ?? 1);
    this.canvas.width = width * ratio;
    this.canvas.height = height * ratio;
    this.canvas.style.width = `${width}px`;
    this.canvas.style.height = `${height}px`;
    this.view = {width, height, ratio};
    this.draw();
  }

  // ---- drawing ----

  draw() {
    if (!this.view)
      return;
    const paint = this.canvas.getContext("2d");
    this.readPalette();
    paint.setTransform(this.view.ratio, 0, 0, this.view.ratio, 0, 0);
    paint.clearRect(0, 0, this.view.width, this.view.height);
    paint.font = `12px ${getComputedStyle(this.section).getPropertyValue("--mono")}`;
    paint.textBaseline = "middle";
    const top = this.scroll.scrollTop;
    for (const box of this.boxes) {
      const y = box.depth * ROW - top;
      if (y > -ROW && y < this.view.height)
        this.drawBox(paint, box, y);
    }
    const unzoomed = this.zoom === 0;
    this.unzoom.hidden = unzoomed;
  }

  // The style's colours as they are now, light or dark: asked of an element that has them.
  readPalette() {
    const probe = this.section.appendChild(element("i"));
    const color = (name) => {
      probe.style.color = `var(--${name})`;
      return getComputedStyle(probe).color;
    };
    this.palette = {text: color("flame-ink"), faint: color("flame-faint"), ink: color("ink"),
      match: color("flame-match"), root: color("flame-root"), other: color("module-other"),
      modules: [...Array(MODULE_COLORS).keys()].map((index) => color(`module-${index}`))};
    probe.remove();
  }

  fillOf(box) {
    const {tree, palette} = this;
    if (box.item === 0)
      return palette.root;
    if (this.matches?.has(tree.frames[box.item]))
      return palette.match;
    if (this.matches)
      return palette.faint;
    return palette.modules[this.colors.get(this.trace.module(tree.frames[box.item]))] ??
      palette.other;
  }

  drawBox(paint, box, y) {
    const {palette} = this;
    const width = Math.max(box.width - (box.width > 3 ? 1 : 0.2), 0.4);
    paint.globalAlpha = box.depth < this.tree.depths[this.zoom] ? 0.55
      : this.matches ? 1 : SHADES[this.tree.shades[box.item]];
    paint.fillStyle = this.fillOf(box);
    paint.fillRect(box.left, y, width, ROW - 1);
    paint.globalAlpha = 1;
    if (this.matches?.has(this.tree.frames[box.item]) && box.item) {
      paint.fillStyle = palette.ink; // a match is underlined, too
      paint.fillRect(box.left, y + ROW - 3, width, 2);
    }
    if (box.width > LABEL_WIDTH)
      this.drawLabel(paint, box, y, width);
    if (box.item === this.focus && document.activeElement === this.canvas) {
      paint.strokeStyle = palette.ink;
      paint.lineWidth = 2;
      paint.strokeRect(box.left + 1, y + 1, Math.max(width - 2, 1), ROW - 3);
    }
  }

  drawLabel(paint, box, y, width) {
    const letter = this.letter ??= paint.measureText("m").width;
    const room = Math.floor((width - 8) / letter);
    let name = this.tree.name(box.item);
    if (box.item === 0)
      name = `${name} · ${this.act.text(this.tree.weights[0])}`;
    if (name.length > room)
      name = `${name.slice(0, Math.max(room - 1, 1))}…`;
    paint.fillStyle = this.palette.text;
    paint.fillText(name, box.left + 4, y + ROW / 2);
  }

  // ---- pointing ----

  boxAt(event) {
    const place = this.canvas.getBoundingClientRect();
    const x = event.clientX - place.left;
    const depth = Math.floor((event.clientY - place.top + this.scroll.scrollTop) / ROW);
    return this.boxes?.find((box) =>
      box.depth === depth && x >= box.left && x < box.left + box.width);
  }

  describe(item) {
    const {tree, trace} = this, frame = tree.frames[item];
    const lines = [item ? trace.fullName(frame) : "all", `${this.act.text(tree.weights[item])}, ` +
      `${shareText(tree.weights[item], tree.weights[0])} of all`];
    if (item && tree.own[item] && tree.own[item] < tree.weights[item])
      lines.push(`${this.act.text(tree.own[item])} by itself`);
    if (item && trace.file(frame))
      lines.push(trace.place(frame, 70));
    if (item && trace.module(frame))
      lines.push(trace.module(frame));
    return lines;
  }

  hover(event) {
    const box = this.boxAt(event);
    this.canvas.classList.toggle("over", Boolean(box));
    showTip(event, box ? this.describe(box.item) : []);
  }

  click(event) {
    const box = this.boxAt(event);
    showTip(event);
    if (box)
      this.zoomTo(box.item === this.zoom && box.item ? this.tree.parents[box.item] : box.item);
  }

  // ---- zoom and keys ----

  zoomTo(item) {
    this.zoom = item;
    this.focus = item;
    this.scroll.scrollTop = Math.max(0, (this.tree.depths[item] - 3) * ROW);
    this.resize();
    this.focusOn(item);
    this.act.zoomed();
  }

  focusOn(item) {
    const y = this.tree.depths[item] * ROW;
    this.focus = item;
    this.line.textContent = this.describe(item).join(" · ");
    if (y < this.scroll.scrollTop || y + ROW > this.scroll.scrollTop + this.scroll.clientHeight)
      this.scroll.scrollTop = y - this.scroll.clientHeight / 2;
    this.draw();
  }

  beside(step) {
    const siblings = this.focus ? this.tree.children(this.tree.parents[this.focus]) : [0];
    return siblings[siblings.indexOf(this.focus) + step] ?? this.focus;
  }

  key(event) {
    const {tree, focus} = this;
    const moves = {
      ArrowDown: () => this.focusOn(tree.children(focus)[0] ?? focus),
      ArrowUp: () => this.focusOn(focus ? tree.parents[focus] : focus),
      ArrowRight: () => this.focusOn(this.beside(1)),
      ArrowLeft: () => this.focusOn(this.beside(-1)),
      Home: () => this.focusOn(0),
      Enter: () => this.zoomTo(focus),
      " ": () => this.zoomTo(focus),
      Escape: () => this.zoomTo(this.zoom ? tree.parents[this.zoom] : 0),
    };
    if (!moves[event.key] || event.ctrlKey || event.metaKey || event.altKey)
      return;
    event.preventDefault();
    moves[event.key]();
  }
}
