/* The page: what is loaded first, the keys, and what every decision does. */

import { ask, codePoint, listen, tell } from "./api.js";
import { Beside } from "./beside.js";
import { FILTERS, Glyphs, STATUS, judged } from "./glyphs.js";
import { Grid } from "./grid.js";
import { Redraw } from "./redraw.js";
import { Retouch } from "./retouch.js";
import { Scanned } from "./scanned.js";
import { Stage } from "./stage.js";

const byId = (id) => document.getElementById(id);
const count = (number) => number.toLocaleString("en");
const glyphs = new Glyphs();
const DOES = { accept: "accepted", refuse: "refused", write: "write", reopen: "" };
let stage, grid, beside, redraw, retouch, scanned, building = false;

async function begin() {
  chooseTheme(stored("theme"));
  const words = await ask("api/glyphs").catch((error) => { trouble(error.message); throw error; });
  document.title = `${words.title}: segan review`;
  byId("title").textContent = words.title;
  byId("build").title = `Build ${words.font} and its proof`;
  grid = new Grid(glyphs, () => byId("stage").scrollIntoView({ block: "nearest" }));
  stage = new Stage(glyphs, words.texts);
  beside = new Beside(glyphs, words.written, (adjust) => stage.try(adjust), (adjust) => keepAdjustment(adjust));
  redraw = new Redraw((row, name) => change("api/choose", { char: row.char, version: row.version, name }, true));
  retouch = new Retouch((answer) => { took(answer); next(); }, (error) => { trouble(error.message); say(error.message); });
  scanned = new Scanned(renamed, (row, part) => change("api/recut", { char: row.char, version: row.version, part }));
  glyphs.on(follow);
  glyphs.fill(words.rows);
  listenToControls();
  for (const remark of words.remarks) say(remark);
  listen(heard, (lost) => trouble(lost ? "The server does not answer. What was decided is kept. Start segan review again, and open the address that it prints." : ""));
  document.documentElement.dataset.ready = "true";
  performance.mark("ready");
}

function follow(what) {
  if (what === "list") { drawFilters(); grid.scroller.scrollTop = 0; grid.layOut(); grid.show(); }
  if (what === "list" || what === "place") { stage.show(); beside.show(); }
  if (what === "place") grid.show();
  if (what === "rows") { drawFilters(); grid.draw(); stage.show(); beside.show(); }
  if (what === "selection") grid.draw();
  drawTally();
  drawBulk();
}

/* What the server says */

function heard(words) {
  if (words.kind === "decided") glyphs.update(words.rows);
  if (words.kind === "measuring") byId("tally").dataset.measuring = `measuring ${count(Math.min(words.done, words.total))} of ${count(words.total)}`;
  if (words.kind === "measured") { delete byId("tally").dataset.measuring; ask("api/glyphs").then((found) => { if (!glyphs.selected.size) glyphs.fill(found.rows); }); }
  if (words.kind === "redrawn") { glyphs.update(words.rows); say(words.left ? `${count(words.left)} are still to be drawn.` : "All selected glyphs are drawn anew; look at them."); }
  if (words.kind === "building") showBuild(words.total ? `Tracing ${count(words.done)} of ${count(words.total)}` : "Writing the proof");
  if (words.kind === "built") { showBuild(""); built(words); }
  if (words.kind === "failed") { showBuild(""); trouble(words.words); }
}

function built(words) {
  const missing = words.missing ? `, ${count(words.missing)} missing` : "";
  say(`Built ${words.files.join(", ")}: ${count(words.glyphs)} glyphs${missing}. `);
  if (words.proof) byId("say").append(Object.assign(document.createElement("a"), { href: "proof", target: "_blank", rel: "noreferrer", textContent: "Open its proof" }));
}

function showBuild(words) {
  building = Boolean(words);
  byId("build").textContent = words || "Build font";
  byId("build").disabled = building;
}

/* Deciding */

async function change(address, words, onwards = false) {
  try {
    const answer = await tell(address, words);
    trouble("");
    took(answer);
    if (onwards) next();
    return true;
  } catch (error) {
    say(error.message);
    if (error.status === 0) trouble(error.message);
    if (error.status === 409 || error.status === 0) await refresh();
    return false;
  }
}

function took(answer) {
  glyphs.update(answer.rows);
  say(answer.words.charAt(0).toUpperCase() + answer.words.slice(1) + (answer.gone && answer.gone.length ? `; ${answer.gone.length} changed meanwhile and were left` : ""));
  byId("undo").disabled = false;
}

