/* What is answered at the door: in words, colour, icon and sound, and felt in the hand. */

import { icon, made, part, told, words } from "./door-page.js";

const SEEN = 6000; // milliseconds until a good answer stops lying over the list
const answerPlace = part("answer");
let sounds = true;
let sound = null;
let seen = 0;

/* A browser lets a page sound only after somebody has touched it. */
const begin = () => { sound ??= "AudioContext" in globalThis ? new AudioContext() : null; };
document.addEventListener("pointerdown", begin, { once: true });
document.addEventListener("keydown", begin, { once: true });

/* Turn the sound off, or on again; whether it is on now. */
export const switchSound = () => {
  sounds = !sounds;
  return sounds;
};

/* All that was noted is sent: the last answer does not say any more that it waits. */
export const sent = () => answerPlace.querySelector(".door-answer-waits")?.remove();

/* Take the last answer away; something short may stand there instead. */
export const clear = (...instead) => answerPlace.replaceChildren(...instead);

const ICONS = { yes: "success", look: "warning", no: "error" };
const TONES = { yes: [[660, 0, 0.1], [990, 0.1, 0.18]], look: [[520, 0, 0.25]], no: [[180, 0, 0.18], [140, 0.22, 0.3]] };
const SHAKES = { yes: [60], look: [60, 60, 60], no: [220] };

const ring = (tone) => {
  // A page nobody has touched yet may not shake the phone, and the browser would complain.
  if (navigator.userActivation?.hasBeenActive ?? true) navigator.vibrate?.(SHAKES[tone]);
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

export const say = ({ code, look: tone, words: what, name = "", facts = [], ways = [] }) => {
  const box = made("div", `door-answer door-${tone}`);
  box.dataset.code = code;
  const body = made("div");
  body.append(made("p", "door-answer-words", what));
  if (name) body.append(made("p", "door-answer-name", name));
  for (const fact of facts) body.append(made("p", fact === words.noted ? "door-answer-waits" : "", fact));
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

export const ofCode = (code, row, facts = [], ways = []) => say({
  code, look: told.codes[code].look, words: told.codes[code].words, name: row?.name ?? "", facts, ways,
});
