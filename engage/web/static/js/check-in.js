/* The page at the door, with and without a connection. Whatever is noted is first kept on the device and then sent: a scan is told
   as done when the server has it, or when it is kept and the page says that it waits. The rules are the server's; here is only
   what has to be known while nobody can be asked, in the same order. */

import * as keeping from "./keeping.js";
import { look } from "./scanning.js";

const door = document.querySelector("[data-door]");
const told = JSON.parse(door.dataset.door);
const { words } = told;
const whose = `${told.page} ${told.who}`;
const part = (name) => door.querySelector(`[data-${name}]`);
const list = part("list");
const answerPlace = part("answer");
const PATIENCE = 4000; // milliseconds until a silent server counts as no connection
const OFTEN = 20000;
const SEEN = 6000;
const TWICE = 700; // milliseconds in which a second tap on the same line is the first one's echo
const MOST_AT_ONCE = 50;
const CODE_SIGNS = 8;
const LEAST_LETTERS = 3;

const rows = new Map();
let byTicket = new Map();
let byCode = new Map();
let sheet = null; // what was loaded: {rows, edition, loadedAt, offset}
let offset = 0;
let csrf = told.csrf;
let connected = navigator.onLine;
let trouble = "";
let shut = false; // the link was taken back, or the account may not check in here any more
let queue = [];
let conflicts = [];
let narrowed = "";
let sounds = true;
let sound = null;
let seen = 0; // when a good answer stops lying over the list

const now = () => Date.now() + offset;
const fill = (text, facts) => text.replace(/\{(\w+)\}/g, (_all, name) => facts[name] ?? "");
const timely = new Intl.DateTimeFormat(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", timeZone: told.zone });
const clock = (instant) => timely.format(new Date(instant)); // as it is where the date is, wherever the device thinks it is
const nonce = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
const hash = async (text) => {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
};
const made = (tag, className = "", text = "") => {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text) element.textContent = text;
  return element;
};
const icon = (name) => {
  const drawing = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  drawing.setAttribute("class", "icon-svg");
  drawing.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${door.dataset.icons}#${name}`);
  drawing.append(use);
  return drawing;
};

/* ---- What is said ---- */

const ICONS = { yes: "success", look: "warning", no: "error" };
const TONES = { yes: [[660, 0, 0.1], [990, 0.1, 0.18]], look: [[520, 0, 0.25]], no: [[180, 0, 0.18], [140, 0.22, 0.3]] };
const SHAKES = { yes: [60], look: [60, 60, 60], no: [220] };

const ring = (tone) => {
  navigator.vibrate?.(SHAKES[tone]);
  if (!sounds || !sound) return;
  for (const [pitch, after, lasts] of TONES[tone]) {
    const voice = sound.createOscillator();
    const loudness = sound.createGain();
    voice.type = tone === "no" ? "square" : "sine";
    voice.frequency.value = pitch;
    loudness.gain.value = 0.15;
    voice.connect(loudness).connect(sound.destination);
    voice.start(sound.currentTime + after);
    voice.stop(sound.currentTime + after + lasts);
  }
};

const say = ({ code, look: tone, words: what, name = "", facts = [], ways = [] }) => {
  const box = made("div", `door-answer door-${tone}`);
  box.dataset.code = code;
  const body = made("div");
  body.append(made("p", "door-answer-words", what));
  if (name) body.append(made("p", "door-answer-name", name));
  for (const fact of facts) body.append(made("p", "", fact));
  if (ways.length) {
    const row = made("div", "button-row");
    for (const [label, act] of ways) {
      const button = made("button", "button button-primary", label);
      button.type = "button";
      button.addEventListener("click", act);
      row.append(button);
    }
    body.append(row);
  }
  box.append(icon(ICONS[tone]), body);
  answerPlace.replaceChildren(box);
  answerPlace.classList.remove("door-answers-seen");
  clearTimeout(seen);
  if (tone === "yes") seen = setTimeout(() => answerPlace.classList.add("door-answers-seen"), SEEN);
  ring(tone);
};

