/* Four other drawings to choose from. */

import { ask, codeOf, codePoint, pictureOf } from "./api.js";

const byId = (id) => document.getElementById(id);

export class Redraw {
  /** `chosen` gets the row and the name of the drawing. */
  constructor(chosen) {
    this.chosen = chosen;
    this.dialog = byId("redraw");
    byId("redraw-more").addEventListener("click", () => this.more());
    byId("redraw-close").addEventListener("click", () => this.dialog.close());
    byId("choices").addEventListener("click", (event) => {
      const choice = event.target.closest("button");
      if (choice) this.take(choice.dataset.name);
    });
    this.dialog.addEventListener("keydown", (event) => this.pressed(event));
  }

  async open(row) {
    this.row = row;
    this.page = -1;
    byId("redraw-title").textContent = `Other drawings of ${row.char} ${codePoint(row.char)}`;
    byId("redraw-now").src = pictureOf(row);
    byId("choices").replaceChildren(...[1, 2, 3, 4].map(() => Object.assign(document.createElement("button"), { type: "button", disabled: true, className: "empty" })));
    this.dialog.showModal();
    await this.more();
  }

  async more() {
    const row = this.row, page = ++this.page;
    byId("choices").setAttribute("aria-busy", "true");
    try {
      const drawings = await ask(`api/others/${codeOf(row.char)}?page=${page}`);
      if (row !== this.row || page !== this.page) return;
      byId("choices").replaceChildren(...drawings.map((drawing, index) => choice(drawing, index)));
      byId("choices").querySelector("button").focus();
    } catch (error) {
      byId("choices").replaceChildren(Object.assign(document.createElement("p"), { className: "trouble", textContent: error.message }));
    } finally { byId("choices").removeAttribute("aria-busy"); }
  }

  take(name) {
    if (!name) return;
    this.dialog.close();
    this.chosen(this.row, name);
  }

  pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "r") { event.preventDefault(); this.more(); }
    const number = Number(event.key), buttons = [...byId("choices").querySelectorAll("button")];
    if (number >= 1 && number <= buttons.length) { event.preventDefault(); this.take(buttons[number - 1].dataset.name); }
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -2, ArrowDown: 2 }[event.key], at = buttons.indexOf(document.activeElement);
    if (steps && at >= 0) { event.preventDefault(); buttons[(at + steps + buttons.length) % buttons.length].focus(); }
  }
}

function choice(drawing, index) {
  const button = document.createElement("button"), picture = document.createElement("img"), words = document.createElement("span"), key = document.createElement("kbd");
  button.type = "button";
  button.dataset.name = drawing.name;
  button.setAttribute("aria-keyshortcuts", String(index + 1));
  picture.src = drawing.picture;
  picture.alt = "";
  key.textContent = index + 1;
  words.append(key, " ", drawing.name);
  button.append(picture, words);
  return button;
}
