/* What this device knows: who is expected and how they stand, what waits to be sent, and how it is with the connection. The rules are
   the server's; here is only what has to be known while nobody can be asked. */

import * as keeping from "./keeping.js";
import { told, whose } from "./door-page.js";

/* `sheet` is what was loaded: {rows, edition, loadedAt, offset}. `offset` is how far the server's clock is ahead of ours. `shut` is
   that the link was taken back, or the account may not check in here any more. */
export const known = {
  sheet: null, offset: 0, csrf: told.csrf, connected: navigator.onLine, trouble: "", shut: false, queue: [], conflicts: [],
};
export const rows = new Map();
export let byTicket = new Map();
export let byCode = new Map();

export const now = () => Date.now() + known.offset;

/* Read anew what was noted on this device and is not sent. */
export const readQueue = async () => { known.queue = await keeping.waiting(told.date); };

/* Whose sign-ups are on the list: those who may come in, and who came although they may not. */
export const shown = (row) => !row.code_if_refused || row.came !== null;

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
  const noted = known.queue.filter((scan) => scan.letIn && (!only || scan.id === only.id));
  const own = new Set(noted.map((scan) => scan.nonce));
  const back = new Set(noted.filter((scan) => scan.kind === "undo").map((scan) => scan.of));
  for (const scan of noted) {
    const row = rows.get(scan.id);
    if (row && !back.has(scan.nonce) && !(scan.kind === "undo" && own.has(scan.of))) follow(row, scan);
  }
};

/* How one stands by what the server said last and what was noted here since. */
export const recount = (row) => {
  const kept = known.sheet?.rows.find((each) => each.id === row.id);
  if (kept) Object.assign(row, kept);
  overlay(row);
};

/* Take in what was loaded; what this device noted itself lies over it. */
export const apply = (loaded) => {
  known.sheet = loaded;
  known.offset = loaded.offset;
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
};

/* How everybody stands by the server, which the device keeps as well; what it noted itself lies over that until it is answered. */
export const stand = (marks) => {
  const standing = new Map(marks.map((mark) => [mark.id, mark]));
  for (const kept of known.sheet.rows) {
    const mark = standing.get(kept.id);
    Object.assign(kept, { came: mark?.came ?? null, inside: mark?.inside ?? 0, at: mark?.at ?? null, last: mark?.last ?? "" });
    Object.assign(rows.get(kept.id), kept);
  }
  known.sheet.offset = known.offset;
  overlay();
};

/* From a day after the end nothing is put on the device any more: who may still see the list has it for as long as the page is open. */
export const keep = async () => {
  if (known.sheet && now() < told.wipeAt) await keeping.keepSheet(told.date, whose, known.sheet, told.wipeAt);
};

/* Everybody's names, as far as they stand in the page's own memory. */
export const forgetRows = () => {
  known.sheet = null;
  rows.clear();
  byTicket.clear();
  byCode.clear();
};
