"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);
const [CODE, ADVANCE, BOUNDS, ORIGIN, SUSPECT, CAUSE] = [0, 1, 2, 3, 4, 5];
const STEPS = [12, 14, 16, 18, 21, 24, 28, 36, 48, 60, 72, 96];
const glyphs = data.glyphs, missing = data.missing;
const covered = new Map(glyphs.map((glyph) => [glyph[CODE], glyph]));
const lacking = new Map(missing.map((glyph) => [glyph[CODE], glyph]));
const state = { filter: "all", find: "", list: glyphs, active: 0, cell: 88, printing: false };

const codePoint = (code) => "U+" + code.toString(16).toUpperCase().padStart(4, "0");
const isMissing = (glyph) => glyph.length > CAUSE;
const isSuspect = (glyph) => !isMissing(glyph) && glyph[SUSPECT].length > 0;
const originOf = (glyph) => data.origins[glyph[ORIGIN]] || "";
const signed = (number) => String(number).replace("-", "−");
const count = (number) => number.toLocaleString("en");
const isUnseen = (char) => /^[\p{Z}\p{Cc}\p{Cf}\uFE00-\uFE0F]$/u.test(char);

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

/** Text in the font's own glyphs; a character that it lacks becomes a crossed box and never another font's glyph. */
function setText(target, text) {
  const parts = document.createDocumentFragment();
  let run = "";
  for (const char of text) {
    if (covered.has(char.codePointAt(0)) || isUnseen(char)) { run += char; continue; }
    if (run) parts.append(run);
    run = "";
    const box = element("span", "missing");
    box.title = `${char} ${codePoint(char.codePointAt(0))} is missing`;
    box.setAttribute("role", "img");
    box.setAttribute("aria-label", box.title);
    parts.append(box);
  }
  if (run) parts.append(run);
  target.replaceChildren(parts);
}

function drawCover() {
  setText(byId("headline"), data.headline);
  const seal = byId("seal");
  seal.textContent = data.seal;
  seal.dataset.count = [...data.seal].length;
  for (const number of document.querySelectorAll("h2 .number")) {
    if (covered.has(number.dataset.number.codePointAt(0))) number.textContent = number.dataset.number;
    else number.classList.add("plain");
  }
  if (data.known) drawOrigins();
}

function drawOrigins() {
  const bar = element("div", "bar"), key = element("div", "key");
  for (const [index, origin] of [...data.origins.entries()]) {
    const found = glyphs.filter((glyph) => glyph[ORIGIN] === index).length;
    if (!found) continue;
    const name = origin || "unknown", part = element("i", name);
    part.style.flex = String(found);
    bar.append(part);
    const label = element("span", "", `${count(found)} ${origin || "not in the report"}`);
    label.prepend(element("i", name));
    key.append(label);
  }
  byId("origins").append(bar, key);
  byId("origins").hidden = false;
}

function drawWaterfall(text) {
  byId("waterfall").replaceChildren(...STEPS.map((size) => {
    const step = element("div", "step"), line = element("div", "own");
    line.style.fontSize = `${size}px`;
    setText(line, text);
    step.append(element("span", "size", String(size)), line);
    return step;
  }));
}

function textBlock(sample, className) {
  const block = element("article", className), page = element("div", "page"), own = element("div", "own");
  own.lang = sample.lang;
  setText(own, sample.text);
  page.append(own);
  if (className === "letter") { page.tabIndex = 0; page.setAttribute("role", "group"); page.setAttribute("aria-label", `Vertical text, ${sample.title}`); }
  const by = element("p", "by"), title = element("b", "", sample.title);
  title.lang = sample.lang;
  by.append(title, sample.by);
  block.append(page, by);
  return block;
}

function drawTexts(own) {
  const mine = own.trim() ? [{ lang: "", title: "Your text", by: "", text: own.trim() }] : [];
  byId("horizontal").replaceChildren(...(mine.length ? mine : data.horizontal).map((sample) => textBlock(sample, "text")));
  byId("vertical").replaceChildren(...(mine.length ? mine : data.vertical).map((sample) => textBlock(sample, "letter")));
  drawWaterfall(own.trim().split("\n")[0] || data.waterfall);
}

function drawLines() {
  byId("lines-section").hidden = data.lines.length === 0;
  byId("lines").replaceChildren(...data.lines.map((text) => {
    const line = element("div", "own");
    setText(line, text);
    return line;
  }));
}

const FILTERS = {
  all: ["All", () => glyphs],
  generated: ["Generated", () => ofOrigin("generated")],
  written: ["Written", () => ofOrigin("written")],
  base: ["Base font", () => ofOrigin("base")],
  suspect: ["Suspect", () => glyphs.filter(isSuspect)],
  missing: ["Missing", () => missing],
};
const ofOrigin = (name) => glyphs.filter((glyph) => originOf(glyph) === name);

