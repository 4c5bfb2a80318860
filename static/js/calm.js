// Puts a fresh part of a page in the place of the old one, if nobody is disturbed: what is under the pointer and what has the
// focus are the same things in the same place as before, selected text stays selected, typed text stays. Otherwise it does
// nothing and says so.
const arcadiaCalm = (() => {
  const control = "a, button, summary, input, select, textarea, label, [role=button]";
  let morph;
  let pointer = null; // where the mouse is; a finger rests nowhere
  htmx.registerExtension("arcadia-live", { init: (api) => { morph = api.morph; } });

  const follow = (event) => { pointer = event.pointerType === "touch" ? null : { x: event.clientX, y: event.clientY }; };
  document.addEventListener("pointermove", follow, { passive: true });
  document.addEventListener("pointerdown", follow, { passive: true });
  document.documentElement.addEventListener("pointerleave", () => { pointer = null; });

  const under = () => pointer && document.elementFromPoint(pointer.x, pointer.y);
  const focused = () => document.activeElement !== document.body && document.activeElement;

  const changedField = (field) => {
    if (/^(checkbox|radio)$/.test(field.type)) return field.checked !== field.defaultChecked;
    if (field.options) return [...field.options].some((o) => o.selected !== o.defaultSelected) && [...field.options].some((o) => o.defaultSelected);
    return !/^(hidden|submit|button|reset)$/.test(field.type) && field.value !== field.defaultValue;
  };
  const typed = (part) => [...part.querySelectorAll("input, select, textarea")].some(changedField);

  const selected = (part) => {
    const selection = getSelection();
    return !selection.isCollapsed && selection.rangeCount > 0 && selection.getRangeAt(0).intersectsNode(part);
  };

  // What must be the same afterwards: an element, where it and those around it are, and what its control says.
  const witness = (element) => {
    const around = [];
    for (let e = element; e && e !== document.body; e = e.parentElement) around.push({ e, box: e.getBoundingClientRect() });
    const near = element.closest(control);
    return { around, near, words: near?.textContent };
  };
  const stands = ({ around, near, words }) => {
    if (near && (!near.isConnected || near.textContent !== words)) return false;
    const { e, box } = around.find((one) => one.e.isConnected) ?? {};
    if (!e) return true;
    const now = e.getBoundingClientRect();
    return Math.abs(now.top - box.top) <= 1 && Math.abs(now.left - box.left) <= 1;
  };

  // A control that the fresh part does not have would vanish under the pointer or lose the focus: no need to try.
  const vanishes = (old, fresh) => (element) => {
    const near = element?.closest(control);
    return near?.id && old.contains(near) && !fresh.querySelector(`#${CSS.escape(near.id)}`);
  };

  const swap = (old, fresh) => {
    const holder = document.createDocumentFragment();
    holder.append(fresh.cloneNode(true));
    morph(old, holder, false);
    htmx.process(old);
  };

  const refocus = (id) => {
    if (id && document.activeElement?.id !== id) document.getElementById(id)?.focus({ preventScroll: true });
  };

  // put reports whether the fresh part is there. By force it disturbs whom it must, and leaves only typed text alone.
  const put = (old, fresh, force = false) => {
    if (old.querySelector(".htmx-request") || old.matches(".htmx-request")) return false;
    const focus = focused();
    if (force) {
      const forms = [...old.querySelectorAll("form")].filter(typed);
      if (forms.some((form) => !form.id || !fresh.querySelector(`#${CSS.escape(form.id)}`))) return false;
      forms.forEach((form) => form.setAttribute("hx-morph-skip", ""));
      swap(old, fresh);
      forms.forEach((form) => form.removeAttribute("hx-morph-skip"));
      return true;
    }
    // After a click the focus rests where nobody sees it: that one may move on.
    const watched = [under(), focus && focus.matches(":focus-visible") && focus].filter(Boolean);
    if (typed(old) || selected(old) || watched.some(vanishes(old, fresh))) return false;
    const before = watched.map(witness);
    const copy = old.cloneNode(true);
    swap(old, fresh);
    const calm = before.every(stands);
    if (!calm) swap(old, copy);
    if (focus && focus !== focused()) refocus(focus.id);
    return calm;
  };

  return { put, pointer: () => pointer };
})();
