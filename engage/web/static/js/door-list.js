/* The list: a line for each who is expected, what can be done with it, and the numbers over it. */

import { fill, icon, made, part, words } from "./door-page.js";
import { apply, forgetRows, known, rows, shown, stand } from "./door-rows.js";

const TWICE = 700; // milliseconds in which a second tap on the same line is the first one's echo
const list = part("list");
let press = async () => {};
let narrowed = "";

/* What is done when a button of a line is pressed: gets the row, what it is to be, and {way, seats}. */
export const whenPressed = (what) => { press = what; };

/* Show those alone who are called so; "" is everybody. */
export const narrow = (text) => { narrowed = text; };

export const standing = (row) => {
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
      return press(rows.get(row.id) ?? row, kind, { way: "list", seats });
    });
  });
  return button;
};

const choice = (most, kind, label) => {
  const select = made("select", "form-select door-seats");
  Object.assign(select.dataset, { do: `seats-${kind}`, of: kind });
  select.setAttribute("aria-label", fill(label, { n: most }));
  for (let number = 1; number <= most; number += 1) select.append(new Option(number, number, number === most, number === most));
  return select;
};

/* A button, behind a choice of how many of the group it is; alone where there is nothing to choose. */
const counted = (most, label, button) => {
  if (most < 2) return button;
  const both = made("div", "door-line-way");
  both.append(choice(most, button.dataset.do, label), button);
  return both;
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
  if (!row.code_if_refused && left > 0) ways.append(counted(left, words.howMany, way(row, words.enter, "entry", true)));
  if (!row.code_if_refused && row.came === null) ways.append(way(row, words.absent, "absent"));
  if (row.inside > 0) ways.append(counted(row.inside, words.howManyLeave, way(row, words.leave, "exit")));
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
  const absent = sum(expected, (row) => (row.came === 0 ? row.seats : 0));
  if (absent) facts.push([words.notThere, absent]);
  const inside = sum([...rows.values()], (row) => row.inside);
  if (inside !== facts[1][1]) facts.push([words.inside, inside]);
  part("numbers").replaceChildren(...facts.map(([label, number]) => {
    const pair = made("div");
    pair.append(made("dt", "", label), made("dd", "", String(number)));
    return pair;
  }));
};

/* Whose name has all these words; else those of whose surname the list shows a fitting initial, as people say their whole name. */
export const called = (found, wanted) => {
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
  for (const before of known?.item.querySelectorAll("select") ?? []) {
    const after = item.querySelector(`[data-of=${before.dataset.of}]`);
    if (after && Number(before.value) < before.length && Number(before.value) <= after.length) after.value = before.value;
  }
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

export const redraw = () => {
  if (!known.sheet) return;
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

export const redrawOne = (row) => {
  const old = list.querySelector(`[data-id="${CSS.escape(row.id)}"]`);
  if (!old) return;
  inPlace(() => {
    const item = lineOf(row);
    if (item !== old) old.replaceWith(item);
  });
  numbers();
};

/* Show what was loaded. */
export const show = (loaded) => {
  apply(loaded);
  redraw();
};

/* Show how everybody stands by the server. */
export const showStanding = (marks) => {
  stand(marks);
  redraw();
};

/* No name is left on the page. */
export const empty = () => {
  forgetRows();
  drawn.clear();
  list.replaceChildren(made("li", "", words.wiped));
  part("numbers").replaceChildren();
};
