// Files chosen or dropped: named, too large or too many told at once, taken out again. Without this the browser's
// own field does it plainly.
//   <div data-esc-files="5" data-esc-megabytes="10" data-esc-many="At most 5 files…" data-esc-large="%(name)s is too large."
//        data-esc-remove="Remove %(name)s"><input type="file" multiple><ul></ul><p role="alert"></p></div>
(() => {
  const dress = (zone) => {
    const input = zone.querySelector("input[type=file]");
    const list = zone.querySelector("ul");
    const problem = zone.querySelector("[role=alert]");
    const { escFiles, escMegabytes, escMany, escLarge, escRemove } = zone.dataset;
    let chosen = [];

    const row = (file) => {
      const line = document.createElement("li");
      const name = document.createElement("bdi");
      const button = document.createElement("button");
      name.textContent = file.name;
      button.type = "button";
      button.className = "esc-remove";
      button.setAttribute("aria-label", escRemove.replace("%(name)s", file.name));
      button.addEventListener("click", () => {
        keep(chosen.filter((one) => one !== file));
        problem.textContent = "";
        input.focus();
      });
      line.append(name, button);
      return line;
    };
    const keep = (files) => {
      chosen = files;
      const all = new DataTransfer();
      for (const file of files) all.items.add(file);
      input.files = all.files;
      list.replaceChildren(...files.map(row));
    };
    const add = (files) => {
      const large = files.find((file) => file.size > escMegabytes * 1024 * 1024);
      const kept = [...chosen, ...files.filter((file) => file.size <= escMegabytes * 1024 * 1024)];
      problem.textContent = large ? escLarge.replace("%(name)s", large.name) : kept.length > escFiles ? escMany : "";
      keep(kept.slice(0, escFiles));
    };

    input.addEventListener("change", () => add([...input.files]));
    zone.addEventListener("dragover", (event) => {
      event.preventDefault();
      zone.classList.add("esc-drop-over");
    });
    zone.addEventListener("dragleave", () => zone.classList.remove("esc-drop-over"));
    zone.addEventListener("drop", (event) => {
      event.preventDefault();
      zone.classList.remove("esc-drop-over");
      add([...event.dataTransfer.files]);
    });
    if (input.files.length) keep([...input.files]); // the browser brought them back
  };

  const start = () => document.querySelectorAll("[data-esc-files]:not(.esc-drop-live)").forEach((zone) => {
    zone.classList.add("esc-drop-live");
    dress(zone);
  });
  start();
  document.addEventListener("esc:changed", start);
})();
