"use strict";
// A step of four frames takes a console a fifteenth of a second.
const PERIOD = 1000 / 15;
const KEYS = {
  ArrowUp: "up", KeyW: "up", ArrowDown: "down", KeyS: "down", ArrowLeft: "left", KeyA: "left",
  ArrowRight: "right", KeyD: "right", Space: "fire",
};
const token = new URLSearchParams(location.search).get("token");
const held = new Set();
// What fingers on the page hold, by pointer.
const touched = new Map();
const byTouch = matchMedia("(any-pointer: coarse)").matches;
// Keys that were pressed and let go between two steps count once.
const tapped = new Set();
const at = (id) => document.getElementById(id);
let player = "person";
let paused = true;
let state = null;
let busy = false;
let lastSteps = [];

async function ask(path, body) {
  const headers = {};
  if (token) headers["X-Jowa-Token"] = token;
  if (body) headers["Content-Type"] = "application/json";
  const response = await fetch(path, {
    method: body ? "POST" : "GET", headers, body: body && JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error);
  return answer;
}

function number(value) {
  return Number.isInteger(value) ? String(value) : value.toFixed(1);
}

function show(next) {
  state = next;
  const imagined = state.world === "model";
  document.body.classList.toggle("imagined", imagined);
  at("where").textContent = imagined ? "inside the model: everything is imagined" : "the real game";
  at("game").textContent = state.game;
  at("screen").src = state.screen;
  at("score").textContent = number(state.score);
  at("reward").textContent = state.reward > 0 ? "+" + number(state.reward) : number(state.reward);
  at("step").textContent = state.step;
  at("action").textContent = state.action || "–";
  at("real").setAttribute("aria-pressed", !imagined);
  at("real").disabled = Boolean(state.whyNoGame);
  at("real").title = state.whyNoGame || "";
  at("here").disabled = Boolean(state.whyNoGame);
  at("model").setAttribute("aria-pressed", imagined);
  at("recorded").hidden = state.recorded === 0;
  at("count").textContent = state.recorded.toLocaleString("en");
  at("number").max = Math.max(0, state.recorded - 1);
  at("keptFigure").hidden = imagined;
  at("keptPicture").hidden = !state.kept;
  if (state.kept) at("keptPicture").src = state.kept;
  values(state.values);
  banner(state.over ? (imagined ? "The model takes the episode to be over." : "The episode is over.")
    + (byTouch ? " “Start again” begins another." : " R starts again.") : "");
}

function values(list) {
  at("valuesFigure").hidden = list.length === 0;
  const known = list.map((value) => value.expected).filter((expected) => expected !== null);
  const low = Math.min(...known);
  const high = Math.max(...known);
  at("values").replaceChildren(...list.map((value) => {
    const row = document.createElement("li");
    row.className = value.action === state.action ? "taken" : "";
    const name = document.createElement("span");
    name.textContent = value.action;
    const bar = document.createElement("meter");
    bar.max = 1;
    bar.value = value.expected === null ? 0 : high > low ? 0.04 + 0.96 * (value.expected - low) / (high - low) : 1;
    const text = document.createElement("span");
    text.textContent = value.expected === null ? "not in data" : value.expected.toFixed(2);
    row.append(name, bar, text);
    return row;
  }));
}

function banner(text) {
  at("banner").textContent = text;
  at("banner").hidden = text === "";
}

function setPaused(now) {
  paused = now;
  at("pause").setAttribute("aria-pressed", paused);
  at("pause").textContent = paused ? "Go on" : "Pause";
  lastSteps = [];
}

function setPlayer(who) {
  player = who;
  at("person").setAttribute("aria-pressed", who === "person");
  at("agent").setAttribute("aria-pressed", who === "agent");
  setPaused(false);
}

async function begin(body) {
  while (busy) await sleep(5);
  busy = true;
  try {
    show(await ask("api/start", body));
    setPaused(false);
  } catch (e) {
    banner(e.message);
  } finally {
    busy = false;
  }
}

function again() {
  if (state.world === "real") return begin({ world: "real", again: true });
  return toModel();
}

function toModel() {
  if (state.recorded > 0 && (chosen || state.whyNoGame)) {
    return begin({ world: "model", frame: Number(at("number").value) });
  }
  return begin({ world: "model" });
}

let chosen = false;
let previewed = "";
async function preview() {
  const frame = at("number").value;
  at("numberOut").textContent = Number(frame).toLocaleString("en");
  const headers = token ? { "X-Jowa-Token": token } : {};
  const response = await fetch("api/recorded?frame=" + frame, { headers });
  if (!response.ok || frame !== at("number").value) return;
  const bytes = new Uint8Array(await response.arrayBuffer());
  previewed = "data:image/png;base64," + btoa(String.fromCharCode(...bytes));
  at("preview").src = previewed;
}

function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function loop() {
  for (;;) {
    if (paused || busy || document.hidden || !state || state.over) {
      await sleep(30);
      continue;
    }
    const start = performance.now();
    busy = true;
    try {
      const keys = [...new Set([...held, ...tapped, ...[...touched.values()].flat()])];
      tapped.clear();
      show(await ask("api/step", { player, keys, kept: at("kept").checked }));
      lastSteps = [...lastSteps.slice(-20), performance.now()];
      const took = lastSteps[lastSteps.length - 1] - lastSteps[0];
      at("rate").textContent = lastSteps.length > 5 ? (1000 * (lastSteps.length - 1) / took).toFixed(0) : "–";
    } catch (e) {
      banner(e instanceof TypeError ? "The server doesn't answer; the game stands where it is." : e.message);
      await sleep(1000);
    } finally {
      busy = false;
    }
    await sleep(Math.max(0, PERIOD - (performance.now() - start)));
  }
}

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.target.type === "range") return;
  const key = KEYS[event.code];
  if (key) {
    event.preventDefault();
    if (!event.repeat) tapped.add(key);
    held.add(key);
    if (player === "person" && paused) setPaused(false);
  } else if (!event.repeat) {
    const act = {
      KeyP: () => setPaused(!paused), KeyR: again,
      KeyT: () => setPlayer(player === "person" ? "agent" : "person"),
      KeyM: () => state.world === "real" ? toModel() : begin({ world: "real" }),
    }[event.code];
    if (act) {
      event.preventDefault();
      act();
    }
  }
});
// Which directions a finger means by where it lies on the pad; near its middle none.
function directions(event) {
  const pad = at("directions").getBoundingClientRect();
  const x = (2 * (event.clientX - pad.left)) / pad.width - 1;
  const y = (2 * (event.clientY - pad.top)) / pad.height - 1;
  const far = Math.hypot(x, y);
  if (far < 0.2) return [];
  // Eight sectors: the neighbours of an axis belong to it up to 22.5 degrees.
  const keys = [];
  if (Math.abs(x) > 0.38 * far) keys.push(x < 0 ? "left" : "right");
  if (Math.abs(y) > 0.38 * far) keys.push(y < 0 ? "up" : "down");
  return keys;
}

