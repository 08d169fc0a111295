// page.js: puts the page together: each process has a view, made when it is first looked at: what
// is shown (leaked, not freed, …), by what, and the search hold for flame graph and table alike.

const WHATS = [
  {key: "leaked", name: "leaked"},
  {key: "unfreed", name: "not freed"},
  {key: "resident", name: "in RAM"},
  {key: "peak", name: "at the peak", isAccount: true},
  {key: "allocated", name: "ever allocated", isAccount: true},
  {key: "temporary", name: "temporary", isAccount: true},
];
const UNITS = [{key: "bytes", name: "bytes"}, {key: "objects", name: "objects"}];
const SEARCH_DELAY_MS = 150;

class View {
  constructor(article, trace, number) {
    this.article = article;
    this.trace = trace;
    this.number = number;
    this.what = trace.data.has_verdicts && trace.process.leaked_objects ? "leaked" : "unfreed";
    this.what = trace.data.view ?? this.what;
    this.unit = trace.data.sort === "objects" ? "objects" : "bytes";
    this.query = "";
    this.setUp();
    this.flame = new Flame(this.find(".flame"), trace,
      {zoomed: () => this.refreshSites(), text: (weight) => this.weightText(weight)});
    this.sites = new Sites(this.find(".all-sites"), trace, {show: (site) => this.showSite(site)});
    this.timeline = new Timeline(this.find(".timeline"), trace);
    this.heaps = new Heaps(this.find(".heaps"), trace);
    this.refresh();
  }

  find(selector) {
    return this.article.querySelector(selector);
  }

  setUp() {
    const views = document.getElementById("views").content.cloneNode(true);
    for (const made of views.querySelectorAll("[data-id]"))
      made.id = `${made.dataset.id}-${this.number}`;
    for (const made of views.querySelectorAll("[aria-labelledby]")) {
      const name = made.getAttribute("aria-labelledby");
      made.setAttribute("aria-labelledby", `${name}-${this.number}`);
    }
    this.find(".top-sites").replaceWith(views);
    this.whats = WHATS.filter(({key, isAccount}) => key === "unfreed" ||
      (key === "leaked" && this.trace.data.has_verdicts) ||
      (key === "resident" && this.trace.data.has_resident) ||
      (isAccount && this.trace.accountCount && (key !== "peak" || this.trace.data.has_peak)));
    this.setUpChoice("what", this.whats);
    this.setUpChoice("unit", UNITS);
    this.setUpSearch();
    this.find(".under").addEventListener("click", () => this.flame.zoomTo(0));
  }

  setUpChoice(name, choices) {
    const box = this.find(`[data-choice=${name}]`);
    for (const {key, name: text} of choices) {
      const radio = element("input", {type: "radio", name: `${name}-${this.number}`, value: key,
        checked: this[name] === key});
      radio.addEventListener("change", () => {
        this[name] = key;
        this.refresh();
      });
      box.append(element("label", {}, radio, element("span", {text})));
    }
  }

