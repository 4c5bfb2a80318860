// The stream of events: one connection, made again by itself. tell gets {type}: "up", "down", "anew" (read everything again),
// "ended" (nobody is signed in any more) and "changes" with a list.
const arcadiaStream = (tell) => {
  const silence = 40000; // ms; the console says every 15 s that it is there
  let current = null; // of the connection that is there or being made
  let timer = 0;
  let tries = 0;

  const message = (block) => {
    const field = (name) => block.split("\n").find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
    const kind = field("event");
    if (kind === "anew") tell({ type: "anew" });
    return kind === "change" ? [JSON.parse(field("data"))] : [];
  };

  const read = async (body, alive) => {
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      alive();
      const blocks = (text + value).split("\n\n");
      text = blocks.pop();
      const list = blocks.flatMap(message);
      if (list.length) tell({ type: "changes", list });
    }
  };

  // age is how many milliseconds ago the page was asked for; without it everything is read again once the stream is there.
  const open = async (age) => {
    close();
    const abort = new AbortController();
    current = abort;
    let watchdog;
    const alive = () => { clearTimeout(watchdog); watchdog = setTimeout(() => abort.abort(), silence); };
    try {
      alive();
      const query = age === undefined ? "" : `?age=${Math.ceil(age)}`;
      const answer = await fetch(`/events${query}`, { signal: abort.signal, redirect: "manual", cache: "no-store", headers: { Accept: "text/event-stream" } });
      if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) {
        if (current === abort) { current = null; tell({ type: "ended" }); }
        return;
      }
      if (answer.ok) {
        tries = 0;
        tell({ type: "up" });
        if (age === undefined) tell({ type: "anew" });
        await read(answer.body, alive);
      }
    } catch { /* broken: it is made again */ } finally {
      clearTimeout(watchdog);
      if (current === abort) again();
    }
  };

  // All browsers lose their stream at once when a console stops: they come back at different moments.
  const again = () => {
    tell({ type: "down" });
    const most = Math.min(60000, 1000 * 2 ** tries);
    tries += 1;
    timer = setTimeout(open, most * (0.2 + 0.8 * Math.random()));
  };

  const close = () => {
    clearTimeout(timer);
    const was = current;
    current = null;
    was?.abort();
  };

  return { open, close };
};
