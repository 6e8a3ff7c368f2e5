/**
 * Rows of an open list that change in place; what is new waits behind a button, so nothing moves under the pointer.
 *
 * <div data-controller="esc-rows" data-esc-rows-url-value="/admin/support/inbox/rows/"
 *      data-action="esc-live:changed->esc-rows#changed">
 *   <button data-esc-rows-target="news" data-one="%s new ticket" data-many="%s new tickets" hidden></button>
 *   <div data-esc-rows-target="list">… <tr data-esc-rows-target="row" data-reference="…"></tr> …</div>
 * </div>
 */
(() => {
  const PRESENCE_SECONDS = 15;

  class RowsController extends window.StimulusModule.Controller {
    static targets = ['news', 'list', 'row', 'count'];

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
      this.timer = setTimeout(() => {
        const references = [...this.waiting].slice(0, 100);
        this.waiting.clear();
        this.load(references);
      }, 150);
    }

    async load(references) {
      if (document.visibilityState !== 'visible' && !references.length) return;
      const query = new URLSearchParams(window.location.search);
      references.forEach((reference) => query.append('ref', reference));
      this.rowTargets.forEach((row) => query.append('shown', row.dataset.reference));
      if (this.element.querySelector('.esc-col-select')) query.set('select', '1');
      const response = await fetch(`${this.urlValue}?${query}`, { headers: { Accept: 'application/json' } });
      if (response.ok) this.show(await response.json());
    }

    show({ rows, here, counts, present }) {
      const belongs = new Set(here);
      Object.entries(rows).forEach(([reference, html]) => {
        const old = this.rowTargets.find((row) => row.dataset.reference === reference);
        if (old) this.replace(old, html, belongs.has(reference));
        else if (belongs.has(reference)) this.fresh.add(reference);
      });
      this.countTargets.forEach((count) => {
        const text = counts?.[count.dataset.view];
        if (text) count.textContent = text;
      });
      this.rowTargets.forEach((row) => this.showPeople(row, present[row.dataset.reference] || []));
      this.announce();
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

    announce() {
      const count = this.fresh.size;
      this.newsTarget.hidden = !count;
      const text = count === 1 ? this.newsTarget.dataset.one : this.newsTarget.dataset.many;
      this.newsTarget.textContent = count ? text.replace('%s', count) : '';
    }

    /** The list again, now that somebody asked for it. */
    reload() {
      window.location.reload();
    }

    reset() {
      this.fresh.clear();
      this.announce();
    }
  }

  window.wagtail.app.register('esc-rows', RowsController);
})();
