/**
 * Asks what the form's rule would change now, and shows the answer below the button.
 *
 * <div data-controller="esc-preview" data-esc-preview-url-value="…/preview/" data-esc-preview-failed-value="…">
 *   <button type="button" data-action="esc-preview#show"></button>
 *   <div data-esc-preview-target="answer" aria-live="polite"></div>
 * </div>
 */
(() => {
  class PreviewController extends window.StimulusModule.Controller {
    static targets = ['answer'];

    static values = { url: String, failed: String };

    async show() {
      const sent = new FormData(this.element.closest('form'));
      const body = new URLSearchParams();
      ['csrfmiddlewaretoken', 'conditions', 'actions'].forEach((name) => body.set(name, sent.get(name) || ''));
      this.element.setAttribute('aria-busy', 'true');
      const response = await fetch(this.urlValue, { method: 'POST', body }).catch(() => null);
      this.element.removeAttribute('aria-busy');
      if (!response?.ok) {
        this.answerTarget.textContent = this.failedValue;
        return;
      }
      const fetched = new DOMParser().parseFromString(await response.text(), 'text/html');
      this.answerTarget.replaceChildren(...fetched.body.children);
    }
  }

  window.wagtail.app.register('esc-preview', PreviewController);
})();
