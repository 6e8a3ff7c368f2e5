// Asks only what the chosen department wants to know; the server ignores the rest anyway.
//   <select name="department">…</select>  <div data-esc-departments="3 5">…</div>
(() => {
  const show = () => {
    const chosen = document.querySelector("select[name=department]");
    if (!chosen) return;
    for (const field of document.querySelectorAll("[data-esc-departments]")) {
      field.hidden = !field.dataset.escDepartments.split(" ").includes(chosen.value);
    }
  };
  document.addEventListener("change", (event) => event.target.matches("select[name=department]") && show());
  document.addEventListener("esc:changed", show);
  show();
})();
