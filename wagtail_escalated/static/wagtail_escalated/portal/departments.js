// Asks only what the chosen department wants to know; the server ignores the rest anyway.
//   <select name="department">…</select>  <div data-esc-departments="3 5">…</div>
(() => {
  const fields = document.querySelectorAll("[data-esc-departments]");
  const chosen = document.querySelector("select[name=department]");
  if (!chosen) return;
  const show = () => {
    for (const field of fields) field.hidden = !field.dataset.escDepartments.split(" ").includes(chosen.value);
  };
  chosen.addEventListener("change", show);
  show();
})();
