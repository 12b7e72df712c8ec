/* Retouching: brush and eraser on the outline's picture, 512 px, with as many steps back as one likes. */

import { codeOf, codePoint, send, sourceOf } from "./api.js";
import { outline } from "./outlines.js";

const SIDE = 512, EM = 1000, STEPS = 60;
const byId = (id) => document.getElementById(id);

export class Retouch {
  /** `saved` gets the answer to a picture that was sent. */
  constructor(saved, failed) {
    this.saved = saved;
    this.failed = failed;
    this.dialog = byId("retouch");
    this.canvas = byId("canvas");
    this.ink = Object.assign(document.createElement("canvas"), { width: SIDE, height: SIDE });
    this.pen = this.ink.getContext("2d", { willReadFrequently: true });
    this.view = this.canvas.getContext("2d");
    this.tool = "brush";
    this.listen();
  }

  async open(row) {
    this.row = row;
    this.past = [];
    this.future = [];
    this.point = { x: SIDE / 2, y: SIDE / 2 };
    this.showPoint = false;
    byId("retouch-title").textContent = `Retouch ${row.char} ${codePoint(row.char)}`;
    this.ghost = await picture(sourceOf(row)).catch(() => null);
    await this.lay(row);
    this.use("brush");
    this.dialog.showModal();
    this.canvas.focus();
    this.draw();
  }

  /** The outline where the picture has it, sharp at this size; the picture itself where there is no outline. */
  async lay(row) {
    this.pen.globalCompositeOperation = "source-over";
    this.pen.clearRect(0, 0, SIDE, SIDE);
    const found = await outline(row, "0&placed=0").catch(() => null);
    if (found && found.path) {
      this.pen.save();
      this.pen.scale(SIDE / EM, SIDE / EM);
      this.pen.translate(0, 880);
      this.pen.fill(new Path2D(found.path));
      this.pen.restore();
    } else {
      this.pen.drawImage(await picture(`api/picture/${codeOf(row.char)}?v=${row.version}`), 0, 0, SIDE, SIDE);
    }
  }

