/**
 * What is new waits behind a button, and comes into the list when somebody asks for it.
 *
 * <div data-controller="esc-news" data-esc-news-url-value="/…/inbox/results/"
 *      data-action="esc-rows:fresh@document->esc-news#tell w-swap:success@document->esc-news#gone">
 *   <button data-esc-news-target="button" data-action="esc-news#show" data-one="%s new ticket" data-many="%s new tickets" hidden></button>
 *   <div data-esc-news-target="list">…</div>
 * </div>
 *
 * Dispatches `esc-news:shown`.
 */
(() => {
  const boxes = (root) => [...root.querySelectorAll('.esc-row input[type=checkbox]')];

  class NewsController extends window.StimulusModule.Controller {
    static targets = ['button', 'list'];

    static values = { url: String };

    tell({ detail: { references } }) {
      const count = references.length;
      const text = count === 1 ? this.buttonTarget.dataset.one : this.buttonTarget.dataset.many;
      this.buttonTarget.hidden = !count;
      this.buttonTarget.textContent = count ? text.replace('%s', count) : '';
    }

    gone() {
      this.buttonTarget.hidden = true;
    }

    /** The list from its beginning. What was selected stays selected. */
    async show() {
      const query = new URLSearchParams(window.location.search);
      ['after', 'before'].forEach((name) => query.delete(name));
      const headers = { 'X-Requested-With': 'XMLHttpRequest' };
      const response = await fetch(`${this.urlValue}?${query}`, { headers }).catch(() => null);
      if (!response?.ok || response.redirected) {
        window.location.assign(`?${query}`);
        return;
      }
      const fetched = new DOMParser().parseFromString(await response.text(), 'text/html');
      const chosen = new Set(boxes(this.listTarget).filter((box) => box.checked).map((box) => box.value));
      boxes(fetched).forEach((box) => box.toggleAttribute('checked', chosen.has(box.value)));
      this.listTarget.replaceChildren(...fetched.body.childNodes);
      window.history.replaceState(null, '', `?${query}`);
      this.gone();
      this.dispatch('shown');
      this.listTarget.querySelector('.esc-row a')?.focus();
    }
  }

  window.wagtail.app.register('esc-news', NewsController);
})();
