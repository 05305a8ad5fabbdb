/* Forms that ask for everybody who comes, or for a certificate with some tasks. Both work without this script: the form then
   comes back with the lines it lacks, and says which tasks need a certificate. */
"use strict";

(() => {
  // As many lines as people come.
  const persons = document.querySelector("[data-persons]");
  const seats = document.getElementById("seats") || document.getElementById("take");
  if (persons && seats) {
    const lines = () => [...persons.querySelectorAll(".companion")];
    const another = (number) => {
      const line = lines()[0].cloneNode(true);
      line.querySelectorAll(".form-error-message").forEach((each) => each.remove());
      line.querySelectorAll(".form-error").forEach((each) => each.classList.remove("form-error"));
      line.id = `companions-${number}`;
      line.querySelector("legend").textContent = line.querySelector("legend").textContent.replace("1", number + 1);
      for (const field of line.querySelectorAll("input")) {
        const name = field.name.replace("companions-0-", `companions-${number}-`);
        line.querySelector(`label[for="${field.id}"]`).htmlFor = name;
        field.id = field.name = name;
        field.value = "";
        field.removeAttribute("aria-invalid");
        field.removeAttribute("aria-describedby");
      }
      return line;
    };
    const settle = () => {
      const wanted = Math.min(parseInt(seats.value, 10) || 0, Number(persons.dataset.most));
      if (wanted < 1) return;
      for (let number = lines().length; number < wanted; number += 1) persons.append(another(number));
      lines().slice(wanted).forEach((each) => each.remove());
      persons.querySelector("[name=rows]").value = wanted;
    };
    seats.addEventListener("input", settle);
    settle();
  }

  // The date on a certificate is asked for with the tasks that need one.
  const vetted = document.querySelector("[data-vetted]");
  if (vetted) {
    const roles = document.querySelector("[data-roles]");
    const settle = () => {
      vetted.hidden = !roles.querySelector("[data-vetting]:checked");
      vetted.querySelector("input").disabled = vetted.hidden;
    };
    roles.addEventListener("change", settle);
    window.addEventListener("pageshow", settle);
    settle();
  }
})();
