/**
 * Starts Wagtail's inline panel without a script in the page.
 *
 * @example
 * <div data-controller="esc-inline-panel"
 *      data-esc-inline-panel-options-value='{"formsetPrefix": "id_shifts", …}' hidden></div>
 */
(() => {
  class InlinePanelController extends window.StimulusModule.Controller {
    static values = { options: Object };

    connect() {
      this.panel = new window.InlinePanel(this.optionsValue);
    }
  }

  window.wagtail.app.register('esc-inline-panel', InlinePanelController);
})();
