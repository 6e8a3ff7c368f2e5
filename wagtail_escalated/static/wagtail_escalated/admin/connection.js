/**
 * Tells how old the page is once the desk has not answered for a while.
 *
 * <p data-controller="esc-connection" data-esc-connection-seconds-value="15" hidden
 *    data-action="esc-live:fresh@document->esc-connection#fresh" data-seconds="Less than a minute old." data-minutes="%s minutes old."></p>
 */
(() => {
  class ConnectionController extends window.StimulusModule.Controller {
    static values = { seconds: Number };

    connect() {
      this.fresh();
      this.clock = setInterval(() => this.tell(), 5000);
    }

    disconnect() {
      clearInterval(this.clock);
    }

    fresh() {
      this.at = Date.now();
      this.tell();
    }

    tell() {
      const age = (Date.now() - this.at) / 1000;
      const { minutes, seconds } = this.element.dataset;
      this.element.hidden = age < 2 * this.secondsValue + 5;
      const text = age < 60 ? seconds : minutes.replace('%s', Math.floor(age / 60));
      if (this.element.textContent !== text) this.element.textContent = text;
    }
  }

  window.wagtail.app.register('esc-connection', ConnectionController);
})();
