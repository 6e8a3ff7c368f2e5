// The help widget: search, articles, form, requests and replies, in one file. `make widget` makes the small
// one of it that is sent.
// The view that serves it appends the site's configuration as the argument of this function.
// It lives in other people's pages, hence three rules: nodes instead of HTML strings, a constructed
// sheet instead of inline style, and no method of the page's prototypes: natives are taken once.
((config) => {
  "use strict";
  const script = document.currentScript;
  const early = window.EscalatedWidget;
  if (early && early.destroy) return;

  // --- Natives: from this page, or from an empty frame where the page has replaced one ----------
  const gather = (w) => ({
    __proto__: null,
    apply: w.Reflect.apply,
    keys: w.Object.keys,
    parse: w.JSON.parse,
    stringify: w.JSON.stringify,
    fetch: w.fetch,
    later: w.setTimeout,
    never: w.clearTimeout,
    encode: w.encodeURIComponent,
    media: w.matchMedia,
    Form: w.FormData,
    Bytes: w.Uint8Array,
    Moment: w.Date,
    Zone: w.Intl.DateTimeFormat,
    zone: w.Intl.DateTimeFormat.prototype.resolvedOptions,
    field: w.FormData.prototype.append,
    text: w.Response.prototype.text,
    blob: w.Response.prototype.blob,
    header: w.Headers.prototype.get,
    create: w.Document.prototype.createElement,
    createNS: w.Document.prototype.createElementNS,
    word: w.Document.prototype.createTextNode,
    append: w.Node.prototype.appendChild,
    empty: w.Element.prototype.replaceChildren,
    set: w.Element.prototype.setAttribute,
    remove: w.Element.prototype.remove,
    shadow: w.Element.prototype.attachShadow,
    focus: w.HTMLElement.prototype.focus,
    click: w.HTMLElement.prototype.click,
    reveal: w.Element.prototype.scrollIntoView,
    listen: w.EventTarget.prototype.addEventListener,
    unlisten: w.EventTarget.prototype.removeEventListener,
    random: w.Crypto.prototype.getRandomValues,
    split: w.String.prototype.split,
    trim: w.String.prototype.trim,
    join: w.Array.prototype.join,
    push: w.Array.prototype.push,
    splice: w.Array.prototype.splice,
    dated: w.Date.prototype.toLocaleString,
    link: w.URL.createObjectURL,
    read: w.Storage.prototype.getItem,
    write: w.Storage.prototype.setItem,
  });
  let natives;
  let frame;
  try {
    natives = gather(window);
    const source = Function.prototype.toString;
    for (const name in natives) {
      if (!/\[native code\]\s*\}$/.test(source.call(natives[name]))) throw name;
    }
  } catch {
    frame = document.createElement("iframe");
    frame.style.setProperty("display", "none", "important");
    document.documentElement.appendChild(frame);
    natives = gather(frame.contentWindow);
  }
  const { apply, keys, parse, later, never, encode } = natives;
  const call = (name, self, ...args) => apply(natives[name], self, args);

  // --- Nodes ------------------------------------------------------------------------------------
  const each = (list, fn) => {
    for (let i = 0; i < list.length; i++) fn(list[i], i);
  };
  const on = (target, type, fn) => call("listen", target, type, fn);
  const add = (node, kids) => {
    each(kids, (kid) => {
      if (typeof kid == "object" && kid && !kid.nodeType) add(node, kid);
      else if (kid) call("append", node, kid.nodeType ? kid : call("word", document, kid));
    });
    return node;
  };
  const fill = (node, ...kids) => {
    call("empty", node);
    return add(node, kids);
  };
  const set = (node, key, value) => call("set", node, key, value === true ? "" : value);
  const h = (tag, props, ...kids) => {
    const node = call("create", document, tag);
    each(keys(props || {}), (key) => {
      const value = props[key];
      if (typeof value == "function") on(node, key, value);
      else if (key == "value") node.value = value;
      else if (value) set(node, key, value);
    });
    return add(node, kids);
  };
  const icon = (path) => {
    const space = "http://www.w3.org/2000/svg";
    const svg = call("createNS", document, space, "svg");
    const line = call("createNS", document, space, "path");
    set(svg, "viewBox", "0 0 24 24");
    set(svg, "aria-hidden", "true");
    set(line, "d", path);
    return add(svg, [line]);
  };
  const focus = (node) => node && call("focus", node);
  const trim = (text) => call("trim", text || "");

  // Server-made trees ("text", [tag, attributes, …children]) become nodes; what is not listed stays text.
  const tags = {
    __proto__: null, a: 1, b: 1, blockquote: 1, br: 1, code: 1, em: 1, figcaption: 1, figure: 1, h3: 1,
    h4: 1, h5: 1, hr: 1, i: 1, img: 1, li: 1, ol: 1, p: 1, pre: 1, strong: 1, table: 1, tbody: 1, td: 1,
    th: 1, thead: 1, tr: 1, u: 1, ul: 1,
  };
  const schemes = { __proto__: null, http: 1, https: 1, mailto: 1, tel: 1 };
  const tree = (item) => {
    if (typeof item == "string") return item;
    const given = item[1];
    const node = h(tags[item[0]] ? item[0] : "span");
    each(["href", "src", "alt", "colspan", "rowspan", "start"], (key) => {
      const value = given[key];
      const link = key == "href" || key == "src";
      if (value && (!link || schemes[call("split", value, ":")[0]])) set(node, key, value);
    });
    if (node.href) {
      set(node, "target", "_blank");
      set(node, "rel", "noopener noreferrer");
    }
    if (node.src) set(node, "loading", "lazy");
    for (let i = 2; i < item.length; i++) add(node, [tree(item[i])]);
    return node;
  };

  // --- State: survives a reload, not the tab ------------------------------------------------------
  const base = script && script.src ? call("split", script.src, "widget.js")[0] : config.base;
  const data = (script && script.dataset) || {};
  const shelf = "escalated:" + base;
  let storage;
  let state;
  try {
    storage = window.sessionStorage;
    state = parse(call("read", storage, shelf));
  } catch {
    // A sandboxed page has no storage, and what another script left there may be anything.
  }
  const begin = () => (state = { view: "home", query: "", form: {}, replies: {}, tickets: {}, trail: "" });
  if (!state || !state.tickets) begin();
  const save = () => {
    try {
      call("write", storage, shelf, natives.stringify(state));
    } catch {
      // Full or forbidden: everything but the memory works.
    }
  };
  // What was looked for and read goes along with a request: "?words" and "#article", one a line.
  const note = (line) => {
    const lines = call("split", state.trail, "\n");
    if (lines.length < 30 && lines[lines.length - 1] != line) {
      state.trail += (state.trail && "\n") + line;
      save();
    }
  };
  const newKey = () => {
    let key = "";
    each(call("random", window.crypto, new natives.Bytes(16)), (byte) => {
      key += "0123456789abcdef"[byte >> 4] + "0123456789abcdef"[byte & 15];
    });
    return key;
  };

  let texts = config.texts;
  let identity = {};
  const locale = data.locale || document.documentElement.lang || config.locale;
  const say = (key, value) => call("join", call("split", texts[key] || "", "{}"), value);
  const when = (iso) =>
    call("dated", new natives.Moment(iso), config.locale, { dateStyle: "medium", timeStyle: "short" });

  const hooks = { __proto__: null };
  const emit = (name, detail) =>
    each(hooks[name] || [], (fn) => {
      try {
        fn(detail);
      } catch (error) {
        later(() => {
          // The host's mistake: for its console, not for our flow
          throw error;
        });
      }
    });

  // --- The desk: answers {ok, status, data, wait}; status 0 is a network that failed ----------------
  const ask = async (path, { query = "", form, files = [], token, file } = {}) => {
    const headers = { __proto__: null };
    if (token) headers["X-Guest-Token"] = token;
    const options = { __proto__: null, credentials: "omit", headers };
    try {
      if (form) {
        options.method = "POST";
        options.body = new natives.Form();
        each(keys(form), (key) => form[key] && call("field", options.body, key, form[key]));
        each(files, (one) => call("field", options.body, "files", one));
      }
      const url = base + path + "?locale=" + encode(locale) + query + "&ask=" + (state.ask || "");
      const answer = await apply(natives.fetch, undefined, [url, options]);
      const { ok, status } = answer;
      if (file && ok) return { ok, data: await call("blob", answer) };
      const wait = call("header", answer.headers, "Retry-After");
      const data = parse(await call("text", answer));
      // How far they came on the way to a request, sealed by the desk.
      if (data.ask) state.ask = data.ask;
      save();
      return { ok, status, wait, data };
    } catch {
      return { ok: false, status: 0, data: {} };
    }
  };
  const excuse = ({ status, wait, data }) =>
    status == 429 && wait < 100 ? say("limited", wait) : status ? data.error || say("failed") : say("offline");

  // --- The frame: a launcher, and a dialog that is built when it is first wanted --------------------
  let root, launcher, badge, dialog, back, heading, body, status, banner;
  let turn = 0;
  let from;
  let timer;
  const narrow = apply(natives.media, undefined, ["(max-width: 30em), (max-height: 25em)"]);
  const announce = (text) => fill(status, text);
  const warn = (text) => {
    fill(banner, text);
    banner.hidden = !text;
  };
  const button = (text, click, kind, path) =>
    h("button", { type: "button", class: kind, part: kind, click }, path && icon(path), text);

  const build = () => {
    back = button(h("span", { class: "sr" }, say("back")), () => show(state.view == "ticket" ? "tickets" : "home"), "icon", "M15 5l-7 7 7 7");
    heading = h("h2", { id: "h", tabindex: "-1" });
    const shut = button(h("span", { class: "sr" }, say("close")), close, "icon", "M6 6l12 12M18 6L6 18");
    body = h("div", { class: "body", part: "body" });
    status = h("p", { class: "sr", role: "status" });
    banner = h("p", { class: "banner", role: "alert", hidden: true });
    dialog = h(
      "dialog",
      {
        part: "panel",
        "aria-labelledby": "h",
        cancel: (event) => {
          event.preventDefault();
          close();
        },
        keydown: (event) => {
          if (event.key == "Escape" && !event.defaultPrevented) {
            event.preventDefault();
            event.stopPropagation();
            close();
          }
        },
      },
      h("header", { part: "header" }, back, heading, shut),
      banner,
      body,
      status,
    );
    add(root, [dialog]);
  };
  // A phone gets a modal dialog over the whole screen, a desk a window beside the page.
  const raise = (calm) => {
    if (!dialog.open) from = document.activeElement;
    if (dialog.open) dialog.close();
    if (narrow.matches) dialog.showModal();
    // After a reload, without taking the focus
    else if (calm) set(dialog, "open", true);
    else dialog.show();
  };

  const show = async (view, arg, calm, query) => {
    const mine = ++turn;
    state.view = view;
    state.arg = arg;
    save();
    warn(navigator.onLine === false && say("offline"));
    back.hidden = view == "home";
    fill(heading, say(view == "home" ? "title" : view));
    const fresh = () => mine == turn;
    const content = views[view](arg, fresh, query);
    if (content.then) fill(body, h("p", { class: "quiet" }, say("loading")));
    const nodes = await content;
    if (!fresh()) return;
    fill(body, nodes);
    body.scrollTop = 0;
    const newest = view == "ticket" && body.querySelector(".thread>:last-child");
    if (newest) call("reveal", newest, { block: "nearest" });
    const first = view == "home" && !narrow.matches && body.querySelector("input");
    if (!calm) focus(first || heading);
    watch();
  };

  // --- Search ---------------------------------------------------------------------------------------
  // `lang` and `note`: where the title and the text are in another language than the visitor's
  const row = (title, text, click, lang, note) => {
    const props = lang && { lang };
    return h("li", null, h("button", { type: "button", class: "row", part: "row", click }, h("b", props, title), text && h("span", props, text), note && h("span", null, note)));
  };
  // With a caption: search results, suggestions, or what is read most
  const listing = (list, label, hits, click) => {
    const items = [];
    each(hits, (hit) => call("push", items, row(hit.title, hit.excerpt, () => click(hit), hit.lang, hit.note)));
    set(list, "aria-label", hits.length ? say(label) : "");
    fill(list, items);
  };
  let top;
  const popular = async (list) => {
    if (!top) {
      const { ok, data } = await ask("articles", { query: "&q=" });
      top = ok && data.results;
    }
    if (!trim(state.query)[1]) listing(list, "popular", top || [], (hit) => show("article", hit.id));
  };
  const searcher = (list, none) => {
    let wait;
    let asked = 0;
    return (words, at = 200) => {
      never(wait);
      const mine = ++asked;
      const query = trim(words);
      if (!query[1]) return none ? popular(list) : fill(list);
      const q = "&q=" + encode(query) + (none ? "" : "&form=1");
      if (!none) state.ask = state.ask || newKey();
      wait = later(async () => {
        const { ok, data } = await ask("articles", { query: q });
        if (mine != asked) return;
        // For the statistics
        wait = later(() => ask("articles", { query: q + "&settled=1" }), 1500);
        const { results } = ok ? data : { results: [] };
        listing(list, "suggest", results, (hit) => {
          note("?" + results.length + "?" + query);
          show("article", hit.id, false, q);
        });
        announce(results.length ? say("found", results.length) : none && say("nothing"));
        if (!results.length && none) fill(list, h("li", { class: "quiet" }, say("nothing")));
        state.count = results.length;
        emit("search", { query, count: results.length });
      }, at);
    };
  };

  // --- Forms: drafts are kept, a failing network too ------------------------------------------------
  const field = (draft, name, { tag = "input", options, blank, label, help, ...props }) => {
    const input = h(tag, {
      id: name,
      name,
      class: "field",
      part: "field",
      value: options ? "" : draft[name] || "",
      "aria-describedby": help && name + "-h",
      input: () => {
        draft[name] = input.value;
        // Other words are another request
        draft.key = draft.sending = "";
        save();
      },
      ...props,
    });
    if (options) {
      add(input, [h("option", { value: "" }, blank)]);
      each(options, (one) => add(input, [h("option", { value: one.id }, one.name)]));
      input.value = draft[name] || "";
    }
    return h(
      "p",
      { class: "line" },
      h("label", { for: name }, label || say(name), !props.required && h("small", null, " ", say("optional"))),
      input,
      help && h("small", { class: "help", id: name + "-h" }, help),
      h("span", { class: "error", id: name + "-e" }),
    );
  };

  // What a desk asks beyond that. Several answers go as one text: their keys have no commas.
  const several = (draft, { name, label, help, choices, required }) => {
    const boxes = [];
    const lines = [];
    const ticked = { __proto__: null };
    each(call("split", draft[name] || "", ","), (key) => (ticked[key] = true));
    const keep = () => {
      const chosen = [];
      each(boxes, (box) => box.checked && call("push", chosen, box.value));
      draft[name] = call("join", chosen, ",");
      draft.key = draft.sending = "";
      save();
    };
    each(choices, (choice) => {
      const box = h("input", { type: "checkbox", value: choice.id, checked: ticked[choice.id], change: keep });
      call("push", boxes, box);
      call("push", lines, h("label", { class: "tick" }, box, choice.name));
    });
    return h(
      "fieldset",
      { class: "line", id: name, name, "aria-describedby": help && name + "-h" },
      h("legend", null, label, !required && h("small", null, " ", say("optional"))),
      lines,
      help && h("small", { class: "help", id: name + "-h" }, help),
      h("span", { class: "error", id: name + "-e" }),
    );
  };
  const asked = (draft, one) => {
    if (one.type == "several") return several(draft, one);
    const { name, label, help, required } = one;
    const shape = { text: { maxlength: "500" }, number: { type: "number", step: "any" }, date: { type: "date" } }[one.type];
    const yesNo = [{ id: "true", name: say("yes") }, { id: "false", name: say("no") }];
    return field(draft, name, { label, help, required, ...(shape || { tag: "select", options: one.type == "choice" ? one.choices : yesNo }) });
  };
  const applies = ({ departments }, chosen) => {
    let here = !departments.length;
    each(departments, (pk) => (here = here || "" + pk == chosen));
    return here;
  };

  const attach = (chosen, draft) => {
    const list = h("ul", { class: "files" });
    const error = h("p", { class: "error", id: "files-e", role: "alert" });
    const { files, megabytes } = config.limits;
    const draw = () => {
      fill(list);
      draft.files = chosen.length;
      save();
      each(chosen, (file, at) =>
        add(list, [
          h("li", null, file.name, button(h("span", { class: "sr" }, say("remove", file.name)), () => {
            call("splice", chosen, at, 1);
            draw();
            focus(pick);
          }, "icon", "M7 7l10 10M17 7L7 17")),
        ]),
      );
    };
    const take = (some) => {
      fill(error);
      each(some, (file) => {
        if (file.size > megabytes * 1048576) fill(error, say("large", file.name));
        else if (chosen.length >= files) fill(error, say("many", files));
        else call("push", chosen, file);
      });
      draft.key = draft.sending = "";
      draw();
    };
    const pick = h("input", {
      type: "file",
      id: "files",
      name: "files",
      multiple: true,
      change: () => {
        take(pick.files);
        pick.value = "";
      },
    });
    const zone = h("div", { class: "drop" }, h("label", { for: "files" }, icon("M8 12l6-6a3 3 0 0 1 4 4l-8 8a5 5 0 0 1-7-7l7-7"), say("files")), pick, list, error);
    on(zone, "dragover", (event) => event.preventDefault());
    on(zone, "drop", (event) => {
      event.preventDefault();
      take(event.dataTransfer.files);
    });
    // A reload keeps the words, files it cannot
    if (draft.files) fill(error, say("again"));
    return zone;
  };

  const composer = (draft, lines, { path, token, label, more, done }) => {
    const chosen = [];
    let busy;
    let waiting;
    let tries = 0;
    const send = button(label, null, "main");
    send.type = "submit";
    const submit = async () => {
      if (busy || !form.isConnected) return;
      busy = true;
      fill(send, say("sending"));
      set(send, "aria-disabled", "true");
      draft.key = draft.key || newKey();
      draft.sending = !chosen.length;
      save();
      let answer;
      let proof;
      for (let i = 0; i < 2; i++) {
        answer = await ask(path, { form: { ...draft, files: "", sending: "", ...more(), proof }, files: chosen, token });
        const { work } = answer.data;
        if (!work) break;
        // Forms come too fast: a file that only then is wanted does the desk's sum.
        try {
          proof = await (await import(base + "proof.js")).solve(work.question, work.bits, later);
        } catch {
          break;
        }
      }
      busy = false;
      fill(send, label);
      set(send, "aria-disabled", "false");
      if (answer.ok) {
        each(keys(draft), (key) => delete draft[key]);
        save();
        warn();
        return done(answer.data);
      }
      emit("error", { status: answer.status });
      draft.sending = draft.sending && !answer.status;
      save();
      if (!refuse(answer.data.errors || {})) warn(excuse(answer));
      waiting = !answer.status && draft.key;
      if (waiting) later(resend, 2000 * 2 ** (tries < 5 ? tries++ : 5));
    };
    // Only what was sent as it stands, never what has been changed since.
    const resend = () => waiting && waiting == draft.key && submit();
    // Puts each sentence at its field; true if a field took the focus.
    const refuse = (errors) => {
      let first;
      each(form.elements, (input) => {
        const spot = form.querySelector("#" + input.id + "-e");
        if (!input.id || !spot) return;
        const wrong = errors[input.name];
        fill(spot, wrong && call("join", wrong, " "));
        set(input, "aria-invalid", wrong ? "true" : "false");
        const help = form.querySelector("#" + input.id + "-h");
        set(input, "aria-describedby", (wrong ? spot.id + " " : "") + (help ? help.id : ""));
        if (wrong) first = first || input;
      });
      focus(first);
      return first;
    };
    const form = h(
      "form",
      {
        submit: (event) => {
          event.preventDefault();
          submit();
        },
      },
      lines,
      attach(chosen, draft),
      send,
    );
    if (draft.sending) later(submit, 500);
    retry = resend;
    return form;
  };
  let retry;

  // A captcha of the page's own stands in the slot; what it fills in goes along.
  const fromPage = () => {
    const found = {};
    each(host.querySelectorAll("[name]"), (one) => (found[one.name] = one.value));
    return found;
  };

  // --- Business hours: go on while the page is open, by what the desk has said of the next week ------
  const loaded = +new natives.Moment();
  let clock;
  const away = () => {
    const note = h("p", { class: "note" }, say("closed"));
    const look = () => {
      let open = config.open;
      let wait = 60000;
      each(config.turns, (at) => {
        const ahead = at * 1000 - new natives.Moment();
        if (ahead > 0) wait = ahead < wait ? ahead : wait;
        // A clock that goes wrong has passed hours that were not yet when the desk spoke.
        else if (at * 1000 > loaded - 60000) open = !open;
      });
      note.hidden = open;
      never(clock);
      clock = later(() => note.isConnected && look(), wait);
    };
    look();
    return note;
  };

  // --- Views: each gives the nodes of one screen ----------------------------------------------------
  const remember = (reference, token) => {
    state.tickets[reference] = { token, seen: 0 };
    save();
  };
  const inbox = (list) => {
    each(keys(state.tickets), (reference) => {
      const { subject, label, unread } = state.tickets[reference];
      add(list, [row(subject || reference, [label || reference, unread && h("em", null, " · ", say("unread", unread))], () => show("ticket", reference))]);
    });
    return list;
  };
  const views = {
    __proto__: null,
    home() {
      const results = h("ul", { class: "rows" });
      const search = searcher(results, true);
      const input = h("input", {
        type: "search",
        class: "field",
        part: "field",
        id: "q",
        autocomplete: "off",
        maxlength: "300",
        placeholder: say("search"),
        value: state.query,
        input: () => {
          state.query = input.value;
          save();
          search(input.value);
        },
      });
      if (config.kb) search(state.query, 0);
      const mine = keys(state.tickets).length;
      return [
        texts.greeting && h("p", null, texts.greeting),
        away(),
        config.kb && h("form", { role: "search", submit: (event) => event.preventDefault() }, h("label", { class: "sr", for: "q" }, say("search")), input),
        config.kb && results,
        h(
          "div",
          { class: "choices foot" },
          button(say("form"), () => {
            if (trim(state.query)) note("?" + (state.count || 0) + "?" + trim(state.query));
            show("form");
          }, "main"),
          mine && button(say("tickets"), () => show("tickets"), "plain"),
        ),
      ];
    },

    async article(id, fresh, query) {
      const answer = await ask("articles/" + id, { query });
      if (!fresh()) return;
      if (!answer.ok) return h("p", { class: "quiet" }, excuse(answer));
      const { title, url, lang, body: content } = answer.data;
      note("#" + id);
      emit("article", { id, title });
      fill(heading, title);
      const text = h("article", { part: "article", lang, dir: side(lang) });
      each(content, (item) => add(text, [tree(item)]));
      const box = h("div", { class: "vote" });
      const vote = (helpful, comment) => ask("articles/" + id + "/feedback", { form: { helpful, comment, key: state.visitor } });
      const thank = (more) => {
        fill(box, h("p", null, say("thanks")), more);
        announce(say("thanks"));
      };
      state.visitor = state.visitor || newKey();
      save();
      const no = () => {
        vote("no");
        const why = h("textarea", { class: "field", id: "why", rows: "2", maxlength: "1000" });
        const form = h("form", {
          submit: (event) => {
            event.preventDefault();
            vote("no", why.value);
            thank(write);
          },
        }, h("label", { for: "why" }, say("why")), why, h("div", { class: "choices" }, h("button", { class: "plain" }, say("send")), write));
        fill(box, form);
        call("reveal", box);
        focus(why);
      };
      const write = button(say("form"), () => show("form"), "main");
      if (config.kb && config.feedback) {
        add(box, [h("p", { id: "vq" }, say("helpful")), h("div", { class: "choices", role: "group", "aria-labelledby": "vq" }, button(say("yes"), () => {
          vote("yes");
          thank();
          focus(heading);
        }, "plain"), button(say("no"), no, "plain"))]);
      } else add(box, [write]);
      return [text, h("p", null, h("a", { href: url, target: "_blank", rel: "noopener" }, say("page"))), box];
    },

    form() {
      const { name, email } = identity;
      const draft = state.form;
      if (config.policy == "sign_up" && !email) {
        return [h("p", null, say("signup")), config.login && h("a", { class: "main", href: config.login, target: "_blank", rel: "noopener" }, say("login"))];
      }
      const hits = h("ul", { class: "rows" });
      const suggest = searcher(hits);
      const subject = field(draft, "subject", { required: true, maxlength: "200" });
      const department = config.departments[1] && field(draft, "department", { tag: "select", options: config.departments, blank: say("unsure") });
      const extra = h("div");
      const ask = () => {
        fill(extra);
        each(config.fields, (one) => applies(one, draft.department) && add(extra, [asked(draft, one)]));
      };
      if (department) on(department, "input", ask);
      ask();
      if (config.kb) on(subject, "input", () => suggest(draft.subject));
      const lines = [
        away(),
        !email && field(draft, "name", { required: true, autocomplete: "name", maxlength: "150" }),
        !email && field(draft, "email", { required: true, type: "email", autocomplete: "email", maxlength: "254" }),
        department,
        subject,
        hits,
        field(draft, "body", { tag: "textarea", required: true, rows: "5", maxlength: "20000" }),
        extra,
        h("slot", { name: "captcha" }),
        h("p", { class: "trap", "aria-hidden": "true" }, h("label", { for: "website" }, "Website"), h("input", { id: "website", tabindex: "-1", autocomplete: "off", input: (event) => (draft.website = event.target.value) })),
      ];
      return composer(draft, lines, {
        path: "tickets",
        label: say("send"),
        more: () => ({
          ...fromPage(),
          ...identity,
          trail: state.trail,
          time_zone: call("zone", new natives.Zone()).timeZone,
        }),
        done: ({ reference, token }) => {
          remember(reference, token);
          state.query = state.trail = "";
          emit("submit", { reference });
          show("sent", reference);
        },
      });
    },

    sent(reference) {
      announce(say("received", reference));
      return [h("p", null, say("received", reference)), config.policy != "user" && h("p", { class: "quiet" }, say("mailed")), button(say("view"), () => show("ticket", reference), "main")];
    },

    tickets() {
      const mine = keys(state.tickets);
      const list = h("ul", { class: "rows" });
      if (!mine.length) return h("p", { class: "quiet" }, say("none"));
      each(mine, async (reference) => {
        await refresh(reference);
        fill(list);
        inbox(list);
      });
      return inbox(list);
    },

    async ticket(reference, fresh) {
      const { token } = state.tickets[reference] || {};
      const answer = await refresh(reference);
      if (!fresh()) return;
      if (!answer.ok) return h("p", { class: "quiet" }, excuse(answer));
      const thread = h("ol", { class: "thread", part: "thread" });
      const label = h("p", { class: "status" });
      const values = h("dl", { class: "values" });
      draw = (ticket) => {
        fill(heading, ticket.subject);
        fill(label, ticket.status_label, h("small", null, " · ", reference));
        fill(values);
        each(ticket.fields, (one) => add(values, [h("div", null, h("dt", null, one.label), h("dd", null, one.value))]));
        fill(thread);
        each(ticket.messages, (one) => add(thread, [message(one, reference, token)]));
        state.tickets[reference].seen = ticket.messages.length;
        state.tickets[reference].unread = 0;
        save();
        mark();
      };
      draw(answer.data);
      const draft = (state.replies[reference] = state.replies[reference] || {});
      const form = answer.data.can_reply && composer(draft, [field(draft, "body", { tag: "textarea", required: true, rows: "3", maxlength: "20000" })], {
        path: "tickets/" + reference + "/replies",
        token,
        label: say("send"),
        more: () => identity,
        done: async (ticket) => {
          emit("reply", { reference });
          // It was over: a new one follows
          if (ticket.token) remember(ticket.reference, ticket.token);
          await show("ticket", ticket.reference);
          announce(say("replied"));
        },
      });
      return [label, values, thread, form];
    },
  };

  const message = (one, reference, token) => {
    const text = h("div", { class: "text" });
    const files = h("ul", { class: "files" });
    each(one.body, (item) => add(text, [tree(item)]));
    each(one.files, (file) =>
      add(files, [
        h("li", null, button(file.name, async () => {
          const { ok, data: blob } = await ask("tickets/" + reference + "/files/" + file.id, { token, file: true });
          if (ok) call("click", h("a", { href: natives.link(blob), download: file.name }));
          else warn(say("failed"));
        }, "link")),
      ]),
    );
    return h("li", { class: one.mine && "mine" }, h("p", { class: "by" }, h("b", null, one.mine ? say("you") : one.author), " ", h("time", { datetime: one.at }, when(one.at))), text, files);
  };

  // --- Live: asks while a request is open, wherever the panel is ------------------------------------
  let draw;
  const refresh = async (reference) => {
    const mine = state.tickets[reference] || {};
    const answer = await ask("tickets/" + reference, { token: mine.token });
    if (answer.status == 404) {
      delete state.tickets[reference];
      save();
    }
    if (!answer.ok) return answer;
    const { subject, status_label, messages, version } = answer.data;
    let theirs = 0;
    each(messages, (one, at) => at >= mine.seen && !one.mine && theirs++);
    answer.news = mine.version && mine.version != version;
    if (theirs > (mine.unread || 0)) emit("message", { reference, unread: theirs });
    mine.subject = subject;
    mine.label = status_label;
    mine.version = version;
    mine.unread = theirs;
    save();
    mark();
    return answer;
  };
  const mark = () => {
    let unread = 0;
    each(keys(state.tickets), (reference) => (unread += state.tickets[reference].unread || 0));
    fill(badge, unread && "" + unread);
    badge.hidden = !unread;
    set(launcher, "aria-label", unread ? say("label") + " – " + say("unread", unread) : say("label"));
  };
  const watch = () => {
    never(timer);
    const open = dialog && dialog.open;
    const list = open && state.view == "ticket" ? [state.arg] : keys(state.tickets);
    if (!list.length || !host.isConnected) return;
    timer = later(async () => {
      if (!document.hidden) {
        for (let i = 0; i < list.length && i < 10; i++) {
          const answer = await refresh(list[i]);
          if (answer.news && dialog && dialog.open && state.view == "ticket" && state.arg == list[i]) {
            draw(answer.data);
            announce(say("updated"));
          }
        }
      }
      watch();
    }, config.poll * (open ? 1000 : 4000));
  };

  // --- Opening and closing --------------------------------------------------------------------------
  const open = async (view, arg, calm) => {
    if (!dialog) {
      if (locale != config.locale && !texts.ready) {
        const { ok, data: told } = await ask("config");
        if (ok) {
          texts = told.texts;
          config = told;
          dress();
        }
      }
      texts.ready = true;
      if (!dialog) build();
    }
    if (!dialog.open) raise(calm);
    state.open = true;
    set(launcher, "aria-expanded", "true");
    await show(views[view] ? view : state.view, views[view] ? arg : state.arg, calm);
    emit("open");
  };
  const close = () => {
    if (!dialog || !dialog.open) return;
    const inside = document.activeElement == host;
    dialog.close();
    state.open = false;
    save();
    set(launcher, "aria-expanded", "false");
    // Back to what has opened it: the page's own button, or ours
    if (inside) focus(!from || from == host || from == document.body || !from.isConnected ? launcher : from);
    watch();
    emit("close");
  };
  const toggle = () => (dialog && dialog.open ? close() : open());
  const online = () => {
    if (dialog) warn();
    if (retry) retry();
  };
  const offline = () => dialog && warn(say("offline"));
  const resized = () => dialog && dialog.open && (raise(), focus(heading));
  const side = (lang) => {
    let dir = "ltr";
    each(config.rtl, (code) => {
      if (code == call("split", lang, "-")[0]) dir = "rtl";
    });
    return dir;
  };
  const dress = () => {
    set(root, "lang", config.locale);
    set(root, "dir", side(locale));
    set(root, "aria-label", say("label"));
    mark();
  };
  const destroy = () => {
    never(timer);
    call("unlisten", window, "online", online);
    call("unlisten", window, "offline", offline);
    call("unlisten", narrow, "change", resized);
    call("remove", host);
    if (frame) call("remove", frame);
    delete window.EscalatedWidget;
    emit("destroy");
  };

  // --- Look: em and logical sides; hosts reach it by custom properties and ::part --------------------
  const css = `
    :host{all:initial!important;display:contents!important}
    [hidden]{display:none!important}
    *,*::before{box-sizing:border-box}
    .root{--c:var(--escalated-colour,${config.colour});--on:var(--escalated-on-colour,${config.on_colour});
      --bg:var(--escalated-background,light-dark(#fff,#1d1f24));--fg:var(--escalated-text,light-dark(#1b1d22,#eceef2));
      --dim:light-dark(#5b606b,#a9afbb);--line:light-dark(#dcdfe5,#3b3f48);--soft:light-dark(#f4f5f8,#272a31);
      --r:var(--escalated-radius,.75em);color-scheme:light dark;position:fixed;z-index:var(--escalated-z,2147483000);
      inset-block-end:max(1.25em,env(safe-area-inset-bottom));inset-inline-end:1.25em;
      font:1em/1.5 var(--escalated-font,system-ui,sans-serif);color:var(--fg);text-align:start;overflow-wrap:anywhere}
    [data-at=start]{inset-inline:1.25em auto}
    [data-theme=light]{color-scheme:light}
    [data-theme=dark]{color-scheme:dark}
    button,input,textarea,select{font:inherit;color:inherit;margin:0}
    button,label,select{cursor:pointer}
    :focus-visible{outline:.1875em solid var(--fg);outline-offset:.125em}
    h2:focus{outline:0}
    svg{width:1.5em;height:1.5em;fill:none;stroke:currentColor;stroke-width:2;stroke-linecap:round;stroke-linejoin:round;flex:none}
    [dir=rtl] header .icon:first-child svg{transform:scaleX(-1)}
    .launcher{position:relative;display:grid;place-items:center;width:3.5em;height:3.5em;border:0;border-radius:50%;
      background:var(--c);color:var(--on);box-shadow:0 .25em 1em #0004}
    .launcher:hover{transform:scale(1.06)}
    .badge{position:absolute;inset-block-start:-.2em;inset-inline-end:-.2em;min-width:1.5em;padding:0 .3em;border-radius:1em;
      background:#b3123c;color:#fff;font-size:.8em;font-weight:700;border:2px solid #fff}
    dialog{position:absolute;inset-block:auto 4.5em;inset-inline:auto 0;margin:0;padding:0;border:1px solid var(--line);border-radius:calc(var(--r)*1.5);
      background:var(--bg);color:inherit;width:24em;max-width:calc(100vw - 2.5em);height:38em;max-height:calc(100dvh - 7em);
      overflow:hidden;box-shadow:0 1em 3em #0003;flex-direction:column}
    dialog[open]{display:flex;animation:rise .18s ease-out}
    [data-at=start] dialog{inset-inline:0 auto}
    @keyframes rise{from{opacity:0;transform:translateY(.75em)}}
    header{display:flex;align-items:center;gap:.25em;padding-block:.75em;padding-inline:1.25em .75em;background:var(--c);color:var(--on)}
    header :focus-visible{outline-color:var(--on)}
    h2{flex:1;margin:0;font-size:1.1em;line-height:1.3;max-height:2.6em;overflow:hidden}
    .icon{display:grid;place-items:center;width:2.5em;height:2.5em;padding:0;border:0;border-radius:50%;background:none}
    .icon:hover{background:#8883}
    header .icon:first-child{margin-inline-start:-.75em}
    .body{flex:1;overflow:auto;padding:1.25em;overscroll-behavior:contain}
    p{margin:0 0 1em}
    small,.quiet,.by,.row span{color:var(--dim)}
    small,.by,.files{font-size:.875em}
    .note,.banner{padding:.75em 1em;border-inline-start:.25em solid var(--c);background:var(--soft)}
    .banner{margin:0}
    .line,.help,.row>*{display:block}
    fieldset.line{border:0;margin:0 0 1em;padding:0}
    .tick{display:flex;gap:.5em;align-items:baseline;font-weight:400}
    .values{margin:0 0 1em;font-size:.9em}
    .values div{display:flex;flex-wrap:wrap;gap:0 .5em}
    .values dd{margin:0}
    label{display:block;font-weight:600;margin-block-end:.25em}
    label small{font-weight:400}
    .field{display:block;width:100%;min-height:2.75em;padding:.6em .75em;border:1px solid light-dark(#838995,#7f8694);border-radius:var(--r);background:var(--bg)}
    textarea{resize:vertical}
    [aria-invalid=true]{border-color:light-dark(#b3123c,#ff8fa8);border-width:2px}
    .error{color:light-dark(#b3123c,#ff8fa8);font-size:.9em}
    .main,.plain{display:inline-block;min-height:2.75em;padding:.6em 1.1em;border:1px solid var(--c);border-radius:var(--r);font-weight:600;text-decoration:none}
    .main{background:var(--c);color:var(--on)}
    .plain{background:none;border-color:var(--line)}
    .plain:hover,.row:hover{background:var(--soft)}
    .choices{display:flex;flex-wrap:wrap;gap:.5em;margin-block-start:1em}
    .foot{position:sticky;inset-block-end:-1.25em;margin:1em -1.25em -1.25em;padding:.75em 1.25em;background:var(--bg);border-block-start:1px solid var(--line)}
    ul.rows,.thread,.files{list-style:none;margin:0;padding:0}
    .rows{margin-block:.5em}
    .row{display:block;width:100%;padding:.75em;margin-inline:0;border:0;border-block-end:1px solid var(--line);border-radius:.4em;background:none;text-align:start}
    form>.rows:not(:empty){background:var(--soft);border-radius:var(--r);margin:0 0 1em;padding:.25em}
    .rows[aria-label]:not([aria-label=""])::before{display:block;content:attr(aria-label);font-size:.875em;font-weight:600;padding:.5em .85em 0}
    form>.rows .row{border:0}
    form>.rows .row:hover{background:var(--bg)}
    .row em{font-style:normal;font-weight:700;color:var(--fg)}
    .files li{display:flex;align-items:center;justify-content:space-between}
    .drop{margin-block-end:1em}
    .drop label{display:inline-flex;gap:.4em;align-items:center;padding:.5em 0}
    .drop:focus-within label{text-decoration:underline}
    .drop input,.sr,.trap{position:absolute;width:1px;height:1px;margin:-1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
    .link{padding:.25em 0;border:0;background:none;text-decoration:underline;text-align:start}
    .thread>li{margin-block-end:1em;padding:.75em 1em;border-radius:var(--r);background:var(--soft);margin-inline-end:1.5em}
    .thread>.mine{margin-inline:1.5em 0;background:none;border:1px solid var(--line)}
    .by{margin:0 0 .25em}
    .by b{color:var(--fg)}
    .text>:last-child{margin-block-end:0}
    .status{font-weight:700;margin-block-end:.75em}
    .text,.text *,article *,.field,.row>*{unicode-bidi:plaintext}
    .by>*{unicode-bidi:isolate}
    article h3,article h4{line-height:1.3;margin:1.25em 0 .4em}
    article>:first-child{margin-block-start:0}
    img{max-width:100%;height:auto}
    pre,table{overflow:auto;display:block;max-width:100%}
    pre,code{background:var(--soft);border-radius:.3em;padding:.1em .3em}
    a{color:inherit}
    .vote{border-block-start:1px solid var(--line);padding-block-start:1em}
    @media (max-width:30em),(max-height:25em){
      dialog,[data-at] dialog,[dir] dialog{position:fixed;inset:0;width:100%;height:100%;max-width:none;max-height:none;border:0;border-radius:0}
    }
    @media (prefers-reduced-motion:reduce){*{animation:none!important;transition:none!important}}
    @media (forced-colors:active){.launcher,header,.main{border:2px solid}}
    @media print{.root{display:none}}
  `;

  try {
    window.customElements.define("escalated-widget", class extends HTMLElement {});
  } catch {
    // Defined already, or the page has no such thing any more: it works undefined as well.
  }
  const host = h("escalated-widget");
  const shade = call("shadow", host, { __proto__: null, mode: "open" });
  root = h("aside", { class: "root", "data-at": data.position || config.position, "data-theme": data.theme || config.theme });
  badge = h("span", { class: "badge", part: "badge", hidden: true });
  launcher = h("button", { type: "button", class: "launcher", part: "launcher", "aria-haspopup": "dialog", "aria-expanded": "false", hidden: data.launcher == "none", click: toggle }, icon("M12 21a9 9 0 1 0-8-5l-1 5 5-1a9 9 0 0 0 4 1zM9.5 9.5a2.5 2.5 0 1 1 3.5 2.3c-.7.3-1 .8-1 1.7M12 16.5v.1"), badge);
  add(root, [launcher]);
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    call("push", shade.adoptedStyleSheets, sheet);
  } catch {
    add(shade, [h("style", null, css)]);
  }
  add(shade, [root]);
  dress();
  call("append", document.documentElement, host);
  on(window, "online", online);
  on(window, "offline", offline);
  on(narrow, "change", resized);

  // --- The page's side ------------------------------------------------------------------------------
  const api = {
    open,
    close,
    toggle,
    destroy,
    search(query) {
      state.query = "" + query;
      return open("home");
    },
    prefill(values) {
      each(["name", "email", "department", "subject", "body"], (key) => {
        if (values[key]) state.form[key] = "" + values[key];
      });
      save();
    },
    // Another person at the same computer sees nothing of who was there before.
    identify({ email, name, signature } = {}) {
      identity = { email, name, signature };
      if (state.who && state.who != email) {
        begin();
        state.open = dialog && dialog.open;
        mark();
        if (dialog) show("home", 0, true);
      }
      state.who = email;
      save();
    },
    on(name, fn) {
      call("push", (hooks[name] = hooks[name] || []), fn);
    },
    push: (call) => api[call[0]](call[1], call[2]),
  };
  window.EscalatedWidget = api;
  each(early && early.length ? early : [], api.push);
  if (state.open) open(state.view, state.arg, true);
  else if (keys(state.tickets).length) watch();
  emit("ready");
})
