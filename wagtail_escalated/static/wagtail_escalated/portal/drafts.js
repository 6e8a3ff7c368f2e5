// Keeps what is being written, until it was sent or the tab is closed (others may use this computer).
//   <form data-esc-draft="new">…</form>     the form to keep
//   <div data-esc-sent="new">               it has arrived: forget it
(() => {
  const known = new WeakSet();
  const texts = "textarea, select, input:is([type=text], [type=email], [type=number], [type=date])";
  const shelf = (name) => `escalated-draft:${name}`;
  const stored = (name) => {
    try {
      return JSON.parse(sessionStorage.getItem(shelf(name))) || {};
    } catch {
      return {}; // a browser that forbids it, or what somebody else left there
    }
  };
  const store = (name, draft) => {
    try {
      if (draft) sessionStorage.setItem(shelf(name), JSON.stringify(draft));
      else sessionStorage.removeItem(shelf(name));
    } catch {
      // Full or forbidden: the form works without.
    }
  };

  const written = (form) => {
    const draft = {};
    for (const field of form.elements) {
      if (field.matches(texts)) draft[field.name] = field.value;
      else if (field.type === "checkbox" && field.checked) (draft[field.name] ??= []).push(field.value);
    }
    return draft;
  };
  const fillIn = (form, draft) => {
    for (const field of form.elements) {
      const kept = draft[field.name];
      if (field.matches(texts) && !field.value && typeof kept === "string") field.value = kept;
      else if (field.type === "checkbox" && Array.isArray(kept)) field.checked ||= kept.includes(field.value);
    }
  };

  const sent = document.querySelector("[data-esc-sent]");
  if (sent) store(sent.dataset.escSent, null);
  const start = () => {
    for (const form of document.querySelectorAll("form[data-esc-draft]")) {
      if (known.has(form)) continue;
      known.add(form);
      fillIn(form, stored(form.dataset.escDraft));
      form.addEventListener("input", () => store(form.dataset.escDraft, written(form)));
    }
  };
  start();
  document.addEventListener("esc:changed", start);
})();
