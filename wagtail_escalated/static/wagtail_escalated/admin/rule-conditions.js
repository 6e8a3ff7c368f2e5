/**
 * Rows of conditions, in groups within groups; the hidden input holds them as JSON.
 *
 * <div data-controller="esc-conditions" data-esc-conditions-catalogue-value='{"fields": […], …}'
 *      data-esc-conditions-texts-value="{…}" data-esc-conditions-errors-value='{"0.1": "Choose something."}'>
 *   <input type="hidden" name="conditions">
 * </div>
 */
(() => {
  const { make, select, button, value, problem } = window.escalatedRule;

  class ConditionsController extends window.StimulusModule.Controller {
    static values = { catalogue: Object, texts: Object, errors: Object };

    connect() {
      this.input = this.element.querySelector('input[type=hidden]');
      this.element.querySelector('.esc-rule__group')?.remove();
      const stored = JSON.parse(this.input.value || '{}');
      this.root = this.group(stored.conditions ? stored : { match: 'all', conditions: [] }, []);
      this.element.append(this.root);
      problem(this.root, this.errorsValue['']);
      this.element.addEventListener('input', () => this.store());
      this.element.addEventListener('change', () => this.store());
    }

    store() {
      const data = this.root.read();
      this.input.value = JSON.stringify(data.conditions.length ? { version: 1, ...data } : {});
    }

    group({ match, conditions }, place) {
      const texts = this.textsValue;
      const matching = select([['all', texts.all], ['any', texts.any]], match, texts.match);
      const rows = make('div', { className: 'esc-rule__rows' });
      conditions.forEach((row, number) => rows.append(this.any(row, [...place, number])));
      const bar = make('div', { className: 'esc-rule__bar' }, button(texts.addCondition, () => this.add(rows, this.row({}, []))));
      if (place.length + 1 < this.catalogueValue.deepest) {
        bar.append(button(texts.addGroup, () => this.add(rows, this.group({ match: 'any', conditions: [{}] }, [...place, 0]))));
      }
      const label = place.length ? texts.group : texts.match;
      const head = make('div', { className: 'esc-rule__match' }, make('span', { textContent: texts.match }), matching);
      const element = make('div', { className: 'esc-rule__group', role: 'group', aria: { label } }, head, rows, bar);
      if (place.length) bar.append(button(texts.removeGroup, () => this.remove(element), 'button button-small button-secondary'));
      element.read = () => ({ match: matching.value, conditions: [...rows.children].map((row) => row.read()) });
      return element;
    }

    any(row, place) {
      return row.conditions ? this.group(row, place) : this.row(row, place);
    }

    row(data, place) {
      const texts = this.textsValue;
      const { fields, operators, bare, vocabularies } = this.catalogueValue;
      const known = fields.some((field) => field.name === data.field);
      const options = fields.map(({ name, label }) => [name, label]);
      if (data.field && !known) options.push([data.field, texts.gone.replace('%s', data.field)]);
      const what = select(options, data.field, texts.field, texts.choose);
      const rest = make('span', { className: 'esc-rule__rest' });
      const element = make('div', { className: 'esc-rule__row' }, what, rest);
      const fill = (operator, chosen) => {
        const field = fields.find(({ name }) => name === what.value);
        if (!field) {
          rest.replaceChildren();
          element.read = () => ({ field: what.value, operator: data.operator || '', value: data.value });
          return;
        }
        const how = select(field.operators.map((name) => [name, operators[name]]), operator, texts.operator);
        const put = value({ ...field, vocabulary: vocabularies[field.vocabulary] || field.choices }, chosen, texts);
        const show = () => {
          put.hidden = bare.includes(how.value);
        };
        how.addEventListener('change', show);
        show();
        rest.replaceChildren(how, put);
        element.read = () => ({ field: field.name, operator: how.value, ...(bare.includes(how.value) ? {} : { value: put.read() }) });
      };
      what.addEventListener('change', () => fill());
      fill(data.operator, data.value);
      const away = button('×', () => this.remove(element), 'button button-small button-secondary esc-rule__away');
      away.setAttribute('aria-label', texts.remove);
      element.append(away);
      problem(element, place.length ? this.errorsValue[place.join('.')] : '');
      return element;
    }

    add(rows, row) {
      rows.append(row);
      row.querySelector('select').focus();
      this.store();
    }

    remove(element) {
      const group = element.parentElement.closest('.esc-rule__group');
      element.remove();
      group.querySelector(':scope > .esc-rule__bar button').focus();
      this.store();
    }
  }

  window.wagtail.app.register('esc-conditions', ConditionsController);
})();