const ofCode = (code, row, facts = [], ways = []) => say({
  code, look: told.codes[code].look, words: told.codes[code].words, name: row?.name ?? "", facts, ways,
});

const shutWords = () => (queue.length ? fill(words.shut, { n: queue.length }) : words.shutBare);

const state = () => {
  const place = part("state");
  place.hidden = false;
  place.classList.toggle("door-state-offline", !connected || Boolean(trouble));
  const failed = queue.filter((scan) => scan.failed).length;
  const waits = queue.length - failed;
  const lines = [
    connected ? words.online : words.offline,
    waits ? fill(words.waiting, { n: waits }) : "",
    sheet ? "" : words.noList,
  ].filter(Boolean);
  const spoken = [made("p", "", lines.join(" · "))];
  if (trouble) spoken.push(made("p", "", fill(shut ? shutWords() : trouble, { n: queue.length })));
  if (failed) spoken.push(made("p", "", fill(words.notSent, { n: failed })));
  for (const each of conflicts) spoken.push(made("p", "", `${each.name}: ${fill(words.conflict, { why: told.codes[each.code].words })}`));
  const live = part("said");
  if (spoken.map((each) => each.textContent).join("") !== live.textContent) live.replaceChildren(...spoken);
  // The time changes often and is read by who wants it, never told.
  part("age").textContent = sheet ? fill(words.age, { time: clock(sheet.loadedAt) }) : "";
  unsent().catch(() => {});
  place.dataset.waiting = waits;
  place.dataset.failed = failed;
  place.dataset.connected = connected;
};

/* What the server did not take: whose it is, why, and a button to send it again. */
const unsent = async () => {
  const place = part("unsent");
  const left = queue.filter((scan) => scan.failed);
  const said = left.map((scan) => `${scan.number} ${scan.why ?? ""}`).join();
  if (place.dataset.said === said) return;
  place.dataset.said = said;
  place.replaceChildren(...await Promise.all(left.map(async (scan) => {
    const item = made("li");
    const name = scan.sealed ? await keeping.unseal(scan.date, scan.sealed).catch(() => "") : rows.get(scan.id)?.name;
    const button = made("button", "button button-secondary", words.again);
    button.type = "button";
    if (name) button.append(made("span", "sr-only", ` ${name}`));
    button.addEventListener("click", async () => {
      button.disabled = true;
      const { failed: _failed, why: _why, ...again } = scan;
      await keeping.change(again);
      await flush();
    });
    item.append(made("p", "", [name, scan.why].filter(Boolean).join(": ") || clock(scan.at)), button);
    return item;
  })));
};

/* ---- The list ---- */

const shown = (row) => !row.code_if_refused || row.came !== null;

const standing = (row) => {
  const looks = (how) => (row.code_if_refused ? "off" : how);
  if (row.came === null) return [looks("open"), words.openState];
  if (row.came === 0) return [looks("absent"), words.absentState];
  if (row.inside === 0) return [looks("part"), words.left];
  return row.inside < row.seats ? [looks("part"), fill(words.of, { inside: row.inside, of: row.seats })] : [looks("in"), words.inState];
};

/* Two quick taps are one: where "in" stood stands "out" a moment later. */
const pressed = new Map();
const once = async (id, what) => {
  if (pressed.get(id) > Date.now()) return;
  pressed.set(id, Infinity);
  try {
    await what();
  } finally {
    pressed.set(id, Date.now() + TWICE);
  }
};

const way = (row, label, kind, primary = false) => {
  const button = made("button", `button ${primary ? "button-primary" : "button-tertiary"}`, label);
  button.type = "button";
  button.dataset.do = kind;
  button.append(made("span", "sr-only", ` ${row.name}`));
  button.addEventListener("click", () => {
    const chosen = button.parentElement.querySelector(`[data-of=${kind}]`);
    once(row.id, () => {
      const seats = chosen ? Number(chosen.value) : null;
      if (chosen) chosen.value = chosen.length; // the choice was for this once
      return act(rows.get(row.id) ?? row, kind, { way: "list", seats });
    });
  });
  return button;
};

