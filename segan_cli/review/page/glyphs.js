/* All glyphs of the review, the filters, the selection and the place in the list. */

export const STATUS = { accepted: "accepted", refused: "refused", write: "to be written again" };

/** What a program made and a person looks through: drawn, or cut out of a scan. */
export const judged = (row) => row.origin === "generated" || Boolean(row.cell);

export const FILTERS = {
  doubtful: ["To look at", (row) => row.why && !row.status && judged(row)],
  open: ["Open", (row) => !row.status && judged(row)],
  all: ["All", () => true],
  accepted: ["Accepted", (row) => row.status === "accepted"],
  refused: ["Refused", (row) => row.status === "refused"],
  write: ["Write again", (row) => row.status === "write"],
  changed: ["Changed", (row) => row.adjust || row.action === "retouch" || row.action === "redraw" || row.action === "rename"],
  written: ["Written", (row) => row.origin === "written"],
  missing: ["Missing", (row) => row.origin === "missing"],
};

export class Glyphs {
  constructor() {
    this.rows = [];
    this.byChar = new Map();
    this.shown = [];
    this.index = 0;
    this.filter = "doubtful";
    this.find = "";
    this.selected = new Set();
    this.ears = [];
  }

  /** `ear` is told what changed: "list", "place", "rows" or "selection". */
  on(ear) { this.ears.push(ear); }
  say(what) { for (const ear of this.ears) ear(what); }

  get row() { return this.shown[this.index]; }

  fill(rows) {
    const here = this.row && this.row.char;
    this.rows = rows;
    this.byChar = new Map(rows.map((row) => [row.char, row]));
    if (!here && !rows.some(FILTERS[this.filter][1])) this.filter = rows.some(FILTERS.open[1]) ? "open" : "all";
    this.choose(here);
  }

  /** Rows as they are now; those that a filter would not show any more stay where they are until it is chosen anew. */
  update(rows) {
    for (const row of rows) {
      const known = this.byChar.get(row.char);
      if (!known) { this.rows.push(row); this.byChar.set(row.char, row); continue; }
      if ((known.number || 0) > (row.number || 0)) continue;
      for (const name of Object.keys(known)) if (!(name in row)) delete known[name];
      Object.assign(known, row);
    }
    this.say("rows");
  }

  choose(char) {
    const wanted = asked(this.find);
    this.shown = wanted ? this.rows.filter((row) => wanted.has(row.char)) : this.rows.filter(FILTERS[this.filter][1]);
    const place = char ? this.shown.findIndex((row) => row.char === char) : 0;
    this.index = Math.max(0, place);
    this.selected.clear();
    this.say("list");
  }

  count(name) { return this.rows.filter(FILTERS[name][1]).length; }

  go(index) {
    if (!this.shown.length) return;
    this.index = Math.max(0, Math.min(this.shown.length - 1, index));
    this.say("place");
  }

  select(rows, on = true) {
    for (const row of rows) if (row.origin !== "missing") on ? this.selected.add(row.char) : this.selected.delete(row.char);
    this.say("selection");
  }

  clear() { this.selected.clear(); this.say("selection"); }
}

/** The characters that a search asks for, or null for no search: U+6C38, 6C38, or the characters themselves. */
function asked(find) {
  if (!find.trim()) return null;
  const chars = new Set();
  for (const word of find.trim().split(/\s+/)) {
    const hex = /^(?:u\+?|0x)?([0-9a-f]{4,6})$/i.exec(word);
    if (hex && parseInt(hex[1], 16) <= 0x10ffff) chars.add(String.fromCodePoint(parseInt(hex[1], 16)));
    else for (const char of word) chars.add(char);
  }
  return chars;
}

export function described(row) {
  const parts = [row.char, row.cell ? "scanned" : row.origin === "written" ? "written" : row.origin === "missing" ? "missing" : "drawn"];
  if (row.status) parts.push(STATUS[row.status]);
  if (row.why) parts.push(row.why.join(", "));
  return parts.join(", ");
}
