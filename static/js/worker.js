// One stream for all pages of a browser: a shared worker holds it as long as there is a page, and passes on what it hears.
(() => {
  const pages = new Set();
  const remembered = 60000; // ms
  let recent = []; // {at, list}, for pages that were drawn a moment ago
  let from = 0;    // everything since then was heard
  let state = "";  // "", "up", "down" or "ended"
  let viewer = "";

  const tell = (message) => pages.forEach((page) => page.postMessage(message));

  const stream = arcadiaStream((message) => {
    const now = Date.now();
    if (message.type === "changes") {
      recent = recent.filter(({ at }) => now - at < remembered);
      recent.push({ at: now, list: message.list });
    } else if (message.type === "anew") {
      recent = [];
      from = now;
    } else {
      state = message.type;
    }
    tell(message);
  });

  const begin = (age) => {
    state = "down";
    from = Date.now() - age;
    recent = [];
    stream.open(age);
  };

  // A page joins; age is how long ago it was asked for.
  const join = (page, { age, viewer: who }) => {
    pages.add(page);
    const since = Date.now() - age;
    if (state === "" || state === "ended" || who !== viewer) {
      viewer = who;
      return begin(age);
    }
    page.postMessage({ type: state });
    const list = recent.filter(({ at }) => at >= since).flatMap((one) => one.list);
    if (since < from || age > remembered) page.postMessage({ type: "anew" });
    else if (list.length) page.postMessage({ type: "changes", list });
  };

  addEventListener("connect", ({ ports: [page] }) => {
    page.onmessage = ({ data }) => {
      if (data.type === "join") join(page, data);
      else pages.delete(page);
    };
  });
})();
