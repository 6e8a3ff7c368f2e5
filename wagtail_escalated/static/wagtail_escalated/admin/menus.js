/**
 * <details data-controller="esc-menu"><summary>More</summary>…</details>
 * <details data-controller="esc-fold"><summary>Views</summary>…</details>
 */
(() => {
  const { Controller } = window.StimulusModule;

  /** A <details> used as a menu: closes on Escape and on a click elsewhere, one at a time. */
  class MenuController extends Controller {
    connect() {
      this.away = (event) => {
        if (!this.element.contains(event.target)) this.element.open = false;
      };
      this.escape = (event) => {
        if (event.key !== 'Escape' || !this.element.open) return;
        this.element.open = false;
        this.element.querySelector('summary').focus();
        event.stopPropagation();
      };
      document.addEventListener('click', this.away);
      this.element.addEventListener('keydown', this.escape);
    }

    disconnect() {
      document.removeEventListener('click', this.away);
      this.element.removeEventListener('keydown', this.escape);
    }
  }

  /** A <details> that is only folded where the page is narrow. */
  class FoldController extends Controller {
    connect() {
      this.wide = window.matchMedia('(min-width: 60rem)');
      this.element.open = this.wide.matches;
      this.follow = () => {
        this.element.open = this.wide.matches;
      };
      this.wide.addEventListener('change', this.follow);
    }

    disconnect() {
      this.wide.removeEventListener('change', this.follow);
    }
  }

  window.wagtail.app.register('esc-menu', MenuController);
  window.wagtail.app.register('esc-fold', FoldController);
})();
