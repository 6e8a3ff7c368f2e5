/**
 * Asks one operation of the API what the form says, and shows the request as a shell command and the answer.
 *
 * <form data-controller="esc-try-api" data-action="submit->esc-try-api#send input->esc-try-api#tell"
 *       data-esc-try-api-method-value="POST" data-esc-try-api-path-value="/support/api/v1/tickets/{reference}/notes/">
 *   <input name="reference" data-place="path" data-esc-try-api-target="parameter">
 *   <textarea data-esc-try-api-target="body"></textarea> <input data-esc-try-api-target="token">
 *   <textarea readonly data-esc-try-api-target="shell"></textarea> <button data-esc-try-api-target="button"></button>
 *   <div role="status" data-esc-try-api-target="status"></div> <pre data-esc-try-api-target="answer"></pre>
 * </form>
 */
(() => {
  const TOLD = ['etag', 'ratelimit-limit', 'ratelimit-remaining', 'ratelimit-reset', 'retry-after', 'idempotent-replayed'];
  const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

  class TryApiController extends window.StimulusModule.Controller {
    static targets = ['parameter', 'body', 'token', 'shell', 'button', 'status', 'answer'];

    static values = { method: String, path: String, unreachable: String, bytes: String, wrong: String };

    connect() {
      this.tell();
    }

    /** [name, value] of each parameter of a place that is filled in; of a list, one for each choice. */
    given(place) {
      return this.parameterTargets
        .filter((field) => field.dataset.place === place)
        .flatMap((field) => {
          if ('pairs' in field.dataset) return [...new URLSearchParams(field.value)];
          const values = field.multiple ? [...field.selectedOptions].map((option) => option.value) : [field.value.trim()];
          return values.filter(Boolean).map((value) => [field.name, value]);
        });
    }

    get url() {
      const parts = new Map(this.given('path'));
      const path = this.pathValue.replace(/\{(\w+)\}/g, (hole, name) => encodeURIComponent(parts.get(name) || hole));
      const query = new URLSearchParams(this.given('query')).toString();
      return `${path}${query ? `?${query}` : ''}`;
    }

    tell() {
      const lines = [`curl -X ${this.methodValue} -H "Authorization: Bearer $ESCALATED_TOKEN"`];
      this.given('header').forEach(([name, value]) => lines.push(`-H ${quoted(`${name}: ${value}`)}`));
      if (this.hasBodyTarget) {
        lines.push("-H 'Content-Type: application/json'", `-d ${quoted(this.bodyTarget.value)}`);
      }
      lines.push(quoted(new URL(this.url, window.location).href));
      this.shellTarget.value = lines.join(' \\\n  ');
    }

    get request() {
      const headers = new Headers({ Accept: 'application/json' });
      this.given('header').forEach(([name, value]) => headers.set(name, value));
      const token = this.tokenTarget.value.trim();
      if (token) headers.set('Authorization', `Bearer ${token}`);
      else headers.set(window.wagtailConfig.CSRF_HEADER_NAME, window.wagtailConfig.CSRF_TOKEN);
      const body = this.hasBodyTarget ? this.bodyTarget.value : undefined;
      if (body !== undefined) headers.set('Content-Type', 'application/json');
      return { method: this.methodValue, headers, body, credentials: token ? 'omit' : 'same-origin' };
    }

    async send(event) {
      event.preventDefault();
      const wrong = this.wrongJson();
      if (wrong) {
        this.show(`${this.wrongValue} ${wrong}`);
        return;
      }
      this.buttonTarget.disabled = true;
      const begin = performance.now();
      try {
        const response = await fetch(this.url, this.request);
        const text = await this.read(response);
        const took = Math.round(performance.now() - begin);
        this.show(`${response.status} ${response.statusText} · ${took} ms`, [...this.headersOf(response), '', text]);
      } catch {
        this.show(this.unreachableValue);
      } finally {
        this.buttonTarget.disabled = false;
      }
    }

    wrongJson() {
      try {
        if (this.hasBodyTarget) JSON.parse(this.bodyTarget.value || '{}');
      } catch (error) {
        return error.message;
      }
      return '';
    }

    headersOf(response) {
      return TOLD.filter((name) => response.headers.has(name)).map((name) => `${name}: ${response.headers.get(name)}`);
    }

    async read(response) {
      const type = response.headers.get('Content-Type') || '';
      if (response.status === 204 || !type) return '';
      if (!type.includes('json')) return `${this.bytesValue} ${(await response.blob()).size}`;
      return JSON.stringify(await response.json(), null, 2);
    }

    show(status, lines = []) {
      this.statusTarget.textContent = status;
      this.answerTarget.textContent = lines.join('\n').trim();
      this.answerTarget.hidden = !this.answerTarget.textContent;
    }
  }

  window.wagtail.app.register('esc-try-api', TryApiController);
})();
