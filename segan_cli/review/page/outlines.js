/* Outlines of glyphs, asked for once, and ahead of need. */

import { ask, codeOf } from "./api.js";

const KEPT = 600;
const outlines = new Map(), waiting = new Map();

const keyOf = (row, weight) => `api/outline/${codeOf(row.char)}?v=${row.version}&weight=${weight}`;
export const weightOf = (row) => (row.adjust && row.adjust.weight) || 0;

/** The outline if it is here already. */
export const ready = (row, weight = weightOf(row)) => outlines.get(keyOf(row, weight));

export function outline(row, weight = weightOf(row)) {
  const key = keyOf(row, weight);
  if (outlines.has(key)) return Promise.resolve(outlines.get(key));
  if (!waiting.has(key)) {
    waiting.set(key, ask(key).then((found) => {
      outlines.set(key, found);
      if (outlines.size > KEPT) outlines.delete(outlines.keys().next().value);
      return found;
    }).finally(() => waiting.delete(key)));
  }
  return waiting.get(key);
}

let queue = [], busy = 0;

/** Fetch outlines one after the other, these first; earlier wishes that are not begun are forgotten. */
export function ahead(rows) {
  queue = rows.filter((row) => row && row.origin !== "missing" && !ready(row));
  while (busy < 2 && queue.length) fetchNext();
}

function fetchNext() {
  const row = queue.shift();
  if (!row) return;
  busy += 1;
  outline(row).catch(() => {}).finally(() => { busy -= 1; fetchNext(); });
}

/** How an adjustment moves an outline, as an SVG transform in font units with y down; and the advance that comes of it. */
export function placed(found, adjust = {}) {
  const size = adjust.size ?? 1, left = adjust.left || 0, right = adjust.right || 0;
  const x = 500 * (1 - size) + (adjust.dx || 0) + left, y = -380 * (1 - size) - (adjust.dy || 0);
  return { transform: `translate(${x} ${y}) scale(${size})`, advance: Math.max(0, found.advance + left + right) };
}
