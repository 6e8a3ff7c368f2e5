// Articles that may help, while the subject is being typed.
//   <div data-esc-suggestions="/support/tickets/new/suggestions/" data-esc-source="id_subject"></div>
(() => {
  const known = new WeakSet();
  const attend = (place) => {
    const input = document.getElementById(place.dataset.escSource);
    let wait;
    let asked = 0;
    const ask = async () => {
      const mine = ++asked;
      const answer = await fetch(`${place.dataset.escSuggestions}?q=${encodeURIComponent(input.value)}`);
      if (!answer.ok || mine !== asked) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      place.replaceChildren(...page.body.childNodes);
    };
    input.addEventListener("input", () => {
      clearTimeout(wait);
      wait = setTimeout(() => ask().catch(() => {}), 300); // offline: the form still works
    });
  };
  const start = () => {
    for (const place of document.querySelectorAll("[data-esc-suggestions]")) {
      if (known.has(place)) continue;
      known.add(place);
      attend(place);
    }
  };
  start();
  document.addEventListener("esc:changed", start);
})();
