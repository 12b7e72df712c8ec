/* The list: small pictures, of which only the rows near the window exist. Pictures come in strips of 24. */

import { stripOf } from "./api.js";
import { described } from "./glyphs.js";

const CELL = 58, STRIP = 24, MARGIN = 3;

export class Grid {
  constructor(glyphs, opened) {
    this.glyphs = glyphs;
    this.scroller = document.getElementById("scroller");
    this.grid = document.getElementById("grid");
    this.opened = opened;
    this.scroller.addEventListener("scroll", () => this.draw(), { passive: true });
    new ResizeObserver(() => this.layOut()).observe(this.scroller);
    this.grid.addEventListener("click", (event) => this.clicked(event));
  }

  layOut() {
    this.columns = Math.max(3, Math.floor(this.scroller.clientWidth / CELL));
    this.side = Math.floor(this.scroller.clientWidth / this.columns) || CELL;
    this.grid.style.height = `${Math.ceil(this.glyphs.shown.length / this.columns) * this.side}px`;
    this.draw(true);
  }

  draw() {
    if (!this.columns) return this.layOut();
    const { shown } = this.glyphs, top = this.scroller.scrollTop, height = this.scroller.clientHeight;
    const from = Math.max(0, Math.floor(top / this.side) - MARGIN) * this.columns;
    const to = Math.min(shown.length, (Math.ceil((top + height) / this.side) + MARGIN) * this.columns);
    const cells = [];
    for (let index = from; index < to; index++) cells.push(this.cell(index));
    const focused = this.grid.contains(document.activeElement);
    this.grid.replaceChildren(...cells);
    if (focused) this.focus();
  }

  cell(index) {
    const row = this.glyphs.shown[index], cell = document.createElement("div");
    cell.className = `cell ${row.status || (row.why ? "doubtful" : "")} ${row.origin}`;
    cell.dataset.index = index;
    cell.id = `cell-${index}`;
    cell.setAttribute("role", "option");
    cell.setAttribute("aria-label", described(row));
    cell.setAttribute("aria-posinset", index + 1);
    cell.setAttribute("aria-setsize", this.glyphs.shown.length);
    cell.setAttribute("aria-selected", String(this.glyphs.selected.has(row.char) || index === this.glyphs.index));
    cell.tabIndex = index === this.glyphs.index ? 0 : -1;
    if (index === this.glyphs.index) cell.classList.add("here");
    if (this.glyphs.selected.has(row.char)) cell.classList.add("selected");
    cell.style.cssText = `left:${(index % this.columns) * this.side}px;top:${Math.floor(index / this.columns) * this.side}px;width:${this.side}px;height:${this.side}px`;
    cell.append(row.origin === "missing" ? missing(row) : thumb(this.glyphs.shown, index, this.side - 10));
    return cell;
  }

  clicked(event) {
    const cell = event.target.closest(".cell");
    if (!cell) return;
    const index = Number(cell.dataset.index), { glyphs } = this;
    if (event.shiftKey) glyphs.select(glyphs.shown.slice(Math.min(index, glyphs.index), Math.max(index, glyphs.index) + 1));
    else if (event.ctrlKey || event.metaKey) glyphs.select([glyphs.shown[index]], !glyphs.selected.has(glyphs.shown[index].char));
    else { glyphs.go(index); this.opened(); }
  }

  show() {
    const top = Math.floor(this.glyphs.index / (this.columns || 1)) * this.side;
    if (top < this.scroller.scrollTop || top + this.side > this.scroller.scrollTop + this.scroller.clientHeight)
      this.scroller.scrollTop = Math.max(0, top - this.scroller.clientHeight / 2);
    this.draw();
  }

  focus() {
    const cell = this.grid.querySelector(".here");
    if (cell) cell.focus({ preventScroll: true });
  }
}

/** A glyph's small picture: a part of the strip that holds it and its neighbours in the list. */
export function thumb(rows, index, side) {
  const start = Math.floor(index / STRIP) * STRIP, strip = rows.slice(start, start + STRIP).filter((row) => row.origin !== "missing");
  const picture = document.createElement("span"), place = strip.indexOf(rows[index]);
  picture.className = "thumb";
  picture.style.cssText = `width:${side}px;height:${side}px;background-size:${side * strip.length}px ${side}px;background-position:${-place * side}px 0;background-image:url("${stripOf(strip)}")`;
  return picture;
}

function missing(row) {
  const mark = document.createElement("span");
  mark.className = "absent";
  mark.textContent = row.char;
  return mark;
}
