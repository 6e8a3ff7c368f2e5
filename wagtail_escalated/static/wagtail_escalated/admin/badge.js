/**
 * Shows beside a menu item how much waits there. All badges of a page share one question to the server.
 *
 * @example
 * <a data-controller="esc-badge" data-esc-badge-url-value="/admin/support/badges/" data-esc-badge-name-value="inbox"
 *    data-esc-badge-waiting-value="%s waiting" data-esc-badge-live-value='{"socket": "…", "poll": "…", "seconds": 15}'>
 *
 * Asks again after a change of a ticket, and when the window comes back. The one with `live` listens on every page
 * of the admin; the desk is asked a second time a little later, as what follows a change is the worker's.
 */
(() => {
  if (!window.StimulusModule) return;

  const REST = 20000;
  const SOON = 1500;
  const LATER = 5000;
  let asked = null;
  let at = 0;

  /** A page that counts anyway says it: `<div data-esc-badges='{"inbox": "12"}'>`. */
  const said = () => {
    const page = document.querySelector('[data-esc-badges]');
    return page && Promise.resolve(JSON.parse(page.dataset.escBadges));
  };

  const ask = (url, oldest) => {
    if (!asked && said()) {
      at = Date.now();
      asked = said();
    } else if (!asked || Date.now() - at > oldest) {
      at = Date.now();
      asked = fetch(url, { headers: { 'X-Requested-With': 'XMLHttpRequest' } })
        .then((response) => (response.ok ? response.json() : {}))
        .catch(() => ({}));
    }
    return asked;
  };

  class BadgeController extends window.StimulusModule.Controller {
    static values = { url: String, name: String, waiting: String, live: Object };

    connect() {
      this.refresh = () => !document.hidden && this.show(REST);
      this.changed = () => this.showSoon();
      this.timers = [];
      this.show(REST);
      document.addEventListener('visibilitychange', this.refresh);
      document.addEventListener('esc-live:changed', this.changed);
      this.listen();
    }

    disconnect() {
      document.removeEventListener('visibilitychange', this.refresh);
      document.removeEventListener('esc-live:changed', this.changed);
      this.timers.forEach(clearTimeout);
      this.timers = [];
      this.ear?.remove();
      this.spoken?.remove();
      this.spoken = null;
    }

    /** Hears of all tickets where the page itself listens to none, or to one alone. */
    listen() {
      const page = document.querySelector('[data-controller~="esc-live"]:not([data-esc-badge-ear])');
      if (!this.liveValue.poll || (page && !page.hasAttribute('data-esc-live-ticket-value'))) return;
      this.ear = document.createElement('div');
      this.ear.hidden = true;
      this.ear.dataset.escBadgeEar = '';
      Object.entries(this.liveValue).forEach(([name, value]) => {
        this.ear.setAttribute(`data-esc-live-${name}-value`, value);
      });
      // The page's own listeners have their own ears.
      ['esc-live:changed', 'esc-live:fresh'].forEach((name) => {
        this.ear.addEventListener(name, (event) => event.stopPropagation());
      });
      this.ear.addEventListener('esc-live:changed', this.changed);
      this.ear.setAttribute('data-controller', 'esc-live');
      document.body.append(this.ear);
    }

    showSoon() {
      if (this.timers.length || document.hidden) return;
      this.timers = [setTimeout(() => this.show(SOON - 500), SOON), setTimeout(() => this.showLast(), LATER)];
    }

    showLast() {
      this.timers = [];
      this.show(SOON);
    }

    async show(oldest) {
      const counts = await ask(this.urlValue, oldest);
      const count = counts[this.nameValue] || '';
      // React owns what is inside the link, so the number stands in an attribute that the style shows.
      this.element.dataset.escCount = count;
      this.say(count && this.waitingValue.replace('%s', count));
    }

    /** For who hears the page: beside the link's name, what waits there. */
    say(text) {
      this.spoken ||= document.body.appendChild(document.createElement('span'));
      this.spoken.hidden = true;
      this.spoken.id = `esc-badge-${this.nameValue}`;
      this.spoken.textContent = text;
      if (text) this.element.setAttribute('aria-describedby', this.spoken.id);
      else this.element.removeAttribute('aria-describedby');
    }
  }

  window.wagtail.app.register('esc-badge', BadgeController);
})();
