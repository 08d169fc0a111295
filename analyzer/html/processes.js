// processes.js: where the page is of several processes: their tree, by which one is chosen. A child
// stands below the process that started it: the one of that id that had begun last before it.

class Processes {
  constructor(nav, traces, choose) {
    this.traces = traces;
    const children = traces.map(() => []), roots = [];
    const byStart = [...traces.keys()].sort((a, b) =>
      traces[a].process.started - traces[b].process.started || a - b);
    for (const index of byStart) {
      const parent = this.parentOf(traces[index]);
      (parent < 0 ? roots : children[parent]).push(index);
    }
    this.children = children;
    this.buttons = [];
    nav.append(element("h2", {text: countText(traces.length, "process").replace(/ss+$/, "sses")}),
      this.list(roots, choose));
    nav.hidden = false;
  }

  parentOf({process}) {
    let found = -1;
    this.traces.forEach(({process: other}, index) => {
      if (other.pid === process.ppid && other !== process && other.started <= process.started &&
          (found < 0 || other.started >= this.traces[found].process.started))
        found = index;
    });
    return found;
  }

  list(items, choose) {
    return element("ul", {}, ...items.map((index) => {
      const {process} = this.traces[index];
      this.buttons[index] = button("", () => choose(index), {class: "process-choice"});
      this.buttons[index].append(
        element("code", {text: process.command}),
        element("span", {class: "aside", text: `process ${process.pid} ${process.end}`}),
        element("span", {class: process.leaked_objects ? "amount bad" : "amount",
          text: this.amount(process)}));
      const item = element("li", {}, this.buttons[index]);
      if (this.children[index].length)
        item.append(this.list(this.children[index], choose));
      return item;
    }));
  }

  amount(process) {
    if (process.leaked_objects !== null)
      return process.leaked_objects ? `${sizeText(process.leaked_bytes)} leaked` : "no leak";
    return process.fate === "exec" ? DASH : `${sizeText(process.unfreed_bytes)} not freed`;
  }

  mark(chosen) {
    this.buttons.forEach((one, index) =>
      one.setAttribute("aria-current", index === chosen ? "true" : "false"));
  }
}
