// When a swap takes away what had the focus, the focus goes to the first place named by its part (data-refocus, ids) that
// is still there, instead of getting lost.
(() => {
  let part = null;
  const remember = (event) => {
    const near = event.target.closest?.("[data-refocus]");
    if (near) part = near.dataset.refocus;
    else if (!event.target.closest?.("#dialog")) part = null;
  };
  document.addEventListener("focusin", remember);
  document.addEventListener("click", remember);

  const rescue = () => requestAnimationFrame(() => {
    const lost = !document.activeElement || document.activeElement === document.body;
    if (!lost || !part || document.querySelector("dialog[open]")) return;
    const place = part.split(" ").map((id) => document.getElementById(id)).find(Boolean);
    place?.focus({ preventScroll: true });
  });
  document.addEventListener("htmx:after:swap", rescue);
  document.addEventListener("arcadia:live", rescue);
  document.addEventListener("htmx:finally:request", rescue);
  document.addEventListener("close", rescue, true);
})();
