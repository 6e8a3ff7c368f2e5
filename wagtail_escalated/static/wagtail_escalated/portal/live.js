// A ticket that keeps itself up to date: told by a socket where there is one, else asking from time to time.
// What changed is fetched as the page itself, so rights are checked where they always are.
//   <div data-esc-live="ESC-…" data-esc-version="3" data-esc-poll="/events/" data-esc-socket="/events/socket/"
//        data-esc-seconds="15" data-esc-news="…" data-esc-stale="…"><div id="esc-live-…">…</div></div>
(() => {
  const root = document.querySelector("[data-esc-live]");
  if (!root) return;
  const { escLive: reference, escToken: token, escPoll: poll, escSocket: path } = root.dataset;
  const seconds = Number(root.dataset.escSeconds) || 15;
  const stale = root.querySelector(".esc-stale");
  let version = Number(root.dataset.escVersion);
  let connected = false;
  let pause = 1;

  const lost = (is) => {
    stale.hidden = !is;
    stale.textContent = is ? root.dataset.escStale : "";
  };

  const refresh = async () => {
    const answer = await fetch(location.pathname, { headers: { Accept: "text/html" } });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of root.querySelectorAll("[id^=esc-live-]")) {
      const fresh = page.getElementById(part.id);
      // What is being filled in stays as it is.
      if (fresh?.querySelector("textarea") && part.querySelector("textarea")) continue;
      if (fresh) part.replaceWith(document.adoptNode(fresh));
    }
    version = Number(page.querySelector("[data-esc-live]").dataset.escVersion);
    root.querySelector("[data-esc-announce]").textContent = root.dataset.escNews;
    root.dispatchEvent(new Event("esc:changed", { bubbles: true }));
  };

  const ask = async () => {
    const headers = token ? { "X-Guest-Token": token } : {};
    const answer = await fetch(`${poll}?ticket=${reference}&after=${version}`, { headers });
    lost(false);
    if (answer.ok && (await answer.json()).changed) await refresh();
  };
  const askSafely = () => ask().catch(() => lost(true));

  const listen = () => {
    const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${path}`);
    socket.addEventListener("open", () => {
      connected = true;
      pause = 1;
      socket.send(JSON.stringify({ watch: reference }));
    });
    socket.addEventListener("message", ({ data }) => {
      const told = JSON.parse(data);
      if (told.ticket === reference && told.version > version) refresh().catch(() => lost(true));
    });
    socket.addEventListener("close", ({ code }) => {
      connected = false;
      if (code >= 4400) return; // told to stay away: asking goes on, and says why
      pause = Math.min(pause * 2, 60);
      setTimeout(listen, pause * 1000);
    });
  };

  setInterval(() => {
    if (!connected && !document.hidden) askSafely();
  }, seconds * 1000);
  document.addEventListener("visibilitychange", () => document.hidden || askSafely());
  addEventListener("online", askSafely);
  addEventListener("offline", () => lost(true));
  if (path && "WebSocket" in window) listen();
})();
