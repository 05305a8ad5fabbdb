/* A line more for an answer to choose from, without asking the server. */
"use strict";

(() => {
  const lines = document.querySelector("[data-option-lines]");
  const more = document.querySelector("[data-more-lines]");
  if (!lines || !more) return;
  more.type = "button";
  more.addEventListener("click", () => {
    const number = lines.children.length;
    const line = lines.lastElementChild.cloneNode(true);
    for (const named of line.querySelectorAll("[name]")) {
      named.name = named.name.replace(/^option_\d+/, `option_${number}`);
      if (named.id) named.id = named.name;
      named.value = "";
    }
    for (const label of line.querySelectorAll("label")) label.htmlFor = label.htmlFor.replace(/^option_\d+/, `option_${number}`);
    for (const words of line.querySelectorAll("legend, label")) words.textContent = words.textContent.replace(String(number), String(number + 1));
    lines.append(line);
    line.querySelector("input:not([type=hidden])").focus();
  });
})();

/* The publish page saves by itself, a few seconds after somebody stopped writing. Without this the button does the same. */
(() => {
  const form = document.querySelector("[data-publish]");
  if (!form) return;
  const said = document.querySelector("[data-saved]");
  const AFTER = 2500; // milliseconds of silence before it saves
  let timer = 0;
  let running = null; // the save under way
  let changed = false;
  let stopped = !form.hasAttribute("data-autosave");
  let leaving = false;

  const snapshot = () => {
    const data = new FormData(form);
    data.delete("picture"); // sent when the button is pressed, and not every few seconds
    data.delete("remove_picture");
    return data;
  };

  const say = (words, urgent) => {
    said.textContent = words;
    said.classList.toggle("saved-not", Boolean(urgent));
    if (urgent) said.setAttribute("role", "alert");
    else said.removeAttribute("role");
  };

  const lack = (missing, problems) => {
    for (const place of document.querySelectorAll("[data-missing]")) {
      const name = place.dataset.missing;
      place.textContent = problems[name] || missing[name] || "";
    }
    const list = document.querySelector("[data-lacking-list]");
    if (!list) return;
    list.replaceChildren(...Object.entries(missing).map(([name, words]) => {
      const item = document.createElement("li");
      const link = document.createElement("a");
      link.href = `#${name}`;
      link.textContent = words;
      item.append(link);
      return item;
    }));
    document.querySelector("[data-lacking]").hidden = list.children.length === 0;
  };

  const redraw = (fragments) => {
    for (const [name, html] of Object.entries(fragments)) {
      const place = document.querySelector(`[data-fragment="${name}"]`);
      // Nothing moves under a finger: what is being used is redrawn another time, and what is unfolded stays so.
      if (!place || place.innerHTML === html || place.contains(document.activeElement)) continue;
      const open = [...place.querySelectorAll("details")].map((fold) => fold.open);
      place.innerHTML = html;
      place.querySelectorAll("details").forEach((fold, number) => { fold.open = open[number] || fold.open; });
    }
    const frame = document.querySelector("[data-frame]");
    if (frame && frame.offsetParent) frame.contentWindow.location.reload();
  };

  const save = async () => {
    clearTimeout(timer);
    if (stopped || !changed || running) return running;
    changed = false;
    running = (async () => {
      try {
        const headers = { "X-Requested-With": "fetch" };
        const answer = await fetch(form.action, { method: "POST", body: snapshot(), headers, credentials: "same-origin" });
        const told = await answer.json();
        if (told.conflict) {
          stopped = true;
          say(told.conflict, true);
          return;
        }
        form.querySelector("[data-version]").value = told.version;
        say(told.saved);
        lack(told.missing, told.problems);
        if (!changed) redraw(told.fragments);
      } catch {
        changed = true;
        say(form.dataset.unsaved, true);
      } finally {
        running = null;
        if (changed && !stopped) later();
      }
    })();
    return running;
  };

  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(save, AFTER);
  };

  form.addEventListener("input", (event) => {
    if (event.target.type === "file") return;
    changed = true;
    if (!stopped) later();
  });

  form.addEventListener("submit", async (event) => {
    clearTimeout(timer);
    leaving = true;
    if (!running) return;
    // The save under way raises the version, which the form must know before it is sent.
    event.preventDefault();
    const button = event.submitter;
    stopped = true;
    await running;
    delete form.dataset.sent;
    form.requestSubmit(button);
  });

  // A way to another page of the room is taken when what was just written is safe.
  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a[href]");
    const leads = link && !link.target && !link.getAttribute("href").startsWith("#") && link.origin === location.origin;
    if (!leads || stopped || !(changed || running) || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    clearTimeout(timer);
    await running;
    await save();
    location.assign(link.href);
  });

  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden" && !leaving) save();
  });

  // Where it does not save by itself, nobody walks away from what they wrote without being asked.
  window.addEventListener("beforeunload", (event) => {
    if (changed && !leaving) event.preventDefault();
  });
})();

/* Copy what a field holds, where the browser lets a page do that; else it is copied by hand. */
(() => {
  for (const button of document.querySelectorAll("[data-copy]")) {
    if (!navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      const field = document.getElementById(button.dataset.copy);
      try {
        await navigator.clipboard.writeText(field.value);
        button.parentElement.querySelector("[role=status]").textContent = button.dataset.copied;
      } catch {
        field.select(); // refused: it is marked, and Ctrl C does the rest
      }
    });
  }
})();