function drawFilters() {
  const names = data.known ? Object.keys(FILTERS) : ["all", "missing"];
  byId("filters").replaceChildren(...names.map((name) => {
    const button = element("button", "", FILTERS[name][0]);
    button.type = "button";
    button.dataset.filter = name;
    button.append(element("b", "", count(FILTERS[name][1]().length)));
    button.addEventListener("click", () => { state.filter = name; choose(); });
    return button;
  }));
}

/** The code points that a search asks for: U+6C38, 0x6C38, 6C38, or the characters themselves. */
function asked(find) {
  const codes = [];
  for (const word of find.trim().split(/\s+/)) {
    const hex = /^(?:u\+?|0x|\\u)?\{?([0-9a-f]{4,6})\}?$/i.exec(word);
    if (hex && parseInt(hex[1], 16) <= 0x10ffff) codes.push(parseInt(hex[1], 16));
    else for (const char of word) codes.push(char.codePointAt(0));
  }
  return [...new Set(codes)];
}

function choose() {
  const inFilter = FILTERS[state.filter][1]();
  if (state.find.trim()) {
    const allowed = new Set(inFilter);
    const found = asked(state.find).map((code) => covered.get(code) || lacking.get(code) || [code, 0, null, 0, [], "not in this font"]);
    state.list = found.filter((glyph) => state.filter === "all" || allowed.has(glyph));
  } else state.list = inFilter;
  state.active = 0;
  for (const button of byId("filters").children) button.setAttribute("aria-pressed", String(button.dataset.filter === state.filter));
  say();
  layOut();
}

function say() {
  const shown = state.list.length, one = shown === 1 ? "glyph" : "glyphs";
  const absent = state.list.filter(isMissing).length;
  const note = absent && state.filter !== "missing" ? `, ${count(absent)} of them not in the font` : "";
  byId("status").textContent = shown ? `${count(shown)} ${one} shown${note}` : state.find.trim() ? "Nothing here matches the search." : "None. Good.";
}

/* The grid holds only the rows near the window: 20,000 glyphs scroll as easily as 20. */
const grid = byId("grid"), rows = element("div", "rows");
grid.append(rows);
let columns = 1, rowHeight = 1, drawn = "";

function layOut() {
  columns = Math.max(2, Math.floor(grid.clientWidth / state.cell));
  rowHeight = Math.round(Math.max(grid.clientWidth / columns, 56) * 1.16);
  grid.style.setProperty("--cell", `${grid.clientWidth / columns}px`);
  grid.style.setProperty("--row", `${rowHeight - 1}px`);
  grid.style.height = `${Math.ceil(state.list.length / columns) * rowHeight}px`;
  rows.style.gridTemplateColumns = `repeat(${columns}, minmax(0, 1fr))`;
  drawn = "";
  drawRows();
}

function drawRows() {
  const last = Math.ceil(state.list.length / columns), top = -grid.getBoundingClientRect().top, margin = 4;
  const from = state.printing ? 0 : Math.max(0, Math.min(last, Math.floor(top / rowHeight)) - margin);
  const to = state.printing ? last : Math.max(0, Math.min(last, Math.ceil((top + innerHeight) / rowHeight) + margin));
  const key = `${from} ${to} ${columns} ${state.filter} ${state.find}`;
  if (key === drawn) return;
  drawn = key;
  const focused = rows.contains(document.activeElement);
  const cells = [];
  for (let index = from * columns; index < Math.min(to * columns, state.list.length); index++) cells.push(drawCell(index));
  rows.style.transform = `translateY(${from * rowHeight}px)`;
  rows.replaceChildren(...cells);
  if (focused) focusCell();
}

function drawCell(index) {
  const glyph = state.list[index], code = glyph[CODE], char = String.fromCodePoint(code), origin = originOf(glyph);
  const cell = element("div", `cell${isSuspect(glyph) ? " suspect" : ""}${origin === "written" ? " written" : ""}`);
  cell.setAttribute("role", "option");
  cell.setAttribute("aria-label", describe(glyph));
  cell.setAttribute("aria-posinset", index + 1);
  cell.setAttribute("aria-setsize", state.list.length);
  cell.setAttribute("aria-selected", String(index === state.active));
  cell.tabIndex = index === state.active ? 0 : -1;
  cell.dataset.index = index;
  cell.title = describe(glyph);
  if (isMissing(glyph)) setText(cell.appendChild(element("span", "own")), char);
  else if (glyph[BOUNDS] === null) cell.append(element("span", "space", /\p{Z}/u.test(char) ? "space" : "no ink"));
  else cell.append(element("span", "own", char));
  if (isMissing(glyph) && !cell.querySelector(".missing")) cell.firstChild.append(element("span", "missing"));
  cell.append(element("span", "code", codePoint(code)));
  return cell;
}

