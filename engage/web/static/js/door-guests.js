/* One person at the door: what becomes of a press, a code, a name or somebody without a sign-up, with the server and without it. */

import * as keeping from "./keeping.js";
import { clock, fill, hash, nonce, told, words } from "./door-page.js";
import { ofCode, say } from "./door-answers.js";
import { byCode, byTicket, known, now, readQueue, recount, rows, shown } from "./door-rows.js";
import { called, redrawOne, standing, whenPressed } from "./door-list.js";
import { shutWords, state } from "./door-state.js";
import { answered, asSent, ask, failed, flush, post, refresh } from "./door-wire.js";

const CODE_SIGNS = 8;

/* What the server would say, in its order, as far as this device knows. */
const judge = (row, kind, seats, anyway) => {
  const left = row.seats - row.inside;
  if (row.code_if_refused) return row.code_if_refused;
  if (kind === "undo" && !row.last) return "nothing_to_undo";
  if (now() < told.opensAt) return "not_yet";
  if (now() > told.closesAt) return "closed";
  if (kind === "exit" && !row.inside) return "not_in";
  if (kind === "exit" && (seats ?? 0) > row.inside) return "too_many";
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
  const scan = { date: told.date, nonce: nonce(), id: row.id, kind, way: how, seats: amount, at: now(), letIn: !known.connected && good, anyway, of: kind === "undo" ? row.last : "" };
  answered.set(scan.nonce, null);
  scan.number = await keeping.enqueue(scan);
  // A line that is known to be down is tried again beside: nobody waits for it at the door.
  if (known.connected) await flush();
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
  if (known.shut) {
    await keeping.drop(scan.number);
    await readQueue();
    say({ code: "shut", look: "no", words: shutWords() });
    state();
    return;
  }
  // Nobody could be asked. What is let in now is kept as let in; what is refused is not noted.
  if (good) {
    await keeping.change({ ...scan, letIn: true });
  } else await keeping.drop(scan.number);
  await readQueue();
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
export const scanned = async (text) => {
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
    ofCode("unknown", null, [known.sheet ? fill(words.notHere, { time: clock(known.sheet.loadedAt) }) : words.noList]);
  }
  return true;
};

/* The server knows whether there is a place. Where it does not answer they are let in, under the same nonce: if it had heard of them
   after all, they come once. */
export const walkIn = async (form) => {
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
  if (known.connected && navigator.onLine) {
    try {
      const sent = { ...await asSent(scan), name, reason: form.elements.reason?.value ?? "" };
      const facts = await post([sent]).catch(async (error) => {
        if (error.message !== "stale") throw error;
        ({ csrf: known.csrf } = await ask(told.list)); // the token was another session's
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
      if (known.shut) {
        say({ code: "shut", look: "no", words: shutWords(), name });
        return;
      }
    }
  }
  await keeping.enqueue({ ...scan, letIn: true, sealed: await keeping.seal(told.date, name) });
  await readQueue();
  form.reset();
  say({ code: "ok", look: "yes", words: told.codes.ok.words, name, facts: [words.noted] });
  state();
};

/* Somebody came with a ticket that their own camera read. While the door is open that is a scan like any other; at any other time
   nothing is noted because an address was opened, only who it is for is shown. */
export const arrived = async (ticket) => {
  if (now() >= told.opensAt && now() <= told.actsUntil) {
    document.dispatchEvent(new CustomEvent("code-read", { detail: ticket }));
    return;
  }
  const row = byTicket.get(await hash(ticket.trim().split("/").pop().split("?")[0]));
  if (!row) ofCode("unknown", null, [fill(words.notHere, { time: clock(known.sheet.loadedAt) })]);
  else if (row.code_if_refused) ofCode(row.code_if_refused, row);
  else if (row.seats - row.inside > 1) choose(row, "scan");
  else if (row.seats === row.inside) ofCode("already_in", row);
  else say({ code: "found", look: "look", words: standing(row)[1], name: row.name, ways: [[words.enter, () => act(row, "entry", { way: "scan" })]] });
};

whenPressed(act);
