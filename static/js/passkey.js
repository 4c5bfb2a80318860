// Signing in, and proving again who it is, by passkey. Only a browser that knows passkeys shows the button.
(() => {
  const knows = () => window.PublicKeyCredential?.parseRequestOptionsFromJSON !== undefined;
  const show = () => {
    if (!knows()) return;
    document.querySelectorAll("[data-passkey-part]").forEach((e) => { e.hidden = false; });
  };
  show();
  const dialog = document.getElementById("dialog");
  if (dialog) new MutationObserver(show).observe(dialog, { childList: true });

  const post = async (path, body) => {
    const response = await fetch(path, {
      method: "POST", headers: { "Content-Type": "application/json", Accept: "application/json" }, body: JSON.stringify(body),
    });
    const answer = await response.json().catch(() => ({}));
    if (answer.goto) {
      location.assign(answer.goto);
      return new Promise(() => {});
    }
    if (!response.ok) throw new Error(answer.error || "The console did not take it. Try again.");
    return answer;
  };

  const words = (problem) =>
    problem.name === "NotAllowedError" ? "It was cancelled, or took too long." : problem.message || "It did not work.";

  const sign = async (what, next) => {
    const asked = await post(`/${what}/passkey/begin`, what === "login" ? { next } : {});
    const credential = await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(asked) });
    return post(`/${what}/passkey/finish`, { credential: credential.toJSON() });
  };

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-passkey]");
    if (!button || button.disabled) return;
    const error = button.parentElement.querySelector("[data-passkey-error]");
    button.disabled = true;
    error.hidden = true;
    try {
      const done = await sign(button.dataset.passkey, button.dataset.next);
      if (button.dataset.passkey === "login") {
        location.assign(done.next);
        return;
      }
      // The proof is there: the form only says how to go on.
      button.form.noValidate = true;
      button.form.querySelectorAll("input[name=password], input[name=code]").forEach((field) => { field.value = ""; });
      button.form.requestSubmit();
    } catch (problem) {
      error.textContent = words(problem);
      error.hidden = false;
    }
    button.disabled = false;
  });
})();
