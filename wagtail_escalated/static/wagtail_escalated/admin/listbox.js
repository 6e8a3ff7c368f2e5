/** The options of a listbox that a text field steers: made of texts alone, one of them marked. */
(() => {
  window.escalatedListbox = {
    /** `pieces` are pairs of tag and text. */
    show(list, results, pieces, choose) {
      list.replaceChildren(
        ...results.map((result, index) => {
          const item = document.createElement('li');
          item.id = `${list.id}-${index}`;
          item.setAttribute('role', 'option');
          pieces(result).forEach(([tag, text]) => {
            if (!text) return;
            const piece = document.createElement(tag);
            piece.textContent = text;
            item.append(piece, ' ');
          });
          // Before the field loses its focus.
          item.addEventListener('mousedown', (event) => {
            event.preventDefault();
            choose(index);
          });
          return item;
        }),
      );
    },

    mark(list, at, field) {
      [...list.children].forEach((item, index) => {
        item.setAttribute('aria-selected', String(index === at));
        if (index === at) item.scrollIntoView({ block: 'nearest' });
      });
      const active = !list.hidden && list.children[at];
      field?.setAttribute('aria-activedescendant', active ? active.id : '');
    },
  };
})();
