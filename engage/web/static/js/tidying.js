/* On pages beside the door: names of dates that are over leave the device, and so do those of a door that was shut to it, and of
   everybody once its owner signs out. What was noted and not sent stays. */

import * as keeping from "./keeping.js";

const PATIENCE = 1500; // milliseconds; nobody is kept from signing out

keeping.wipe(Date.now()).catch(() => {});

if (document.querySelector("[data-shut]")) {
  keeping.forget(location.pathname).catch(() => {});
  globalThis.caches?.delete(`check-in ${location.pathname}`).catch(() => {});
}

for (const form of document.querySelectorAll("form[data-sign-out]")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const late = new Promise((done) => { setTimeout(done, PATIENCE); });
    await Promise.race([keeping.forget("/").catch(() => {}), late]);
    form.submit();
  });
}
