// A form with files is sent with its progress shown; what goes wrong is told, and nothing that was written is lost.
// Without it the browser sends the form plainly.
//   <form data-esc-sending="Sending…" data-esc-failed="No connection. …" data-esc-refused="That did not work. …">
(() => {
  const progressOf = (form) => {
    const bar = document.createElement("progress");
    bar.max = 1;
    bar.setAttribute("aria-label", form.dataset.escSending);
    form.append(bar);
    return bar;
  };

  const tell = (form, text) => {
    let notice = form.querySelector(".esc-notice-error");
    if (!notice) {
      notice = document.createElement("div");
      notice.className = "esc-notice esc-notice-error";
      notice.setAttribute("role", "alert");
      form.prepend(notice);
    }
    notice.textContent = text;
    notice.scrollIntoView({ block: "nearest" });
  };

  const follow = (address) => {
    const to = new URL(address);
    const isHere = to.pathname + to.search === location.pathname + location.search;
    if (isHere) location.reload();
    else location.assign(to);
  };

  // The answer is a page: of the ticket after a redirect, or the form again with its errors.
  const show = (form, request) => {
    const page = new DOMParser().parseFromString(request.responseText, "text/html");
    const main = page.querySelector("#content");
    if (!main) return tell(form, form.dataset.escRefused);
    const files = main.querySelector("input[type=file]");
    if (files) files.files = form.querySelector("input[type=file]").files;
    main.querySelector("[data-esc-files-gone]")?.remove();
    document.querySelector("#content").replaceWith(document.adoptNode(main));
    document.title = page.title;
    // A parsed script does not run: what the new page needs besides is asked for here.
    for (const { type, src } of page.querySelectorAll("script[type=module][src]")) {
      const script = Object.assign(document.createElement("script"), { type, src });
      // Nobody waits for work that can't begin.
      script.addEventListener("error", () => main.querySelector("[aria-disabled]")?.removeAttribute("aria-disabled"));
      document.head.append(script);
    }
    main.dispatchEvent(new Event("esc:changed", { bubbles: true }));
    const wrong = main.querySelector(".esc-field:has(.esc-error) :is(input, textarea, select)");
    (wrong ?? main).focus();
  };

  const sendWithProgress = (form) => {
    const button = form.querySelector("button:not([type=button])");
    const label = button.textContent;
    // Until proof.js has come and done its work the desk would only ask for it again.
    if (form.querySelector("[data-esc-proof]")) button.setAttribute("aria-disabled", "true");
    const again = () => {
      form.querySelector("progress")?.remove();
      button.textContent = label;
      button.removeAttribute("aria-disabled");
    };
    form.addEventListener("submit", (event) => {
      if (button.getAttribute("aria-disabled") === "true") return event.preventDefault();
      button.setAttribute("aria-disabled", "true");
      if (!form.querySelector("input[type=file]")?.files.length) return;
      event.preventDefault();
      button.textContent = form.dataset.escSending;
      const bar = progressOf(form);
      const request = new XMLHttpRequest();
      request.open("POST", form.action);
      request.upload.addEventListener("progress", ({ loaded, total }) => (bar.value = loaded / total));
      request.addEventListener("load", () => {
        if (request.status < 400) return follow(request.responseURL);
        again();
        show(form, request);
      });
      request.addEventListener("error", () => {
        again();
        tell(form, form.dataset.escFailed);
      });
      request.send(new FormData(form));
    });
  };

  const start = () => document.querySelectorAll("form[data-esc-sending]:not([data-esc-live-form])").forEach((form) => {
    form.dataset.escLiveForm = "";
    sendWithProgress(form);
  });
  start();
  document.addEventListener("esc:changed", start);
  // Coming back with the browser's button finds the form as it was left.
  addEventListener("pageshow", ({ persisted }) => {
    if (!persisted) return;
    for (const button of document.querySelectorAll("[aria-disabled=true]")) button.removeAttribute("aria-disabled");
  });
})();