async function refresh() {
  const words = await ask("api/glyphs").catch(() => null);
  if (words) glyphs.update(words.rows);
}

/** The page shows a decision at once, and takes it back if the server cannot keep it. */
async function decide(action) {
  const many = glyphs.selected.size > 0;
  const rows = many ? [...glyphs.selected].map((char) => glyphs.byChar.get(char)) : [glyphs.row].filter((row) => row && row.origin !== "missing");
  if (!rows.length) return;
  const words = { do: action, glyphs: rows.map((row) => [row.char, row.version]) };
  if (many) { if (await change("api/decide", words)) glyphs.clear(); return; }
  const row = rows[0], before = { status: row.status, action: row.action };
  row.status = DOES[action];
  row.action = action;
  if (action !== "reopen") next(); else glyphs.say("rows");
  if (!(await change("api/decide", words))) { Object.assign(row, before); glyphs.say("rows"); }
}

function keepAdjustment(adjust) {
  const row = glyphs.row;
  if (row && row.origin !== "missing") change("api/adjust", { char: row.char, adjust });
}

/** After a rename the list stands at the glyph under its new name. */
async function renamed(row, to) {
  if (!(await change("api/rename", { char: row.char, version: row.version, to }))) return;
  const at = glyphs.shown.findIndex((other) => other.char === to);
  if (at >= 0) glyphs.go(at); else { glyphs.find = byId("find").value = to; glyphs.choose(to); }
}

function next() { glyphs.go(glyphs.index + 1); }

async function undo(way) {
  try {
    const answer = await tell(`api/${way}`);
    took(answer);
    const at = glyphs.shown.findIndex((row) => answer.rows.some((other) => other.char === row.char));
    if (at >= 0) glyphs.go(at);
    byId("redo").disabled = way === "redo" ? byId("redo").disabled : false;
  } catch (error) { say(error.message); byId(way).disabled = true; }
}

function openRedraw() {
  if (glyphs.selected.size) return change("api/redraw", { glyphs: [...glyphs.selected].map((char) => [char, glyphs.byChar.get(char).version]) }).then((done) => { if (done) glyphs.clear(); });
  if (drawnRow()) redraw.open(glyphs.row);
}

function drawnRow() {
  const row = glyphs.row;
  if (row && row.origin === "generated") return true;
  say(row ? `${row.char} is ${row.origin === "written" ? "written by hand and stays as it was written" : "missing"}.` : "No glyph is chosen.");
  return false;
}

function scannedRow() {
  if (glyphs.row && glyphs.row.cell) return true;
  say(glyphs.row ? `${glyphs.row.char} did not come from segan scan.` : "No glyph is chosen.");
  return false;
}

const ACTS = {
  before: () => glyphs.go(glyphs.index - 1),
  next,
  accept: () => decide("accept"),
  refuse: () => decide("refuse"),
  write: () => decide("write"),
  reopen: () => decide("reopen"),
  redraw: openRedraw,
  retouch: () => { if ((glyphs.row && glyphs.row.cell) || drawnRow()) retouch.open(glyphs.row); },
  cut: () => { if (scannedRow()) scanned.cut(glyphs.row); },
  rename: () => { if (scannedRow()) scanned.rename(glyphs.row); },
};

/* What is shown around the glyph */

function drawFilters() {
  byId("filters").replaceChildren(...Object.entries(FILTERS).map(([name, [words]]) => {
    const number = glyphs.count(name), button = document.createElement("button");
    button.type = "button";
    button.textContent = words;
    button.dataset.filter = name;
    button.setAttribute("aria-pressed", String(name === glyphs.filter && !glyphs.find));
    button.append(Object.assign(document.createElement("b"), { textContent: count(number) }));
    if (!number && name !== "all") button.classList.add("none");
    return button;
  }));
  byId("shown").textContent = glyphs.shown.length ? `${count(glyphs.shown.length)} shown` : "None.";
}

function drawTally() {
  const drawn = glyphs.rows.filter(judged), decided = drawn.filter((row) => row.status).length;
  byId("tally").textContent = `${count(glyphs.index + (glyphs.shown.length ? 1 : 0))} of ${count(glyphs.shown.length)} · ${count(decided)} of ${count(drawn.length)} decided`;
}

