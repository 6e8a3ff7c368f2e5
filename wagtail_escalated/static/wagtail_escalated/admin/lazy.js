/**
 * Fetches a part of the page when it is wanted: at once (`now`), when its <details> opens, or by `esc-lazy#load`.
 *
 * <details><summary>More</summary><div data-controller="esc-lazy" data-esc-lazy-url-value="/…/">fallback</div></details>
 *
 * Dispatches `esc-lazy:loaded`. `esc-choices` does the same for a <select>; `esc-submit` sends a form when it changes.
 */
(() => {
  const { Controller } = window.StimulusModule;

  const fetchDocument = async (url) => {
    const response = await fetch(url, { headers: { 'X-Requested-With': 'fetch' } });
    if (!response.ok) throw new Error(response.status);
    return new DOMParser().parseFromString(await response.text(), 'text/html');
  };

  class LazyController extends Controller {
    static values = { url: String, now: Boolean };

    connect() {
      this.fold = this.element.closest('details');
      this.opened = () => this.fold.open && this.load();
      if (this.nowValue || this.fold?.open) this.load();
      else this.fold?.addEventListener('toggle', this.opened);
    }

    disconnect() {
      this.fold?.removeEventListener('toggle', this.opened);
    }

    /** Hidden fields inside go along: they are what the part begins with. */
    get address() {
      const fields = [...this.element.querySelectorAll('input[type=hidden]')].map(({ name, value }) => [name, value]);
      return fields.length ? `${this.urlValue}?${new URLSearchParams(fields)}` : this.urlValue;
    }

    async load() {
      if (this.loading) return;
      this.loading = true;
      try {
        const fetched = await fetchDocument(this.address);
        this.element.replaceChildren(...fetched.body.childNodes);
        this.dispatch('loaded');
      } catch {
        this.loading = false;
      }
    }
  }

  class ChoicesController extends Controller {
    static values = { url: String };

    async load() {
      if (this.loading) return;
      this.loading = true;
      const fetched = await fetchDocument(this.urlValue).catch(() => null);
      const choices = fetched?.querySelector(`select[name="${this.element.name}"]`);
      if (!choices) {
        this.loading = false;
        return;
      }
      const { value } = this.element;
      this.element.replaceChildren(...choices.children);
      this.element.value = value;
    }
  }

  class SubmitController extends Controller {
    now() {
      this.element.requestSubmit();
    }
  }

  window.wagtail.app.register('esc-lazy', LazyController);
  window.wagtail.app.register('esc-choices', ChoicesController);
  window.wagtail.app.register('esc-submit', SubmitController);
})();
