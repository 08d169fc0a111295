// sites.js: the table of sites: sorted, filtered, a page at a time; a row opens to its stack.

const PAGE_ROWS = 50, MORE_ROWS = 200;
const COLUMNS = {bytes: "bytes", objects: "objects", verdict: "verdict", name: "site",
  place: "where", resident: "in RAM", newest: "newest"};

class Sites {
  constructor(section, trace, act) {
    this.section = section;
    this.trace = trace;
    this.act = act; // .text(weight), .show(site)
    this.body = section.querySelector("tbody");
    this.sort = {key: trace.data.sort, isDown: true};
    this.open = new Set();
    this.shown = PAGE_ROWS;
    section.classList.toggle("no-verdicts", !trace.data.has_verdicts);
    section.classList.toggle("no-resident", !trace.data.has_resident);
    this.setUpHead();
    this.setUpFilters();
    section.querySelector(".more").addEventListener("click", () => {
      this.shown += MORE_ROWS;
      this.fillBody();
    });
  }

  // ---- head and filters ----

  setUpHead() {
    this.section.querySelectorAll("th[data-sort]").forEach((head) => {
      const key = head.dataset.sort;
      head.append(button(COLUMNS[key], () => this.sortBy(key)));
    });
  }

  sortBy(key) {
    const startsDown = key !== "name" && key !== "place";
    this.sort = {key, isDown: this.sort.key === key ? !this.sort.isDown : startsDown};
    this.refresh();
  }

  setUpFilters() {
    const {trace} = this, verdicts = new Set(), places = new Set();
    let isSuppressed = false;
    for (let site = 0; site < trace.siteCount; site++) {
      verdicts.add(VERDICTS[trace.sites.verdict(site)]);
      places.add(trace.sitePlace(site).replace(/ \+$/, ""));
      isSuppressed ||= trace.sites.suppressed(site) !== 0;
    }
    this.verdicts = this.setUpSelect(".verdicts", [...VERDICTS].reverse().filter((verdict) =>
      verdicts.has(verdict)));
    this.places = this.setUpSelect(".places", [...places].sort());
    const suppressed = this.section.querySelector(".suppressed");
    suppressed.hidden = !isSuppressed;
    this.suppressed = suppressed.querySelector("input");
    this.suppressed.addEventListener("change", () => this.refresh());
  }

  setUpSelect(selector, words) {
    const select = this.section.querySelector(selector);
    select.append(element("option", {value: "", text: "all"}),
      ...words.map((word) => element("option", {value: word, text: word})));
    select.closest("label").hidden = words.length < 2;
    select.addEventListener("change", () => this.refresh());
    return select;
  }

  // ---- rows ----

  // `weightOf` gives a site's weight, null for those that are left out.
  show(range, weightOf, isWanted) {
    const isAccount = this.trace.account !== "";
    this.range = range;
    this.section.classList.toggle("is-account", isAccount);
    if (isAccount && !["bytes", "objects", "name"].includes(this.sort.key))
      this.sort = {key: "bytes", isDown: true};
    this.weightOf = weightOf;
    this.isWanted = isWanted;
    this.shown = PAGE_ROWS;
    this.refresh();
  }

  isListed(site) {
    const {trace} = this;
    return this.weightOf(site) !== null && this.isWanted(site) &&
      (trace.account || this.isChosen(site)) &&
      (this.suppressed.checked || !trace.sites.suppressed(site));
  }

  isChosen(site) {
    const {trace, verdicts, places} = this;
    return (!verdicts.value || VERDICTS[trace.sites.verdict(site)] === verdicts.value) &&
      (!places.value || trace.sitePlace(site).startsWith(places.value));
  }

  // Those that are equal stay in the order of the data.
  sorted(rows) {
    const {trace} = this, {key, isDown} = this.sort, sign = isDown ? -1 : 1;
    const texts = {name: (site) => trace.siteName(site), place: (site) => trace.sitePlace(site)};
    const value = texts[key] ?? trace.sites[key];
    const values = new Map(rows.map((site) => [site, value(site)]));
    return rows.sort((a, b) => {
      const left = values.get(a), right = values.get(b);
      return left === right ? a - b : left < right ? -sign : sign;
    });
  }

  refresh() {
    const {trace} = this, rows = [];
    let bytes = 0, objects = 0;
    for (let site = this.range[0]; site < this.range[1]; site++) {
      if (!this.isListed(site))
        continue;
      rows.push(site);
      bytes += trace.sites.bytes(site);
      objects += trace.sites.objects(site);
    }
    this.rows = this.sorted(rows);
    this.bytes = bytes;
    this.section.querySelectorAll("th[data-sort]").forEach((head) => {
      const isSorted = head.dataset.sort === this.sort.key;
      head.setAttribute("aria-sort",
        isSorted ? this.sort.isDown ? "descending" : "ascending" : "none");
    });
    const mark = trace.data.is_sampled ? "~" : "";
    this.section.querySelector(".sum").textContent = rows.length
      ? `${countText(rows.length, "site")}, ${mark}${sizeText(bytes)} in ` +
        `${mark}${countText(objects, "object")}` +
        (!trace.account && trace.data.site_count > trace.siteCount
          ? `; the report was made with the first ${numberText(trace.siteCount)} of ` +
            `${numberText(trace.data.site_count)}` : "")
      : "none";
    this.section.classList.toggle("empty", rows.length === 0);
    this.fillBody();
  }

