/* The chat without reloading the page, and the small drawer that brings it to other pages. Without this script every
   button and line is an ordinary form, and the door to the chat an ordinary link. */
"use strict";

(() => {
  const POLL = 8000; // ms between questions whether somebody at the city has written; only while the page is looked at
  const PATIENCE = 20000; // ms until an answer counts as lost

  const ask = async (url, options = {}) => {
    const response = await fetch(url, {
      credentials: "same-origin",
      signal: AbortSignal.timeout(PATIENCE),
      ...options,
      headers: { "X-Requested-With": "fetch" },
    });
    if (!response.ok) throw new Error(String(response.status));
    return response.text();
  };

  const talk = (chat) => {
    const log = chat.querySelector("[data-chat-log]");
    const form = chat.querySelector("[data-composer]");
    const field = form.querySelector("[name='text']");
    const problem = form.querySelector("[data-problem]");
    const waiting = chat.querySelector("[data-waiting]");
    const scroller = () => (log.scrollHeight > log.clientHeight + 1 ? log : document.scrollingElement);
    let busy = false;

    const nearEnd = () => {
      const box = scroller();
      return box.scrollHeight - box.scrollTop - box.clientHeight < 160;
    };
    const toEnd = () => {
      scroller().scrollTop = scroller().scrollHeight;
    };
    // A long answer is read from its beginning: what was last asked goes to the top, unless all of it fits.
    const toAnswer = () => {
      const asked = [...log.querySelectorAll(".line-citizen")].pop();
      toEnd();
      if (!asked) return;
      const box = scroller();
      const above = box === log ? log.getBoundingClientRect().top : 0;
      const hidden = above + 16 - asked.getBoundingClientRect().top;
      if (hidden > 0) box.scrollTop -= hidden;
    };

    // Lines that are already there are known by their id; buttons stay only under the city's last line.
    const take = (html) => {
      const answer = document.createElement("template");
      answer.innerHTML = html;
      const state = answer.content.querySelector("[data-chat-state]");
      const fresh = [...answer.content.querySelectorAll(".line")].filter((line) => !document.getElementById(line.id));
      if (fresh.some((line) => line.matches(".line-city"))) {
        for (const old of log.querySelectorAll("[data-buttons]")) old.remove();
      }
      log.append(...fresh);
      if (state) Object.assign(log.dataset, { lastId: state.dataset.lastId, afterUrl: state.dataset.afterUrl });
      return fresh;
    };

    const send = async (sent, submitter) => {
      if (busy) return;
      const facts = new FormData(sent);
      if (submitter && submitter.name) facts.set(submitter.name, submitter.value);
      facts.set("after", log.dataset.lastId);
      if (!submitter?.name && !String(facts.get("text") || "").trim()) {
        field.focus();
        return;
      }
      busy = true;
      problem.hidden = true;
      chat.setAttribute("aria-busy", "true");
      waiting.hidden = false;
      toEnd();
      try {
        take(await ask(sent.getAttribute("action"), { method: "POST", body: facts }));
        if (sent === form) field.value = "";
      } catch {
        problem.hidden = false; // what was written stays in the field
      }
      busy = false;
      chat.removeAttribute("aria-busy");
      waiting.hidden = true;
      toAnswer();
      // A pressed button is gone with its line; the field is where one goes on. On touch this would open the keyboard.
      if (sent === form || window.matchMedia("(hover: hover)").matches) field.focus({ preventScroll: true });
    };

    chat.addEventListener("submit", (event) => {
      if (!event.target.matches("[data-chat-form]")) return;
      event.preventDefault();
      send(event.target, event.submitter);
    });

    const listen = async () => {
      if (busy || document.hidden || !log.dataset.afterUrl || !chat.isConnected || !chat.offsetParent) return;
      try {
        const follow = nearEnd();
        if (take(await ask(log.dataset.afterUrl)).length && follow) toEnd();
      } catch {
        // The next question may be answered; what one writes oneself says it aloud when it fails.
      }
    };
    window.setInterval(listen, POLL);
    return { toAnswer, focus: () => field.focus({ preventScroll: true }) };
  };

  const page = document.querySelector("[data-chat]");
  if (page) {
    talk(page).toAnswer();
    return;
  }

  // The drawer: a small window beside the page. It leaves the page usable, so it is not modal.
  const door = document.querySelector("[data-chat-door][data-drawer]");
  const roomy = window.matchMedia("(min-width: 800px) and (min-height: 500px)");
  let drawer = null;
  let opener = null;

  const build = () => {
    const words = door.dataset;
    const made = document.createElement("dialog");
    made.className = "drawer";
    made.setAttribute("aria-labelledby", "drawer-title");
    made.innerHTML = `<div class="drawer-head"><h2 id="drawer-title"></h2><a></a><button type="button"></button></div>
      <div class="drawer-body"><p class="wait" role="status"></p></div>`;
    made.querySelector("h2").textContent = words.title;
    made.querySelector("a").textContent = words.whole;
    made.querySelector("a").href = door.href;
    made.querySelector("button").textContent = words.close;
    made.querySelector(".wait").textContent = words.wait;
    made.querySelector("button").addEventListener("click", () => history.back());
    made.addEventListener("keydown", (event) => {
      if (event.key === "Escape") history.back();
    });
    document.body.append(made);
    return made;
  };

  const fill = async () => {
    const body = drawer.querySelector(".drawer-body");
    try {
      body.innerHTML = await ask(door.dataset.drawer);
      const chat = talk(body.querySelector("[data-chat]"));
      chat.toAnswer();
      if (drawer.open) chat.focus();
    } catch {
      body.querySelector(".wait").textContent = door.dataset.unreachable;
      drawer.dataset.failed = "yes";
    }
  };

  const show = () => {
    if (drawer?.dataset.failed) {
      drawer.remove();
      drawer = null;
    }
    const first = !drawer;
    drawer ??= build();
    drawer.show();
    door.hidden = true;
    if (first) fill();
    else drawer.querySelector("[name='text']")?.focus();
  };
  const hide = () => {
    drawer?.close();
    door.hidden = false;
    if (opener) opener.focus();
  };

  if (!door) return;
  document.addEventListener("click", (event) => {
    const pressed = event.target.closest("[data-chat-door]");
    if (!pressed || !roomy.matches || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    opener = pressed;
    // A step in the history, so that the back button closes the drawer and not the page.
    if (!history.state?.chat) history.pushState({ chat: true }, "");
    show();
  });
  window.addEventListener("popstate", (event) => {
    if (event.state?.chat) show();
    else if (drawer?.open) hide();
  });
})();
