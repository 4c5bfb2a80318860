// Relative times stay true while the page is open. The words are those of views/clock.go.
(() => {
  const counted = (n, noun) => n === 1 ? `1 ${noun}` : `${n.toLocaleString("en-US")} ${noun}s`;
  const span = (ms) => {
    const minutes = Math.floor(ms / 60000);
    if (minutes < 1) return "under a minute";
    if (minutes < 60) return `${minutes} min`;
    if (minutes < 1440) return counted(Math.floor(minutes / 60), "hour");
    return counted(Math.floor(minutes / 1440), "day");
  };
  const write = (el, text) => { if (el.textContent !== text) el.textContent = text; };
  setInterval(() => {
    const now = Date.now();
    document.querySelectorAll("time[data-span]").forEach((el) => write(el, span(now - Date.parse(el.dateTime))));
    document.querySelectorAll("time[data-ago]").forEach((el) => {
      const ms = now - Date.parse(el.dateTime);
      write(el, ms < 60000 ? "just now" : `${span(ms)} ago`);
    });
  }, 60000);
})();
