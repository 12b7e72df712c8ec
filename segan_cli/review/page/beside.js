/* What stands beside the large glyph: its source, its picture, the nearest written glyphs, and the sliders. */

import { ask, cellOf, codeOf, pictureOf, sourceOf } from "./api.js";
import { thumb } from "./grid.js";

const byId = (id) => document.getElementById(id);
const SLIDERS = [
  ["weight", "Weight", -40, 40, 1, (value) => `${signed(value)} ‰`],
  ["size", "Size", 0.7, 1.3, 0.01, (value) => `${Math.round(value * 100)} %`],
  ["dx", "Right", -150, 150, 2, signed],
  ["dy", "Up", -150, 150, 2, signed],
  ["left", "Left bearing", -150, 150, 2, signed],
  ["right", "Right bearing", -150, 150, 2, signed],
];
function signed(value) { return value > 0 ? `+${value}` : String(value).replace("-", "−"); }
const nothing = (name) => (name === "size" ? 1 : 0);

export class Beside {
  /** `tried` gets an adjustment while it is made, `made` when it is to be kept. */
  constructor(glyphs, written, tried, made) {
    this.glyphs = glyphs;
    this.written = written;
    this.inputs = new Map();
    for (const [name, words, low, high, step, shown] of SLIDERS) this.addSlider(name, words, low, high, step, shown, tried, made);
    byId("reset").addEventListener("click", () => { this.set({}); tried({}); made({}); });
    byId("source").addEventListener("error", () => { byId("source").style.visibility = "hidden"; });
    byId("source").addEventListener("load", () => { byId("source").style.visibility = ""; });
    byId("near").addEventListener("click", (event) => {
      const item = event.target.closest("li");
      if (item) { const at = glyphs.shown.findIndex((row) => row.char === item.dataset.char); if (at >= 0) glyphs.go(at); }
    });
  }

  addSlider(name, words, low, high, step, shown, tried, made) {
    const label = document.createElement("label"), text = document.createElement("span"), input = document.createElement("input"), output = document.createElement("output");
    text.textContent = words;
    Object.assign(input, { type: "range", min: low, max: high, step, value: nothing(name), id: `slide-${name}` });
    input.setAttribute("list", "");
    output.htmlFor = input.id;
    const say = () => { output.textContent = shown(Number(input.value)); input.setAttribute("aria-valuetext", output.textContent); label.classList.toggle("set", Number(input.value) !== nothing(name)); };
    input.addEventListener("input", () => { say(); tried(this.values()); });
    input.addEventListener("change", () => made(this.values()));
    input.addEventListener("dblclick", () => { input.value = nothing(name); say(); tried(this.values()); made(this.values()); });
    label.append(text, input, output);
    byId("sliders").append(label);
    this.inputs.set(name, [input, say]);
    say();
  }

  values() {
    const found = {};
    for (const [name, [input]] of this.inputs) if (Number(input.value) !== nothing(name)) found[name] = Number(input.value);
    return found;
  }

  set(adjust) {
    for (const [name, [input, say]] of this.inputs) { input.value = adjust[name] ?? nothing(name); say(); }
  }

  show() {
    const row = this.glyphs.row, there = row && row.origin !== "missing";
    this.set((row && row.adjust) || {});
    for (const [input] of this.inputs.values()) input.disabled = !there;
    byId("reset").hidden = !(row && row.adjust);
    clearTimeout(this.later);
    this.later = setTimeout(() => this.showPictures(row, there), 40);
  }

  showPictures(row, there) {
    if (row !== this.glyphs.row) return;
    if (row) byId("source").src = sourceOf(row);
    byId("scanned").hidden = !(row && row.cell);
    if (row && row.cell) byId("cell").src = cellOf(row);
    if (there) byId("picture").src = pictureOf(row); else byId("picture").removeAttribute("src");
    this.showNearest(row, there);
  }

  async showNearest(row, there) {
    const none = byId("near-none");
    if (this.asking) this.asking.abort();
    if (!this.written || !there) {
      byId("near").replaceChildren();
      none.hidden = this.written;
      none.textContent = "Start with --originals my-brush/ to see your own glyphs here.";
      return;
    }
    this.asking = new AbortController();
    const rows = await ask(`api/beside/${codeOf(row.char)}`, this.asking.signal).catch(() => null);
    if (!rows || row !== this.glyphs.row) return;
    none.hidden = rows.length > 0;
    none.textContent = "No written glyph is like it.";
    byId("near").replaceChildren(...rows.map((one, index) => {
      const item = document.createElement("li");
      item.dataset.char = one.char;
      item.title = `${one.char}, as you wrote it`;
      item.setAttribute("aria-label", item.title);
      item.append(thumb(rows, index, 70));
      return item;
    }));
  }
}