  listen() {
    const { canvas } = this;
    canvas.addEventListener("pointerdown", (event) => this.begin(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    canvas.addEventListener("pointerup", () => this.end());
    canvas.addEventListener("pointercancel", () => this.end());
    canvas.addEventListener("pointerleave", () => { this.hover = null; this.draw(); });
    for (const button of document.querySelectorAll("[data-tool]")) button.addEventListener("click", () => this.use(button.dataset.tool));
    byId("tool-size").addEventListener("input", () => this.resize(0));
    byId("ghost").addEventListener("change", () => this.draw());
    byId("retouch-undo").addEventListener("click", () => this.back());
    byId("retouch-redo").addEventListener("click", () => this.forth());
    byId("retouch-close").addEventListener("click", () => this.close());
    byId("retouch-save").addEventListener("click", () => this.save());
    this.dialog.addEventListener("cancel", (event) => { event.preventDefault(); this.close(); });
    this.dialog.addEventListener("keydown", (event) => this.pressed(event));
  }

  use(tool) {
    this.tool = tool;
    for (const button of document.querySelectorAll("[data-tool]")) button.setAttribute("aria-pressed", String(button.dataset.tool === tool));
    this.draw();
  }

  get size() { return Number(byId("tool-size").value); }

  resize(steps) {
    byId("tool-size").value = this.size + steps;
    byId("tool-size-value").textContent = this.size;
    this.draw();
  }

  at(event) {
    const box = this.canvas.getBoundingClientRect();
    return { x: (event.clientX - box.left) / box.width * SIDE, y: (event.clientY - box.top) / box.height * SIDE };
  }

  begin(event) {
    event.preventDefault();
    this.canvas.focus();
    try { this.canvas.setPointerCapture(event.pointerId); } catch { /* a pointer that is made by a program */ }
    this.remember();
    this.last = this.at(event);
    this.erasing = this.tool === "eraser" || event.button === 5 || event.buttons === 32;
    this.stroke(this.last, this.last, event);
  }

  move(event) {
    const every = event.getCoalescedEvents ? event.getCoalescedEvents() : [];
    for (const one of every.length ? every : [event]) {
      const point = this.at(one);
      this.hover = point;
      if (this.last) { this.stroke(this.last, point, one); this.last = point; }
    }
    this.showPoint = false;
    this.draw();
  }

  end() { this.last = null; this.draw(); }

  stroke(from, to, event = {}) {
    const pressed = event.pointerType === "pen" && event.pressure ? event.pressure * 2 : 1;
    this.pen.globalCompositeOperation = (event.pointerType ? this.erasing : this.tool === "eraser") ? "destination-out" : "source-over";
    this.pen.lineCap = this.pen.lineJoin = "round";
    this.pen.lineWidth = this.size * pressed;
    this.pen.beginPath();
    this.pen.moveTo(from.x, from.y);
    this.pen.lineTo(to.x + 0.01, to.y);
    this.pen.stroke();
    this.draw();
  }

  remember() {
    this.past.push(this.pen.getImageData(0, 0, SIDE, SIDE));
    if (this.past.length > STEPS) this.past.shift();
    this.future = [];
    this.say();
  }

  back() { this.turn(this.past, this.future); }
  forth() { this.turn(this.future, this.past); }

  turn(from, to) {
    if (!from.length) return;
    to.push(this.pen.getImageData(0, 0, SIDE, SIDE));
    this.pen.putImageData(from.pop(), 0, 0);
    this.say();
    this.draw();
  }

  say() {
    byId("retouch-undo").disabled = !this.past.length;
    byId("retouch-redo").disabled = !this.future.length;
  }

  draw() {
    const { view } = this, style = getComputedStyle(this.canvas), colour = style.color;
    view.clearRect(0, 0, SIDE, SIDE);
    view.globalCompositeOperation = "source-over";
    view.drawImage(this.ink, 0, 0);
    view.globalCompositeOperation = "source-in";
    view.fillStyle = colour;
    view.fillRect(0, 0, SIDE, SIDE);
    view.globalCompositeOperation = "destination-over";
    if (byId("ghost").checked && this.ghost) { view.globalAlpha = 0.35; view.drawImage(tinted(this.ghost, style.getPropertyValue("--seal")), 0, 0, SIDE, SIDE); view.globalAlpha = 1; }
    view.globalCompositeOperation = "source-over";
    const point = this.hover || (this.showPoint ? this.point : null);
    if (point) { view.strokeStyle = style.getPropertyValue("--seal"); view.lineWidth = 1.5; view.beginPath(); view.arc(point.x, point.y, this.size / 2, 0, 7); view.stroke(); }
  }

  pressed(event) {
    const key = event.key.toLowerCase();
    if ((event.ctrlKey || event.metaKey) && key === "z") { event.preventDefault(); event.shiftKey ? this.forth() : this.back(); return; }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.matches("input[type=range]") && key.startsWith("arrow")) return;
    const acts = { b: () => this.use("brush"), x: () => this.use("eraser"), o: () => byId("ghost").click(), u: () => (event.shiftKey ? this.forth() : this.back()), "[": () => this.resize(-2), "]": () => this.resize(2) };
    if (event.target === this.canvas) Object.assign(acts, { enter: () => this.save(), " ": () => this.dab(), ...arrows(this, event.shiftKey ? 16 : 4) });
    if (acts[key]) { event.preventDefault(); event.stopPropagation(); acts[key](); }
  }

  dab() { this.remember(); this.stroke(this.point, this.point); }

  step(x, y) {
    this.point = { x: Math.min(SIDE, Math.max(0, this.point.x + x)), y: Math.min(SIDE, Math.max(0, this.point.y + y)) };
    this.showPoint = true;
    this.hover = null;
    this.draw();
  }

  close() {
    if (this.past.length && !confirm("Leave the retouched picture as it was?")) return;
    this.dialog.close();
  }

  async save() {
    const row = this.row, blob = await new Promise((done) => this.ink.toBlob(done, "image/png"));
    try {
      const answer = await send(`api/retouch/${codeOf(row.char)}?version=${row.version}`, blob);
      this.dialog.close();
      this.saved(answer);
    } catch (error) { this.failed(error); }
  }
}

function arrows(retouch, far) {
  return { arrowleft: () => retouch.step(-far, 0), arrowright: () => retouch.step(far, 0), arrowup: () => retouch.step(0, -far), arrowdown: () => retouch.step(0, far) };
}

function tinted(image, colour) {
  const made = Object.assign(document.createElement("canvas"), { width: SIDE, height: SIDE }), pen = made.getContext("2d");
  pen.drawImage(image, 0, 0, SIDE, SIDE);
  pen.globalCompositeOperation = "source-in";
  pen.fillStyle = colour;
  pen.fillRect(0, 0, SIDE, SIDE);
  return made;
}

function picture(address) {
  return new Promise((done, failed) => {
    const image = new Image();
    image.onload = () => done(image);
    image.onerror = failed;
    image.src = address;
  });
}
