/**
 * The composer's own behaviour around Draftail: mode, drafts, sending by keyboard, the forgotten attachment.
 *
 * <form data-controller="esc-composer" data-esc-composer-draft-value="/…/draft/"
 *       data-action="submit->esc-composer#submit change->esc-composer#changed keydown->esc-composer#key">…</form>
 *
 * Dispatches `esc-composer:writing` and `esc-composer:idle`. Files stand in files.js, suggestions in suggest.js.
 */
(() => {
  const DRAFT_AFTER = 1500;
  const IDLE_AFTER = 8000;
  const SPEAKS_OF_FILES = /\b(attach(ed|ment)?|enclosed|anhang|angehängt|pièce jointe|adjunto|allegato|bijlage)\b/i;

  class ComposerController extends window.StimulusModule.Controller {
    static targets = ['kind', 'text', 'saved', 'send'];

    static values = { draft: String, attach: String };

    connect() {
      this.mode();
      // Until somebody writes, Draftail alone touches the field, to put it in its own order. The first key
      // counts, not the next look: a quick hand is done before it.
      this.start = () => {
        if (!this.touched) this.last = this.input?.value;
        this.touched = true;
      };
      this.textTarget.addEventListener('focusin', this.start);
      // Another button of the page, or another page: the last words come along as a draft.
      this.leaving = (event) => event.target !== this.element && this.flush();
      document.addEventListener('submit', this.leaving, true);
      window.addEventListener('pagehide', this.leaving);
      this.clock = setInterval(() => this.look(), 700);
      this.name();
      this.coming = new MutationObserver(() => this.name());
      this.coming.observe(this.textTarget, { childList: true, subtree: true });
    }

    disconnect() {
      this.textTarget.removeEventListener('focusin', this.start);
      document.removeEventListener('submit', this.leaving, true);
      window.removeEventListener('pagehide', this.leaving);
      clearInterval(this.clock);
      this.coming.disconnect();
      clearTimeout(this.timer);
    }

    get input() {
      return this.textTarget.querySelector('[data-draftail-input]');
    }

    get kind() {
      return this.kindTargets.find((radio) => radio.checked)?.value || 'reply';
    }

    mode() {
      const note = this.kind === 'note';
      this.element.classList.toggle('esc-composer--note', note);
      this.sendTarget.textContent = note ? this.sendTarget.dataset.note : this.sendTarget.dataset.reply;
    }

    /** Draftail gives its field no name. */
    name() {
      const field = this.textTarget.querySelector('[role=textbox]:not([aria-label])');
      field?.setAttribute('aria-label', this.textTarget.dataset.label);
    }

    /** Draftail keeps its text in a hidden field and tells nobody. */
    look() {
      const { input } = this;
      if (!this.touched || !input || input.value === this.last) return;
      this.last = input.value;
      this.savedTarget.textContent = '';
      this.dispatch('writing');
      clearTimeout(this.timer);
      this.unsaved = true;
      this.timer = setTimeout(() => this.save(), DRAFT_AFTER);
      clearTimeout(this.resting);
      this.resting = setTimeout(() => this.dispatch('idle'), IDLE_AFTER);
    }

    flush() {
      if (!this.touched) return;
      this.input?.draftailEditor?.saveState?.();
      this.look();
      if (this.unsaved) this.save();
    }

    async save() {
      if (this.isSending) return;
      clearTimeout(this.timer);
      this.unsaved = false;
      const body = new URLSearchParams({ kind: this.kind, body: this.input.value });
      const headers = { [window.wagtailConfig.CSRF_HEADER_NAME]: window.wagtailConfig.CSRF_TOKEN };
      const response = await fetch(this.draftValue, { method: 'POST', headers, body, keepalive: body.toString().length < 60000 }).catch(() => null);
      this.unsaved ||= !response?.ok;
      this.savedTarget.textContent = response?.ok ? this.savedTarget.dataset.text : '';
    }

    changed(event) {
      if (this.kindTargets.includes(event.target)) this.mode();
    }

    key(event) {
      if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      this.element.requestSubmit(this.sendTarget);
    }

    submit(event) {
      // Draftail writes its field a quarter of a second after the last key: the last word must not be lost.
      this.input?.draftailEditor?.saveState?.();
      const text = this.textTarget.textContent;
      const forgot = SPEAKS_OF_FILES.test(text) && !this.element.querySelector('input[type=file]').files.length && this.kind === 'reply';
      // eslint-disable-next-line no-alert
      if (this.isSending || (forgot && !window.confirm(this.attachValue))) {
        event.preventDefault();
        return;
      }
      this.isSending = true;
      clearTimeout(this.timer);
    }
  }

  window.wagtail.app.register('esc-composer', ComposerController);
})();
