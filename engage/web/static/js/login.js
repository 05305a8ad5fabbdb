/* Passkeys: the browser's own dialog between two plain forms. Without it every page offers another way. */
"use strict";

(() => {
  const able = Boolean(window.PublicKeyCredential && navigator.credentials);
  for (const part of document.querySelectorAll("[data-passkeys]")) part.hidden = !able;
  for (const part of document.querySelectorAll("[data-no-passkeys]")) part.hidden = able;

  const form = document.querySelector("form[data-passkey]");
  if (!form || !able) return;

  const bytes = (text) => {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
  };
  const text = (buffer) => {
    const letters = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte));
    return btoa(letters.join("")).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  };
  const named = (credential) => ({ ...credential, id: bytes(credential.id) });

  const options = () => {
    const asked = JSON.parse(form.dataset.options);
    asked.challenge = bytes(asked.challenge);
    if (asked.user) asked.user = { ...asked.user, id: bytes(asked.user.id) };
    for (const list of ["allowCredentials", "excludeCredentials"]) {
      if (asked[list]) asked[list] = asked[list].map(named);
    }
    return asked;
  };

  const answer = (credential) => {
    const { response } = credential;
    const parts = { clientDataJSON: text(response.clientDataJSON) };
    if (response.attestationObject) {
      parts.attestationObject = text(response.attestationObject);
      parts.transports = response.getTransports ? response.getTransports() : [];
    } else {
      parts.authenticatorData = text(response.authenticatorData);
      parts.signature = text(response.signature);
      if (response.userHandle) parts.userHandle = text(response.userHandle);
    }
    return JSON.stringify({
      id: credential.id,
      rawId: text(credential.rawId),
      type: credential.type,
      extensions: JSON.stringify(credential.getClientExtensionResults()),
      response: parts,
    });
  };

  const words = document.querySelector("[data-passkey-words]");
  const first = words.textContent;
  let asking = false;
  const ask = async () => {
    if (asking) return;
    asking = true;
    words.textContent = first;
    try {
      const publicKey = options();
      const credential = await (form.dataset.passkey === "create"
        ? navigator.credentials.create({ publicKey })
        : navigator.credentials.get({ publicKey }));
      form.elements.credential.value = answer(credential);
      form.requestSubmit();
    } catch {
      words.setAttribute("role", "alert");
      words.textContent = form.dataset.failed;
    } finally {
      asking = false;
    }
  };
  // The button asks the device; only with its answer is the form sent. It comes before the guard against sending twice.
  form.addEventListener("submit", (event) => {
    if (form.elements.credential.value) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    ask();
  }, true);
  ask();
})();