function describe(glyph) {
  const char = String.fromCodePoint(glyph[CODE]), parts = [`${isUnseen(char) ? "" : char + " "}${codePoint(glyph[CODE])}`];
  if (isMissing(glyph)) parts.push(`missing: ${glyph[CAUSE]}`);
  else if (originOf(glyph)) parts.push(originOf(glyph));
  if (isSuspect(glyph)) parts.push(`suspect: ${glyph[SUSPECT].map((reason) => data.reasons[reason]).join("; ")}`);
  return parts.join(", ");
}

function focusCell() {
  const cell = rows.querySelector(`[data-index="${state.active}"]`);
  if (cell) cell.focus({ preventScroll: true });
}

function moveTo(index) {
  state.active = Math.max(0, Math.min(state.list.length - 1, index));
  const top = grid.getBoundingClientRect().top + scrollY + Math.floor(state.active / columns) * rowHeight;
  if (top < scrollY || top + rowHeight > scrollY + innerHeight) scrollTo(0, top - innerHeight / 2);
  drawn = "";
  drawRows();
}

const MOVES = { ArrowLeft: () => -1, ArrowRight: () => 1, ArrowUp: () => -columns, ArrowDown: () => columns, PageUp: () => -columns * 5, PageDown: () => columns * 5, Home: () => -Infinity, End: () => Infinity };

function listenToGrid() {
  grid.addEventListener("click", (event) => {
    const cell = event.target.closest(".cell");
    if (cell) { state.active = Number(cell.dataset.index); openLarge(); }
  });
  grid.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") { event.preventDefault(); openLarge(); return; }
    if (!MOVES[event.key]) return;
    event.preventDefault();
    moveTo(state.active + MOVES[event.key]());
    focusCell();
  });
  addEventListener("scroll", drawRows, { passive: true });
  addEventListener("resize", layOut);
  addEventListener("beforeprint", () => { state.printing = true; layOut(); });
  addEventListener("afterprint", () => { state.printing = false; layOut(); });
}

/* The large view: the glyph in font units, as it sits in its em box. */
const large = byId("large");
const shape = (tag, attributes) => {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
};

function drawLarge() {
  const glyph = state.list[state.active], m = data.metrics, em = m.unitsPerEm, advance = glyph[ADVANCE] || em;
  const svg = byId("drawing"), side = em * .17, left = -side, width = Math.max(advance, em) + 2 * side;
  const top = -Math.max(m.emTop, glyph[BOUNDS] ? glyph[BOUNDS][3] : 0) - em * .09;
  const bottom = -Math.min(m.emBottom, glyph[BOUNDS] ? glyph[BOUNDS][1] : 0) + em * .11;
  svg.setAttribute("viewBox", `${left} ${top} ${width} ${bottom - top}`);
  svg.setAttribute("aria-label", describe(glyph));
  const rule = (className, x1, y1, x2, y2) => shape("line", { class: className, x1, y1, x2, y2 });
  const label = (text, x, y, anchor) => { const made = shape("text", { class: "label", x, y, "font-size": em * .024, "text-anchor": anchor || "start" }); made.textContent = text; return made; };
  const drawn = shape("text", { class: "glyph", x: 0, y: 0, "font-size": em });
  drawn.textContent = isMissing(glyph) ? "" : String.fromCodePoint(glyph[CODE]);
  svg.replaceChildren(
    rule("line", 0, top, 0, bottom), rule("line", advance, top, advance, bottom),
    shape("rect", { class: "em", x: 0, y: -m.emTop, width: em, height: em }),
    rule("em", em / 2, -m.emTop, em / 2, -m.emBottom), rule("em", 0, -(m.emTop + m.emBottom) / 2, em, -(m.emTop + m.emBottom) / 2),
    rule("baseline", left, 0, left + width, 0), drawn,
    label("baseline 0", left + em * .008, -em * .012), label(signed(m.emTop), -em * .012, -m.emTop + em * .008, "end"),
    label(signed(m.emBottom), -em * .012, -m.emBottom + em * .008, "end"), label(`advance ${glyph[ADVANCE]}`, advance, bottom - em * .015, "middle"), label("0", 0, bottom - em * .015, "middle"),
  );
  if (glyph[BOUNDS]) {
    const [x0, y0, x1, y1] = glyph[BOUNDS];
    svg.append(shape("rect", { class: "ink", x: x0, y: -y1, width: x1 - x0, height: y1 - y0 }));
  }
  drawCaption(glyph);
}

