"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);
const ASK = { pair: ["Which was written by hand?", "Choose with a click, or with ← and →."], set: ["Which of these were written by hand?", "Pick all that were; several, or none."], score: ["How well is this written?", "1: badly, 5: as by a master's hand. The keys 1 to 5 do it, too."] };
const place = `segan-study-${data.study}`;
let state = { judge: "", at: 0, answers: {} }, begun = 0;

function keep() { try { localStorage.setItem(place, JSON.stringify(state)); } catch { /* a browser that keeps nothing */ } }
function recall() { try { state = JSON.parse(localStorage.getItem(place)) || state; } catch { /* nothing kept */ } }

function picture(number, words) {
  const image = document.createElement("img");
  image.src = data.pictures[number];
  image.alt = words;
  return image;
}

function show() {
  const question = data.questions[state.at], count = data.questions.length;
  byId("done").value = Object.keys(state.answers).length / count;
  byId("place").textContent = question ? `${state.at + 1} of ${count}` : `${Object.keys(state.answers).length} of ${count} answered`;
  byId("welcome").hidden = true;
  byId("question").hidden = !question;
  byId("end").hidden = Boolean(question);
  if (!question) return;
  const [ask, hint] = ASK[question.kind], chosen = (state.answers[question.name] || {}).choice || [];
  byId("ask").textContent = ask;
  byId("hint").textContent = hint;
  byId("back").disabled = state.at === 0;
  byId("on").hidden = question.kind !== "set";
  const options = byId("options");
  options.className = question.kind === "set" ? "many" : "";
  if (question.kind === "score") {
    const shown = document.createElement("div");
    shown.className = "shown";
    shown.append(picture(question.pictures[0], "The glyph"));
    options.replaceChildren(shown, ...[1, 2, 3, 4, 5].map((mark) => option(String(mark), chosen.includes(mark), () => answer([mark]), "mark")));
  } else {
    options.replaceChildren(...question.pictures.map((number, index) => option(picture(number, `Glyph ${index + 1}`), chosen.includes(index), (button) => {
      if (question.kind === "pair") return answer([index]);
      button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
    })));
  }
  byId("ask").focus();
  begun = performance.now();
}

function option(content, pressed, chosen, className = "") {
  const button = document.createElement("button");
  button.type = "button";
  button.className = className;
  button.append(content);
  button.setAttribute("aria-pressed", String(pressed));
  button.addEventListener("click", () => chosen(button));
  return button;
}

function answer(choice) {
  const question = data.questions[state.at];
  state.answers[question.name] = { choice, seconds: Math.round((performance.now() - begun) / 100) / 10 };
  state.at += 1;
  keep();
  show();
}

function pickedOnes() {
  return [...byId("options").children].flatMap((button, index) => (button.getAttribute("aria-pressed") === "true" ? [index] : []));
}

function save() {
  const answers = Object.entries(state.answers).map(([trial, { choice, seconds }]) => ({ trial, choice, seconds }));
  const words = JSON.stringify({ study: data.study, judge: state.judge, answers }, null, 1);
  const link = document.createElement("a");
  link.href = `data:application/json;charset=utf-8,${encodeURIComponent(words)}`;
  link.download = `answers-${data.study}-${state.judge.replace(/[^\p{L}\p{N}]+/gu, "-").slice(0, 30) || "judge"}.json`;
  link.click();
}

byId("begin").addEventListener("click", () => {
  const tail = Array.from(crypto.getRandomValues(new Uint8Array(4)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  if (!state.judge) state.judge = `${byId("judge").value.trim() || "judge"} ${tail}`;
  keep();
  show();
});
byId("back").addEventListener("click", () => { state.at = Math.max(0, state.at - 1); show(); });
byId("on").addEventListener("click", () => answer(pickedOnes()));
byId("save").addEventListener("click", save);
document.addEventListener("keydown", (event) => {
  const question = data.questions[state.at];
  if (event.ctrlKey || event.metaKey || event.altKey || byId("question").hidden || !question) return;
  const side = { ArrowLeft: 0, ArrowRight: 1 }[event.key], mark = Number(event.key);
  if (question.kind === "pair" && side !== undefined) answer([side]);
  if (question.kind === "score" && mark >= 1 && mark <= 5) answer([mark]);
});
recall();
if (Object.keys(state.answers).length) show();
