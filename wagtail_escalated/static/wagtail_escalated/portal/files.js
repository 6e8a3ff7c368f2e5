// Files dropped onto a form, and a form sent with its progress shown. Without it the browser does both plainly.
//   <form data-esc-sending="Sending…"><div data-esc-files><input type="file" multiple></div>…</form>
(() => {
  const dropInto = (zone) => {
    const input = zone.querySelector("input[type=file]");
    zone.addEventListener("dragover", (event) => {
      event.preventDefault();
      zone.classList.add("esc-drop-over");
    });
    zone.addEventListener("dragleave", () => zone.classList.remove("esc-drop-over"));
    zone.addEventListener("drop", (event) => {
      event.preventDefault();
      zone.classList.remove("esc-drop-over");
      const all = new DataTransfer();
      for (const file of [...input.files, ...event.dataTransfer.files]) all.items.add(file);
      input.files = all.files;
    });
  };

  const progressOf = (form) => {
    const bar = document.createElement("progress");
    bar.max = 1;
    bar.setAttribute("aria-label", form.dataset.escSending);
    form.append(bar);
    return bar;
  };

  // The answer is a page: of the ticket after a redirect, or the form again with its errors.
  const show = (request) => {
    if (request.responseURL && request.status < 400 && request.responseURL !== location.href) {
      location.assign(request.responseURL);
      return;
    }
    const page = new DOMParser().parseFromString(request.responseText, "text/html");
    const main = page.querySelector("#content");
    if (!main || request.status < 400) {
      location.reload();
      return;
    }
    document.querySelector("#content").replaceWith(document.adoptNode(main));
    document.title = page.title;
    start();
    main.querySelector(".esc-error, [role=alert]")?.closest(".esc-field, [role=alert]")?.querySelector("input, textarea, select")?.focus();
    main.dispatchEvent(new Event("esc:changed", { bubbles: true }));
  };

  const sendWithProgress = (form) => {
    form.addEventListener("submit", (event) => {
      const button = form.querySelector("button:not([type=button])");
      if (button.getAttribute("aria-disabled") === "true") {
        event.preventDefault();
        return;
      }
      button.setAttribute("aria-disabled", "true");
      const files = form.querySelector("input[type=file]");
      if (!files?.files.length) return;
      event.preventDefault();
      const label = button.textContent;
      button.textContent = form.dataset.escSending;
      const bar = progressOf(form);
      const request = new XMLHttpRequest();
      request.open("POST", form.action);
      request.upload.addEventListener("progress", ({ loaded, total }) => (bar.value = loaded / total));
      request.addEventListener("load", () => show(request));
      request.addEventListener("error", () => {
        bar.remove();
        button.textContent = label;
        button.removeAttribute("aria-disabled");
      });
      request.send(new FormData(form));
    });
  };

  const start = () => {
    document.querySelectorAll("[data-esc-files]").forEach(dropInto);
    document.querySelectorAll("form[data-esc-sending]").forEach(sendWithProgress);
  };
  start();
  // Coming back with the browser's button finds the form as it was left.
  addEventListener("pageshow", () => {
    for (const button of document.querySelectorAll("[aria-disabled=true]")) button.removeAttribute("aria-disabled");
  });
})();