const choice = (most, kind, label) => {
  const select = made("select", "form-select door-seats");
  Object.assign(select.dataset, { do: "seats", of: kind });
  select.setAttribute("aria-label", fill(label, { n: most }));
  for (let number = 1; number <= most; number += 1) select.append(new Option(number, number, number === most, number === most));
  return select;
};

const line = (row) => {
  const [how, said] = standing(row);
  const item = made("li", `door-line door-line-${how}`);
  item.dataset.id = row.id;
  const body = made("div", "door-line-words");
  const stands = made("p", "door-line-state");
  if (how === "in" || how === "absent") stands.append(icon(how === "in" ? "check" : "close"));
  stands.append(said);
  const facts = [row.seats > 1 ? fill(words.places, { n: row.seats }) : "", row.role].filter(Boolean).join(", ");
  if (facts) stands.append(" ", made("span", "quiet", `· ${facts}`));
  body.append(made("p", "door-line-name", row.name), stands);
  const ways = made("div", "door-line-ways");
  const left = row.seats - row.inside;
  if (!row.code_if_refused && left > 0) {
    if (left > 1) ways.append(choice(left, "entry", words.howMany));
    ways.append(way(row, words.enter, "entry", true));
  }
  if (row.inside > 1 && left <= 0) ways.append(choice(row.inside, "exit", words.howManyLeave));
  if (!row.code_if_refused && row.came === null) ways.append(way(row, words.absent, "absent"));
  if (row.inside > 0) ways.append(way(row, words.leave, "exit"));
  if (row.came !== null) ways.append(way(row, words.undo, "undo"));
  item.append(body, ways);
  return item;
};

const numbers = () => {
  const expected = [...rows.values()].filter((row) => !row.code_if_refused);
  const sum = (found, count) => found.reduce((total, row) => total + count(row), 0);
  const facts = [
    [words.expected, sum(expected, (row) => row.seats)],
    [words.came, sum([...rows.values()], (row) => row.came ?? 0)],
    [words.unmarked, sum(expected, (row) => (row.came === null ? row.seats : 0))],
  ];
  part("numbers").replaceChildren(...facts.map(([label, number]) => {
    const pair = made("div");
    pair.append(made("dt", "", label), made("dd", "", String(number)));
    return pair;
  }));
};

/* Whose name has all these words; else those of whose surname the list shows a fitting initial, as people say their whole name. */
const called = (found, wanted) => {
  const exactly = found.filter(({ name }) => wanted.every((word) => name.toLowerCase().includes(word)));
  if (exactly.length) return exactly;
  const fits = (word, name) => name.includes(word) || (name.endsWith(".") && word.startsWith(name.at(-2)));
  return found.filter(({ name }) => wanted.every((word) => fits(word, name.toLowerCase())));
};

/* A line is made anew only when something on it changed, so that nobody loses what they are about to press. */
const drawn = new Map();
const lineOf = (row) => {
  const known = drawn.get(row.id);
  const said = JSON.stringify(row);
  if (known?.said === said) return known.item;
  const item = line(row);
  const [before, after] = [known?.item, item].map((each) => each?.querySelector("select"));
  if (before && after && Number(before.value) < before.length && Number(before.value) <= after.length) after.value = before.value;
  drawn.set(row.id, { said, item });
  return item;
};

/* Do something to the list, and leave the focus where it was: on the same button, or on the first of the same line. */
const inPlace = (change) => {
  const focused = list.contains(document.activeElement) ? document.activeElement : null;
  const id = focused?.closest("[data-id]")?.dataset.id;
  change();
  if (!id || document.activeElement === focused) return;
  const still = list.querySelector(`[data-id="${CSS.escape(id)}"]`);
  (still?.querySelector(`[data-do="${focused.dataset.do}"]`) ?? still?.querySelector("button"))?.focus({ preventScroll: true });
};

