/* The large glyph, what is said about it, its neighbours in the list, and the text lines that it stands in. */

import { codePoint, sourceOf } from "./api.js";
import { STATUS } from "./glyphs.js";
import { thumb } from "./grid.js";
import { ahead, outline, placed, ready, weightOf } from "./outlines.js";

const NS = "http://www.w3.org/2000/svg";
const ORIGIN = { written: "written by hand", generated: "drawn", missing: "missing" };
const AROUND = 4, AHEAD = 4;
const byId = (id) => document.getElementById(id);

const shape = (tag, attributes) => {
  const made = document.createElementNS(NS, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
};

export class Stage {
  constructor(glyphs, texts) {
    this.glyphs = glyphs;
    this.texts = texts;
    this.views = new Set(["guides"]);
    this.draft = null;
    for (const button of document.querySelectorAll("[data-view]")) button.addEventListener("click", () => this.toggle(button.dataset.view));
    byId("neighbours").addEventListener("click", (event) => {
      const item = event.target.closest("li");
      if (item) this.glyphs.go(Number(item.dataset.index));
    });
  }

  toggle(view) {
    this.views.has(view) ? this.views.delete(view) : this.views.add(view);
    document.querySelector(`[data-view="${view}"]`).setAttribute("aria-pressed", String(this.views.has(view)));
    this.drawLarge();
  }

  /** All of it, for the glyph that the list stands at. */
  show() {
    this.draft = null;
    this.drawWords();
    this.drawLarge();
    this.drawNeighbours();
    cancelAnimationFrame(this.later);
    this.later = requestAnimationFrame(() => setTimeout(() => { this.drawTexts(); this.lookAhead(); }));
  }

  /** An adjustment that is being made: shown, not kept. */
  try(adjust) {
    this.draft = adjust;
    this.drawLarge();
    this.drawTexts();
  }

  adjustOf(row) { return row === this.glyphs.row && this.draft ? this.draft : row.adjust || {}; }

  weightOf(row) { return row === this.glyphs.row && this.draft ? this.draft.weight || 0 : weightOf(row); }

  drawWords() {
    const row = this.glyphs.row;
    byId("stage").dataset.status = row ? row.status || "" : "";
    byId("name").replaceChildren(row ? row.char : "Nothing here", row ? Object.assign(document.createElement("span"), { textContent: codePoint(row.char) }) : "");
    byId("facts").textContent = row ? [row.cell ? "scanned" : ORIGIN[row.origin], row.read && row.read !== row.char ? `read as ${row.read}` : "", row.score !== undefined && row.score !== null ? `score ${row.score.toFixed(2)}` : "", row.refusals ? "drawn again since you refused it" : ""].filter(Boolean).join(" · ") : "No glyph is in this list. Choose another filter.";
    const why = row && row.why ? row.why : [];
    byId("why").replaceChildren(...why.map((words) => Object.assign(document.createElement("li"), { textContent: words })));
    byId("verdict").textContent = row && row.status ? (row.action === "retouch" ? "retouched" : row.action === "redraw" ? "another drawing, chosen" : row.action === "rename" ? "renamed" : STATUS[row.status]) : "";
  }

  async drawLarge() {
    const row = this.glyphs.row, svg = byId("drawing");
    svg.setAttribute("viewBox", "-130 -1000 1260 1260");
    svg.setAttribute("aria-label", row ? `${row.char}, large` : "no glyph");
    if (!row) return svg.replaceChildren();
    if (row.origin === "missing") return svg.replaceChildren(...this.guides(1000), this.missing(row));
    const weight = this.weightOf(row), here = ready(row, weight);
    if (here) return this.drawOutline(row, here);
    const keep = this.draft && this.drawn === row.char;
    if (!keep) svg.replaceChildren(...this.guides(1000), this.soft(row));
    const found = await outline(row, weight).catch(() => null);
    if (found && row === this.glyphs.row && weight === this.weightOf(row)) this.drawOutline(row, found);
  }

  drawOutline(row, found) {
    const { transform, advance } = placed(found, this.adjustOf(row)), children = [];
    if (this.views.has("guides")) children.push(...this.guides(advance));
    if (found.trouble) children.push(this.words(found.trouble));
    children.push(shape("path", { class: "glyph", d: found.path, transform }));
    if (this.views.has("source")) children.push(this.over(row));
    byId("drawing").replaceChildren(...children);
    this.drawn = row.char;
  }

  guides(advance) {
    const line = (className, x1, y1, x2, y2) => shape("line", { class: className, x1, y1, x2, y2 });
    return [
      shape("rect", { class: "em", x: 0, y: -880, width: 1000, height: 1000 }),
      line("middle", 500, -880, 500, 120), line("middle", 0, -380, 1000, -380), line("middle", 0, -880, 1000, 120), line("middle", 0, 120, 1000, -880),
      line("side", 0, -960, 0, 200), line("side", advance, -960, advance, 200), line("baseline", -130, 0, 1130, 0),
    ];
  }

  over(row) {
    return shape("image", { class: "over", href: sourceOf(row), x: 0, y: -880, width: 1000, height: 1000 });
  }

  soft(row) {
    return shape("image", { class: "soft-picture", href: `api/picture/${row.char.codePointAt(0).toString(16)}?v=${row.version}`, x: 0, y: -880, width: 1000, height: 1000 });
  }

  missing(row) {
    const text = shape("text", { class: "missing-char", x: 500, y: -120, "text-anchor": "middle", "font-size": 640 });
    text.textContent = row.char;
    return text;
  }

  words(trouble) {
    const text = shape("text", { class: "trouble-words", x: 500, y: -380, "text-anchor": "middle", "font-size": 34 });
    text.textContent = trouble;
    return text;
  }

  drawNeighbours() {
    const { shown, index } = this.glyphs, items = [];
    const from = Math.max(0, Math.min(index - 3, shown.length - 9));
    for (let other = from; other < Math.min(shown.length, from + 9); other++) {
      const item = document.createElement("li"), row = shown[other];
      item.dataset.index = other;
      item.className = `${other === index ? "here" : ""} ${row.status || ""}`;
      if (other === index) item.setAttribute("aria-current", "true");
      const button = document.createElement("button");
      button.type = "button";
      button.tabIndex = -1;
      button.setAttribute("aria-label", `${row.char}${row.status ? ", " + STATUS[row.status] : ""}`);
      button.append(row.origin === "missing" ? row.char : thumb(shown, other, 44));
      item.append(button);
      items.push(item);
    }
    byId("neighbours").replaceChildren(...items);
  }

  /** The characters around this one in a text: a classical phrase that holds it, else well-known characters. */
  phrase(row) {
    for (const text of this.texts) {
      const at = text.indexOf(row.char);
      if (at >= 0) return [...text.slice(Math.max(0, at - AROUND), at + 1 + AROUND)];
    }
    const common = [..."永和九年天地人之"].filter((char) => this.glyphs.byChar.has(char) && char !== row.char);
    return [...common.slice(0, AROUND), row.char, ...common.slice(AROUND, 2 * AROUND)];
  }

  async drawTexts() {
    const row = this.glyphs.row;
    if (!row || row.origin === "missing") { byId("horizontal").replaceChildren(); byId("vertical").replaceChildren(); return; }
    const rows = this.phrase(row).map((char) => this.glyphs.byChar.get(char)).filter((one) => one && one.origin !== "missing");
    this.setLines(rows);
    await Promise.all(rows.map((one) => outline(one, this.weightOf(one)).catch(() => null)));
    if (row === this.glyphs.row) this.setLines(rows);
  }

  setLines(rows) {
    const across = [], down = [];
    let x = 0, y = 880;
    for (const one of rows) {
      const found = ready(one, this.weightOf(one)), className = one === this.glyphs.row ? "glyph here" : "glyph";
      const { transform, advance } = found ? placed(found, this.adjustOf(one)) : { transform: "", advance: 1000 };
      if (found) {
        across.push(shape("path", { class: className, d: found.path, transform: `translate(${x} 880) ${transform}` }));
        down.push(shape("path", { class: className, d: found.path, transform: `translate(${(1000 - advance) / 2} ${y}) ${transform}` }));
      }
      x += advance;
      y += 1000;
    }
    byId("horizontal").setAttribute("viewBox", `0 -40 ${Math.max(x, 1000)} 1080`);
    byId("horizontal").replaceChildren(...across);
    byId("vertical").setAttribute("viewBox", `-40 0 1080 ${Math.max(y - 880, 1000)}`);
    byId("vertical").replaceChildren(...down);
  }

  lookAhead() {
    const { shown, index } = this.glyphs, next = shown.slice(index + 1, index + 1 + AHEAD);
    ahead([...next, shown[index - 1]]);
  }
}
