/* What may be done to a glyph that was cut out of a scan: cut it again, give it to another character. */

import { ask, cellOf, codeOf, codePoint } from "./api.js";

const NS = "http://www.w3.org/2000/svg", SIDE = 1000, LEAST = 20;
const byId = (id) => document.getElementById(id);

export class Scanned {
  /** `renamed` gets a row and the other character, `cut` a row and a part of its cell's picture, and tells whether it was done. */
  constructor(renamed, cut) {
    this.renamed = renamed;
    this.cutOut = cut;
    this.view = byId("cut-view");
    this.listen();
  }

  listen() {
    const { view } = this;
    view.addEventListener("pointerdown", (event) => this.begin(event));
    view.addEventListener("pointermove", (event) => { if (this.from) this.between(this.from, this.at(event)); });
    view.addEventListener("pointerup", () => { this.from = null; });
    view.addEventListener("keydown", (event) => this.pressed(event));
    byId("cut-cell").addEventListener("click", () => this.set(this.cell));
    byId("cut-close").addEventListener("click", () => byId("cut").close());
    byId("cut-save").addEventListener("click", () => this.save());
    byId("rename-close").addEventListener("click", () => byId("rename").close());
    byId("rename-form").addEventListener("submit", () => {
      const to = [...byId("rename-to").value.trim()][0];
      if (to && to !== this.row.char) this.renamed(this.row, to);
    });
  }

  rename(row) {
    this.row = row;
    byId("rename-title").textContent = `${row.char} ${codePoint(row.char)} is another character`;
    byId("rename-to").value = row.read && row.read !== row.char ? row.read : "";
    byId("rename").showModal();
    byId("rename-to").select();
  }

  async cut(row) {
    const facts = await ask(`api/cut/${codeOf(row.char)}`).catch(() => null), size = await sizeOf(cellOf(row)).catch(() => null);
    if (!facts || !size) return;
    this.row = row;
    this.cell = facts.cell.map((part) => part * SIDE);
    this.view.style.aspectRatio = `${size.width} / ${size.height}`;
    byId("cut-title").textContent = `Cut ${row.char} ${codePoint(row.char)} again: ${facts.page}`;
    byId("cut").showModal();
    this.set(this.cell);
    this.view.focus();
  }

  at(event) {
    const box = this.view.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width * SIDE, (event.clientY - box.top) / box.height * SIDE].map(within);
  }

  begin(event) {
    event.preventDefault();
    this.view.focus();
    try { this.view.setPointerCapture(event.pointerId); } catch { /* a pointer that is made by a program */ }
    this.from = this.at(event);
  }

  between([x, y], [right, low]) {
    this.set([Math.min(x, right), Math.min(y, low), Math.max(LEAST, Math.abs(right - x)), Math.max(LEAST, Math.abs(low - y))]);
  }

  pressed(event) {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (event.key === "Enter") { event.preventDefault(); event.stopPropagation(); this.save(); }
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    const [x, y, width, height] = this.part, [right, down] = step.map((one) => one * 10);
    this.set(event.shiftKey ? [x, y, width + right, height + down] : [x + right, y + down, width, height]);
  }

  set([x, y, width, height]) {
    const wide = Math.min(SIDE, Math.max(LEAST, width)), high = Math.min(SIDE, Math.max(LEAST, height));
    const left = Math.min(SIDE - wide, Math.max(0, x)), top = Math.min(SIDE - high, Math.max(0, y));
    this.part = [left, top, wide, high];
    const box = (className, a, b, c, d) => made("rect", { class: className, x: a, y: b, width: Math.max(0, c), height: Math.max(0, d) });
    this.view.replaceChildren(
      made("image", { href: cellOf(this.row), x: 0, y: 0, width: SIDE, height: SIDE, preserveAspectRatio: "none" }),
      box("outside", 0, 0, SIDE, top), box("outside", 0, top + high, SIDE, SIDE - top - high), box("outside", 0, top, left, high), box("outside", left + wide, top, SIDE - left - wide, high),
      box("of-cell", ...this.cell), box("wanted", left, top, wide, high),
    );
  }

  async save() {
    byId("cut").close();
    await this.cutOut(this.row, this.part.map((one) => one / SIDE));
  }
}

const within = (value) => Math.min(SIDE, Math.max(0, value));

function made(tag, attributes) {
  const shape = document.createElementNS(NS, tag);
  for (const [name, value] of Object.entries(attributes)) shape.setAttribute(name, value);
  return shape;
}

function sizeOf(address) {
  return new Promise((done, failed) => {
    const image = new Image();
    image.onload = () => done({ width: image.naturalWidth, height: image.naturalHeight });
    image.onerror = failed;
    image.src = address;
  });
}
