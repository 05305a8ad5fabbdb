/* Small improvements over pages that work without: where the focus goes, what a button says. */
"use strict";

(() => {
  // Names of guests that this device kept at a door go when their time is over, on whichever page its owner is then.
  try {
    const until = localStorage.getItem("engage-names-until");
    if (until && Number(until) <= Date.now()) import(document.currentScript.dataset.tidying).catch(() => {});
  } catch { /* a browser that keeps nothing of the kind has nothing to delete */ }

  // After a form came back with problems, the summary is read first; its links lead into the fields.
  const summary = document.querySelector("[data-error-summary]");
  if (summary) {
    summary.focus();
    summary.addEventListener("click", (event) => {
      const link = event.target.closest("a[href^='#']");
      const field = link && document.getElementById(link.hash.slice(1));
      if (!field) return;
      event.preventDefault();
      field.focus();
      (document.querySelector(`label[for="${field.id}"]`) || field).scrollIntoView({ block: "center" });
    });
  }

  // The button says how many it signs up.
  for (const field of document.querySelectorAll("[data-seats]")) {
    const button = document.getElementById(field.dataset.seats);
    field.addEventListener("change", () => {
      const { words, most } = field.selectedOptions ? field.selectedOptions[0].dataset : field.dataset;
      if (field.selectedOptions || field.value > 1) button.textContent = most ? words.replace(most, field.value) : words;
    });
  }

  // A question that is asked because of an answer is there only with it. Without this, its words say of whom it is asked.
  const reasons = [...document.querySelectorAll("[data-because]")];
  const given = (name, value) => [...document.getElementsByName(name)].some((field) => field.checked && !field.disabled && field.value === value);
  const ask = () => {
    for (const question of reasons) { // in their order, so that a chain falls with its first link
      question.hidden = !given(question.dataset.because, question.dataset.becauseValue);
      for (const field of question.querySelectorAll("input, textarea, select")) field.disabled = question.hidden;
    }
  };
  if (reasons.length) {
    for (const words of document.querySelectorAll(".because")) words.hidden = true;
    document.addEventListener("change", ask);
    window.addEventListener("pageshow", ask);
    ask();
  }

  // A form is sent once, however often the button is pressed; coming back to the page makes it usable again.
  for (const form of document.querySelectorAll("form[method='post']:not([data-chat-form])")) {
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) event.preventDefault();
      form.dataset.sent = "yes";
    });
  }
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });

  // Empty filters stay out of the address.
  const filtersForm = document.querySelector("[data-filters-form]");
  if (filtersForm) {
    filtersForm.addEventListener("formdata", ({ formData }) => {
      for (const [name, value] of [...formData]) if (value === "") formData.delete(name);
    });
  }

  // The filter sheet of a phone is opened by its address; here it gets the manners of a dialog.
  const sheet = document.querySelector("[data-filters]");
  if (!sheet) return;
  const phone = window.matchMedia("(max-width: 999px)");
  const others = [...document.querySelectorAll(".site-header, .site-footer, .chat-door, h1, #activities")];
  let opener = null;

  const settle = () => {
    const open = phone.matches && location.hash === "#filter";
    const before = sheet.hasAttribute("role");
    for (const other of others) other.inert = open;
    document.body.classList.toggle("modal-open", open);
    if (open) {
      sheet.setAttribute("role", "dialog");
      sheet.setAttribute("aria-modal", "true");
      sheet.setAttribute("aria-label", sheet.querySelector("h2").textContent);
      sheet.focus();
    } else if (before) {
      for (const name of ["role", "aria-modal", "aria-label"]) sheet.removeAttribute(name);
      if (opener) opener.focus();
    }
  };
  const close = () => {
    if (opener) history.back();
    else location.hash = "#activities";
  };
  document.addEventListener("click", (event) => {
    if (event.target.closest(".filters-open")) opener = event.target.closest(".filters-open");
    if (event.target.closest(".filters-close")) {
      event.preventDefault();
      close();
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && sheet.hasAttribute("role")) close();
  });
  window.addEventListener("hashchange", settle);
  phone.addEventListener("change", settle);
  settle();
})();