function touch(element, keysOf) {
  const hold = (event) => {
    touched.set(event.pointerId, keysOf(event));
    showTouched();
  };
  element.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    element.setPointerCapture(event.pointerId);
    hold(event);
    for (const key of keysOf(event)) tapped.add(key);
    if (player === "person" && paused) setPaused(false);
  });
  element.addEventListener("pointermove", (event) => touched.has(event.pointerId) && hold(event));
  for (const end of ["pointerup", "pointercancel"]) {
    element.addEventListener(end, (event) => {
      touched.delete(event.pointerId);
      showTouched();
    });
  }
  element.addEventListener("contextmenu", (event) => event.preventDefault());
}

function showTouched() {
  const keys = [...touched.values()].flat();
  for (const span of at("directions").children) {
    span.classList.toggle("held", keys.includes(span.dataset.key));
  }
  at("fire").classList.toggle("held", keys.includes("fire"));
}

addEventListener("keyup", (event) => held.delete(KEYS[event.code]));
addEventListener("blur", () => {
  held.clear();
  touched.clear();
});

addEventListener("DOMContentLoaded", async () => {
  // Buttons give the focus back, so that space fires and presses none of them again.
  for (const button of document.querySelectorAll("button")) {
    button.addEventListener("click", () => button.blur());
  }
  at("person").onclick = () => setPlayer("person");
  at("agent").onclick = () => setPlayer("agent");
  at("real").onclick = () => begin({ world: "real" });
  at("model").onclick = toModel;
  at("here").onclick = () => { chosen = false; begin({ world: "model" }); };
  at("begin").onclick = () => { chosen = true; begin({ world: "model", frame: Number(at("number").value) }); };
  at("again").onclick = again;
  at("pause").onclick = () => setPaused(!paused);
  at("number").oninput = preview;
  touch(at("directions"), directions);
  touch(at("fire"), () => ["fire"]);
  try {
    show(await ask("api/state"));
    if (state.recorded > 0) await preview();
    if (!state.over) banner(`${byTouch ? "Touch" : "Press a key"} to play, or let the agent play.`);
  } catch (e) {
    banner(e.message);
  }
  setPaused(true);
  loop();
});
