/**
 * Rows of actions in their order; the hidden input holds them as JSON.
 *
 * <div data-controller="esc-actions" data-esc-actions-catalogue-value='{"actions": […], …}'
 *      data-esc-actions-texts-value="{…}" data-esc-actions-errors-value='{"0": "Choose what to do."}'>
 *   <input type="hidden" name="actions">
 * </div>
 */
(() => {
  const { make, select, button, value, problem } = window.escalatedRule;

  class ActionsController extends window.StimulusModule.Controller {
    static values = { catalogue: Object, texts: Object, errors: Object };

    connect() {
      const texts = this.textsValue;
      this.input = this.element.querySelector('input[type=hidden]');
      this.element.querySelectorAll('.esc-rule__list, .esc-rule__bar').forEach((old) => old.remove());
      const stored = JSON.parse(this.input.value || '{}').actions || [{}];
      this.rows = make('ol', { className: 'esc-rule__list' });
      stored.forEach((row, number) => this.rows.append(this.row(row, this.errorsValue[String(number)])));
      this.adder = button(texts.addAction, () => this.add());
      this.element.append(this.rows, make('div', { className: 'esc-rule__bar' }, this.adder));
      this.element.addEventListener('input', () => this.store());
      this.element.addEventListener('change', () => this.store());
    }

    store() {
      const actions = [...this.rows.children].map((row) => row.read()).filter(({ action }) => action);
      this.input.value = JSON.stringify({ version: 1, actions });
    }

    row(data, error) {
      const texts = this.textsValue;
      const { actions, vocabularies } = this.catalogueValue;
      const options = actions.map(({ name, label }) => [name, label]);
      const known = actions.some(({ name }) => name === data.action);
      if (data.action && !known) options.push([data.action, texts.gone.replace('%s', data.action)]);
      const what = select(options, data.action, texts.action, texts.choose);
      const rest = make('span', { className: 'esc-rule__rest' });
      const element = make('li', { className: 'esc-rule__row' }, what, rest);
      const fill = (chosen) => {
        const action = actions.find(({ name }) => name === what.value) || { kind: 'none' };
        const put = value({ ...action, vocabulary: vocabularies[action.vocabulary] || action.choices || [] }, chosen, texts, { long: true });
        rest.replaceChildren(put);
        element.read = () => ({ action: what.value, value: put.read() });
      };
      what.addEventListener('change', () => fill());
      fill(data.value);
      const buttons = [
        ['↑', texts.up, () => element.previousElementSibling?.before(element)],
        ['↓', texts.down, () => element.nextElementSibling?.after(element)],
        ['×', texts.remove, () => element.remove()],
      ].map(([sign, label, change]) => {
        const one = button(sign, () => this.changed(change, one), 'button button-small button-secondary esc-rule__away');
        one.setAttribute('aria-label', label);
        return one;
      });
      element.append(make('span', { className: 'esc-rule__moves' }, ...buttons));
      problem(element, error);
      return element;
    }

    changed(change, pressed) {
      change();
      (pressed.isConnected ? pressed : this.adder).focus();
      this.store();
    }

    add() {
      const row = this.row({});
      this.rows.append(row);
      row.querySelector('select').focus();
    }
  }

  window.wagtail.app.register('esc-actions', ActionsController);
})();
