// A page whose parts are live (data-live) is read again when something changed that they show, and the parts are changed in
// place. See "A live part" in docs/develop.md.
(() => {
  const script = document.body.dataset.events;
  const parts = () => [...document.querySelectorAll("[data-live]")].filter((p) => !p.parentElement.closest("[data-live]"));
  if (!script || !parts().some((p) => p.dataset.live)) return;

  const viewer = document.body.dataset.viewer;
  const spacing = 1000; // ms between two readings
  const spread = 250;   // ms over which the pages of a browser come
  const slow = 4000;    // ms that a change of no more than the menu waits, once and up to twice
  let timer = 0;
  let due = 0;          // when the timer ends
  let lastRead = -spacing;
  let dirty = false;    // something changed since the page was read
  let over = false;     // this page is not live any more
  let asking = 0;       // requests of htmx under way
  let swaps = 0;        // of htmx, each newer than a reading that is under way
  let fresh = null;     // the page as it was read last, unless htmx changed this one since
  let waiting = 0;      // parts and rows that are not shown as they were read
  let wanted = false;   // somebody asked to see what waits

  const topics = () => new Set(parts().flatMap((p) => p.dataset.live.split(" ")));
  const concerns = (list) => {
    const wanted = topics();
    const some = [...wanted].some((t) => t.includes(":"));
    return list.some(({ kind, deployment, tenant }) => wanted.has(kind) || wanted.has(`deployment:${deployment}`) ||
      wanted.has(`tenant:${tenant}`) || (!deployment && !tenant && some));
  };

  // What stands in the menu of every page is worth a reading, but not at once.
  const concernsSlowly = (list) => {
    const wanted = [...document.querySelectorAll("[data-live-slow]")].flatMap((e) => e.dataset.liveSlow.split(" "));
    return list.some(({ kind }) => wanted.includes(kind));
  };

  const later = (most, least = 0) => {
    if (over) return;
    dirty = true;
    if (document.hidden) return;
    const now = performance.now();
    const at = Math.max(lastRead + spacing, now + least) + most * Math.random();
    if (timer && at >= due) return;
    clearTimeout(timer);
    due = at;
    timer = setTimeout(read, at - now);
  };

  const stop = (text, way) => {
    over = true;
    waiting = 0;
    arcadiaOffer.state(false);
    arcadiaOffer.changed(0);
    if (text) arcadiaOffer.status(text, way);
  };

  const signedOut = () => stop("You are signed out.", { href: `/login?next=${encodeURIComponent(location.pathname + location.search)}`, label: "Sign in" });

  const ask = async () => {
    const answer = await fetch(location.href, { headers: { "Arcadia-Live": "read" }, redirect: "manual", cache: "no-store" });
    if (answer.type === "opaqueredirect" || answer.status === 401) return signedOut();
    if (answer.status < 500 && answer.status !== 429 && !answer.ok) return stop(); // not a page that can be read again
    if (!answer.ok) throw new Error(answer.status);
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  };

  const source = (page) => page.querySelector("script[src*='/app']")?.getAttribute("src");

  const read = async () => {
    timer = 0;
    if (document.hidden || over) return;
    if (asking) return later(spread);
    dirty = false;
    lastRead = performance.now();
    const before = `${swaps} ${location.href}`;
    let page;
    try { page = await ask(); } catch { return later(5000); }
    if (!page || over) return;
    if (asking || before !== `${swaps} ${location.href}`) return later(spread);
    if (page.body.dataset.viewer !== viewer) return stop("Somebody else is signed in now.", { href: location.href, label: "Reload" });
    if (source(page) !== source(document)) return stop("There is a newer version of the console.", { href: location.href, label: "Reload" });
    fresh = page;
    apply(wanted);
  };

  const counterpart = (part) => part.id && fresh.getElementById(part.id);
  const rowsOf = (list) => [...list.querySelectorAll("[data-live-row]")];

  // How many rows stand elsewhere: all but the longest run that keeps its order.
  const moved = (places) => {
    const longest = [];
    places.forEach((place, i) => {
      longest[i] = 1 + Math.max(0, ...places.slice(0, i).map((earlier, j) => (earlier < place ? longest[j] : 0)));
    });
    return places.length - Math.max(0, ...longest);
  };

  // A list changes row by row. Which rows there are, and where, changes only when somebody asks for it.
  const applyList = (list, next) => {
    const now = rowsOf(list);
    const then = rowsOf(next);
    const place = new Map(then.map((row, i) => [row.id, i]));
    let held = then.filter((row) => !now.some((n) => n.id === row.id)).length;
    for (const row of now) {
      const gone = !place.has(row.id);
      row.toggleAttribute("data-live-gone", gone);
      if (gone || !arcadiaCalm.put(row, then[place.get(row.id)])) held += 1;
    }
    return held + moved(now.filter((row) => place.has(row.id)).map((row) => place.get(row.id)));
  };

  const applyAll = (force) => {
    let held = 0;
    for (const part of parts()) {
      const next = counterpart(part);
      if (!next) continue;
      const said = part.dataset.liveSay;
      if (!force && "liveList" in part.dataset) held += applyList(part, next);
      else if (!arcadiaCalm.put(part, next, force)) held += "liveQuiet" in part.dataset ? 0 : 1;
      const says = document.getElementById(part.id)?.dataset.liveSay;
      if (says && says !== said) arcadiaOffer.say(says);
    }
    document.dispatchEvent(new Event("arcadia:live"));
    return held;
  };

  const apply = (force) => {
    wanted = false;
    waiting = applyAll(force);
    arcadiaOffer.changed(waiting, show);
    tellDialog();
  };

  const show = () => {
    (document.querySelector("[data-live-list] [data-row-link]") ?? document.getElementById("main"))?.focus({ preventScroll: true });
    wanted = true;
    if (fresh) apply(true);
    else later(0);
  };

  // The versions that the page showed when the dialog was opened, for those whose form names none.
  let opened = new Map();
  new MutationObserver(() => {
    opened = new Map([...document.querySelectorAll("[data-id][data-version]")].map((e) => [e.dataset.id, e.dataset.version]));
  }).observe(document.getElementById("dialog"), { childList: true });

  // A dialog that was opened on what has changed since says so, and keeps what was typed.
  const tellDialog = () => {
    const form = document.querySelector("#dialog[open] form");
    const id = form?.getAttribute("action")?.split("/")[2];
    const part = id && fresh.querySelector(`[data-id="${CSS.escape(id)}"][data-version]`);
    const version = form?.elements.version?.value ?? opened.get(id);
    const line = form?.querySelector(".dialog-sub");
    if (!part || !line || !version || version === part.dataset.version) return;
    line.setAttribute("role", "status");
    Object.assign(line.dataset, { testid: "live-stale" });
    line.style.minHeight = `${line.offsetHeight}px`; // the buttons stay where they are
    line.textContent = `${part.dataset.now}; your text stays.`;
  };

  // What waited for the pointer, the focus or a selection to go is tried again when they went.
  let trying = 0;
  const again = () => {
    if (!waiting || trying) return;
    trying = setTimeout(() => { trying = 0; if (fresh && waiting && !asking && !over) apply(false); }, 200);
  };
  for (const event of ["pointermove", "focusout", "selectionchange", "input"]) document.addEventListener(event, again, { passive: true });

  document.addEventListener("htmx:before:request", () => { asking += 1; });
  document.addEventListener("htmx:finally:request", () => { asking -= 1; });
  document.addEventListener("htmx:after:swap", () => { swaps += 1; fresh = null; if (dirty || waiting) later(spread); });

  let troubled = 0;
  const hear = (message) => {
    if (message.type === "changes" && concerns(message.list)) later(spread);
    else if (message.type === "changes" && concernsSlowly(message.list)) later(slow, slow);
    else if (message.type === "anew") later(2000);
    else if (message.type === "ended") signedOut();
    clearTimeout(troubled);
    if (over) return;
    if (message.type === "down") {
      troubled = setTimeout(() => {
        arcadiaOffer.state(false);
        arcadiaOffer.status("Not live: no connection. It is tried again.");
      }, 10000);
      return;
    }
    arcadiaOffer.state(true);
    arcadiaOffer.status();
  };

  const join = () => ({ type: "join", age: performance.now(), viewer });

  const shared = () => {
    const worker = new SharedWorker(script, "arcadia");
    worker.addEventListener("error", alone, { once: true }); // its script is gone: the console was replaced
    const { port } = worker;
    port.onmessage = ({ data }) => hear(data);
    port.postMessage(join());
    addEventListener("pagehide", () => port.postMessage({ type: "leave" }));
  };

  // Where there are no shared workers, which is on phones, one page is looked at at a time: that one has the stream.
  const alone = () => {
    const stream = arcadiaStream(hear);
    stream.open(performance.now());
    document.addEventListener("visibilitychange", () => (document.hidden ? stream.close() : stream.open()));
    addEventListener("pagehide", () => stream.close());
  };

  document.addEventListener("visibilitychange", () => { if (!document.hidden && dirty) later(0); });
  if (window.SharedWorker) shared();
  else alone();
})();
