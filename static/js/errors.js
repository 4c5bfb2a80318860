// An open dialog makes the rest of the page inert: an error that arrives meanwhile is shown, and read out, inside of it.
(() => {
  const dialog = document.getElementById("dialog");
  const region = document.getElementById("notices");
  if (!dialog || !region) return;
  new MutationObserver(() => {
    const body = dialog.open && dialog.querySelector(".dialog-body");
    const error = region.querySelector(".notice[data-kind=error]");
    if (!body || !error) return;
    body.querySelectorAll(".notice").forEach((old) => old.remove());
    body.prepend(error);
    error.scrollIntoView({ block: "nearest" });
  }).observe(region, { childList: true });
})();
