/* The page at the door, with and without a connection: what is pressed, typed and read by the camera, and how it begins. */

import * as keeping from "./keeping.js";
import { look } from "./scanning.js";
import { door, made, part, told, whose, words } from "./door-page.js";
import { clear, say, switchSound } from "./door-answers.js";
import { known, now, readQueue } from "./door-rows.js";
import { empty, narrow, redraw, show } from "./door-list.js";
import { state } from "./door-state.js";
import { flush, refresh } from "./door-wire.js";
import { arrived, scanned, walkIn } from "./door-guests.js";
import { keepPage } from "./door-kept.js";

const OFTEN = 20000; // milliseconds between two looks at what the server knows
const LEAST_LETTERS = 3;

part("find").addEventListener("submit", async (event) => {
  if (!known.sheet) return; // without a list the server answers the form
  event.preventDefault();
  const field = part("find").querySelector("[name=find]");
  const text = field.value.trim();
  narrow("");
  if (text && await scanned(text)) field.value = "";
  else {
    const enough = text.replace(/\s/g, "").length >= LEAST_LETTERS;
    narrow(enough ? text : "");
    clear(...(text && !enough ? [made("p", "", words.tooShort)] : []));
  }
  redraw();
  field.focus();
});

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
  const sound = part("sound");
  sound.addEventListener("click", () => sound.setAttribute("aria-pressed", switchSound()));
};

const tidy = async () => {
  const gone = await keeping.wipe(now());
  if (!gone.includes(told.date)) return;
  empty();
  await refresh(); // an organiser may look at it for longer; a helper gets nothing
};

const start = async () => {
  camera();
  await tidy();
  await readQueue();
  const kept = await keeping.keptSheet(told.date, whose).catch(() => null);
  if (kept) show(kept);
  state();
  await refresh();
  if (known.queue.length) await flush();
  if (known.connected) await keepPage().catch(() => {});
  addEventListener("online", () => flush());
  addEventListener("offline", () => { known.connected = false; state(); });
  setInterval(() => { tidy(); flush(); }, OFTEN);
  door.dataset.started = "";
  const wanted = new URLSearchParams(location.search).get("billet");
  if (wanted && known.sheet) {
    history.replaceState(null, "", location.pathname);
    await arrived(wanted);
  }
};

start();
