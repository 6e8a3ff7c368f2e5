/**
 * Suggestions below the search field while somebody types. Without it the form works all the same.
 * The arrow keys go from the field into the list and back, Escape closes it.
 *
 * <form data-esc-kb-search data-url="/support/kb/suggestions/"><input name="q"></form>
 * <div data-esc-kb-suggestions hidden></div>
 */
(() => {
  const PAUSE = 250;
  // Where a character is a syllable or a word two say enough: the server tells them apart.
  const SHORTEST = 2;

  function attach(form) {
    const url = form.dataset.url;
    const list = form.parentElement.querySelector("[data-esc-kb-suggestions]");
    const input = form.elements.q;
    if (!url || !list || !input) return;
    let timer = 0;
    let request = null;

    const hide = () => {
      list.hidden = true;
      list.replaceChildren();
    };

    const show = (html) => {
      const fragment = new DOMParser().parseFromString(html, "text/html");
      list.replaceChildren(...fragment.body.childNodes);
      list.hidden = !list.children.length;
    };

    const ask = async () => {
      const query = input.value.trim();
      request?.abort();
      if (query.length < SHORTEST) return hide();
      request = new AbortController();
      try {
        const response = await fetch(`${url}?q=${encodeURIComponent(query)}`, {
          signal: request.signal,
          headers: { Accept: "text/html" },
        });
        if (response.ok) show(await response.text());
        else hide();
      } catch (error) {
        if (error.name !== "AbortError") hide();
      }
    };

    input.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(ask, PAUSE);
    });
    const move = (step) => {
      const stops = [input, ...list.querySelectorAll("a")];
      const at = stops.indexOf(document.activeElement) + step;
      stops[(at + stops.length) % stops.length].focus();
    };

    form.parentElement.addEventListener("keydown", (event) => {
      if (list.hidden || event.isComposing) return;
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!step && event.key !== "Escape") return;
      event.preventDefault(); // Chromium would empty the field on Escape, too
      if (step) return move(step);
      hide();
      input.focus();
    });
    document.addEventListener("pointerdown", (event) => {
      if (!form.parentElement.contains(event.target)) hide();
    });
    form.addEventListener("submit", () => request?.abort());
  }

  document.querySelectorAll("[data-esc-kb-search]").forEach(attach);
})();
