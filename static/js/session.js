// What somebody typed outlives the end of a session: it is kept in this tab until the sign-in, and put back on the page.
(() => {
  const prefix = "arcadia-typed:";
  const viewer = document.body.dataset.viewer;
  const gate = document.querySelector("[data-page=login], [data-page=welcome]");
  const longest = 60 * 60 * 1000;

  const forms = () => [...document.querySelectorAll("form[method=post]")].filter((f) => !f.closest("[data-page]") && !f.matches("[data-logout]"));
  const where = (form) => form.getAttribute("action");

  // The typed text of a form: nothing secret, nothing that was there before.
  const typed = (form) => [...form.elements].flatMap((field) => {
    if (!field.name || field.readOnly || /^(hidden|password|file|submit|button|reset)$/.test(field.type)) return [];
    if (/one-time-code|password/.test(field.autocomplete)) return [];
    if (/^(checkbox|radio)$/.test(field.type)) {
      return field.checked !== field.defaultChecked ? [{ name: field.name, value: field.value, checked: field.checked }] : [];
    }
    const before = field.options ? [...field.options].find((o) => o.defaultSelected)?.value ?? "" : field.defaultValue;
    return field.value !== before ? [{ name: field.name, value: field.value }] : [];
  });

  const keep = (list, lost) => {
    const kept = list.map((form) => ({ action: where(form), fields: typed(form) })).filter((f) => f.fields.length);
    if (!kept.length) return;
    const entry = { viewer, lost, at: Date.now(), forms: kept };
    try { sessionStorage.setItem(prefix + location.pathname, JSON.stringify(entry)); } catch { /* full: it stays on the page */ }
  };

  const entries = () => Object.keys(sessionStorage).filter((k) => k.startsWith(prefix)).map((key) => {
    try { return { key, ...JSON.parse(sessionStorage.getItem(key)) }; } catch { return { key, at: 0 }; }
  });
  const forget = (key) => sessionStorage.removeItem(key);

  const say = (text) => {
    const notice = document.createElement("div");
    notice.className = "notice";
    notice.setAttribute("role", "status");
    Object.assign(notice.dataset, { kind: "info", testid: "typed-kept", about: "typed" });
    const words = document.createElement("p");
    words.textContent = text;
    notice.append(words);
    document.getElementById("notices")?.append(notice);
  };

  const fill = (form, fields) => fields.forEach(({ name, value, checked }) => {
    for (const field of [...form.elements].filter((f) => f.name === name)) {
      if (checked === undefined) field.value = value;
      else if (field.value === value) field.checked = checked;
    }
  });

  // Puts back what it can; forms that stand in a dialog get theirs when it is opened again.
  const restore = (first) => {
    const mine = entries().find((e) => e.key === prefix + location.pathname);
    if (!mine?.lost || mine.viewer !== viewer) return;
    const waiting = [];
    let done = 0;
    for (const one of mine.forms) {
      const form = forms().find((f) => where(f) === one.action && one.fields.every((x) => f.elements[x.name]));
      if (form) {
        fill(form, one.fields);
        done += 1;
      } else waiting.push(one);
    }
    if (done) say("What you typed before you had to sign in is back. Nothing of it was sent.");
    else if (first && waiting.length) say("What you typed before you had to sign in is kept: open the form again, and it is back.");
    if (!waiting.length) return forget(mine.key);
    const { key, ...entry } = mine;
    sessionStorage.setItem(key, JSON.stringify({ ...entry, forms: waiting }));
  };

  entries().filter((e) => Date.now() - e.at > longest).forEach((e) => forget(e.key));
  if (gate) {
    // The sign-in page: what was sent last was not taken.
    for (const { key, ...entry } of entries()) sessionStorage.setItem(key, JSON.stringify({ ...entry, lost: true }));
  } else if (viewer) {
    entries().filter((e) => !e.lost || e.viewer !== viewer).forEach((e) => forget(e.key));
    restore(true);
    const dialog = document.getElementById("dialog");
    if (dialog) new MutationObserver(() => dialog.childElementCount && restore(false)).observe(dialog, { childList: true });
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.matches("[data-logout]")) entries().forEach((e) => forget(e.key));
    else if (forms().includes(form) && !form.hasAttribute("hx-post")) keep([form], false);
  });

  // A session that ended during a call of the page's script: to the sign-in page, and back here.
  document.addEventListener("htmx:before:swap", (event) => {
    if (event.detail?.ctx?.response?.status !== 401) return;
    event.preventDefault();
    keep(forms(), true);
    location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
  });

  // The e-mail need not be typed again after a wrong password: the server gives nothing back, the tab does.
  const email = document.querySelector("[data-testid=login-form] input[name=email]");
  if (email) {
    const key = "arcadia-email";
    if (document.querySelector("[data-testid=error]")) email.value = sessionStorage.getItem(key) ?? "";
    email.form.addEventListener("submit", () => sessionStorage.setItem(key, email.value));
    (email.value ? email.form.elements.password : email).focus();
  }

  // A page that the browser kept when it was left may be somebody's who has signed out since: it is asked for anew.
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    if (viewer) keep(forms(), true);
    location.reload();
  });
})();
