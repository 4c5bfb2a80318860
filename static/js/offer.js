// The quiet place at the foot of the page: what changed and is not shown yet, and whether the page is live. It lies above the
// page, so that nothing moves when it comes.
const arcadiaOffer = (() => {
  const place = document.getElementById("live");
  const said = document.getElementById("live-said");
  let texts = {}; // by what they are about
  let show = null;

  const covers = (pointer) => {
    const box = place.getBoundingClientRect();
    const near = 24;
    return pointer && pointer.x > box.left - near && pointer.x < box.right + near && pointer.y > box.top - near && pointer.y < box.bottom + near;
  };

  const button = (text) => {
    const b = document.createElement("button");
    Object.assign(b, { type: "button", className: "button small", textContent: "Show" });
    b.dataset.testid = "live-show";
    b.setAttribute("aria-label", `Show what changed: ${text}`);
    b.addEventListener("click", () => show?.());
    return b;
  };

  const link = ({ href, label }) => {
    const a = document.createElement("a");
    Object.assign(a, { href, className: "button small", textContent: label });
    a.dataset.testid = "live-way";
    return a;
  };

  const draw = () => {
    const [about, { text, way } = {}] = Object.entries(texts)[0] ?? [];
    if (place.dataset.about === (about ?? "") && place.dataset.text === (text ?? "")) return;
    Object.assign(place.dataset, { about: about ?? "", text: text ?? "" });
    place.replaceChildren();
    if (!text) return;
    const words = document.createElement("p");
    words.textContent = text;
    place.append(words);
    if (about === "changed") place.append(button(text));
    if (way) place.append(link(way));
    // What comes under the pointer must not be clicked by mistake.
    if (place.lastChild !== words) place.lastChild.inert = Boolean(covers(arcadiaCalm.pointer()));
  };
  document.addEventListener("pointermove", () => {
    if (place?.lastChild?.inert && !covers(arcadiaCalm.pointer())) place.lastChild.inert = false;
  }, { passive: true });

  const set = (about, value) => {
    if (value) texts = { [about]: value, ...texts, [about]: value };
    else delete texts[about];
    if (place) draw();
  };

  return {
    // n things are not shown; onShow shows them.
    changed: (n, onShow) => { show = onShow; set("changed", n ? { text: `${n.toLocaleString("en-US")} changed` } : null); },
    status: (text, way) => set("status", text ? { text, way } : null),
    state: (up) => {
      const mark = document.getElementById("live-state");
      if (!mark) return;
      mark.dataset.up = up ? "yes" : "no";
      mark.textContent = up ? "Live" : "Not live";
    },
    say: (text) => { if (said) said.textContent = text; },
  };
})();
