/**
 * Rows of an open list that change in place, so that nothing moves under the pointer.
 *
 * <div data-controller="esc-rows" data-esc-rows-url-value="/admin/support/inbox/rows/"
 *      data-action="esc-live:changed->esc-rows#changed">
 *   <div data-esc-rows-target="list">… <tr data-esc-rows-target="row" data-reference="…"></tr> …</div>
 * </div>
 *
 * Dispatches `esc-rows:fresh` with the references that belong into the list and don't stand in it (news.js).
 */
(() => {
  const PRESENCE_SECONDS = 15;
  /** What follows closely on a question waits for company, in milliseconds; the first asks at once. */
  const COMPANY = 150;

  class RowsController extends window.StimulusModule.Controller {
    static targets = ['row', 'count'];

    static values = { url: String };

    connect() {
      this.waiting = new Set();
      this.fresh = new Set();
      this.clock = setInterval(() => this.load([]), PRESENCE_SECONDS * 1000);
    }

    disconnect() {
      clearInterval(this.clock);
      clearTimeout(this.timer);
    }

    changed({ detail: { ticket } }) {
      this.waiting.add(ticket);
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.ask(), Date.now() - (this.asked || 0) > 1000 ? 0 : COMPANY);
    }

    ask() {
      this.asked = Date.now();
      const references = [...this.waiting].slice(0, 100);
      this.waiting.clear();
      this.load(references);
    }

    /** The list was read anew. */
    reset() {
      this.fresh.clear();
    }

    async load(references) {
      if (document.visibilityState !== 'visible' && !references.length) return;
      const query = new URLSearchParams(window.location.search);
      references.forEach((reference) => query.append('ref', reference));
      this.rowTargets.forEach((row) => query.append('shown', row.dataset.reference));
      if (this.element.querySelector('.esc-col-select')) query.set('select', '1');
      const response = await fetch(`${this.urlValue}?${query}`, { headers: { Accept: 'application/json' } }).catch(() => null);
      if (response?.ok) this.show(await response.json());
    }

    show({ rows, here, counts, present }) {
      const belongs = new Set(here);
      Object.entries(rows).forEach(([reference, html]) => {
        const old = this.rowTargets.find((row) => row.dataset.reference === reference);
        if (old) this.replace(old, html, belongs.has(reference));
        else if (belongs.has(reference)) this.fresh.add(reference);
        else this.fresh.delete(reference);
      });
      this.countTargets.forEach((count) => {
        const text = counts?.[count.dataset.view];
        if (text) count.textContent = text;
      });
      this.rowTargets.forEach((row) => this.showPeople(row, present[row.dataset.reference] || []));
      this.dispatch('fresh', { detail: { references: [...this.fresh] } });
    }

    replace(old, html, belongs) {
      const body = document.createElement('tbody');
      body.insertAdjacentHTML('afterbegin', html);
      const row = body.querySelector('tr');
      const box = old.querySelector('input[type=checkbox]');
      const fresh = row.querySelector('input[type=checkbox]');
      if (box && fresh) fresh.checked = box.checked;
      const focused = old.contains(document.activeElement);
      row.classList.toggle('esc-row--left', !belongs);
      row.classList.add('esc-row--changed');
      if (old.classList.contains('esc-row--at')) row.classList.add('esc-row--at');
      old.replaceWith(row);
      if (focused) row.querySelector('a')?.focus();
    }

    showPeople(row, names) {
      const place = row.querySelector('[data-present]');
      if (!place || place.dataset.names === names.join()) return;
      place.dataset.names = names.join();
      place.replaceChildren(
        ...names.map((name) => {
          const chip = document.createElement('span');
          chip.className = 'esc-chip esc-chip--here';
          chip.textContent = name;
          return chip;
        }),
      );
    }
  }

  window.wagtail.app.register('esc-rows', RowsController);
})();
