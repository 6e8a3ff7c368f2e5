/**
 * The list of keys behind "?", and a look at a ticket without opening it.
 *
 * <dialog data-controller="esc-help" data-esc-help-url-value="/…/keys/"></dialog>
 * <dialog data-controller="esc-look" data-action="esc-keys:look@document->esc-look#open">
 *   <div data-esc-look-target="body"></div>
 * </dialog>
 */
(() => {
  const { Controller } = window.StimulusModule;
  const isTyping = (event) => event.target.closest?.('input:not([type=checkbox]), textarea, select, [contenteditable=true]')?.checkVisibility();

  class HelpController extends Controller {
    static values = { url: String };

    connect() {
      this.keydown = (event) => {
        if (event.key !== '?' || isTyping(event) || document.querySelector('dialog[open]')) return;
        event.preventDefault();
        event.stopImmediatePropagation();
        this.open();
      };
      document.addEventListener('keydown', this.keydown, true);
    }

    disconnect() {
      document.removeEventListener('keydown', this.keydown, true);
    }

    async open() {
      if (!this.element.firstElementChild) {
        const response = await fetch(this.urlValue, { headers: { 'X-Requested-With': 'fetch' } }).catch(() => null);
        if (!response?.ok) return;
        const fetched = new DOMParser().parseFromString(await response.text(), 'text/html');
        this.element.replaceChildren(...fetched.body.childNodes);
      }
      if (!this.element.open) this.element.showModal();
    }
  }

  class LookController extends Controller {
    static targets = ['body'];

    async open({ detail: { row } }) {
      const url = row.querySelector('a').getAttribute('href').replace('?', 'parts/?');
      const response = await fetch(url, { headers: { 'X-Requested-With': 'fetch' } });
      if (!response.ok) return;
      const fetched = new DOMParser().parseFromString(await response.text(), 'text/html');
      const shown = fetched.querySelector('[data-part=conversation]');
      const title = fetched.querySelector('.esc-head__subject');
      fetched.querySelectorAll('.esc-message__menu').forEach((menu) => menu.remove());
      shown.removeAttribute('data-esc-ticket-target');
      this.bodyTarget.replaceChildren(title, shown);
      this.element.showModal();
    }
  }

  window.wagtail.app.register('esc-help', HelpController);
  window.wagtail.app.register('esc-look', LookController);
})();