  fillBody() {
    const made = [];
    for (const site of this.rows.slice(0, this.shown)) {
      made.push(this.row(site));
      if (this.open.has(site))
        made.push(this.detail(site));
    }
    this.body.replaceChildren(...made);
    const left = this.rows.length - this.shown, more = this.section.querySelector(".more");
    more.hidden = left <= 0;
    more.textContent = `Show ${Math.min(MORE_ROWS, left)} more of ${numberText(left)}`;
  }

  row(site) {
    const {trace} = this, {sites} = trace, frame = trace.siteFrame(site);
    const verdict = VERDICTS[sites.verdict(site)];
    const isOpen = this.open.has(site);
    const name = button(trace.siteName(site), () => this.toggle(site),
      {class: "site", "aria-expanded": String(isOpen)});
    const count = sites.count(site) > 1 ? ` · ${numberText(sites.count(site))} sites` : "";
    return element("tr", {"data-site": site, class: isOpen ? "is-open" : null},
      element("td", {class: "number strong", text: numberText(sites.bytes(site)),
        title: sizeText(sites.bytes(site))}),
      element("td", {class: "share"}, this.bar(site)),
      element("td", {class: "number", text: numberText(sites.objects(site))}),
      element("td", {class: "verdict"}, element("i", {class: `mark ${verdict}`}), verdict),
      element("td", {class: "name"}, name,
        element("span", {class: "place",
          text: (frame === null ? "" : trace.place(frame)) + count})),
      element("td", {class: "where wide", text: trace.sitePlace(site)}),
      element("td", {class: "number wide resident", text: numberText(sites.resident(site))}),
      element("td", {class: "number wide newest", text: durationText(sites.newest(site)),
        title: `the oldest is from ${durationText(sites.oldest(site))}`}));
  }

  bar(site) {
    const width = this.bytes ? 100 * this.trace.sites.bytes(site) / this.bytes : 0;
    return drawing("svg", {viewBox: "0 0 100 8", preserveAspectRatio: "none", role: "img",
      "aria-label": shareText(this.trace.sites.bytes(site), this.bytes)},
    drawing("rect", {class: "track", width: 100, height: 8}),
    drawing("rect", {class: VERDICTS[this.trace.sites.verdict(site)], width, height: 8}));
  }

  // ---- an open row ----

  toggle(site) {
    if (!this.open.delete(site))
      this.open.add(site);
    this.fillBody();
    this.body.querySelector(`tr[data-site="${site}"] button`)?.focus();
  }

  detail(site) {
    const cell = element("td", {colspan: 8}, ...this.remarks(site), this.stack(site),
      element("p", {class: "aside"},
        button("Show in the flame graph", () => this.act.show(site), {class: "quiet"}),
        this.trace.account ? "" : ` fingerprint ${this.trace.fingerprint(site)}`));
    return element("tr", {class: "detail"}, cell);
  }

  remarks(site) {
    const {trace} = this, {sites} = trace, lines = [];
    if (sites.held_objects(site))
      lines.push(`and ${countText(sites.held_objects(site), "object")} ` +
        `(${sizeText(sites.held_bytes(site))}) that hang on it`);
    if (sites.rise(site))
      lines.push(`rises by ${sizeText(sites.rise(site))} per second`);
    if (sites.scope(site))
      lines.push(`in ${trace.strings[sites.scope(site)]}`);
    if (sites.freed(site))
      lines.push(trace.strings[sites.freed(site)]);
    if (sites.suppressed(site))
      lines.push(`suppressed by ${trace.strings[sites.suppressed(site)]}`);
    if (sites.function(site))
      lines.push(`allocated by ${trace.strings[sites.function(site)]}`);
    if (sites.swapped(site) > 0)
      lines.push(`${sizeText(sites.swapped(site))} in swap`);
    return lines.length ? [element("p", {class: "remark", text: lines.join(" · ")})] : [];
  }

  stack(site) {
    const {trace} = this, list = element("ol", {class: "stack"});
    let isAside = true;
    for (const frame of trace.stack(trace.sites.node(site))) {
      isAside &&= trace.is(frame, ALLOCATOR);
      const source = trace.source(frame);
      const line = element("li", {class: isAside ? "allocator" : null},
        element("code", {text: trace.name(frame), title: trace.fullName(frame)}),
        element("span", {class: "place", title: trace.module(frame),
          text: trace.place(frame, 60) + (trace.is(frame, INLINED) ? " · inlined" : "")}));
      if (source)
        line.append(element("pre", {text: source}));
      list.append(line);
    }
    const cut = trace.sites.cut(site);
    if (cut)
      list.append(element("li", {class: "cut", text: CUTS[cut]}));
    return list;
  }
}
