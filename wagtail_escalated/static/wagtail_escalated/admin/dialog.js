/**
 * Opens what is a page of its own as a dialog, without leaving the ticket.
 *
 * <a href="/…/merge/" data-esc-dialog>Merge…</a>
 * <dialog data-controller="esc-dialog" aria-labelledby="esc-dialog-title"></dialog>
 *
 * Its form is sent without leaving, too: what is wrong stands above it, and where it worked the page goes on.
 * While somebody types in the `other` target, the `found` target follows; a choice there is put into the field.
 */
(() => {
  const REST = 250;
  const HEADERS = { 'X-Requested-With': 'fetch' };

  class DialogController extends window.StimulusModule.Controller {
    static targets = ['other', 'found'];

    connect() {
      this.opening = (event) => this.opens(event);
      document.addEventListener('click', this.opening);
      this.listeners = { click: (event) => this.clicked(event), submit: (event) => this.submitted(event), input: (event) => this.typed(event), close: () => this.closed() };
      Object.entries(this.listeners).forEach(([name, listener]) => this.element.addEventListener(name, listener));
    }

    disconnect() {
      document.removeEventListener('click', this.opening);
      Object.entries(this.listeners).forEach(([name, listener]) => this.element.removeEventListener(name, listener));
      clearTimeout(this.timer);
    }

    opens(event) {
      const link = event.target.closest?.('a[data-esc-dialog]');
      if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      const menu = link.closest('details.esc-menu');
      menu?.removeAttribute('open');
      this.opener = menu?.querySelector('summary') || link;
      this.open(link.href);
    }

    async open(url) {
      const response = await fetch(url, { headers: HEADERS }).catch(() => null);
      if (!response?.ok || response.redirected) {
        window.location.assign(url);
        return;
      }
      this.url = url;
      this.fill(await response.text());
      if (!this.element.open) this.element.showModal();
      this.focusFirst();
    }

    fill(html) {
      const fetched = new DOMParser().parseFromString(html, 'text/html');
      this.element.replaceChildren(...fetched.body.childNodes);
    }

    focusFirst() {
      const wrong = this.element.querySelector('[aria-invalid=true]');
      (wrong || this.element.querySelector('form :is(input:not([type=hidden]), select, textarea, button)'))?.focus();
    }

    /** The browser gives the focus back, but not to what stands in a menu that has closed. */
    closed() {
      const { activeElement } = document;
      if (activeElement === document.body || !activeElement?.checkVisibility()) this.opener?.focus();
    }

    clicked(event) {
      const choice = event.target.closest('[data-esc-dialog-choose]');
      const close = event.target.closest('[data-esc-dialog-close]') || event.target === this.element;
      if (choice) {
        this.otherTarget.value = choice.dataset.escDialogChoose;
        this.element.querySelector('form button').focus();
      } else if (close) {
        this.element.close();
      } else {
        return;
      }
      event.preventDefault();
    }

    typed(event) {
      if (!this.hasOtherTarget || event.target !== this.otherTarget) return;
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.look(this.otherTarget.value.trim()), REST);
    }

    async look(words) {
      const url = new URL(this.url);
      url.searchParams.set('words', words);
      const response = await fetch(url, { headers: HEADERS }).catch(() => null);
      if (!response?.ok || this.otherTarget.value.trim() !== words) return;
      const fetched = new DOMParser().parseFromString(await response.text(), 'text/html');
      const found = fetched.querySelector('[data-esc-dialog-target=found]');
      if (found) this.foundTarget.replaceChildren(...found.childNodes);
    }

    async submitted(event) {
      event.preventDefault();
      if (this.sending) return;
      this.sending = true;
      const { target } = event;
      const body = new FormData(target, event.submitter);
      const response = await fetch(target.action, { method: 'POST', headers: HEADERS, body }).catch(() => null);
      this.sending = false;
      const isJson = response?.headers.get('Content-Type')?.startsWith('application/json');
      if (isJson) {
        window.location.assign((await response.json()).url);
      } else if (response?.status === 422) {
        this.fill(await response.text());
        this.focusFirst();
      } else {
        // As without a script: the page says what happened.
        target.submit();
      }
    }
  }

  window.wagtail.app.register('esc-dialog', DialogController);
})();
