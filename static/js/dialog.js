// The dialog opens when content arrives in it and closes when it is emptied. The browser gives the focus back to what opened it.
(() => {
  const dialog = document.getElementById("dialog");
  if (!dialog) return;

  const focusFirst = () => {
    const field = dialog.querySelector("[aria-invalid=true]") ||
      dialog.querySelector("input[type=radio]:checked") ||
      dialog.querySelector("input:not([type=hidden]), select, textarea:not([readonly])") ||
      dialog.querySelector("h2[tabindex]");
    field?.focus();
  };

  new MutationObserver(() => {
    const filled = dialog.childElementCount > 0;
    if (!filled) return dialog.open && dialog.close();
    if (!dialog.open) dialog.showModal();
    focusFirst();
  }).observe(dialog, { childList: true });

  dialog.addEventListener("close", () => dialog.replaceChildren());

  // Enter that is held down opens the dialog; its repetitions must not send what nobody has read.
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.repeat) event.preventDefault();
  });

  // While a move is on its way the dialog stays: its answer would find no place, and the page would go on showing the old state.
  const sending = () => dialog.querySelector("form.htmx-request") !== null;
  dialog.addEventListener("cancel", (event) => { if (sending()) event.preventDefault(); });

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    if (opener) document.getElementById(opener.dataset.opens)?.showModal();
    if (event.target.closest("#dialog [data-dismiss]")) {
      event.preventDefault();
      if (!sending()) dialog.close();
    }
    // A click beside the dialog closes it, unless something was typed that would be lost.
    if (event.target === dialog && !typed() && !sending()) dialog.close();
  });

  const typed = () => [...dialog.querySelectorAll("textarea")].some((t) => t.value !== "");
})();