function drawCaption(glyph) {
  const char = String.fromCodePoint(glyph[CODE]), box = glyph[BOUNDS];
  byId("large-place").textContent = `${count(state.active + 1)} of ${count(state.list.length)}`;
  byId("large-title").textContent = codePoint(glyph[CODE]);
  const facts = [["Character", isUnseen(char) ? "invisible" : char], ["Advance", glyph[ADVANCE]]];
  if (isMissing(glyph)) facts.splice(1, 1, ["Missing", glyph[CAUSE]]);
  if (originOf(glyph)) facts.push(["Origin", originOf(glyph)]);
  if (box) facts.push(["Left, right bearing", `${signed(box[0])}, ${signed(glyph[ADVANCE] - box[2])}`], ["Ink, x", `${signed(box[0])} … ${signed(box[2])}`], ["Ink, y", `${signed(box[1])} … ${signed(box[3])}`]);
  byId("large-facts").replaceChildren(...facts.flatMap(([name, value]) => [element("dt", "", name), element("dd", "", String(value))]));
  byId("large-reasons").replaceChildren(...(isMissing(glyph) ? [] : glyph[SUSPECT]).map((reason) => element("li", "", data.reasons[reason])));
  byId("large-sizes").replaceChildren(...(isMissing(glyph) ? [] : [12, 16, 24, 36, 60]).map((size) => {
    const small = element("span", "", char);
    small.style.fontSize = `${size}px`;
    return small;
  }));
}

function openLarge() {
  if (!state.list.length) return;
  drawLarge();
  if (!large.open) large.showModal();
}

function turn(steps) {
  state.active = (state.active + steps + state.list.length) % state.list.length;
  drawLarge();
}

function listenToLarge() {
  byId("before").addEventListener("click", () => turn(-1));
  byId("after").addEventListener("click", () => turn(1));
  byId("close").addEventListener("click", () => large.close());
  large.addEventListener("click", (event) => { if (event.target === large) large.close(); });
  large.addEventListener("close", () => { moveTo(state.active); focusCell(); });
  large.addEventListener("keydown", (event) => {
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (steps) { event.preventDefault(); turn(steps); }
  });
}

function listenToControls() {
  byId("theme").addEventListener("click", () => {
    const root = document.documentElement, dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
  });
  byId("own-text").addEventListener("input", (event) => drawTexts(event.target.value));
  byId("find").addEventListener("input", (event) => { state.find = event.target.value; choose(); });
  byId("find").addEventListener("keydown", (event) => { if (event.key === "Enter") openLarge(); });
  byId("cell-size").addEventListener("input", (event) => { state.cell = Number(event.target.value); layOut(); });
  byId("text-size").addEventListener("input", sizeText);
}

function sizeText() {
  const size = byId("text-size").value;
  byId("horizontal").style.setProperty("--text-size", `${size}px`);
  byId("text-size-value").textContent = `${size} px`;
}

/** `#filter=suspect&find=永&glyph=6C38&theme=dark` opens the page just so: an address to send round. */
function readAddress() {
  const wishes = Object.fromEntries(location.hash.slice(1).split("&").map((part) => part.split("=").map(decodeURIComponent)));
  if (wishes.theme === "dark" || wishes.theme === "light") document.documentElement.dataset.theme = wishes.theme;
  if (wishes.filter && FILTERS[wishes.filter]) state.filter = wishes.filter;
  if (wishes.find) { state.find = wishes.find; byId("find").value = wishes.find; }
  choose();
  if (wishes.filter || wishes.find) byId("glyphs").scrollIntoView();
  if (!wishes.glyph) return;
  const code = asked(wishes.glyph)[0], index = state.list.findIndex((glyph) => glyph[CODE] === code);
  if (index >= 0) { state.active = index; openLarge(); }
}

async function checkFont() {
  const inked = glyphs.find((glyph) => glyph[BOUNDS]);
  try {
    const faces = await document.fonts.load('40px "Proof Font"', String.fromCodePoint(inked[CODE]));
    if (faces.length && faces.every((face) => face.status === "loaded")) return;
  } catch (error) { /* told below */ }
  byId("trouble").textContent = "This browser refused the font inside this page, so what you see is another font. Try another browser.";
  byId("trouble").hidden = false;
}

drawCover();
drawTexts(data.own);
byId("own-text").value = data.own;
drawLines();
drawFilters();
listenToGrid();
listenToLarge();
listenToControls();
sizeText();
readAddress();
checkFont();
