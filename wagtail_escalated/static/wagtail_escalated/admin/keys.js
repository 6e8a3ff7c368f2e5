/**
 * The keyboard of the list and of the ticket.
 *
 * <div data-controller="esc-keys">
 *   <a data-esc-keys-target="view" data-key="m">  "g" then the key opens it
 *   <tr data-esc-keys-target="row">               j k move, Enter opens, x selects, X selects all up to here
 *   <button data-esc-keys-target="press" data-key="a">
 *   <a data-esc-keys-target="press" data-key="t m">  "t" then "m"
 * </div>
 *
 * Nothing happens while somebody types, and nothing where shortcuts are switched off in the account.
 */
(() => {
  class KeysController extends window.StimulusModule.Controller {
    static targets = ['view', 'row', 'press'];

    connect() {
      this.at = -1;
      this.keydown = (event) => this.key(event);
      if (window.wagtailConfig.KEYBOARD_SHORTCUTS_ENABLED !== false) document.addEventListener('keydown', this.keydown);
    }

    disconnect() {
      document.removeEventListener('keydown', this.keydown);
    }

    key(event) {
      const typing = event.target.closest?.('input:not([type=checkbox]), textarea, select, [contenteditable=true], dialog, [role=dialog]');
      if (document.querySelector('dialog[open]')) return;
      // The focus of a dialog that was just closed is still in it for a moment.
      if (typing?.checkVisibility() || event.ctrlKey || event.metaKey || event.altKey) return;
      const done = this.before ? this.second(event.key) : this.first(event);
      if (done) event.preventDefault();
    }

    /** "g" leads to a view, "t" does something with this ticket: what, says the next key. */
    second(key) {
      const { before } = this;
      this.before = '';
      if (before !== 'g') return this.press(`${before} ${key}`);
      const view = this.viewTargets.find((link) => link.dataset.key === key);
      view?.click();
      return Boolean(view);
    }

    first(event) {
      const begins = event.key === 'g' ? this.viewTargets.length : this.pressTargets.some(({ dataset }) => dataset.key.startsWith(`${event.key} `));
      if (begins) {
        this.before = event.key;
        clearTimeout(this.timer);
        this.timer = setTimeout(() => {
          this.before = '';
        }, 1500);
        return true;
      }
      if (this.rowTargets.length) return this.inList(event);
      return this.onPage(event.key);
    }

    inList(event) {
      const onLink = event.target.closest?.('a, button, summary');
      const row = this.rowTargets[this.at];
      const actions = {
        j: () => this.move(1),
        k: () => this.move(-1),
        x: () => row?.querySelector('input[type=checkbox]')?.click(),
        X: () => row?.querySelector('input[type=checkbox]')?.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true, shiftKey: true })),
        o: () => row?.querySelector('a')?.click(),
      };
      if (!onLink) actions.Enter = actions.o;
      if (!onLink || row?.contains(onLink)) actions[' '] = () => this.dispatch('look', { detail: { row } });
      const action = actions[event.key];
      if (!action || (event.key === ' ' && !row)) return false;
      action();
      return true;
    }

    move(by) {
      const rows = this.rowTargets;
      rows[this.at]?.classList.remove('esc-row--at');
      this.at = Math.min(Math.max(this.at + by, 0), rows.length - 1);
      rows[this.at].classList.add('esc-row--at');
      rows[this.at].querySelector('a').focus({ preventScroll: true });
      rows[this.at].scrollIntoView({ block: 'nearest' });
    }

    onPage(key) {
      const composer = { r: 'reply', n: 'note' }[key];
      if (composer) return this.write(composer);
      return this.press(key);
    }

    press(key) {
      const target = this.pressTargets.find((one) => one.dataset.key === key);
      if (!target) return false;
      if (target.matches('details')) {
        target.open = !target.open;
        target.querySelector('button, a, input:not([type=hidden])')?.focus();
      } else {
        target.click();
      }
      return true;
    }

    write(kind) {
      const radio = document.querySelector(`.esc-composer [value=${kind}]`);
      if (!radio) return false;
      radio.click();
      document.querySelector('.esc-composer [contenteditable=true]')?.focus();
      return true;
    }
  }

  window.wagtail.app.register('esc-keys', KeysController);
})();