const redraw = () => {
  if (!sheet) return;
  const wanted = narrowed.toLowerCase().split(/\s+/).filter(Boolean);
  const found = called([...rows.values()].filter(shown), wanted);
  inPlace(() => {
    const items = found.map(lineOf);
    const same = items.length === list.children.length && items.every((item, number) => item.dataset.id === list.children[number].dataset.id);
    if (!same) list.replaceChildren(...items);
    else items.forEach((item, number) => { if (list.children[number] !== item) list.children[number].replaceWith(item); });
    if (!found.length && wanted.length) list.append(made("li", "", words.noName));
  });
  numbers();
};

const redrawOne = (row) => {
  const old = list.querySelector(`[data-id="${CSS.escape(row.id)}"]`);
  if (!old) return;
  inPlace(() => {
    const item = lineOf(row);
    if (item !== old) old.replaceWith(item);
  });
  numbers();
};

/* ---- What follows from what was noted here and not answered yet ---- */

const follow = (row, scan) => {
  row.last = scan.nonce;
  if (scan.kind === "entry") {
    row.inside = Math.min(row.seats, row.inside + (scan.seats ?? row.seats));
    row.came = Math.max(row.came ?? 0, row.inside);
    row.at ??= new Date(scan.at).toISOString();
  } else if (scan.kind === "exit") row.inside = Math.max(0, row.inside - (scan.seats ?? row.inside));
  else if (scan.kind === "absent") row.came ??= 0;
  else if (scan.kind === "undo") Object.assign(row, { inside: 0, came: null, at: null, last: "" });
};

/* What was noted and taken back on this device never was, for the list. */
const overlay = (only = null) => {
  const noted = queue.filter((scan) => scan.letIn && (!only || scan.id === only.id));
  const own = new Set(noted.map((scan) => scan.nonce));
  const back = new Set(noted.filter((scan) => scan.kind === "undo").map((scan) => scan.of));
  for (const scan of noted) {
    const row = rows.get(scan.id);
    if (row && !back.has(scan.nonce) && !(scan.kind === "undo" && own.has(scan.of))) follow(row, scan);
  }
};

/* How one stands by what the server said last and what was noted here since. */
const recount = (row) => {
  const kept = sheet?.rows.find((each) => each.id === row.id);
  if (kept) Object.assign(row, kept);
  overlay(row);
};

const apply = (loaded) => {
  sheet = loaded;
  offset = loaded.offset;
  rows.clear();
  byTicket = new Map();
  byCode = new Map();
  for (const kept of loaded.rows) {
    const row = { ...kept };
    rows.set(row.id, row);
    byTicket.set(row.ticket, row);
    byCode.set(row.code, row);
  }
  overlay();
  redraw();
};

/* From a day after the end nothing is put on the device any more: who may still see the list has it for as long as the page is open. */
const keep = async () => {
  if (sheet && now() < told.wipeAt) await keeping.keepSheet(told.date, whose, sheet, told.wipeAt);
};

const empty = () => {
  sheet = null;
  rows.clear();
  byTicket.clear();
  byCode.clear();
  drawn.clear();
  list.replaceChildren(made("li", "", words.wiped));
  part("numbers").replaceChildren();
};

/* How everybody stands by the server, which the device keeps as well; what it noted itself lies over that until it is answered. */
const stand = async (marks) => {
  if (!sheet) return;
  const known = new Map(marks.map((mark) => [mark.id, mark]));
  for (const kept of sheet.rows) {
    const mark = known.get(kept.id);
    Object.assign(kept, { came: mark?.came ?? null, inside: mark?.inside ?? 0, at: mark?.at ?? null, last: mark?.last ?? "" });
    Object.assign(rows.get(kept.id), kept);
  }
  sheet.offset = offset;
  overlay();
  redraw();
  await keep();
};

/* ---- The wire ---- */

