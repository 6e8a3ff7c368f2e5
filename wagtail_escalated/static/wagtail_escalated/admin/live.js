/**
 * Hears of changed tickets: by socket, by polling where sockets don't get through.
 *
 * <div data-controller="esc-live" data-esc-live-socket-value="/support/events/socket/"
 *      data-esc-live-poll-value="/support/events/" data-esc-live-seconds-value="15"
 *      data-esc-live-ticket-value="ESC-2604-0A1B2C" data-esc-live-version-value="7">…</div>
 *
 * Dispatches `esc-live:changed` with {ticket, version}, each pair once. Without a ticket it hears of all that
 * change after `data-esc-live-cursor-value`; what the page shows stands in its `data-reference` and `data-version`.
 * Dispatches `esc-live:fresh` whenever the desk has answered.
 */
(() => {
  const RETRY = [1, 2, 5, 10, 30];

  class LiveController extends window.StimulusModule.Controller {
    static values = { socket: String, poll: String, seconds: Number, cursor: String, ticket: String, version: Number };

    connect() {
      this.known = this.shown();
      this.cursor = this.cursorValue;
      this.failures = 0;
      this.opened = false;
      this.back = () => this.wake();
      document.addEventListener('visibilitychange', this.back);
      window.addEventListener('online', this.back);
      this.clock = setInterval(() => this.isOpen && this.dispatch('fresh'), 5000);
      this.openSocket();
      this.schedule(this.seconds);
    }

    disconnect() {
      document.removeEventListener('visibilitychange', this.back);
      window.removeEventListener('online', this.back);
      clearInterval(this.clock);
      clearTimeout(this.timer);
      clearTimeout(this.reopening);
      const socket = this.socket;
      this.socket = null;
      socket?.close();
    }

    shown() {
      if (this.ticketValue) return new Map([[this.ticketValue, this.versionValue]]);
      const rows = [...this.element.querySelectorAll('[data-reference][data-version]')];
      return new Map(rows.map(({ dataset }) => [dataset.reference, Number(dataset.version)]));
    }

    get seconds() {
      return this.secondsValue || 15;
    }

    get isOpen() {
      return this.socket?.readyState === WebSocket.OPEN;
    }

    openSocket() {
      if (!this.socketValue || !window.WebSocket) return;
      const scheme = window.location.protocol === 'https:' ? 'wss:' : 'ws:';
      // It begins with what changed since the page was read.
      const after = this.opened || !this.cursor ? '' : `?after=${encodeURIComponent(this.cursor)}`;
      const socket = new WebSocket(`${scheme}//${window.location.host}${this.socketValue}${after}`);
      this.socket = socket;
      socket.onopen = () => {
        this.failures = 0;
        if (this.ticketValue) socket.send(JSON.stringify({ watch: this.ticketValue }));
        // What changed while nobody listened.
        if (this.opened) this.ask();
        this.opened = true;
        this.dispatch('fresh');
        this.schedule(this.seconds);
      };
      socket.onmessage = (event) => this.heard(JSON.parse(event.data));
      socket.onclose = (event) => this.lost(socket, event.code);
    }

    lost(socket, code) {
      if (this.socket !== socket) return;
      this.socket = null;
      if ([4401, 4403].includes(code)) return;
      const wait = RETRY[Math.min(this.failures, RETRY.length - 1)];
      this.failures += 1;
      this.reopening = setTimeout(() => this.openSocket(), wait * 1000);
      this.ask();
    }

    wake() {
      if (document.visibilityState !== 'visible') return;
      this.ask();
    }

    schedule(seconds) {
      clearTimeout(this.timer);
      // An open socket still is asked behind now and then: a lost ping must cost nothing but time.
      this.timer = setTimeout(() => this.ask(), (this.isOpen ? 4 * seconds : seconds) * 1000);
    }

    async ask() {
      if (!this.pollValue) return;
      const query = this.ticketValue
        ? `ticket=${encodeURIComponent(this.ticketValue)}&after=${this.known.get(this.ticketValue) || 0}`
        : `after=${encodeURIComponent(this.cursor)}`;
      try {
        const response = await fetch(`${this.pollValue}?${query}`, { headers: { Accept: 'application/json' } });
        if (!response.ok) throw new Error(response.status);
        const answer = await response.json();
        this.dispatch('fresh');
        if (answer.cursor) this.cursor = answer.cursor;
        if (this.ticketValue) this.heard({ ticket: this.ticketValue, version: answer.version });
        (answer.changed.length ? answer.changed : []).forEach((pair) => this.heard(pair));
      } catch {
        // The banner of esc-connection tells how old the page is.
      }
      this.schedule(this.seconds);
    }

    heard({ ticket, version }) {
      this.dispatch('fresh');
      if (!ticket || !version || (this.known.get(ticket) || 0) >= version) return;
      this.known.set(ticket, version);
      this.dispatch('changed', { detail: { ticket, version } });
    }
  }

  window.wagtail.app.register('esc-live', LiveController);
})();
