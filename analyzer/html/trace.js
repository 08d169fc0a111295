// trace.js: the data of one process, unpacked: columns that are one value become functions of a
// row, stacks become a tree of nodes in typed arrays. A node comes after its parent.

const INLINED = 1, ALLOCATOR = 2;
const STORAGES = ["brk heap", "arena", "own mapping", "unknown"];
const MAPPINGS = ["mapping", "anonymous", "file", "shared", "stack", "brk"];
const CUTS = ["", "stack cut: only so many frames were kept (option depth)",
  "stack cut: no unwind information beyond", "stack cut: only the caller was taken"];

class Trace {
  constructor(data) {
    this.data = data;
    this.process = data.process;
    this.strings = data.strings;
    this.frameOf = Int32Array.from(data.nodes.frame);
    this.parentOf = Int32Array.from(data.nodes.up, (up, node) => up ? node - up : -1);
    this.siteCount = data.sites.length;
    this.accountCount = data.accounts ? data.accounts.node.length : 0;
    this.account = ""; // "peak", "allocated" or "temporary": whose sums accounts show
    this.sites = {};
    for (const [name, column] of Object.entries(data.sites))
      this.sites[name] = this.reader(name, column);
    this.names = new Map(); // by frame: text is made once
  }

  // Rows are sites, and after them the accounts, of which only stack and sums are known.
  reader(name, column) {
    const {siteCount} = this, {accounts} = this.data;
    const read = Array.isArray(column) ? (site) => column[site] : () => column;
    const unknown = name === "resident" || name === "swapped" ? -1 : name === "count" ? 1 : 0;
    return (row) => {
      if (row < siteCount)
        return read(row);
      const sums = name === "node" ? accounts.node : accounts[`${this.account}_${name}`];
      return sums ? sums[row - siteCount] : unknown;
    };
  }

  // ---- frames: from 0 on a function, below it an address ----

  module(frame) {
    const {functions, addresses} = this.data;
    return this.strings[frame < 0 ? addresses.module[-1 - frame] : functions.module[frame]];
  }

  name(frame) {
    if (!this.names.has(frame)) {
      const {functions, addresses} = this.data;
      const base = frame < 0 ? baseName(this.module(frame)) : "";
      this.names.set(frame, frame < 0
        ? `${base}${base ? "+" : ""}0x${addresses.offset[-1 - frame].toString(16)}`
        : this.strings[functions.name[frame]]);
    }
    return this.names.get(frame);
  }

  fullName(frame) {
    const full = frame < 0 ? 0 : this.data.functions.full[frame];
    return full ? this.strings[full] : this.name(frame);
  }

  file(frame) {
    return frame < 0 ? "" : this.strings[this.data.functions.file[frame]];
  }

  // "cache.c:18", or the module.
  place(frame, columns = 36) {
    const file = this.file(frame);
    if (file)
      return `${shortPath(file, columns)}:${this.data.functions.line[frame]}`;
    return frame < 0 ? "" : baseName(this.module(frame));
  }

  source(frame) {
    return frame < 0 ? "" : this.strings[this.data.functions.source[frame]];
  }

  is(frame, flag) {
    return frame >= 0 && (this.data.functions.flags[frame] & flag) !== 0;
  }

  // Frames with the same are one in a flame graph, whatever their line.
  identity(frame) {
    return frame < 0 ? `${frame}`
      : `${this.data.functions.name[frame]} ${this.data.functions.module[frame]}`;
  }

  // ---- stacks and sites ----

  stack(node) {
    const frames = [];
    for (; node >= 0; node = this.parentOf[node])
      frames.push(this.frameOf[node]);
    return frames;
  }

  // The innermost frame that is no allocator's names a site.
  siteFrame(site) {
    const inner = this.sites.node(site);
    for (let node = inner; node >= 0; node = this.parentOf[node]) {
      if (!this.is(this.frameOf[node], ALLOCATOR))
        return this.frameOf[node];
    }
    return inner >= 0 ? this.frameOf[inner] : null;
  }

  siteName(site) {
    const frame = this.siteFrame(site);
    if (frame !== null)
      return this.name(frame);
    return site < this.siteCount ? "no stack" : "all others";
  }

  sitePlace(site) {
    const place = this.sites.place(site);
    if (place >= 2 * STORAGES.length)
      return `mapped, ${MAPPINGS[place - 2 * STORAGES.length] ?? "mapping"}`;
    return STORAGES[place >> 1] + (place & 1 ? " +" : "");
  }

  isLeak(site) {
    return [3, 4, 6].includes(this.sites.verdict(site));
  }

  fingerprint(site) {
    return this.data.sites.fingerprints.slice(16 * site, 16 * site + 16);
  }

  // ---- search ----

  // Which frames hold `query` in their name, file or module; null: all do.
  matchingFrames(query) {
    const wanted = query.trim().toLowerCase();
    if (!wanted)
      return null;
    const strings = this.strings.map((text) => text.toLowerCase().includes(wanted));
    const {functions, addresses} = this.data;
    const found = new Set(), isAddress = wanted.includes("0x"); // names are made only then
    for (let frame = 0; frame < functions.name.length; frame++) {
      if (strings[functions.name[frame]] || strings[functions.full[frame]] ||
          strings[functions.file[frame]] || strings[functions.module[frame]])
        found.add(frame);
    }
    for (let address = 0; address < addresses.module.length; address++) {
      if (strings[addresses.module[address]] ||
          (isAddress && this.name(-1 - address).toLowerCase().includes(wanted)))
        found.add(-1 - address);
    }
    return found;
  }

  // By node: whether it or one of its callers is among `frames`.
  matchingNodes(frames) {
    const matches = new Uint8Array(this.frameOf.length);
    for (let node = 0; node < matches.length; node++) {
      const parent = this.parentOf[node];
      matches[node] = frames.has(this.frameOf[node]) || (parent >= 0 && matches[parent]) ? 1 : 0;
    }
    return matches;
  }
}
