/**
 * While writing: "/" offers canned responses, "??" articles (as links), "???" what they say, "@" colleagues;
 * what is chosen goes into the text.
 *
 * <div data-controller="esc-suggest" data-esc-suggest-url-value="/…/suggest/">
 *   … Draftail … <ul role="listbox" data-esc-suggest-target="list" hidden></ul>
 *   <input type="hidden" data-esc-suggest-target="mentions"><input type="hidden" data-esc-suggest-target="cited">
 * </div>
 */
(() => {
  const TRIGGERS = [
    { what: 'text', mark: 3, pattern: /\?\?\?([^?]{0,60})$/ },
    { what: 'article', mark: 2, pattern: /\?\?([^?]{0,60})$/ },
    { what: 'canned', mark: 1, pattern: /(?:^|\s)\/([^/\s][^/]{0,40}|)$/ },
    { what: 'person', mark: 1, pattern: /(?:^|\s)@([^@\s]{0,40})$/ },
  ];

  class SuggestController extends window.StimulusModule.Controller {
    static targets = ['list', 'mentions', 'cited'];

    static values = { url: String };

    connect() {
      this.keydown = (event) => this.key(event);
      this.element.addEventListener('keydown', this.keydown, true);
      this.clock = setInterval(() => this.look(), 200);
    }

    disconnect() {
      this.element.removeEventListener('keydown', this.keydown, true);
      clearInterval(this.clock);
    }

    get editor() {
      return this.element.querySelector('[data-draftail-input]')?.draftailEditor;
    }

    get before() {
      return window.escalatedDraftail.textBefore(this.editor);
    }

    look() {
      const { before } = this;
      if (before === this.seen || this.isSettling) return;
      this.seen = before;
      const trigger = before !== null && TRIGGERS.find(({ pattern }) => pattern.test(before));
      if (!trigger) {
        this.hide();
        return;
      }
      const query = before.match(trigger.pattern)[1];
      this.length = query.length + trigger.mark;
      this.offer(trigger.what, query);
    }

    async offer(what, query) {
      const asked = `${this.urlValue}?${new URLSearchParams({ what, q: query })}`;
      this.asked = asked;
      this.waiting = true;
      this.chosen = false;
      const results = await this.find(asked);
      if (this.asked !== asked) return;
      this.waiting = false;
      this.what = what;
      this.results = results;
      this.at = 0;
      this.show();
      if (this.chosen && results.length) this.choose(0);
      else this.settle();
    }

    async find(url) {
      try {
        const response = await fetch(url, { headers: { Accept: 'application/json' } });
        return response.ok ? (await response.json()).results : [];
      } catch {
        return [];
      }
    }

    show() {
      const pieces = ({ title, hint, warning }) => [['b', title], ['em', warning], ['span', hint]];
      window.escalatedListbox.show(this.listTarget, this.results, pieces, (index) => this.choose(index));
      this.listTarget.hidden = !this.results.length;
      this.mark();
    }

    key(event) {
      if (this.isSettling && event.key === 'Enter' && (event.ctrlKey || event.metaKey)) this.sendLater(event);
      if (this.listTarget.hidden) return;
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) this.at = (this.at + step + this.results.length) % this.results.length;
      else if (['Enter', 'Tab'].includes(event.key) && !event.ctrlKey && !event.metaKey) this.chooseOrWait();
      else if (event.key === 'Escape') this.hide();
      else return;
      event.preventDefault();
      event.stopPropagation();
      this.mark();
    }

    mark() {
      window.escalatedListbox.mark(this.listTarget, this.at, this.element.querySelector('[role=textbox]'));
    }

    hide() {
      this.asked = '';
      this.waiting = false;
      this.listTarget.hidden = true;
      if (!this.choosing) this.settle();
    }

    get isSettling() {
      return this.choosing || (this.chosen && this.waiting);
    }

    /** What was chosen and has not come yet is sent, too. */
    sendLater(event) {
      event.preventDefault();
      event.stopPropagation();
      const again = { key: 'Enter', ctrlKey: true, bubbles: true, cancelable: true };
      this.send = () => event.target.dispatchEvent(new KeyboardEvent('keydown', again));
    }

    settle() {
      const { send } = this;
      this.send = null;
      this.chosen = false;
      send?.();
    }

    /** Enter means the first of what was typed, not of what is still shown for fewer letters. */
    chooseOrWait() {
      if (this.isSettling) return;
      this.look();
      this.written = this.before;
      if (this.waiting) this.chosen = true;
      else if (!this.listTarget.hidden) this.choose(this.at);
    }

    async choose(index) {
      const { what, results } = this;
      if (!this.chosen) this.written = this.before;
      this.choosing = true;
      this.hide();
      await this.take(what, results[index]);
      this.choosing = false;
      this.settle();
    }

    async take(what, { id, html: known }) {
      const html = known ?? (await this.whole(what, id));
      if (!html || !this.insert(html)) return;
      if (what === 'person') this.keep(this.mentionsTarget, id);
      if (what === 'article' || what === 'text') this.keep(this.citedTarget, id);
      if (what === 'canned') this.used(id);
    }

    async whole(what, id) {
      const [result] = await this.find(`${this.urlValue}?${new URLSearchParams({ what, id })}`);
      return result?.html;
    }

    /** In place of what was written when it was chosen; what the agent wrote since stays behind it. */
    insert(html) {
      const { before, written } = this;
      if (!before?.startsWith(written)) return false;
      window.escalatedDraftail.replaceBefore(this.editor, this.length, html, before.length - written.length);
      this.seen = this.before;
      return true;
    }

    keep(field, id) {
      const ids = new Set(field.value.split(',').filter(Boolean));
      field.value = [...ids.add(String(id))].join(',');
    }

    used(id) {
      const headers = { [window.wagtailConfig.CSRF_HEADER_NAME]: window.wagtailConfig.CSRF_TOKEN };
      fetch(this.urlValue, { method: 'POST', headers, body: new URLSearchParams({ id }) });
    }
  }

  window.wagtail.app.register('esc-suggest', SuggestController);
})();
