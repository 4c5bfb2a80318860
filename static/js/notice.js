// Toasts leave by themselves after a while, not while the pointer or the focus is on them.
(() => {
  const region = document.getElementById("notices");
  const plain = 8000;

  const life = (notice) => {
    // The panel and the row keep the undo for as long as it is possible; the toast only offers it while it is news.
    if (notice.querySelector("[data-undo]")) return 2 * plain;
    return notice.dataset.kind === "error" ? 4 * plain : plain;
  };

  const arm = (notice) => {
    let timer;
    const start = () => { clearTimeout(timer); timer = setTimeout(() => notice.remove(), life(notice)); };
    const stop = () => clearTimeout(timer);
    notice.addEventListener("pointerenter", stop);
    notice.addEventListener("pointerleave", start);
    notice.addEventListener("focusin", stop);
    notice.addEventListener("focusout", start);
    start();
  };

  const show = (root) => root.querySelectorAll("[data-dismiss-notice], [data-copy], [data-opens]").forEach((b) => { b.hidden = false; });
  show(document);
  document.addEventListener("htmx:after:swap", () => show(document));
  document.addEventListener("arcadia:live", () => show(document));

  new MutationObserver((changes) => {
    for (const notice of changes.flatMap((c) => [...c.addedNodes])) {
      if (!notice.matches?.(".notice")) continue;
      const about = notice.dataset.about;
      for (const other of region.querySelectorAll(".notice")) {
        if (other !== notice && about && other.dataset.about === about) other.remove();
      }
      while (region.childElementCount > 4) region.firstElementChild.remove();
      show(notice);
      arm(notice);
    }
  }).observe(region, { childList: true });

  document.addEventListener("click", (event) => {
    event.target.closest("[data-dismiss-notice]")?.closest(".notice").remove();
    const copy = event.target.closest("[data-copy]");
    if (copy) navigator.clipboard?.writeText(copy.dataset.copy).then(() => {
      copy.setAttribute("aria-label", "Copied");
      copy.classList.add("done");
    });
  });
})();
