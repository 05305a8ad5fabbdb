/* The line over the page: whether there is a connection, what waits to be sent and what was not taken, and how old the list is. */

import * as keeping from "./keeping.js";
import { clock, fill, made, part, told, words } from "./door-page.js";
import { known, rows } from "./door-rows.js";

let send = async () => {};

/* What sends again what was not taken. */
export const whenSentAgain = (what) => { send = what; };

export const shutWords = () => (known.queue.length ? fill(words.shut, { n: known.queue.length }) : words.shutBare);

export const state = () => {
  const place = part("state");
  place.hidden = false;
  place.classList.toggle("door-state-offline", !known.connected || Boolean(known.trouble));
  const failed = known.queue.filter((scan) => scan.failed).length;
  const waits = known.queue.length - failed;
  const lines = [
    known.connected ? words.online : words.offline,
    waits ? fill(words.waiting, { n: waits }) : "",
    known.sheet ? "" : words.noList,
  ].filter(Boolean);
  const spoken = [made("p", "", lines.join(" · "))];
  if (known.trouble) spoken.push(made("p", "", fill(known.shut ? shutWords() : known.trouble, { n: known.queue.length })));
  if (failed) spoken.push(made("p", "", fill(words.notSent, { n: failed })));
  for (const each of known.conflicts) spoken.push(made("p", "", `${each.name}: ${fill(words.conflict, { why: told.codes[each.code].words })}`));
  const live = part("said");
  if (spoken.map((each) => each.textContent).join("") !== live.textContent) live.replaceChildren(...spoken);
  // The time changes often and is read by who wants it, never told.
  part("age").textContent = known.sheet ? fill(words.age, { time: clock(known.sheet.loadedAt) }) : "";
  unsent().catch(() => {});
  place.dataset.waiting = waits;
  place.dataset.failed = failed;
  place.dataset.connected = known.connected;
};

/* What the server did not take: whose it is, why, and a button to send it again. */
const unsent = async () => {
  const place = part("unsent");
  const left = known.queue.filter((scan) => scan.failed);
  const said = left.map((scan) => `${scan.number} ${scan.why ?? ""}`).join();
  if (place.dataset.unsent === said) return;
  place.dataset.unsent = said;
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
      await send();
    });
    item.append(made("p", "", [name, scan.why].filter(Boolean).join(": ") || clock(scan.at)), button);
    return item;
  })));
};
