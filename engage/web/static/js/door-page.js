/* The page at the door: what it was told, its words, and how its parts are made. */

export const door = document.querySelector("[data-door]");
export const told = JSON.parse(door.dataset.door);
export const { words } = told;
export const whose = `${told.page} ${told.who}`;
export const part = (name) => door.querySelector(`[data-${name}]`);

export const fill = (text, facts) => text.replace(/\{(\w+)\}/g, (_all, name) => facts[name] ?? "");
const timely = new Intl.DateTimeFormat(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", timeZone: told.zone });
export const clock = (instant) => timely.format(new Date(instant)); // as it is where the date is, wherever the device thinks it is
export const nonce = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
export const hash = async (text) => {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
};
export const made = (tag, className = "", text = "") => {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text) element.textContent = text;
  return element;
};
export const icon = (name) => {
  const drawing = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  drawing.setAttribute("class", "icon-svg");
  drawing.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${door.dataset.icons}#${name}`);
  drawing.append(use);
  return drawing;
};
