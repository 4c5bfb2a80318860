// Adds a passkey on one's own settings. Only a browser that knows passkeys gets the form; others read what else there is.
(() => {
  const form = document.querySelector("form[data-new-passkey]");
  if (!form || !window.PublicKeyCredential?.parseCreationOptionsFromJSON) return;
  const error = form.querySelector("[data-passkey-error]");
  form.hidden = false;
  document.querySelector("[data-no-passkey]").hidden = true;

  const post = async (path, body) => {
    const response = await fetch(path, {
      method: "POST", headers: { "Content-Type": "application/json", Accept: "application/json" }, body: JSON.stringify(body),
    });
    const answer = await response.json().catch(() => ({}));
    if (answer.goto) {
      location.assign(answer.goto); // to sign in, or to confirm who it is; and back to this page
      return new Promise(() => {});
    }
    if (!response.ok) throw new Error(answer.error || "The console did not take it. Nothing was stored; try again.");
    return answer;
  };

  const words = (problem) => {
    if (problem.name === "InvalidStateError") return "This device has a passkey for this account already.";
    if (problem.name === "NotAllowedError") return "It was cancelled, or took too long. Nothing was stored.";
    return problem.message || "It did not work. Nothing was stored.";
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button[type=submit]");
    button.disabled = true;
    error.hidden = true;
    try {
      const options = PublicKeyCredential.parseCreationOptionsFromJSON(await post("/settings/me/passkeys/begin", {}));
      const credential = await navigator.credentials.create({ publicKey: options });
      const done = await post("/settings/me/passkeys/finish", { label: form.elements.label.value, credential: credential.toJSON() });
      location.assign(done.next);
    } catch (problem) {
      error.textContent = words(problem);
      error.hidden = false;
      button.disabled = false;
    }
  });
})();
