// flame_tree.js: the stacks of a trace put together for a flame graph: frames that are the same
// function below the same callers are one. Weights are those of a measure; a frame has what all
// below it have.

class FlameTree {
  constructor(trace) {
    this.trace = trace;
    this.parents = [-1];
    this.frames = [null]; // of the first node that made it; the root has none
    this.depths = [0];
    this.shades = [0];
    this.ofNode = new Int32Array(trace.frameOf.length);
    const identities = new Map(), children = new Map();
    for (let node = 0; node < this.ofNode.length; node++) {
      const frame = trace.frameOf[node];
      const parent = trace.parentOf[node] < 0 ? 0 : this.ofNode[trace.parentOf[node]];
      const identity = trace.identity(frame);
      if (!identities.has(identity))
        identities.set(identity, identities.size);
      const key = parent * 0x1000000 + identities.get(identity);
      if (!children.has(key)) {
        children.set(key, this.parents.length);
        this.parents.push(parent);
        this.frames.push(frame);
        this.depths.push(this.depths[parent] + 1);
        this.shades.push(identities.get(identity) % 3);
      }
      this.ofNode[node] = children.get(key);
    }
    this.count = this.parents.length;
    this.weights = new Float64Array(this.count);
    this.own = new Float64Array(this.count);
    this.link();
  }

  // Children as lists: the first of each, and the next of the same parent.
  link() {
    this.first = new Int32Array(this.count).fill(-1);
    this.next = new Int32Array(this.count).fill(-1);
    for (let item = this.count - 1; item > 0; item--) {
      this.next[item] = this.first[this.parents[item]];
      this.first[this.parents[item]] = item;
    }
  }

  // `weighted`: pairs of a node and its weight.
  weigh(weighted) {
    this.weights.fill(0);
    this.own.fill(0);
    this.sorted = new Map();
    for (const [node, weight] of weighted)
      this.own[node < 0 ? 0 : this.ofNode[node]] += weight;
    for (let item = this.count - 1; item >= 0; item--) {
      this.weights[item] += this.own[item];
      if (item > 0)
        this.weights[this.parents[item]] += this.weights[item];
    }
  }

  // Those with a weight, the heaviest first.
  children(item) {
    if (!this.sorted.has(item)) {
      const list = [];
      for (let child = this.first[item]; child >= 0; child = this.next[child]) {
        if (this.weights[child] > 0)
          list.push(child);
      }
      this.sorted.set(item, list.sort((a, b) => this.weights[b] - this.weights[a] || a - b));
    }
    return this.sorted.get(item);
  }

  name(item) {
    return item === 0 ? "all" : this.trace.name(this.frames[item]);
  }

  // By item: whether it is `top` or below it.
  below(top) {
    const found = new Uint8Array(this.count);
    for (let item = top; item < this.count; item++)
      found[item] = item === top || (item > 0 && found[this.parents[item]]) ? 1 : 0;
    return found;
  }

  // The weight of all stacks that hold one of `frames`, each stack counted once.
  weightOf(frames) {
    const found = new Uint8Array(this.count);
    let sum = 0;
    for (let item = 1; item < this.count; item++) {
      const isBelow = found[this.parents[item]] === 1;
      found[item] = isBelow || frames.has(this.frames[item]) ? 1 : 0;
      if (found[item] && !isBelow)
        sum += this.weights[item];
    }
    return sum;
  }
}
