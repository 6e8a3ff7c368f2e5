/**
 * Files of a message: chosen, dropped on the form or pasted into it; each can be taken out again.
 *
 * <form data-controller="esc-files" data-action="dragover->esc-files#over drop->esc-files#drop paste->esc-files#paste">
 *   <input type="file" multiple data-esc-files-target="input" data-action="change->esc-files#show">
 *   <ul data-esc-files-target="chosen" data-remove="Remove %s"></ul>
 * </form>
 */
(() => {
  class FilesController extends window.StimulusModule.Controller {
    static targets = ['input', 'chosen'];

    over(event) {
      if ([...event.dataTransfer.types].includes('Files')) event.preventDefault();
    }

    drop(event) {
      if (!event.dataTransfer.files.length) return;
      event.preventDefault();
      this.add(event.dataTransfer.files);
    }

    paste(event) {
      if (event.clipboardData?.files.length) this.add(event.clipboardData.files);
    }

    add(files) {
      const all = new DataTransfer();
      [...this.inputTarget.files, ...files].forEach((file) => all.items.add(file));
      this.inputTarget.files = all.files;
      this.show();
    }

    remove(gone) {
      const rest = new DataTransfer();
      [...this.inputTarget.files].filter((file) => file !== gone).forEach((file) => rest.items.add(file));
      this.inputTarget.files = rest.files;
      this.show();
      this.inputTarget.focus();
    }

    show() {
      this.chosenTarget.replaceChildren(
        ...[...this.inputTarget.files].map((file) => {
          const item = document.createElement('li');
          const button = document.createElement('button');
          button.type = 'button';
          button.textContent = '×';
          button.setAttribute('aria-label', this.chosenTarget.dataset.remove.replace('%s', file.name));
          button.addEventListener('click', () => this.remove(file));
          item.append(file.name, button);
          return item;
        }),
      );
    }
  }

  window.wagtail.app.register('esc-files', FilesController);
})();