const ask = async (address, options = {}) => {
  const began = Date.now();
  const answer = await fetch(address, { ...options, redirect: "manual", signal: AbortSignal.timeout(PATIENCE), cache: "no-store" });
  if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) throw new Error("signed-out");
  if (answer.status === 404) throw new Error("shut");
  if (answer.status === 400) throw new Error("stale");
  if (!answer.ok) throw new Error("busy");
  const facts = await answer.json();
  const ended = Date.now();
  offset = Math.round(facts.now - (began + ended) / 2);
  csrf = facts.csrf;
  connected = true;
  trouble = "";
  return facts;
};

const failed = (error) => {
  if (error.message === "signed-out") trouble = words.signIn;
  else if (error.message === "shut") {
    trouble = words.shut;
    shut = true;
    empty();
    keeping.forget(told.page).catch(() => {});
    globalThis.caches?.delete(`check-in ${told.page}`).catch(() => {});
  }
  else if (!["stale", "busy"].includes(error.message)) connected = false;
  state();
};

let loading = null;
const refresh = () => {
  loading ??= (async () => {
    try {
      const facts = await ask(told.list);
      if (!facts.names) {
        if (sheet) empty();
        return;
      }
      const loaded = { rows: facts.rows, edition: facts.edition, loadedAt: now(), offset };
      queue = await keeping.waiting(told.date);
      apply(loaded);
      await keep();
    } catch (error) {
      failed(error);
    } finally {
      loading = null;
      state();
    }
  })();
  return loading;
};

const post = (items) => ask(told.sync, {
  method: "POST",
  headers: { "Content-Type": "application/json", "X-CSRFToken": csrf },
  body: JSON.stringify({ items }),
});

/* A scan as it is sent: the name of who came without a sign-up is read here, and nowhere else. */
const asSent = async ({ number, date, failed: _failed, why: _why, sealed, ...scan }) => (
  sealed ? { ...scan, name: await keeping.unseal(date, sealed).catch(() => "") } : scan
);

/* What somebody waits for, by nonce: null until the server has answered, whichever sending it went with. */
const answered = new Map();

/* Send what waits, the oldest first, and keep whatever was not taken; one runs at a time. */
let sending = Promise.resolve();
const flush = () => {
  sending = sending.then(async () => {
    try {
      let again = true;
      for (;;) {
        queue = await keeping.waiting(told.date);
        const items = queue.filter((scan) => !scan.failed).slice(0, MOST_AT_ONCE);
        let facts;
        try {
          facts = await post(await Promise.all(items.map(asSent)));
        } catch (error) {
          if (error.message !== "stale" || !again) throw error;
          again = false; // the token was another session's
          ({ csrf } = await ask(told.list));
          continue;
        }
        for (const result of facts.results) {
          const scan = items.find((each) => each.nonce === result.nonce);
          if (!scan) continue;
          // Somebody who stands in the hall, and whom the server does not know: never thrown away, and said.
          const lost = result.error || (scan.letIn && ["unknown", "replaced"].includes(result.code));
          if (lost) await keeping.change({ ...scan, failed: true, why: result.words ?? "" });
          else await keeping.drop(scan.number);
          if (answered.has(result.nonce)) answered.set(result.nonce, result);
        }
        queue = await keeping.waiting(told.date);
        conflicts = facts.conflicts.map((each) => ({ ...each, name: rows.get(each.id)?.name ?? "" }));
        await stand(facts.standing);
        if (facts.edition !== (sheet?.edition ?? "")) await refresh();
        if (items.length < MOST_AT_ONCE) break;
      }
    } catch (error) {
      failed(error);
    }
    state();
  }).catch(() => {});
  return sending;
};

/* ---- One person at the door ---- */

/* What the server would say, in its order, as far as this device knows. */
const judge = (row, kind, seats, anyway) => {
  const left = row.seats - row.inside;
  if (row.code_if_refused) return row.code_if_refused;
  if (kind === "undo" && !row.last) return "nothing_to_undo";
  if (now() < told.opensAt) return "not_yet";
  if (now() > told.closesAt) return "closed";
  if (kind === "exit" && !row.inside) return "not_in";
  if (kind === "entry" && row.asks.length && !anyway) return "question_missing";
  if (kind === "entry" && left <= 0) return "already_in";
  if (kind === "absent" && row.came) return "already_in";
  if (kind === "entry" && (seats ?? 0) > left) return "too_many";
  return { entry: "ok", exit: "left", absent: "absent", undo: "undone" }[kind];
};

