// Keys: / search, g d, g t, g p and g a go, j and k walk the rows, Enter opens, ? lists the keys.
(() => {
  const places = { d: "/deployments", t: "/tenants", a: "/activity", p: "/provisioning" };
  let g = 0;

  const typing = (el) => el.closest("input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]");

  const step = (by) => {
    const links = [...document.querySelectorAll("[data-row-link]")];
    if (!links.length) return;
    const here = links.findIndex((l) => l.closest("tr, li") === document.activeElement.closest?.("tr, li"));
    const next = here < 0 ? (by > 0 ? 0 : links.length - 1) : Math.min(Math.max(here + by, 0), links.length - 1);
    links[next].focus();
    links[next].closest("tr, li")?.scrollIntoView({ block: "nearest" });
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (typing(event.target) || document.querySelector("dialog[open]")) return;
    const after = performance.now() - g < 1200;
    g = 0;
    if (after && places[event.key] && document.querySelector(`nav a[href="${places[event.key]}"]`)) location.href = places[event.key];
    else if (event.key === "g") g = performance.now();
    else if (event.key === "/") document.getElementById("global-search")?.select();
    else if (event.key === "j") step(1);
    else if (event.key === "k") step(-1);
    else if (event.key === "?") document.getElementById("keys")?.showModal();
    else return;
    if (event.key !== "g") event.preventDefault();
  });
})();
