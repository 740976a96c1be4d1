// The behaviour of the page: chips and their cards, the sources panel, the article reader, the composer.
// The contents of the page come from the server as escaped HTML; nothing here turns text into HTML.
window.dateline = (() => {
  "use strict";

  const CALM = window.matchMedia("(prefers-reduced-motion: reduce)");
  const page = {}; // the conversation: element, trigger
  let replacing = false; // whether the composer changes the last question
  let opener = null; // what had the focus before the panel was opened
  let shownTurn = null; // the number of the turn whose cards are in the panel
  let rating = null; // the turn whose reason is being asked for
  let afterIdle = null; // the action that waits for the answer to end
  let wasBusy = false;

  const $ = (id) => document.getElementById(id);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const turnOf = (node) => node.closest(".turn");
  const isBusy = () => page.element?.querySelector(".turn.running") !== null;
  const scrollTo = (node, block) =>
    node?.scrollIntoView({ block, behavior: CALM.matches ? "auto" : "smooth" });

  // ---- The card that a chip shows while it is pointed at

  function cardOf(chip) {
    return turnOf(chip)?.querySelector(`.stock [data-card="${CSS.escape(chip.dataset.card)}"]`);
  }

  function peek(chip) {
    const card = cardOf(chip);
    if (!card) return;
    const part = (selector) => [...(card.querySelector(selector)?.cloneNode(true).childNodes ?? [])];
    const box = $("peek");
    box.querySelector(".peek-quote").replaceChildren(...part(card.querySelector("mark") ? "mark" : "blockquote"));
    box.querySelector(".peek-title").replaceChildren(...part(".card-title"));
    box.querySelector(".peek-byline").replaceChildren(...part(".byline"));
    box.hidden = false;
    const at = chip.getBoundingClientRect();
    const size = box.getBoundingClientRect();
    const left = Math.min(Math.max(8, at.left - 16), window.innerWidth - size.width - 8);
    const below = at.bottom + 8 + size.height < window.innerHeight;
    box.style.left = `${left}px`;
    box.style.top = `${below ? at.bottom + 8 : Math.max(8, at.top - size.height - 8)}px`;
    chip.setAttribute("aria-describedby", "peek");
  }

  function unpeek() {
    const box = $("peek");
    if (!box || box.hidden) return;
    box.hidden = true;
    all('[aria-describedby="peek"]').forEach((chip) => chip.removeAttribute("aria-describedby"));
  }

  // ---- The sources panel

  function fillPanel(turn, { expand = false } = {}) {
    const stock = turn?.querySelector(".stock");
    const body = $("panel-body");
    if (!stock || !body) return false;
    body.replaceChildren(...[...stock.childNodes].map((node) => node.cloneNode(true)));
    $("panel-title").textContent = turn.querySelector(".chip") ? "Sources" : "Nearest passages";
    const question = turn.querySelector(".question")?.lastChild;
    $("panel-question").replaceChildren(...(question ? [question.cloneNode(true)] : []));
    $("sources").classList.toggle("filled", body.childElementCount > 0);
    shownTurn = turn.dataset.turn;
    if (expand) all("details", body).forEach((details) => (details.open = true));
    return true;
  }

  function openPanel(turn, key, from) {
    if (!fillPanel(turn)) return;
    opener = from;
    $("sources").classList.add("open");
    const cards = all("[data-card]", $("panel-body"));
    const card = cards.find((one) => one.dataset.card === key) ?? cards[0];
    if (!card) return;
    card.closest("details")?.setAttribute("open", "");
    cards.forEach((one) => one.classList.toggle("current", one === card));
    markChips(turn, card.dataset.card);
    card.focus({ preventScroll: true });
    card.scrollIntoView({ block: "nearest" });
    card.querySelector("mark")?.scrollIntoView({ block: "nearest" });
  }

  function markChips(turn, key) {
    all(".chip.current").forEach((chip) => chip.classList.remove("current"));
    all(".chip", turn).forEach((chip) => chip.classList.toggle("current", chip.dataset.card === key));
  }

  function closePanel() {
    const panel = $("sources");
    if (!panel.classList.contains("open")) return false;
    panel.classList.remove("open");
    all(".current", panel).forEach((card) => card.classList.remove("current"));
    all(".chip.current").forEach((chip) => chip.classList.remove("current"));
    opener?.focus();
    opener = null;
    return true;
  }

  // ---- The page's own routes

  async function fetched(path, options) {
    const response = await fetch(new URL(`page/${path}`, document.baseURI), options);
    if (response.ok) return response.json();
    const { error } = await response.json().catch(() => ({}));
    throw new Error(error?.message ?? "Is the server still there?");
  }

  // Uploads a file, and returns its name for use in an event.
  async function upload(file) {
    const body = new FormData();
    body.append("file", file);
    try {
      return (await fetched("uploads", { method: "POST", body })).id;
    } catch (error) {
      throw error instanceof TypeError ? new Error("Is the server still there?") : error;
    }
  }

  // ---- The article reader

  async function readArticle({ id, start = 0, end = 0 }) {
    const dialog = $("reader");
    const body = $("reader-body");
    body.replaceChildren(Object.assign(document.createElement("p"), { className: "doing", textContent: "Opening the article" }));
    if (!dialog.open) dialog.showModal();
    try {
      body.innerHTML = (await fetched(`article?${new URLSearchParams({ id, start, end })}`)).html;
    } catch {
      body.textContent = "The article could not be fetched. Is the server still there?";
    }
    const mark = body.querySelector("mark");
    body.scrollTop = 0;
    if (mark) mark.scrollIntoView({ block: "center" });
    dialog.dataset.ready = "true";
  }

  // ---- Asking

  function ask(question) {
    const text = question.trim();
    if (!text || isBusy()) return;
    page.trigger("asked", { question: text, replaces: replacing });
    endEditing();
    const field = $("question");
    field.value = "";
    resize(field);
  }

  function beginEditing(question) {
    replacing = true;
    $("editing").hidden = false;
    const field = $("question");
    field.value = question;
    resize(field);
    field.focus();
    field.setSelectionRange(question.length, question.length);
  }

  function endEditing() {
    if (!replacing) return false;
    replacing = false;
    $("editing").hidden = true;
    return true;
  }

  function resize(field) {
    field.style.height = "auto";
    field.style.height = `${field.scrollHeight}px`;
  }

  // Changes of the conversation wait until the answer in progress has ended.
  function whenIdle(act) {
    if (!isBusy()) return act();
    afterIdle = act;
    page.trigger("stopped");
  }

  // ---- Clickable elements, by their attribute

  const actions = {
    card: (node) => openPanel(turnOf(node), node.dataset.card, node),
    read: (node) => readArticle({ id: node.dataset.read, start: node.dataset.start, end: node.dataset.end }),
    without: (node) => page.trigger("asked_again", { without: node.dataset.without }),
    open: (node) => whenIdle(() => (closeSide(), leave(), page.trigger("opened", { id: node.dataset.open }))),
    new: () => whenIdle(() => (closeSide(), leave(), page.trigger("begun"), $("question").focus())),
    delete: (node) => confirmed(node, () => whenIdle(() => page.trigger("deleted", { id: node.dataset.delete }))),
    export: (node) => page.trigger("exported", { format: node.dataset.export }),
    sample: (node) => ((node.disabled = true), (node.textContent = "Adding the sample collection…"), page.trigger("sampled")),
    tool: (node) => tools[node.dataset.tool](node, turnOf(node)),
    close: (node) => ({ panel: closePanel, reader: () => $("reader").close(), editing: cancelEditing, side: closeSide })[node.dataset.close](),
    menu: () => toggleSide(),
    theme: () => setTheme(document.body.classList.contains("dark") ? "light" : "dark", true),
  };

  const tools = {
    sources: (node, turn) => openPanel(turn, null, node),
    copy: (node, turn) => copy(turn.querySelector(".plain").textContent, node),
    again: () => page.trigger("asked_again", {}),
    edit: (node, turn) => beginEditing(turn.querySelector(".question").lastChild.textContent),
    up: (node, turn) => rate(turn, true),
    down: (node, turn) => rate(turn, false),
  };

  function rate(turn, good, reason = "") {
    if (isBusy()) return;
    rating = reason ? null : { turn: turn.dataset.turn, good };
    page.trigger("rated", { turn: Number(turn.dataset.number), good, reason });
    if (reason) say("Thank you.");
  }

  function cancelEditing() {
    if (!endEditing()) return false;
    $("question").value = "";
    resize($("question"));
    return true;
  }

  // The first click asks for confirmation, the second one acts.
  function confirmed(node, act) {
    if (node.dataset.sure) return act();
    node.dataset.sure = "yes";
    const label = node.getAttribute("aria-label");
    node.setAttribute("aria-label", `Really? ${label}`);
    node.classList.add("sure");
    window.setTimeout(() => {
      delete node.dataset.sure;
      node.setAttribute("aria-label", label);
      node.classList.remove("sure");
    }, 4000);
  }

  async function copy(text, node) {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const field = Object.assign(document.createElement("textarea"), { value: text });
      document.body.append(field);
      field.select();
      document.execCommand("copy");
      field.remove();
      node.focus();
    }
    say("Copied with its sources.");
  }

  function save({ name, type, text }) {
    const address = URL.createObjectURL(new Blob([text], { type }));
    Object.assign(document.createElement("a"), { href: address, download: name }).click();
    window.setTimeout(() => URL.revokeObjectURL(address), 1000);
  }

  function say(text) {
    const box = $("said");
    box.textContent = text;
    window.clearTimeout(say.timer);
    say.timer = window.setTimeout(() => (box.textContent = ""), 2500);
  }

  // ---- The list of conversations on a narrow screen

  function toggleSide() {
    const open = $("desk").classList.toggle("side-open");
    all("[data-menu]").forEach((node) => node.setAttribute("aria-expanded", String(open)));
    if (open) document.querySelector(".side button")?.focus();
  }

  function closeSide() {
    if (!$("desk").classList.contains("side-open")) return false;
    toggleSide();
    document.querySelector("[data-menu]")?.focus();
    return true;
  }

  // Another conversation is shown: remove what belongs to the previous one.
  function leave() {
    cancelEditing();
    rating = null;
    shownTurn = null;
    $("sources").classList.remove("open", "filled");
    $("panel-body").replaceChildren();
  }

  function setTheme(theme, remember) {
    document.body.classList.toggle("dark", theme === "dark");
    if (remember) window.localStorage.setItem("dateline-theme", theme);
  }

  // The parts of the page load one after the other; the composer and the panel may not exist yet.
  function whenThere(act) {
    if ($("send") && $("panel-body")) act();
    else window.requestAnimationFrame(() => whenThere(act));
  }

  // ---- After the server has changed the conversation

  function refresh() {
    if (!page.element) return;
    const busy = isBusy();
    document.body.classList.toggle("busy", busy);
    $("send").hidden = busy;
    $("stop").hidden = !busy;
    const turns = all(".turn", page.element);
    const last = turns.at(-1);
    if (busy && !wasBusy && turns.length > 1) scrollTo(last, "start");
    if (!busy && last && (wasBusy || shownTurn === null || !turns[Number(shownTurn)])) fillPanel(last);
    if (turns.length === 0) leave();
    const following = document.querySelector("#next .follow");
    const key = last?.dataset.key;
    if (following) following.hidden = busy || following.dataset.after !== key;
    wasBusy = busy;
    const form = rating && turns[Number(rating.turn)]?.querySelector(".why-form");
    if (form?.hidden) {
      form.hidden = false;
      form.querySelector("input").focus({ preventScroll: true });
    }
    if (!busy && afterIdle) {
      const act = afterIdle;
      afterIdle = null;
      act();
    }
  }

  function connect(parts) {
    Object.assign(page, parts);
    const theme = new URLSearchParams(location.search).get("__theme") ?? window.localStorage.getItem("dateline-theme");
    if (theme === "dark" || theme === "light") setTheme(theme, false);
    parts.watch("value", refresh);
    whenThere(refresh);
  }

  // ---- Listening, once for the whole page

  document.addEventListener("click", (event) => {
    const node = event.target.closest?.(
      ".chip, .near, [data-read], [data-without], [data-open], [data-new], [data-delete], [data-export], [data-sample], " +
        "[data-tool], [data-close], [data-menu], [data-theme], .ask, .reason",
    );
    if (!node || !page.trigger || !(node.dataset.read || node.closest("#desk, #masthead, #overlays"))) return;
    unpeek();
    if (node.matches(".ask")) return ask(node.textContent);
    if (node.matches(".reason")) return chooseReason(node);
    const name = Object.keys(node.dataset).find((key) => key in actions);
    if (name) actions[name](node);
  });

  function chooseReason(node) {
    const field = node.closest("form").elements.reason;
    field.value = node.textContent;
    field.form.requestSubmit();
  }

  document.addEventListener("submit", (event) => {
    if (event.target.matches("#composer")) {
      event.preventDefault();
      ask($("question").value);
    } else if (event.target.matches(".why-form")) {
      event.preventDefault();
      const turn = turnOf(event.target);
      const good = turn.querySelector('[data-tool="up"]').getAttribute("aria-pressed") === "true";
      const reason = event.target.elements.reason.value.trim();
      event.target.hidden = true;
      rate(turn, good, reason || " ");
      turn.querySelector(`[data-tool="${good ? "up" : "down"}"]`).focus();
    }
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest?.("#stop")) page.trigger("stopped");
    if (event.target === $("reader")) $("reader").close(); // beside the article
  });

  document.addEventListener("input", (event) => {
    if (event.target.matches("#question")) resize(event.target);
  });

  document.addEventListener("keydown", (event) => {
    if (event.target.matches?.("#question") && event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      ask(event.target.value);
    } else if (event.key === "Escape" && !$("reader")?.open) {
      if (!$("peek").hidden) unpeek();
      else cancelEditing() || closePanel() || closeSide();
    }
  });

  for (const [shows, hides] of [["mouseover", "mouseout"], ["focusin", "focusout"]]) {
    document.addEventListener(shows, (event) => {
      const chip = event.target.closest?.(".turn .chip");
      if (chip) peek(chip);
    });
    document.addEventListener(hides, (event) => {
      if (event.target.closest?.(".chip")) unpeek();
    });
  }
  document.addEventListener("scroll", unpeek, { capture: true, passive: true });

  return { connect, fetched, readArticle, refresh, save, upload };
})();
