/**
 * Shows how far the worker is: fetches its part of the page each second, as long as something in it is going on.
 *
 * <div data-controller="esc-progress" data-esc-progress-url-value="?part=1">
 *   <p data-esc-progress-target="going" role="status">3 of 40 <progress max="40" value="3"></progress></p>
 * </div>
 */
(() => {
  const EVERY = 1000;

  class ProgressController extends window.StimulusModule.Controller {
    static targets = ['going'];

    static values = { url: String };

    goingTargetConnected() {
      this.later();
    }

    disconnect() {
      clearTimeout(this.timer);
    }

    later() {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.look(), EVERY);
    }

    async look() {
      const response = await fetch(this.urlValue, { headers: { 'X-Requested-With': 'fetch' } }).catch(() => null);
      if (!response?.ok) {
        this.later();
        return;
      }
      const fetched = new DOMParser().parseFromString(await response.text(), 'text/html');
      this.element.replaceChildren(...fetched.body.childNodes);
    }
  }

  window.wagtail.app.register('esc-progress', ProgressController);
})();
