/**
 * What the rows of conditions and of actions share: small pieces of a form, made by script.
 *
 * window.escalatedRule.value({ kind: 'choices', vocabulary: [['1', 'Billing']] }, ['1'], texts) → an element
 * whose `read()` answers what stands in it.
 */
(() => {
  const make = (tag, properties = {}, ...children) => {
    const element = document.createElement(tag);
    const { data, aria, ...rest } = properties;
    Object.assign(element, rest);
    Object.entries(aria || {}).forEach(([name, text]) => element.setAttribute(`aria-${name}`, text));
    element.append(...children);
    return element;
  };

  const select = (options, chosen, label, empty) => {
    const element = make('select', { className: 'esc-rule__select', aria: { label } });
    if (empty) element.append(make('option', { value: '', textContent: empty }));
    options.forEach(([value, text]) => element.append(make('option', { value, textContent: text })));
    element.value = chosen ?? '';
    if (element.selectedIndex < 0) element.selectedIndex = 0;
    return element;
  };

  const button = (text, action, className = 'button button-small button-secondary') => {
    const element = make('button', { type: 'button', className, textContent: text });
    element.addEventListener('click', action);
    return element;
  };

  /** What was chosen and is gone stays visible, so that somebody can take it away. */
  const withGone = (vocabulary, chosen, texts) => {
    const known = new Set(vocabulary.map(([key]) => key));
    const gone = chosen.filter((key) => key && !known.has(key));
    return [...vocabulary, ...gone.map((key) => [key, texts.gone.replace('%s', key)])];
  };

  const many = (vocabulary, chosen, texts) => {
    const boxes = withGone(vocabulary, chosen, texts).map(([value, text]) => {
      const box = make('input', { type: 'checkbox', value, checked: chosen.includes(value) });
      return make('label', { className: 'esc-rule__choice' }, box, make('span', { textContent: text }));
    });
    const list = make('div', { className: 'esc-rule__choices', role: 'group' }, ...boxes);
    list.setAttribute('aria-label', texts.value);
    const summary = make('summary');
    const element = make('details', { className: 'esc-rule__many' }, summary, list);
    const ticked = () => [...list.querySelectorAll('input:checked')];
    const tell = () => {
      summary.textContent = ticked().map((box) => box.nextSibling.textContent).join(', ') || texts.nothing;
    };
    list.addEventListener('change', tell);
    tell();
    element.read = () => ticked().map((box) => box.value);
    return element;
  };

  const one = (vocabulary, chosen, texts) => {
    const element = select(withGone(vocabulary, [chosen], texts), chosen, texts.value, texts.choose);
    element.read = () => element.value;
    return element;
  };

  const number = ({ unit, lowest, highest, step = 1 }, chosen, texts) => {
    const label = unit ? `${texts.value} (${unit})` : texts.value;
    const input = make('input', { type: 'number', min: lowest, max: highest, step, value: chosen ?? '', aria: { label } });
    const element = make('span', { className: 'esc-rule__number' }, input, make('span', { textContent: unit || '' }));
    element.read = () => (input.value === '' ? '' : Number(input.value));
    return element;
  };

  const text = (tag, chosen, texts) => {
    const element = make(tag, { value: chosen ?? '', dir: 'auto', aria: { label: texts.value } });
    if (tag === 'textarea') element.rows = 4;
    else Object.assign(element, { type: 'text', maxLength: 200 }); // Wagtail draws no border without a type
    element.read = () => element.value;
    return element;
  };

  const value = (asked, chosen, texts, { long = false } = {}) => {
    const list = Array.isArray(chosen) ? chosen.map(String) : [chosen].filter((key) => key !== undefined && key !== null && key !== '').map(String);
    if (asked.kind === 'choices') return many(asked.vocabulary, list, texts);
    if (asked.kind === 'choice') return one(asked.vocabulary, list[0] || '', texts);
    if (asked.kind === 'number') return number(asked, list[0], texts);
    if (asked.kind === 'line') return text('input', list[0], texts);
    if (asked.kind === 'date') {
      const day = text('input', list[0], texts);
      day.type = 'date';
      day.value = list[0] || '';
      return day;
    }
    if (asked.kind === 'text') return text(long ? 'textarea' : 'input', list[0], texts);
    const nothing = make('span');
    nothing.read = () => undefined;
    return nothing;
  };

  const problem = (row, message) => {
    if (!message) return;
    row.classList.add('esc-rule__row--wrong');
    row.append(make('p', { className: 'error-message esc-rule__error', textContent: message }));
  };

  window.escalatedRule = { make, select, button, value, problem };
})();
