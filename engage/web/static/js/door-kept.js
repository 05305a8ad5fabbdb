/* The page ready without a connection: what it is made of is kept on the device, for its worker (`check-in-worker.js`). */

import { door, told } from "./door-page.js";

export const keepPage = async () => {
  if (!("serviceWorker" in navigator)) return;
  await navigator.serviceWorker.register(told.worker, { scope: told.page });
  const cache = await caches.open(`check-in ${told.page}`);
  const shell = `${told.page}?skal=1`;
  const page = await fetch(shell, { redirect: "manual" });
  if (!page.ok) return;
  await cache.put(shell, page);
  const used = new Set([door.dataset.decoder, door.dataset.base, door.dataset.icons, "/theme.css"]);
  for (const each of document.querySelectorAll("link[rel=stylesheet], link[rel=icon], link[rel=preload], link[rel=modulepreload], script[src], img[src]")) {
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
