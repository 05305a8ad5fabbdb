/* The way to the server: the list, and what was noted here. Whatever is noted is first kept on the device and then sent: it is told as
   done when the server has it, or when it is kept and the page says that it waits. */

import * as keeping from "./keeping.js";
import { told, words } from "./door-page.js";
import { sent } from "./door-answers.js";
import { keep, known, now, readQueue, rows } from "./door-rows.js";
import { empty, show, showStanding } from "./door-list.js";
import { state, whenSentAgain } from "./door-state.js";

const PATIENCE = 4000; // milliseconds until a silent server counts as no connection
const MOST_AT_ONCE = 50;
const SOON = 1500, LATE = 20000; // milliseconds until what could not be sent is sent again

export const ask = async (address, options = {}) => {
  const began = Date.now();
  const answer = await fetch(address, { ...options, redirect: "manual", signal: AbortSignal.timeout(PATIENCE), cache: "no-store" });
  if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) throw new Error("signed-out");
  if (answer.status === 404) throw new Error("shut");
  if (answer.status === 400) throw new Error("stale");
  if (!answer.ok) throw new Error("busy");
  const facts = await answer.json();
  const ended = Date.now();
  known.offset = Math.round(facts.now - (began + ended) / 2);
  known.csrf = facts.csrf;
  known.connected = true;
  known.trouble = "";
  return facts;
};

export const failed = (error) => {
  if (error.message === "signed-out") known.trouble = words.signIn;
  else if (error.message === "shut") {
    known.trouble = words.shut;
    known.shut = true;
    empty();
    keeping.forget(told.page).catch(() => {});
    globalThis.caches?.delete(`check-in ${told.page}`).catch(() => {});
  }
  else if (!["stale", "busy"].includes(error.message)) known.connected = false;
  state();
};

let loading = null;
export const refresh = () => {
  loading ??= (async () => {
    try {
      const facts = await ask(told.list);
      if (!facts.names) {
        if (known.sheet) empty();
        return;
      }
      const loaded = { rows: facts.rows, edition: facts.edition, loadedAt: now(), offset: known.offset };
      await readQueue();
      show(loaded);
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

export const post = (items) => ask(told.sync, {
  method: "POST",
  headers: { "Content-Type": "application/json", "X-CSRFToken": known.csrf },
  body: JSON.stringify({ items }),
});

/* A scan as it is sent: the name of who came without a sign-up is read here, and nowhere else. */
export const asSent = async ({ number, date, failed: _failed, why: _why, sealed, ...scan }) => (
  sealed ? { ...scan, name: await keeping.unseal(date, sealed).catch(() => "") } : scan
);

/* What somebody waits for, by nonce: null until the server has answered, whichever sending it went with. */
export const answered = new Map();

/* After a try in vain: soon at first, since a connection that has just come back often needs a moment; then ever later. Without any
   connection nothing is tried until the device says that there is one. */
let pause = SOON;
let next = null;
const tryAgain = (error) => {
  if (!navigator.onLine || !known.queue.length || (known.connected && error.message !== "busy")) return;
  clearTimeout(next);
  next = setTimeout(() => flush(), pause);
  pause = Math.min(pause * 2, LATE);
};

/* Send what waits, the oldest first, and keep whatever was not taken; one runs at a time. */
let sending = Promise.resolve();
export const flush = () => {
  sending = sending.then(async () => {
    try {
      let again = true;
      for (;;) {
        await readQueue();
        const items = known.queue.filter((scan) => !scan.failed).slice(0, MOST_AT_ONCE);
        let facts;
        try {
          facts = await post(await Promise.all(items.map(asSent)));
        } catch (error) {
          if (error.message !== "stale" || !again) throw error;
          again = false; // the token was another session's
          ({ csrf: known.csrf } = await ask(told.list));
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
        await readQueue();
        known.conflicts = facts.conflicts.map((each) => ({ ...each, name: rows.get(each.id)?.name ?? "" }));
        if (known.sheet) {
          showStanding(facts.standing);
          await keep();
        }
        if (facts.edition !== (known.sheet?.edition ?? "")) await refresh();
        if (!known.queue.length) sent();
        if (items.length < MOST_AT_ONCE) break;
      }
      pause = SOON;
    } catch (error) {
      failed(error);
      tryAgain(error);
    }
    state();
  }).catch(() => {});
  return sending;
};

whenSentAgain(flush);
