/**
 * Asks what the form's own words would do, and shows the answer: at a click, or `live`, while somebody writes.
 *
 * <div data-controller="esc-preview" data-esc-preview-url-value="…/preview/" data-esc-preview-failed-value="…"
 *      data-esc-preview-fields-value='["conditions", "actions"]' data-esc-preview-live-value="true">
 *   <button type="button" data-action="esc-preview#show"></button>
 *   <div data-esc-preview-target="answer" aria-live="polite"></div>
 * </div>
 */
(() => {
  const REST = 400;

  class PreviewController extends window.StimulusModule.Controller {
    static targets = ['answer'];

    static values = { url: String, failed: String, fields: Array, live: Boolean };

    connect() {
      if (!this.liveValue) return;
      this.form = this.element.closest('form');
      this.written = (event) => this.fieldsValue.includes(event.target.name) && this.showSoon();
      this.form.addEventListener('input', this.written);
      this.show();
    }

    disconnect() {
      clearTimeout(this.timer);
      this.form?.removeEventListener('input', this.written);
    }

    showSoon() {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.show(), REST);
    }

    async show() {
      const sent = new FormData(this.element.closest('form'));
      const body = new URLSearchParams();
      ['csrfmiddlewaretoken', ...this.fieldsValue].forEach((name) => body.set(name, sent.get(name) || ''));
      this.latest = body.toString();
      this.element.setAttribute('aria-busy', 'true');
      const response = await fetch(this.urlValue, { method: 'POST', body }).catch(() => null);
      const text = response?.ok ? await response.text() : null;
      // An answer to fewer words comes too late.
      if (this.latest !== body.toString()) return;
      this.element.removeAttribute('aria-busy');
      if (text === null) {
        this.answerTarget.textContent = this.failedValue;
        return;
      }
      const fetched = new DOMParser().parseFromString(text, 'text/html');
      this.answerTarget.replaceChildren(...fetched.body.children);
    }
  }

  window.wagtail.app.register('esc-preview', PreviewController);
})();
