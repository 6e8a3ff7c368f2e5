/**
 * The box of Ctrl K: goes to a ticket, a view or an article, or does what the page can do.
 *
 * <dialog data-controller="esc-box" data-esc-box-url-value="/…/commands/">
 *   <input data-esc-box-target="input"><ul role="listbox" data-esc-box-target="list"></ul>
 * </dialog>
 *
 * The page's own buttons with a key (`data-esc-keys-target="press"`) or with a name for it
 * (`data-esc-command="Macro: Thank you"`) are offered as actions.
 */
(() => {
  const { Controller } = window.StimulusModule;

  class BoxController extends Controller {
    static targets = ['input', 'list'];

    static values = { url: String, action: String };

    results = [];

    connect() {
      this.keydown = (event) => {
        if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey)) return;
        event.preventDefault();
        this.open();
      };
      document.addEventListener('keydown', this.keydown, true);
      this.inputTarget.addEventListener('input', () => this.look());
      this.element.addEventListener('keydown', (event) => this.key(event));
    }

    disconnect() {
      document.removeEventListener('keydown', this.keydown, true);
    }

    open() {
      this.inputTarget.value = '';
      this.element.showModal();
      this.look();
    }

    actions(query) {
      return [...document.querySelectorAll('[data-esc-keys-target=press][data-key], [data-esc-command]')]
        .map((target) => ({ target, title: target.dataset.escCommand || (target.querySelector('summary, .esc-menu__label') || target).textContent.trim(), hint: target.dataset.key || '' }))
        .filter(({ title }) => title.toLowerCase().includes(query))
        .map(({ target, title, hint }) => ({ kind: this.actionValue, title, hint, run: () => (target.open === undefined ? target.click() : target.setAttribute('open', '')) }));
    }

    async look() {
      const query = this.inputTarget.value.trim();
      const turn = Symbol(query);
      this.turn = turn;
      this.waiting = true;
      this.chosen = false;
      const found = await this.find(query);
      if (this.turn !== turn) return;
      this.waiting = false;
      this.results = [...this.actions(query.toLowerCase()), ...found];
      this.at = 0;
      this.show();
      if (this.chosen && this.element.open) this.choose(0);
    }

    async find(query) {
      try {
        const response = await fetch(`${this.urlValue}?${new URLSearchParams({ q: query })}`, { headers: { Accept: 'application/json' } });
        return response.ok ? (await response.json()).results : [];
      } catch {
        return [];
      }
    }

    show() {
      const pieces = ({ kind, title, hint }) => [['span', kind], ['b', title], ['kbd', hint]];
      window.escalatedListbox.show(this.listTarget, this.results, pieces, (index) => this.choose(index));
      this.mark();
    }

    key(event) {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step && this.results.length) this.at = (this.at + step + this.results.length) % this.results.length;
      else if (event.key === 'Enter') this.chooseOrWait();
      else return;
      event.preventDefault();
      this.mark();
    }

    mark() {
      window.escalatedListbox.mark(this.listTarget, this.at, this.inputTarget);
    }

    /** Enter means the first of what was typed, not of what is still shown for fewer letters. */
    chooseOrWait() {
      if (this.waiting) this.chosen = true;
      else this.choose(this.at);
    }

    choose(index) {
      const result = this.results[index];
      if (!result) return;
      this.element.close();
      if (result.run) result.run();
      else window.location.assign(result.url);
    }
  }

  window.wagtail.app.register('esc-box', BoxController);
})();