  setUpSearch() {
    const input = this.find("input[type=search]");
    let timer;
    input.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        this.query = input.value;
        this.refreshSearch();
      }, SEARCH_DELAY_MS);
    });
    document.addEventListener("keydown", (event) => {
      const isTyping = /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement?.tagName ?? "");
      if (event.key === "/" && !isTyping && !event.ctrlKey && !event.metaKey &&
          !this.article.hidden) {
        event.preventDefault();
        input.focus();
      }
    });
  }

  // ---- what is measured ----

  effectiveUnit() {
    return this.what === "resident" ? "bytes" : this.unit; // more is not known of what is in RAM
  }

  weightText(weight) {
    const mark = this.trace.data.is_sampled ? "~" : "";
    const isBytes = this.effectiveUnit() === "bytes";
    return mark + (isBytes ? sizeText(weight) : countText(weight, "object"));
  }

  // A site's weight; null: it does not belong to what is shown.
  weightOf(site) {
    const {sites} = this.trace;
    if (this.what === "resident")
      return sites.resident(site) > 0 ? sites.resident(site) : null;
    if (this.what === "leaked" && !this.trace.isLeak(site))
      return null;
    const weight = sites[this.effectiveUnit()](site);
    return weight || !this.trace.account ? weight : null;
  }

  // From the first row to the one after the last that is shown: sites, or accounts.
  rows() {
    const {siteCount, accountCount} = this.trace;
    return this.trace.account ? [siteCount, siteCount + accountCount] : [0, siteCount];
  }

  * weighted() {
    const {trace} = this, [first, end] = this.rows();
    for (let site = first; site < end; site++) {
      const weight = trace.sites.suppressed(site) ? null : this.weightOf(site);
      if (weight)
        yield [trace.sites.node(site), weight];
    }
  }

  // ---- keeping everything in step ----

  refresh() {
    const fixed = this.effectiveUnit();
    this.trace.account = WHATS.find(({key}) => key === this.what).isAccount ? this.what : "";
    for (const radio of this.article.querySelectorAll("[data-choice=unit] input")) {
      radio.disabled = fixed !== this.unit && radio.value !== fixed;
      radio.checked = radio.value === fixed;
    }
    this.flame.weigh(this.weighted());
    this.find(".flame").classList.toggle("empty", !this.flame.tree.weights[0]);
    this.refreshSearch();
  }

  refreshSearch() {
    const frames = this.trace.matchingFrames(this.query);
    this.matches = frames && this.trace.matchingNodes(frames);
    this.flame.search(frames);
    const found = this.find(".found");
    if (frames) {
      const weight = this.flame.tree.weightOf(frames), all = this.flame.tree.weights[0];
      found.textContent = weight
        ? `${this.weightText(weight)}, ${shareText(weight, all)}` : "nothing";
    } else {
      found.textContent = "";
    }
    this.refreshSites();
  }

  refreshSites() {
    const {flame, trace, matches} = this, {zoom} = flame, chip = this.find(".under");
    const below = zoom ? flame.tree.below(zoom) : null;
    chip.hidden = !zoom;
    chip.textContent = zoom ? `below ${flame.tree.name(zoom)} ×` : "";
    chip.setAttribute("aria-label", zoom ? `below ${flame.tree.name(zoom)}: show all again` : "");
    this.sites.show(this.rows(), (site) => this.weightOf(site), (site) => {
      const node = trace.sites.node(site);
      return (!below || (node >= 0 && below[flame.tree.ofNode[node]] === 1)) &&
        (!matches || (node >= 0 && matches[node] === 1));
    });
  }

  showSite(site) {
    const node = this.trace.sites.node(site);
    if (node >= 0)
      this.flame.zoomTo(this.flame.tree.ofNode[node]);
    this.find(".flame").scrollIntoView({block: "start"});
    this.find(".flame canvas").focus({preventScroll: true});
  }
}

class Page {
  constructor() {
    this.articles = [...document.querySelectorAll("article.process")];
    this.traces = this.articles.map((article) =>
      new Trace(JSON.parse(article.querySelector("script.data").textContent)));
    this.views = [];
    if (this.traces.length > 1)
      this.processes = new Processes(document.getElementById("processes"), this.traces,
        (index) => this.choose(index));
    this.setUpTheme();
    this.setUpPrint();
    this.choose(this.worst());
  }

  // The process that leaked most is looked at first.
  worst() {
    const weight = ({process}) => process.leaked_bytes ?? 0;
    return this.traces.reduce((worst, trace, index) =>
      weight(trace) > weight(this.traces[worst]) ? index : worst, 0);
  }

  choose(chosen) {
    this.articles.forEach((article, index) => {
      article.hidden = index !== chosen;
    });
    this.processes?.mark(chosen);
    this.views[chosen] ??= new View(this.articles[chosen], this.traces[chosen], chosen);
    this.chosen = chosen;
  }

  redraw() {
    this.views.forEach((view) => view.flame.draw());
  }

  // ---- light and dark ----

  setUpTheme() {
    const themes = ["auto", "light", "dark"], toggle = document.getElementById("theme");
    const set = (theme) => {
      if (theme === "auto")
        delete document.documentElement.dataset.theme;
      else
        document.documentElement.dataset.theme = theme;
      toggle.textContent = `theme: ${theme}`;
      this.redraw();
    };
    let theme = 0;
    toggle.addEventListener("click", () => set(themes[theme = (theme + 1) % themes.length]));
    toggle.hidden = false;
    set(themes[theme]);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.redraw());
  }

  // On paper everything is light, and the flame graph sharp and as wide as the paper.
  setUpPrint() {
    const print = (isPrinted) => {
      document.documentElement.classList.toggle("printed", isPrinted);
      for (const {flame} of this.views.filter(Boolean)) {
        flame.ratio = isPrinted ? 2 : 1;
        flame.resize();
      }
    };
    addEventListener("beforeprint", () => print(true));
    addEventListener("afterprint", () => print(false));
  }
}

new Page();