const GOOD = ["ok", "left", "absent", "undone"];

const act = async (row, kind, { way: how = "list", seats = null, anyway = false } = {}) => {
  const code = judge(row, kind, seats, anyway);
  const good = GOOD.includes(code);
  const amount = kind === "entry" && good ? seats ?? row.seats - row.inside : seats;
  const scan = { date: told.date, nonce: nonce(), id: row.id, kind, way: how, seats: amount, at: now(), letIn: !connected && good, anyway, of: kind === "undo" ? row.last : "" };
  answered.set(scan.nonce, null);
  scan.number = await keeping.enqueue(scan);
  // A line that is known to be down is tried again beside: nobody waits for it at the door.
  if (connected) await flush();
  const result = answered.get(scan.nonce);
  answered.delete(scan.nonce);
  if (result && !result.error) {
    const ways = result.code === "question_missing" ? [[words.anyway, () => act(row, kind, { way: how, seats, anyway: true })]] : [];
    say({ ...result, ways });
    redrawOne(rows.get(row.id) ?? row);
    return;
  }
  if (result?.error) {
    say({ code: "not_sent", look: "no", words: result.words || fill(words.notSent, { n: 1 }), name: row.name });
    return;
  }
  if (shut) {
    await keeping.drop(scan.number);
    queue = await keeping.waiting(told.date);
    say({ code: "shut", look: "no", words: shutWords() });
    state();
    return;
  }
  // Nobody could be asked. What is let in now is kept as let in; what is refused is not noted.
  if (good) {
    await keeping.change({ ...scan, letIn: true });
  } else await keeping.drop(scan.number);
  queue = await keeping.waiting(told.date);
  recount(row);
  const facts = [row.seats > 1 ? fill(words.of, { inside: row.inside, of: row.seats }) : "", good ? words.noted : ""];
  if (!good && row.at) facts.push(clock(row.at));
  if (code === "question_missing") facts.push(...row.asks);
  const ways = code === "question_missing" ? [[words.anyway, () => act(row, kind, { way: how, seats, anyway: true })]] : [];
  ofCode(code, row, facts.filter(Boolean), ways);
  redrawOne(row);
  state();
};

const choose = (row, how, anyway = false) => {
  const left = row.seats - row.inside;
  const ways = Array.from({ length: Math.min(left, 30) }, (_each, number) => (
    [String(number + 1), () => act(rows.get(row.id) ?? row, "entry", { way: how, seats: number + 1, anyway })]
  ));
  say({ code: "choose", look: "look", words: fill(words.howMany, { n: left }), name: row.name, ways });
};

/* Somebody this device does not have on its list, as the server says: of a group it is asked how many came, as of any other. */
const unlisted = (result, how) => {
  const { id, name, inside, of } = result;
  const row = rows.get(id) ?? { id, name, seats: of, inside, came: null, at: null, last: "", asks: [], code_if_refused: "" };
  const enter = () => (of - inside > 1 ? choose(row, how, true) : act(rows.get(id) ?? row, "entry", { way: how, anyway: true }));
  if (result.code === "how_many") choose(row, how);
  else say({ ...result, ways: result.code === "question_missing" ? [[words.anyway, enter]] : [] });
};

