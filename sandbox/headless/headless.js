// A customer's requests by the JSON API, from a page of another origin: list, read, answer, create, follow.
// The desk has to name this page's origin in API_ALLOWED_ORIGINS.
const $ = (id) => document.getElementById(id);
let root = "";
let token = "";
let shown = "";
let next = null;

const say = (text) => { $("status").textContent = text; };

// Throws a sentence for what was refused; waits and asks again where it was too much at once.
async function ask(path, options = {}) {
  const url = path.startsWith("http") ? path : `${root}${path}`;
  const answer = await fetch(url, {
    ...options,
    headers: { Authorization: `Bearer ${token}`, ...options.headers },
  });
  if (answer.status === 429) {
    await new Promise((resume) => setTimeout(resume, 1000 * answer.headers.get("Retry-After")));
    return ask(path, options);
  }
  const data = answer.status === 204 ? null : await answer.json();
  if (!answer.ok) throw new Error(data.detail || Object.values(data).flat().join(" "));
  return data;
}

// The key is made once for each thing that is sent: tried again, it is still done once.
const send = (path, body, key) => ask(path, {
  method: "POST",
  headers: { "Idempotency-Key": key, "Content-Type": "application/json" },
  body: JSON.stringify(body),
});

const inBase64 = (file) => new Promise((done, failed) => {
  const reader = new FileReader();
  reader.onload = () => done({ name: file.name, content: reader.result.split(",")[1] });
  reader.onerror = failed;
  reader.readAsDataURL(file);
});

function row(ticket) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = `${ticket.subject} (${ticket.status.replaceAll("_", " ")})`;
  button.onclick = () => tell(() => show(ticket.reference, true));
  const item = document.createElement("li");
  item.append(button);
  return item;
}

async function list(path) {
  const open = $("open").value && `&open=${$("open").value}`;
  const first = !path;
  const page = await ask(path || `api/v1/tickets/?page_size=20&fields=reference,subject,status${open}`);
  if (first) $("tickets").replaceChildren();
  $("tickets").append(...page.results.map(row));
  next = page.next;
  $("more").hidden = !next;
}

async function show(reference, focus) {
  const ticket = await ask(`api/v1/tickets/${reference}/`);
  shown = reference;
  $("ticket").hidden = false;
  $("subject").textContent = ticket.subject;
  $("state").textContent = `${ticket.status.replaceAll("_", " ")} · ${reference}`;
  const first = { author: ticket.requester, body: ticket.description };
  $("thread").replaceChildren(...[first, ...ticket.replies].map((message) => {
    const item = document.createElement("li");
    item.textContent = `${message.author.name}: ${message.body}`;
    return item;
  }));
  if (focus) $("subject").focus();
}

// Says which tickets have changed; the tickets themselves come from the API.
async function follow(cursor) {
  try {
    const { changed, cursor: after } = await ask(`events/?after=${cursor}`);
    cursor = after;
    if (changed.length) await list();
    if (changed.some(({ ticket }) => ticket === shown)) await show(shown);
  } catch (error) {
    say(error.message);
  }
  setTimeout(follow, 5000, cursor);
}

async function tell(work) {
  try {
    await work();
  } catch (error) {
    say(error.message);
  }
}

// Sends a form's content once, whatever happens on the way: the key stays until it has arrived.
function whenSent(form, work) {
  let key = crypto.randomUUID();
  form.addEventListener("input", () => { key = crypto.randomUUID(); });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    tell(async () => {
      await work(key);
      key = crypto.randomUUID();
      form.reset();
    });
  });
}

whenSent($("login"), async () => {
  [root, token] = [$("api").value.replace(/\/?$/, "/"), $("token").value];
  const me = await ask("api/v1/me/");
  say(`You are ${me.name}.`);
  await list();
  $("login").hidden = true;
  $("desk").hidden = false;
  follow("");
});
whenSent($("reply"), async (key) => {
  const attachments = await Promise.all([...$("files").files].map(inBase64));
  await send(`api/v1/tickets/${shown}/replies/`, { body: $("body").value, attachments }, key);
  await show(shown);
  say("Your answer has been sent.");
});
whenSent($("new"), async (key) => {
  const sent = { subject: $("title").value, description: $("text").value };
  const { reference } = await send("api/v1/tickets/", sent, key);
  await list();
  await show(reference, true);
  say(`We have received it: ${reference}.`);
});
$("open").addEventListener("change", () => tell(() => list()));
$("more").addEventListener("click", () => tell(() => list(next)));
$("api").value = decodeURIComponent(location.hash.slice(1));
