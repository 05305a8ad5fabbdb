/* What a device at the door keeps: the list of a date, encrypted with a key that never leaves the browser, and what was noted
   and not sent yet. The list goes a day after the end, with its key; what was noted holds no name and stays until it is sent. */

const NAME = "engage-check-in";
const UNTIL = "engage-names-until"; // from when on any page of ours has something to delete: read by engage.js
let opening = null;

const settled = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

const database = () => {
  opening ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("keys");
      request.result.createObjectStore("sheets");
      request.result.createObjectStore("scans", { keyPath: "number", autoIncrement: true });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return opening;
};

const store = async (name, mode = "readonly") => (await database()).transaction(name, mode).objectStore(name);

const keyOf = async (date, make) => {
  const known = await settled((await store("keys")).get(date));
  if (known || !make) return known;
  const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  await settled((await store("keys", "readwrite")).put(key, date));
  return key;
};

/* Tell all our pages when the first of the lists is over, so that none of them has to open the database to know. */
const note = async () => {
  const lists = await settled((await store("sheets")).getAll());
  try {
    if (lists.length) localStorage.setItem(UNTIL, Math.min(...lists.map((each) => each.wipeAt)));
    else localStorage.removeItem(UNTIL);
  } catch { /* a browser that keeps nothing of the kind: the door's own pages delete them */ }
};

/* A list is kept for who may see it: the page's address and whose it is, so that nobody is shown another's. */
export const keepSheet = async (date, whose, sheet, wipeAt) => {
  const key = await keyOf(date, true);
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const data = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, new TextEncoder().encode(JSON.stringify(sheet)));
  await settled((await store("sheets", "readwrite")).put({ iv, data, wipeAt, date }, whose));
  await note();
};

/* A few words that only this device can read, for as long as it keeps the date's list; then nobody can. */
export const seal = async (date, text) => {
  const key = await keyOf(date, true);
  const iv = crypto.getRandomValues(new Uint8Array(12));
  return { iv, data: await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, new TextEncoder().encode(text)) };
};

export const unseal = async (date, sealed) => {
  const key = sealed && await keyOf(date, false);
  if (!key) return "";
  const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: sealed.iv }, key, sealed.data);
  return new TextDecoder().decode(plain);
};

export const keptSheet = async (date, whose) => {
  const kept = await settled((await store("sheets")).get(whose));
  const key = kept && await keyOf(date, false);
  if (!key) return null;
  const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: kept.iv }, key, kept.data);
  return JSON.parse(new TextDecoder().decode(plain));
};

/* The lists of a door that was shut to this device, or with "/" all of them; the keys stay for what is still to be sent. */
export const forget = async (page) => {
  const sheets = await store("sheets", "readwrite");
  const all = await settled(sheets.getAllKeys());
  await Promise.all(all.filter((whose) => page === "/" || whose.split(" ")[0] === page).map((whose) => settled(sheets.delete(whose))));
};

/* Names of dates that were over a day ago, whichever page of ours is opened. Returns which dates were emptied. */
export const wipe = async (now) => {
  const sheets = await store("sheets");
  const [all, kept] = await Promise.all([settled(sheets.getAllKeys()), settled(sheets.getAll())]);
  const old = all.map((whose, number) => ({ whose, ...kept[number] })).filter((each) => each.wipeAt <= now);
  for (const { whose, date } of old) {
    await settled((await store("sheets", "readwrite")).delete(whose));
    await settled((await store("keys", "readwrite")).delete(date ?? whose));
  }
  await note();
  return old.map(({ date, whose }) => date ?? whose);
};

export const enqueue = async (scan) => settled((await store("scans", "readwrite")).add(scan));

export const change = async (scan) => settled((await store("scans", "readwrite")).put(scan));

export const drop = async (number) => settled((await store("scans", "readwrite")).delete(number));

/* What was noted on a date and not sent, in the order in which it was. */
export const waiting = async (date) => {
  const all = await settled((await store("scans")).getAll());
  return all.filter((scan) => scan.date === date);
};
