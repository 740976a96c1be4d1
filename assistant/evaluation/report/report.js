// The questions: a list to filter and open. Text of a run is inserted as text and never as HTML.
"use strict";
(() => {
  const { data, times, make } = report;
  const list = document.getElementById("questions");
  const tools = document.querySelector(".tools");
  const count = document.querySelector(".count");
  const peek = document.getElementById("peek");
  const CHUNK = 100; // rows that are rendered at a time
  const calm = matchMedia("(prefers-reduced-motion: reduce)");

  const part = (title, ...children) => make("div", { className: "part" }, make("h4", {}, title), ...children);
  const plural = (number, thing) => `${number.toLocaleString("en")} ${thing}${number === 1 ? "" : "s"}`;
  const titleOf = (id) => data.articles[id]?.title || id;
  const bylineOf = (id) => [data.articles[id]?.source, data.articles[id]?.published].filter(Boolean).join(", ");

  // ---- The search index, built once

  const questions = data.questions.map((question) => ({
    ...question,
    words: [question.id, question.question, question.answer?.text.join(""), question.answer?.short, ...question.gold]
      .filter(Boolean).join("\n").toLowerCase(),
  }));

  function meets(question, { words, outcome, type, change }) {
    if (outcome && question.outcome !== outcome) return false;
    if (type && question.type !== type) return false;
    if (change && !question.change) return false;
    if (change === "better" && !question.change.better) return false;
    if (change === "worse" && question.change.better) return false;
    return words.every((word) => question.words.includes(word));
  }

  // ---- A row, and its contents once it is opened

  function row(question) {
    const side = [];
    if (question.type) side.push(question.type);
    if ("f1" in question.scores) side.push(`F1 ${question.scores.f1.toFixed(2)}`);
    if (question.answer) side.push(`conf. ${question.answer.confidence.toFixed(2)}`);
    const changed = question.change && make("span", { className: question.change.better ? "better" : "worse" },
      question.change.better ? "▲ better" : "▼ worse");
    const details = make("details", { className: "question" },
      make("summary", {},
        make("span", { className: "outcome", "data-outcome": question.outcome }, make("i"), question.outcome),
        make("span", { className: "asked" }, question.question),
        make("span", { className: "side" }, ...(changed ? [changed, " "] : []), side.join(" · "))));
    details.addEventListener("toggle", () => {
      if (details.open && details.childElementCount === 1) details.append(inside(question));
    });
    return details;
  }

  function inside(question) {
    const answer = question.answer;
    return make("div", { className: "inside" },
      make("div", {},
        make("p", { className: "part why", "data-outcome": question.outcome }, question.why),
        answer?.standalone ? part("Understood as", make("p", {}, answer.standalone)) : null,
        part("Answer", answered(answer), ...notes(question)),
        part("Gold", gold(question)),
        part("In figures", facts(question))),
      make("div", {}, passages(question)));
  }

  function answered(answer) {
    if (!answer) return make("p", { className: "none" }, "There is none.");
    if (!answer.found) return make("p", { className: "none" }, answer.text.join("") || "Not found in the articles.");
    const known = new Map(answer.citations.map((citation) => [citation.number, citation]));
    const text = make("p", { className: "answer" });
    for (const piece of answer.text) {
      text.append(...(typeof piece === "string" ? report.text(piece.replace(/[ \t]$/, "")) : [chip(known.get(piece))]));
    }
    return text;
  }

  function chip(citation) {
    const button = make("button", { type: "button", className: "chip" }, `${citation.number}`);
    button.setAttribute("aria-label", `Source ${citation.number}: ${titleOf(citation.article)}`);
    button.citation = citation;
    return button;
  }

  function notes(question) {
    const said = [];
    const answer = question.answer;
    if (answer?.found && answer.short) said.push(make("p", { className: "tiny" }, `Short answer: ${answer.short}`));
    for (const text of answer?.unsupported ?? []) said.push(make("p", { className: "tiny" }, `Without support: ${text}`));
    if (answer?.notice) said.push(make("p", { className: "tiny" }, answer.notice));
    for (const failure of question.failures) {
      said.push(make("p", { className: "problem" }, `${failure.stage}, ${failure.kind}: ${failure.reason}`));
    }
    return said;
  }

  function gold(question) {
    if (!question.answerable) return make("p", { className: "none" }, "The articles do not answer it.");
    const items = [];
    if (question.gold.length) items.push(make("li", {}, question.gold.join(" · ")));
    for (const piece of question.evidence) {
      const place = piece.rank ? `found at rank ${piece.rank}` : "not found by the search";
      items.push(make("li", {}, make("blockquote", {}, piece.quote),
        make("div", { className: "tiny" }, `${titleOf(piece.article)}, ${place}`)));
    }
    if (!question.evidence.length && question.articles.length) {
      items.push(make("li", {}, question.articles.map(titleOf).join(" · ")));
    }
    return items.length ? make("ul", { className: "gold-list" }, ...items) : make("p", { className: "none" }, "None is known.");
  }

  function facts(question) {
    const lines = [["id", question.id]];
    if (question.change) lines.push(["in the baseline", question.change.before]);
    if (question.answer) lines.push(["confidence", question.answer.confidence.toFixed(3)]);
    for (const [name, value] of Object.entries(question.scores)) lines.push([name, value.toFixed(3)]);
    for (const [name, value] of Object.entries(question.fields)) lines.push([name, value]);
    for (const [name, value] of Object.entries(question.judged ?? {})) lines.push([name, `${value}`]);
    const spent = times.questions[question.id];
    if (spent !== undefined) lines.push(["time", spent >= 1000 ? `${(spent / 1000).toFixed(2)} s` : `${Math.round(spent)} ms`]);
    return make("dl", { className: "facts" }, ...lines.flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]));
  }

  function passages(question) {
    const read = question.answer?.passages ?? [];
    if (!read.length) return part("Passages read", make("p", { className: "none" }, "None."));
    const key = make("div", { className: "key" },
      make("span", {}, make("mark", { className: "gold" }, "gold evidence")),
      make("span", {}, make("mark", { className: "cited" }, "cited")));
    return part(`${plural(read.length, "passage")} read, best first`, key, ...read.map((one, at) => passage(one, at + 1)));
  }

  function passage({ at, score, marks }, rank) {
    const { article, text } = data.passages[at];
    const body = make("p");
    let from = 0;
    for (const [start, end, isGold, number] of marks) {
      const mark = make("mark", { className: [isGold && "gold", number && "cited"].filter(Boolean).join(" ") }, text.slice(start, end));
      if (number && (isLast(marks, end, number))) mark.dataset.number = number;
      body.append(...report.text(text.slice(from, start)), mark);
      from = end;
    }
    body.append(...report.text(text.slice(from)));
    const shown = make("div", { className: `passage${marks.length ? " has" : ""}` },
      make("header", {}, make("b", {}, make("span", {}, `${rank}`), ` ${titleOf(article)}`), make("span", {}, bylineOf(article)),
        make("span", {}, `score ${score.toFixed(3)}`)),
      body);
    shown.dataset.numbers = [...new Set(marks.map((mark) => mark[3]))].join(" ");
    if (!marks.length && text.length > 180) shorten(shown, body);
    return shown;
  }

  const isLast = (marks, end, number) => !marks.some((mark) => mark[0] === end && mark[3] === number);

  function shorten(shown, body) {
    body.classList.add("short");
    const more = make("button", { type: "button", className: "more" }, "Read on");
    more.addEventListener("click", () => {
      body.classList.remove("short");
      more.remove();
    });
    shown.append(more);
  }

  // ---- The list

  let matching = questions;
  let made = 0;
  const end = make("div", { "aria-hidden": "true" });

  function makeMore(number = CHUNK) {
    const rows = matching.slice(made, made + number).map(row);
    made += rows.length;
    end.before(...rows);
  }

  function show() {
    const form = new FormData(tools);
    const asked = { words: form.get("words").toLowerCase().split(/\s+/).filter(Boolean), outcome: form.get("outcome"), type: form.get("type"), change: form.get("change") };
    matching = questions.filter((question) => meets(question, asked));
    const all = plural(questions.length, "question");
    count.textContent = matching.length === questions.length ? all : `${matching.length.toLocaleString("en")} of ${all}`;
    made = 0;
    list.replaceChildren(end);
    makeMore();
    // Observing again reports at once whether the end is already visible.
    sight.unobserve(end);
    sight.observe(end);
  }

  const sight = new IntersectionObserver(
    ([entry]) => {
      if (!entry.isIntersecting || made >= matching.length) return;
      makeMore();
      sight.unobserve(end);
      sight.observe(end);
    },
    { rootMargin: "600px" },
  );

  function fill(name, values, counted) {
    const select = tools.elements[name];
    for (const value of values) select.append(make("option", { value }, `${value} (${counted.get(value).toLocaleString("en")})`));
    select.closest("label").hidden = values.length < 1;
  }

  function tally(values) {
    const counted = new Map();
    for (const value of values) counted.set(value, (counted.get(value) ?? 0) + 1);
    return counted;
  }

  function choose(name, value) {
    tools.reset();
    tools.elements[name].value = value;
    show();
    document.getElementById("questions-section").scrollIntoView({ behavior: calm.matches ? "auto" : "smooth" });
    list.querySelector("summary")?.focus({ preventScroll: true });
  }

  // ---- Chips

  function showPeek(button) {
    peek.replaceChildren(make("p", {}, button.citation.quote),
      make("p", {}, [titleOf(button.citation.article), bylineOf(button.citation.article)].filter(Boolean).join(", ")));
    peek.hidden = false;
    button.setAttribute("aria-describedby", "peek");
    const at = button.getBoundingClientRect();
    const size = peek.getBoundingClientRect();
    peek.style.left = `${Math.min(Math.max(8, at.left - 16), innerWidth - size.width - 8)}px`;
    peek.style.top = `${at.bottom + 8 + size.height < innerHeight ? at.bottom + 8 : Math.max(8, at.top - size.height - 8)}px`;
  }

  function hidePeek() {
    if (peek.hidden) return;
    peek.hidden = true;
    document.querySelector('[aria-describedby="peek"]')?.removeAttribute("aria-describedby");
  }

  function goTo(button) {
    const shown = [...button.closest(".inside").querySelectorAll(".passage")]
      .find((one) => one.dataset.numbers.split(" ").includes(`${button.citation.number}`));
    if (!shown) return;
    hidePeek();
    shown.scrollIntoView({ block: "nearest", behavior: calm.matches ? "auto" : "smooth" });
    shown.classList.add("flash");
    setTimeout(() => shown.classList.remove("flash"), 1200);
  }

  // ---- What happens on the page

  const chipOf = (event) => (event.target instanceof Element ? event.target.closest(".chip") : null);
  for (const name of ["mouseover", "focusin"]) {
    document.addEventListener(name, (event) => (chipOf(event) ? showPeek(chipOf(event)) : hidePeek()));
  }
  addEventListener("scroll", hidePeek, { passive: true });
  document.addEventListener("click", (event) => {
    if (chipOf(event)) goTo(chipOf(event));
    const pressed = event.target.closest("[data-show-outcome], [data-show-change]");
    if (pressed?.dataset.showOutcome) choose("outcome", pressed.dataset.showOutcome);
    if (pressed?.dataset.showChange) choose("change", pressed.dataset.showChange);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hidePeek();
    const summary = event.target.closest?.("#questions > details > summary");
    if (!summary || !["ArrowDown", "ArrowUp"].includes(event.key)) return;
    const next = event.key === "ArrowDown" ? summary.parentElement.nextElementSibling : summary.parentElement.previousElementSibling;
    if (!next?.matches("details")) return;
    event.preventDefault();
    next.querySelector("summary").focus();
  });
  tools.addEventListener("submit", (event) => event.preventDefault());
  tools.addEventListener("input", show);
  addEventListener("beforeprint", () => makeMore(matching.length));
  // The surrounding page, if there is one, says whether it is dark.
  addEventListener("message", (event) => {
    if (event.source === parent && ["light", "dark"].includes(event.data?.theme)) {
      document.documentElement.dataset.theme = event.data.theme;
    }
  });

  const outcomes = tally(questions.map((question) => question.outcome));
  fill("outcome", [...outcomes.keys()].sort(), outcomes);
  const types = tally(questions.map((question) => question.type).filter(Boolean));
  fill("type", [...types.keys()].sort(), types);
  tools.elements.change.closest("label").hidden = !questions.some((question) => question.change);
  document.getElementById("questions-section").hidden = false;
  show();
})();
