/**
 * The open ticket keeps up: when it changed, its parts are fetched through the page's own view and put in place.
 *
 * <div data-controller="esc-ticket" data-esc-ticket-url-value="/…/parts/" data-action="esc-live:changed->esc-ticket#refresh">
 *   <div data-esc-ticket-target="part" data-part="conversation">…</div>
 * </div>
 *
 * Folds stay as they are, a part that somebody is typing in waits. Dispatches `esc-ticket:refreshed`.
 * Who changes a property finds the page where it was; a long conversation begins with its newest message.
 */
(() => {
  const PLACE = 'esc-place';
  const LONG = 4;

  class TicketController extends window.StimulusModule.Controller {
    static targets = ['part'];

    static values = { url: String };

    connect() {
      this.shown = new Set(this.messageKeys());
      this.focusOut = () => this.stale && setTimeout(() => this.refresh(), 200);
      this.element.addEventListener('focusout', this.focusOut);
      this.keepPlace = (event) => {
        if (event.target.id !== 'composer') sessionStorage.setItem(PLACE, JSON.stringify([window.location.pathname, this.scroller.scrollTop]));
      };
      this.element.addEventListener('submit', this.keepPlace);
      this.findPlace();
    }

    disconnect() {
      this.element.removeEventListener('focusout', this.focusOut);
      this.element.removeEventListener('submit', this.keepPlace);
    }

    findPlace() {
      const [path, y] = JSON.parse(sessionStorage.getItem(PLACE) || '[]');
      sessionStorage.removeItem(PLACE);
      if (path === window.location.pathname && y) this.scroller.scrollTo(0, y);
      else if (!window.location.hash && this.shown.size > LONG) document.getElementById('newest')?.scrollIntoView();
    }

    /** Wagtail's pages scroll inside of the window. */
    get scroller() {
      let box = this.element.parentElement;
      while (box && (box.scrollHeight <= box.clientHeight || getComputedStyle(box).overflowY === 'visible')) box = box.parentElement;
      return box || document.scrollingElement;
    }

    messageKeys(root = this.element) {
      return [...root.querySelectorAll('.esc-message')].map((message) => message.id);
    }

    async refresh() {
      const response = await fetch(this.urlValue, { headers: { 'X-Requested-With': 'fetch' } }).catch(() => null);
      if (!response?.ok) return;
      const fetched = new DOMParser().parseFromString(await response.text(), 'text/html');
      this.stale = false;
      this.partTargets.forEach((part) => {
        const fresh = fetched.querySelector(`[data-part="${part.dataset.part}"]`);
        if (fresh) this.replace(part, fresh);
      });
      this.dispatch('refreshed', { detail: { version: fetched.body.firstElementChild?.dataset.version } });
      this.announce();
    }

    replace(part, fresh) {
      const busy = part.contains(document.activeElement) && document.activeElement.matches('input, select, textarea');
      if (busy || part.querySelector('.esc-menu[open], .esc-edit[open]')) {
        this.stale = true;
        return;
      }
      part.querySelectorAll('details[data-fold]').forEach((fold) => {
        const same = fresh.querySelector(`details[data-fold="${fold.dataset.fold}"]`);
        if (same) same.open = fold.open;
      });
      // What was fetched later stays until it is fetched again.
      part.querySelectorAll('[data-controller="esc-lazy"]').forEach((lazy) => {
        const same = fresh.querySelector(`[data-esc-lazy-url-value="${lazy.dataset.escLazyUrlValue}"]`);
        same?.replaceChildren(...lazy.childNodes);
      });
      const focused = part.contains(document.activeElement) ? document.activeElement.id : '';
      part.replaceWith(fresh);
      if (focused) document.getElementById(focused)?.focus();
    }

    announce() {
      const fresh = this.messageKeys().filter((key) => !this.shown.has(key));
      fresh.forEach((key) => {
        this.shown.add(key);
        document.getElementById(key).classList.add('esc-message--new');
      });
      const last = fresh.length && document.getElementById(fresh[fresh.length - 1]);
      const region = document.getElementById('esc-announce');
      if (last && region) region.textContent = last.querySelector('.esc-message__head').textContent.trim();
    }
  }

  window.wagtail.app.register('esc-ticket', TicketController);
})();
