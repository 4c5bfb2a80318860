// A plain form is sent once: a second click while the answer is on its way does nothing. Forms of htmx see to it themselves.
(() => {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post" || form.hasAttribute("hx-post")) return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
  // Coming back to a page that the browser kept: its forms can be sent again, the server knows their keys.
  addEventListener("pageshow", () => document.querySelectorAll("[data-sent]").forEach((f) => delete f.dataset.sent));

  // What is not shown with one answer of "How does it come to be?" is not sent with it, and what it needs is asked for at once.
  const follow = (form) => {
    const way = form?.elements.provision?.value;
    if (way === undefined) return;
    form.elements.hostname.required = way === "true";
    const state = form.querySelector("[data-field=state]");
    if (state) state.disabled = !state.getClientRects().length;
  };
  const followAll = () => [...document.forms].forEach(follow);
  document.addEventListener("change", (event) => { if (event.target.name === "provision") follow(event.target.form); });
  followAll();
  addEventListener("pageshow", followAll); // the browser may have put back what was chosen

  // One box for all of a name, and back.
  document.addEventListener("change", ({ target }) => {
    const boxes = (name) => [...(target.form?.elements ?? [])].filter((e) => e.type === "checkbox" && e.name === name);
    if (target.dataset.all) return boxes(target.dataset.all).forEach((box) => { box.checked = target.checked; });
    const all = target.type === "checkbox" && target.form?.querySelector(`[data-all="${CSS.escape(target.name)}"]`);
    if (all) all.checked = boxes(target.name).every((box) => box.checked);
  });

  const say = (message) => {
    const notice = document.createElement("div");
    notice.className = "notice";
    notice.setAttribute("role", "alert");
    Object.assign(notice.dataset, { kind: "error", testid: "error", about: "request" });
    const text = document.createElement("p");
    text.textContent = message.trim().replace(/\s+/g, " ");
    notice.append(text);
    const dialog = document.querySelector("dialog[open] .dialog-body");
    if (!dialog) return document.getElementById("notices").append(notice);
    dialog.querySelector(".notice")?.remove(); // a toast would lie under the dialog
    dialog.prepend(notice);
  };

  // What was chosen and is decided is not chosen any more.
  document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
    const form = document.getElementById("choose-findings");
    if (ctx?.response?.status < 400 && ctx.request?.method === "POST" && ctx.request.action === form?.getAttribute("action")) form.reset();
  });

  // What went wrong on the way is said, not swallowed; what was typed stays.
  document.addEventListener("htmx:error", (event) => {
    if (event.detail?.ctx?.request) {
      say("No answer from the console. Whether it was done is not known: reload to see, or try again. It is never done twice.");
    }
  });

  // A whole error page does not belong into a part of this one: its message is shown instead.
  document.addEventListener("htmx:before:swap", (event) => {
    const { ctx } = event.detail;
    if (!(ctx?.response?.status >= 400) || !/^\s*<!doctype/i.test(ctx.text)) return;
    event.preventDefault();
    const page = new DOMParser().parseFromString(ctx.text, "text/html");
    const box = page.querySelector("[data-testid=error]");
    const words = [...(box?.querySelectorAll("h1, dd") ?? [])].map((e) => e.textContent.trim().replace(/\.?$/, "."));
    say(words.join(" ") || box?.textContent || page.title);
  });
})();