/* What a camera read or somebody typed: a ticket, a short code, or else the beginning of a name. */
const scanned = async (text) => {
  const bare = text.trim().replace(/\/+$/, "").split("/").pop().split("?")[0];
  const typed = text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
  const isTicket = bare.includes(".");
  const isCode = !isTicket && typed.length === CODE_SIGNS && typed.length === text.replace(/[\s-]/g, "").length;
  let row = null;
  if (isTicket) row = byTicket.get(await hash(bare));
  else if (isCode) row = byCode.get(await hash(`${told.date} ${typed}`));
  if (row) {
    if (row.seats - row.inside > 1 && !row.code_if_refused) choose(row, isTicket ? "scan" : "code");
    else await act(row, "entry", { way: isTicket ? "scan" : "code" });
    return true;
  }
  if (!isTicket && !isCode) return false;
  // Eight letters may be a name as well as a code.
  if (isCode && called([...rows.values()].filter(shown), text.toLowerCase().split(/\s+/).filter(Boolean)).length) return false;
  // Not on this device's list: signed up since, another date's, or none of ours. The server knows, if it can be asked.
  try {
    const how = isTicket ? "scan" : "code";
    const facts = await post([{ nonce: nonce(), [isTicket ? "ticket" : "code"]: isTicket ? bare : typed, kind: "entry", way: how, at: now(), asks: true }]);
    const [result] = facts.results;
    if (result.error) throw new Error("busy");
    unlisted(result, how);
    await refresh();
  } catch (error) {
    failed(error);
    ofCode("unknown", null, [sheet ? fill(words.notHere, { time: clock(sheet.loadedAt) }) : words.noList]);
  }
  return true;
};

/* ---- What is pressed ---- */

const begin = () => { sound ??= "AudioContext" in globalThis ? new AudioContext() : null; };
document.addEventListener("pointerdown", begin, { once: true });
document.addEventListener("keydown", begin, { once: true });

part("find").addEventListener("submit", async (event) => {
  if (!sheet) return; // without a list the server answers the form
  event.preventDefault();
  const field = part("find").querySelector("[name=find]");
  const text = field.value.trim();
  narrowed = "";
  if (text && await scanned(text)) field.value = "";
  else {
    narrowed = text.replace(/\s/g, "").length < LEAST_LETTERS ? "" : text;
    answerPlace.replaceChildren(...(text && !narrowed ? [made("p", "", words.tooShort)] : []));
  }
  redraw();
  field.focus();
});

/* The server knows whether there is a place. Where it does not answer they are let in, under the same nonce: if it had heard of them
   after all, they come once. */
const walkIn = async (form) => {
  const name = form.elements.name.value.trim();
  const typed = form.elements.seats.value.trim();
  const seats = /^\d+$/.test(typed || "1") ? Number(typed || "1") : 0;
  if (seats < 1 || seats > told.mostSeats) {
    say({ code: "seats_not_possible", look: "no", words: words.seatsPossible, name });
    form.elements.seats.focus();
    return;
  }
  const scan = {
    date: told.date, nonce: nonce(), id: "", kind: "walk_in", way: "list", seats, at: now(), letIn: false, anyway: false, of: "",
    role: form.elements.role?.value ?? "",
  };
  if (connected && navigator.onLine) {
    try {
      const sent = { ...await asSent(scan), name, reason: form.elements.reason?.value ?? "" };
      const facts = await post([sent]).catch(async (error) => {
        if (error.message !== "stale") throw error;
        ({ csrf } = await ask(told.list)); // the token was another session's
        return post([sent]);
      });
      const [result] = facts.results;
      if (result.error) say({ code: result.error, look: "no", words: result.words, name });
      else {
        if (told.codes[result.code].look === "yes") form.reset();
        say({ ...result, name: result.name || name });
        await refresh();
      }
      return;
    } catch (error) {
      failed(error);
      if (shut) {
        say({ code: "shut", look: "no", words: shutWords(), name });
        return;
      }
    }
  }
  await keeping.enqueue({ ...scan, letIn: true, sealed: await keeping.seal(told.date, name) });
  queue = await keeping.waiting(told.date);
  form.reset();
  say({ code: "ok", look: "yes", words: told.codes.ok.words, name, facts: [words.noted] });
  state();
};

let walking = false;
part("walk-in").addEventListener("submit", async (event) => {
  event.preventDefault();
  if (walking) return;
  walking = true;
  try {
    await walkIn(event.target);
  } finally {
    walking = false;
  }
});

