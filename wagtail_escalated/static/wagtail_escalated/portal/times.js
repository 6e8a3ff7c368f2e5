// Shows each <time datetime> in the reader's own time zone and language, and tells a form the zone.
(() => {
  const format = new Intl.DateTimeFormat(document.documentElement.lang || undefined, {
    dateStyle: "medium",
    timeStyle: "short",
  });
  const localise = (root) => {
    for (const time of root.querySelectorAll("time[datetime]")) {
      const at = new Date(time.dateTime);
      if (!Number.isNaN(at.getTime())) time.textContent = format.format(at);
    }
  };
  const tellZone = () => {
    for (const field of document.querySelectorAll("[data-esc-time-zone]")) {
      field.value = format.resolvedOptions().timeZone;
    }
  };
  localise(document);
  tellZone();
  document.addEventListener("esc:changed", (event) => {
    localise(event.target);
    tellZone();
  });
})();