function drawBulk() {
  const bar = byId("bulk"), number = glyphs.selected.size;
  bar.hidden = !number;
  if (!number) return;
  const keys = [["accept", "Accept"], ["refuse", "Refuse"], ["redraw", "Draw again"], ["write", "Write again"], ["reopen", "Open again"]];
  bar.replaceChildren(Object.assign(document.createElement("span"), { textContent: `${count(number)} selected` }), ...keys.map(([act, words]) => act_button(act, words)), act_button("clear", "Clear"));
}

function act_button(act, words) {
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: words });
  button.addEventListener("click", () => (act === "clear" ? glyphs.clear() : ACTS[act]()));
  return button;
}

let saying;
function say(words) {
  const line = byId("say");
  line.textContent = words;
  line.classList.add("fresh");
  clearTimeout(saying);
  saying = setTimeout(() => line.classList.remove("fresh"), 4000);
}

function trouble(words) {
  byId("trouble").textContent = words;
  byId("trouble").hidden = !words;
}

/* Keys and buttons */

const KEYS = {
  y: ACTS.accept, n: ACTS.refuse, w: ACTS.write, r: ACTS.redraw, e: ACTS.retouch, c: ACTS.cut, m: ACTS.rename, z: ACTS.reopen,
  arrowleft: ACTS.before, arrowright: next,
  o: () => stage.toggle("source"), g: () => stage.toggle("guides"),
  a: () => glyphs.select(glyphs.shown), escape: () => { glyphs.clear(); toggleList(false); },
  b: () => build(), "?": () => byId("keys").showModal(), "/": () => { toggleList(true); byId("find").focus(); },
  home: () => glyphs.go(0), end: () => glyphs.go(glyphs.shown.length - 1),
};

function pressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const key = event.key.toLowerCase(), typing = event.target.matches("input[type=search], textarea"), sliding = event.target.matches("input[type=range]");
  if (typing) { if (key === "escape" || key === "enter") { event.preventDefault(); byId("stage").focus(); } return; }
  if (sliding && /^(arrow|home|end)/.test(key)) return;
  if (key === "u") { event.preventDefault(); undo(event.shiftKey ? "redo" : "undo"); return; }
  const down = { arrowup: -1, arrowdown: 1, pageup: -6, pagedown: 6 }[key];
  if (down) { event.preventDefault(); glyphs.go(glyphs.index + down * (grid.columns || 1)); return; }
  if (!KEYS[key]) return;
  event.preventDefault();
  KEYS[key]();
}

function listenToControls() {
  document.addEventListener("keydown", pressed);
  byId("acts").addEventListener("click", (event) => { const button = event.target.closest("[data-act]"); if (button) ACTS[button.dataset.act](); });
  byId("filters").addEventListener("click", (event) => {
    const button = event.target.closest("[data-filter]");
    if (!button) return;
    glyphs.filter = button.dataset.filter;
    glyphs.find = byId("find").value = "";
    glyphs.choose();
  });
  byId("find").addEventListener("input", (event) => { glyphs.find = event.target.value; glyphs.choose(); });
  byId("select-all").addEventListener("click", KEYS.a);
  for (const button of document.querySelectorAll("[data-scan]")) button.addEventListener("click", ACTS[button.dataset.scan === "erase" ? "retouch" : button.dataset.scan]);
  byId("undo").addEventListener("click", () => undo("undo"));
  byId("redo").addEventListener("click", () => undo("redo"));
  byId("undo").disabled = false;
  byId("build").addEventListener("click", build);
  byId("help").addEventListener("click", KEYS["?"]);
  byId("keys-close").addEventListener("click", () => byId("keys").close());
  byId("list-toggle").addEventListener("click", () => toggleList());
  byId("theme").addEventListener("click", () => {
    const dark = getComputedStyle(document.documentElement).colorScheme.includes("dark");
    chooseTheme(dark ? "light" : "dark");
  });
}

function toggleList(open = !document.body.classList.contains("list-open")) {
  document.body.classList.toggle("list-open", open);
  byId("list-toggle").setAttribute("aria-expanded", String(open));
  if (open) grid.layOut();
}

async function build() {
  if (building) return;
  showBuild("Beginning …");
  try { await tell("api/build"); } catch (error) { showBuild(""); say(error.message); }
}

function chooseTheme(theme) {
  if (theme) document.documentElement.dataset.theme = theme;
  try { if (theme) localStorage.setItem("theme", theme); } catch { /* a browser that keeps nothing */ }
}

function stored(name) {
  try { return localStorage.getItem(name); } catch { return null; }
}

begin();
export { STATUS, codePoint };
