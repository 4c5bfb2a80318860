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
  // To the second, as views/elapsed.go writes it.
  const rest = (n, unit, more, smaller) => more > 0 ? `${n} ${unit} ${more} ${smaller}` : `${n} ${unit}`;
  const elapsed = (ms) => {
    const seconds = Math.floor(Math.max(ms, 0) / 1000), minutes = Math.floor(seconds / 60), hours = Math.floor(minutes / 60);
    if (seconds < 60) return `${seconds} s`;
    if (minutes < 60) return rest(minutes, "min", seconds % 60, "s");
    if (hours < 24) return rest(hours, "h", minutes % 60, "min");
    return counted(Math.floor(hours / 24), "day");
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
  setInterval(() => {
    if (document.hidden) return;
    const now = Date.now();
    document.querySelectorAll("time[data-elapsed]").forEach((el) => write(el, elapsed(now - Date.parse(el.dateTime))));
    document.querySelectorAll("time[data-due]").forEach((el) => {
      const ms = Date.parse(el.dateTime) - now;
      write(el, ms >= 1000 ? `in ${elapsed(ms)}` : "now");
    });
  }, 1000);
})();