// A camera tells what it read by this event; anything else that can read codes may, too.
let reading = Promise.resolve();
document.addEventListener("code-read", (event) => {
  reading = reading.then(() => scanned(event.detail)).catch(() => {});
});

const camera = () => {
  const button = part("camera-button");
  let stop = null;
  part("camera").hidden = false;
  button.addEventListener("click", async () => {
    if (stop) {
      stop();
      stop = null;
      button.textContent = words.camera;
      return;
    }
    try {
      stop = await look(part("video"), door.dataset.decoder, (text) => {
        document.dispatchEvent(new CustomEvent("code-read", { detail: text }));
      });
      button.textContent = words.cameraOff;
    } catch {
      say({ code: "camera", look: "look", words: words.noCamera });
    }
  });
  const switchSound = part("sound");
  switchSound.addEventListener("click", () => {
    sounds = !sounds;
    switchSound.setAttribute("aria-pressed", sounds);
  });
};

/* ---- Ready without a connection ---- */

const keepPage = async () => {
  if (!("serviceWorker" in navigator)) return;
  await navigator.serviceWorker.register(told.worker, { scope: told.page });
  const cache = await caches.open(`check-in ${told.page}`);
  const shell = `${told.page}?skal=1`;
  const page = await fetch(shell, { redirect: "manual" });
  if (!page.ok) return;
  await cache.put(shell, page);
  const used = new Set([door.dataset.decoder, door.dataset.base, door.dataset.icons, "/theme.css"]);
  for (const each of document.querySelectorAll("link[rel=stylesheet], link[rel=icon], link[rel=preload], script[src], img[src]")) {
    used.add(each.getAttribute("href") ?? each.getAttribute("src"));
  }
  for (const entry of performance.getEntriesByType("resource")) used.add(new URL(entry.name).pathname);
  for (const address of used) {
    if (address && (address.startsWith("/static/") || address === "/theme.css") && !await cache.match(address)) await cache.add(address);
  }
  // What an older edition of the page was made of.
  for (const request of await cache.keys()) {
    const { pathname } = new URL(request.url);
    if (pathname.startsWith("/static/") && !used.has(pathname)) await cache.delete(request);
  }
  door.dataset.ready = "";
};

const tidy = async () => {
  const gone = await keeping.wipe(now());
  if (!gone.includes(told.date)) return;
  empty();
  await refresh(); // an organiser may look at it for longer; a helper gets nothing
};

/* Somebody came with a ticket that their own camera read. While the door is open that is a scan like any other; at any other time
   nothing is noted because an address was opened, only who it is for is shown. */
const arrived = async (ticket) => {
  if (now() >= told.opensAt && now() <= told.actsUntil) {
    document.dispatchEvent(new CustomEvent("code-read", { detail: ticket }));
    return;
  }
  const row = byTicket.get(await hash(ticket.trim().split("/").pop().split("?")[0]));
  if (!row) ofCode("unknown", null, [fill(words.notHere, { time: clock(sheet.loadedAt) })]);
  else if (row.code_if_refused) ofCode(row.code_if_refused, row);
  else if (row.seats - row.inside > 1) choose(row, "scan");
  else if (row.seats === row.inside) ofCode("already_in", row);
  else say({ code: "found", look: "look", words: standing(row)[1], name: row.name, ways: [[words.enter, () => act(row, "entry", { way: "scan" })]] });
};

const start = async () => {
  camera();
  await tidy();
  queue = await keeping.waiting(told.date);
  const kept = await keeping.keptSheet(told.date, whose).catch(() => null);
  if (kept) apply(kept);
  state();
  await refresh();
  if (queue.length) await flush();
  if (connected) await keepPage().catch(() => {});
  addEventListener("online", () => flush());
  addEventListener("offline", () => { connected = false; state(); });
  setInterval(() => { tidy(); flush(); }, OFTEN);
  door.dataset.started = "";
  const wanted = new URLSearchParams(location.search).get("billet");
  if (wanted && sheet) {
    history.replaceState(null, "", location.pathname);
    await arrived(wanted);
  }
};

start();
