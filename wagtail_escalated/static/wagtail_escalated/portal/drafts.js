// Keeps what is being written, until it was sent or the tab is closed (others may use this computer).
//   <form data-esc-draft="new">…</form>     the form to keep
//   <div data-esc-sent="new">               it has arrived: forget it
(() => {
  const key = (name) => `escalated-draft:${name}`;
  const sent = document.querySelector("[data-esc-sent]");
  if (sent) sessionStorage.removeItem(key(sent.dataset.escSent));

  const kept = (form) =>
    [...form.elements].filter((field) => field.matches("textarea, select, input:is([type=text], [type=email], [type=number], [type=date])"));

  for (const form of document.querySelectorAll("form[data-esc-draft]")) {
    const shelf = key(form.dataset.escDraft);
    const draft = JSON.parse(sessionStorage.getItem(shelf) || "{}");
    for (const field of kept(form)) {
      if (!field.value && typeof draft[field.name] === "string") field.value = draft[field.name];
    }
    form.addEventListener("input", () => {
      const values = Object.fromEntries(kept(form).map((field) => [field.name, field.value]));
      sessionStorage.setItem(shelf, JSON.stringify(values));
    });
  }
})();
