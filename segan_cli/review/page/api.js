/* Calls to the server of this page. Addresses are seen from the page's own, which holds the key. */

export class Refusal extends Error {
  constructor(words, status) { super(words); this.status = status; }
}

async function answered(response) {
  const words = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refusal(words.error || `The server answered ${response.status}.`, response.status);
  return words;
}

async function asked(address, options) {
  let response;
  try {
    response = await fetch(address, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refusal("The server does not answer. What was decided is kept; start segan review again.", 0);
  }
  return answered(response);
}

export const ask = (address, signal) => asked(address, { signal });
export const tell = (address, words = {}) => asked(address, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(words) });
export const send = (address, blob) => asked(address, { method: "POST", headers: { "content-type": "image/png" }, body: blob });

export const codeOf = (char) => char.codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
export const codePoint = (char) => `U+${codeOf(char)}`;
export const pictureOf = (row) => `api/picture/${codeOf(row.char)}?v=${row.version}`;
export const cellOf = (row) => `api/cell/${codeOf(row.char)}?v=${row.cell}`;
export const sourceOf = (row) => `api/source/${codeOf(row.char)}?v=0`;
export const stripOf = (rows) => `api/strip?c=${rows.map((row) => codeOf(row.char)).join(".")}&v=${hash(rows.map((row) => row.version).join())}`;

function hash(text) {
  let value = 5381;
  for (let index = 0; index < text.length; index++) value = (value * 33 ^ text.charCodeAt(index)) >>> 0;
  return value.toString(36);
}

/** Words that the server says by itself; `heard` gets each, `lost` whether the line is open. */
export function listen(heard, lost) {
  const line = new EventSource("api/events");
  line.onmessage = (event) => heard(JSON.parse(event.data));
  line.onopen = () => lost(false);
  line.onerror = () => lost(true);
  return line;
}
