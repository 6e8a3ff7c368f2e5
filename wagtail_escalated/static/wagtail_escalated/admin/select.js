/**
 * Selecting rows: one, a range with Shift, all on the page, all that match; the bar of bulk actions follows.
 *
 * <table data-controller="esc-select" data-action="change->esc-select#changed click->esc-select#clicked">
 *   <input type="checkbox" data-esc-select-target="all"> … <input type="checkbox" data-esc-select-target="box">
 * </table>
 * <form id="esc-bulk" hidden>… <output data-count data-one="…" data-many="…"></output> …</form>
 */
(() => {
  class SelectController extends window.StimulusModule.Controller {
    static targets = ['all', 'box'];

    connect() {
      this.update();
      // The browser ticks the boxes again when somebody comes back to the page.
      this.restored = () => this.update();
      window.addEventListener('pageshow', this.restored);
    }

    disconnect() {
      window.removeEventListener('pageshow', this.restored);
    }

    boxTargetConnected() {
      this.update();
    }

    clicked(event) {
      const at = this.boxTargets.indexOf(event.target);
      if (at < 0) return;
      if (event.shiftKey && this.last >= 0) {
        const [from, to] = [Math.min(at, this.last), Math.max(at, this.last)];
        this.boxTargets.slice(from, to + 1).forEach((box) => {
          box.checked = event.target.checked;
        });
      }
      this.last = at;
      this.update();
    }

    changed(event) {
      if (this.hasAllTarget && event.target === this.allTarget) {
        this.boxTargets.forEach((box) => {
          box.checked = this.allTarget.checked;
        });
      }
      this.update();
    }

    update() {
      const chosen = this.boxTargets.filter((box) => box.checked);
      this.boxTargets.forEach((box) => box.closest('tr').classList.toggle('esc-row--selected', box.checked));
      if (this.hasAllTarget) {
        this.allTarget.checked = chosen.length > 0 && chosen.length === this.boxTargets.length;
        this.allTarget.indeterminate = chosen.length > 0 && chosen.length < this.boxTargets.length;
      }
      const bar = document.getElementById('esc-bulk');
      if (!bar) return;
      bar.hidden = !chosen.length;
      const output = bar.querySelector('[data-count]');
      const text = chosen.length === 1 ? output.dataset.one : output.dataset.many;
      output.textContent = text.replace('%s', chosen.length);
      const matching = bar.querySelector('[data-matching]');
      if (matching) {
        const whole = chosen.length === this.boxTargets.length;
        matching.hidden = !whole;
        if (!whole) matching.querySelector('input').checked = false;
      }
    }
  }

  /** The bar's fields follow what is chosen; what cannot be undone is asked about. */
  class BulkController extends window.StimulusModule.Controller {
    static targets = ['what', 'tag', 'merge'];

    static values = { sure: String };

    connect() {
      this.changed();
    }

    changed() {
      this.tagTarget.hidden = this.whatTarget.value !== 'tag';
      this.mergeTarget.hidden = this.whatTarget.value !== 'merge';
    }

    submit(event) {
      if (this.whatTarget.value !== 'delete') {
        this.element.setAttribute('aria-busy', 'true');
        return;
      }
      // eslint-disable-next-line no-alert
      if (!window.confirm(this.sureValue)) {
        event.preventDefault();
        return;
      }
      const sure = document.createElement('input');
      Object.assign(sure, { type: 'hidden', name: 'sure', value: '1' });
      this.element.append(sure);
    }
  }

  window.wagtail.app.register('esc-select', SelectController);
  window.wagtail.app.register('esc-bulk', BulkController);
})();
