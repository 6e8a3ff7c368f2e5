/** Links of messages that undo something are pressed at once: POST instead of a page that asks. Also Ctrl Z outside of fields. */
(() => {
  const undo = (url) => {
    const form = document.createElement('form');
    form.method = 'post';
    form.action = url;
    const fields = { csrfmiddlewaretoken: window.wagtailConfig.CSRF_TOKEN, next: window.location.href };
    Object.entries(fields).forEach(([name, value]) => {
      const input = document.createElement('input');
      input.type = 'hidden';
      input.name = name;
      input.value = value;
      form.append(input);
    });
    document.body.append(form);
    form.submit();
  };

  const links = () => [...document.querySelectorAll('.messages a')].filter((link) => /\/undo\/[^/]+\/$/.test(link.pathname));

  document.addEventListener('click', (event) => {
    const link = links().find((one) => one.contains(event.target));
    if (!link) return;
    event.preventDefault();
    undo(link.href);
  });

  document.addEventListener('keydown', (event) => {
    const writing = event.target.closest?.('input, textarea, select, [contenteditable]');
    if (writing || event.key !== 'z' || !(event.ctrlKey || event.metaKey) || !links().length) return;
    event.preventDefault();
    undo(links()[0].href);
  });
})();
