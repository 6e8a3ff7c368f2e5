/**
 * Says that this agent has the ticket open or is writing, and shows who else has and is.
 *
 * <div data-controller="esc-presence" data-esc-presence-url-value="/…/presence/"
 *      data-esc-presence-version-value="7" data-esc-presence-viewing-value="%s is looking at this, too" data-esc-presence-writing-value="%s is writing">
 *   <span data-esc-presence-target="people"></span>
 * </div>
 */
(() => {
  const SECONDS = 10;

  class PresenceController extends window.StimulusModule.Controller {
    static targets = ['people'];

    static values = { url: String, version: Number, viewing: String, writing: String };

    connect() {
      this.state = 'viewing';
      this.others = [];
      this.leave = () => this.say('gone', true);
      window.addEventListener('pagehide', this.leave);
      this.clock = setInterval(() => document.visibilityState === 'visible' && this.say(this.state), SECONDS * 1000);
      this.say('viewing');
    }

    disconnect() {
      clearInterval(this.clock);
      window.removeEventListener('pagehide', this.leave);
    }

    peopleTargetConnected() {
      this.show();
    }

    writing() {
      if (this.state !== 'writing') this.say('writing');
      this.state = 'writing';
    }

    idle() {
      this.state = 'viewing';
    }

    /** The page shows a newer version: that one is read now. */
    seen({ detail: { version } }) {
      this.versionValue = version;
      this.say(this.state);
    }

    async say(state, keepalive = false) {
      const body = new URLSearchParams({ state, version: this.versionValue });
      const headers = { [window.wagtailConfig.CSRF_HEADER_NAME]: window.wagtailConfig.CSRF_TOKEN };
      try {
        const response = await fetch(this.urlValue, { method: 'POST', headers, body, keepalive });
        if (!response.ok) return;
        this.others = (await response.json()).others;
        this.show();
      } catch {
        // The connection's banner tells it.
      }
    }

    show() {
      if (!this.hasPeopleTarget || !this.others) return;
      this.peopleTarget.replaceChildren(
        ...this.others.map(({ name, state }) => {
          const chip = document.createElement('span');
          chip.className = `esc-chip esc-chip--${state === 'writing' ? 'writing' : 'here'}`;
          chip.textContent = (state === 'writing' ? this.writingValue : this.viewingValue).replace('%s', name);
          return chip;
        }),
      );
    }
  }

  window.wagtail.app.register('esc-presence', PresenceController);
})();
