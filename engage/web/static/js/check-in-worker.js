/* Keeps the check-in page on the device, for its own address alone: without a connection the page without names is opened, and its
   script fills it with what the device keeps. Nothing else of the service passes through here. */
"use strict";

const page = new URL(self.registration.scope).pathname;
const KEPT = `check-in ${page}`;

self.addEventListener("install", () => self.skipWaiting());

self.addEventListener("activate", (event) => event.waitUntil((async () => {
  await self.clients.claim();
})()));

const fresh = async (request) => {
  const cache = await caches.open(KEPT);
  try {
    const answer = await fetch(request);
    // Taken back, or signed out: what was kept for who may see it is not opened any more.
    if (answer.type === "opaqueredirect" || [403, 404].includes(answer.status)) await cache.delete(`${page}?skal=1`);
    return answer;
  } catch (gone) {
    const shell = await cache.match(`${page}?skal=1`);
    if (shell) return shell;
    throw gone;
  }
};

const kept = async (request) => {
  const cache = await caches.open(KEPT);
  const found = await cache.match(request);
  if (found) return found;
  const answer = await fetch(request);
  if (answer.ok) await cache.put(request, answer.clone());
  return answer;
};

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== self.location.origin) return;
  if (request.mode === "navigate" && address.pathname === page) event.respondWith(fresh(request));
  else if (address.pathname.startsWith("/static/")) event.respondWith(kept(request));
  else if (address.pathname === "/theme.css") event.respondWith(fetch(request).catch(() => kept(request)));
});
