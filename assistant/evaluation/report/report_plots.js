// The plots. Plot and d3 come before this; report.js after it has the questions.
"use strict";
const report = {
  data: JSON.parse(document.getElementById("data").textContent),
  times: JSON.parse(document.getElementById("times").textContent),
};

// A text as nodes: hidden characters and direction marks become boxes that name them.
report.text = (text) => {
  const hidden = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b\u202a-\u202e\u2060-\u206f\u2800\u3164\ufeff\u{e0000}-\u{e007f}]/gu;
  const nodes = [];
  let at = 0;
  for (const found of text.matchAll(hidden)) {
    const box = document.createElement("span");
    box.className = "odd";
    box.dataset.code = `U+${found[0].codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
    nodes.push(text.slice(at, found.index), box);
    at = found.index + found[0].length;
  }
  return [...nodes, text.slice(at)];
};

// An element with properties and children; a string child is text and never HTML.
report.make = (tag, properties = {}, ...children) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined) continue;
    if (name in node) node[name] = value;
    else node.setAttribute(name, value);
  }
  const nodes = children.flatMap((child) => (typeof child === "string" ? report.text(child) : [child]));
  node.append(...nodes.filter((child) => child !== null && child !== undefined));
  return node;
};

(() => {
  const { data, times, make } = report;
  const percent = (value, digits = 0) => `${(100 * value).toFixed(digits)} %`;
  const interval = (one) => (one.lower === null ? "" : `, ${percent(one.lower, 1)} to ${percent(one.upper, 1)}`);
  const ACCENT = "var(--accent)";
  const SECOND = "var(--second)";
  const BEFORE = "var(--before)";
  const GRID = { stroke: "var(--line)", strokeOpacity: 1 };
  const TIP = { fontFamily: "inherit", fill: "var(--sheet)", stroke: "var(--line)", textPadding: 10 };

  const named = (label) => ({ label, labelAnchor: "center", labelArrow: "none", labelOffset: 38 });
  const duration = (ms) => (ms >= 1000 ? `${+(ms / 1000).toFixed(2)} s` : `${+ms.toFixed(ms < 10 ? 1 : 0)} ms`);

  const legend = (entries) =>
    make(
      "div",
      { className: "legend" },
      ...entries.map(([color, name, isDashed]) =>
        make("span", {}, make("i", { className: isDashed ? "dashed" : "", style: `--of:${color}` }), name),
      ),
    );

  // ---- Recall by depth

  function recall(width) {
    const points = data.recall;
    const kinds = [...new Set(points.map((point) => point.of))];
    const color = (of) => (kinds.indexOf(of) === 0 ? ACCENT : SECOND);
    const ours = points.filter((point) => point.run === "this run");
    const theirs = points.filter((point) => point.run === "baseline");
    const least = Math.min(...points.map((point) => point.lower ?? point.value));
    const depths = [...new Set(points.map((point) => point.k))].filter((k) => width > 380 || ![2, 4].includes(k));
    const marks = [Plot.gridY({ ...GRID, ticks: 5 })];
    for (const of of kinds) {
      const own = ours.filter((point) => point.of === of);
      const drawn = { x: "k", stroke: color(of) };
      marks.push(
        Plot.areaY(own, { x: "k", y1: "lower", y2: "upper", fill: color(of), fillOpacity: 0.13 }),
        Plot.line(theirs.filter((point) => point.of === of), { ...drawn, y: "value", strokeDasharray: "4 4", strokeOpacity: 0.7 }),
        Plot.line(own, { ...drawn, y: "value", strokeWidth: 2 }),
        Plot.dot(own, { x: "k", y: "value", fill: color(of), r: 3.5 }),
      );
    }
    const title = (point) => `${point.run === "baseline" ? "Baseline, " : ""}${point.of}\nfirst ${point.k}: ${percent(point.value, 1)}${interval(point)}\nn ${point.n}`;
    marks.push(Plot.tip(points, Plot.pointer({ x: "k", y: "value", title, ...TIP })));
    const last = (of) => ours.filter((point) => point.of === of && point.k === 5)[0];
    const plot = Plot.plot({
      width, height: 280, marginLeft: 44, marginRight: 12, marginBottom: 44, marks,
      x: { type: "log", ticks: depths, tickFormat: (k) => `${k}`, ...named("first k"), tickSize: 0 },
      y: { domain: [Math.max(0, Math.floor(10 * least - 0.2) / 10), 1], label: null, tickFormat: (value) => percent(value), ticks: 5, tickSize: 0 },
      ariaLabel: `Recall by depth. ${kinds.filter(last).map((of) => `${of}, first 5: ${percent(last(of).value, 1)}`).join("; ")}.`,
    });
    const entries = kinds.map((of) => [color(of), of, false]);
    if (theirs.length) entries.push([BEFORE, "baseline", true]);
    return [legend(entries), plot];
  }

  // ---- Risk and coverage

  function risk(width) {
    const ours = data.risk.filter((point) => point.run === "this run");
    const theirs = data.risk.filter((point) => point.run === "baseline");
    const most = Math.max(0.05, ...data.risk.filter((point) => point.coverage > 0.03).map((point) => point.risk));
    const title = (point) => `Answering from confidence ${point.confidence.toFixed(2)} up\ncovers ${percent(point.coverage, 1)}, and ${percent(point.risk, 1)} of it is wrong`;
    const end = ours.at(-1);
    const plot = Plot.plot({
      width, height: 280, marginLeft: 44, marginRight: 18, marginBottom: 44,
      x: { domain: [0, 1], ...named("share of questions covered"), tickFormat: (value) => percent(value), ticks: width > 380 ? 6 : 3, tickSize: 0 },
      y: { domain: [0, Math.min(1, most * 1.05)], label: null, tickFormat: (value) => percent(value), ticks: 5, tickSize: 0, clamp: true },
      marks: [
        Plot.gridY({ ...GRID, ticks: 5 }),
        Plot.areaY(ours, { x: "coverage", y: "risk", fill: ACCENT, fillOpacity: 0.1, curve: "step-before" }),
        Plot.line(theirs, { x: "coverage", y: "risk", stroke: BEFORE, strokeDasharray: "4 4", curve: "step-before" }),
        Plot.line(ours, { x: "coverage", y: "risk", stroke: ACCENT, strokeWidth: 2, curve: "step-before" }),
        Plot.tip(ours, Plot.pointerX({ x: "coverage", y: "risk", title, ...TIP })),
      ],
      ariaLabel: `Risk by coverage. If all are answered, ${percent(end.risk, 1)} are wrong.`,
    });
    const entries = [[ACCENT, "share not answered rightly", false]];
    if (theirs.length) entries.push([BEFORE, "baseline", true]);
    return [legend(entries), plot];
  }

  // ---- Calibration

  function calibration(width) {
    const bins = data.calibration;
    const shared = { width, marginLeft: 44, marginRight: 12 };
    const title = (bin) => `Confidence ${bin.start.toFixed(1)} to ${bin.end.toFixed(1)}, on average ${percent(bin.confidence, 1)}\n${percent(bin.right, 1)} right\nn ${bin.n}`;
    const upper = Plot.plot({
      ...shared, height: 222, marginBottom: 10,
      x: { domain: [0, 1], axis: null },
      y: { domain: [0, 1], label: null, tickFormat: (value) => percent(value), ticks: 5, tickSize: 0 },
      r: { range: [3, 9], domain: [0, Math.max(...bins.map((bin) => bin.n))] },
      marks: [
        Plot.gridY({ ...GRID, ticks: 5 }),
        Plot.line([[0, 0], [1, 1]], { stroke: BEFORE, strokeDasharray: "4 4" }),
        Plot.ruleX(bins, { x: "confidence", y1: "confidence", y2: "right", stroke: SECOND, strokeWidth: 1.5 }),
        Plot.dot(bins, { x: "confidence", y: "right", r: "n", fill: ACCENT }),
        Plot.tip(bins, Plot.pointer({ x: "confidence", y: "right", title, ...TIP })),
      ],
      ariaLabel: `Calibration. ${bins.map((bin) => `Of ${bin.n} at confidence ${percent(bin.confidence)}, ${percent(bin.right)} are right`).join("; ")}.`,
    });
    const lower = Plot.plot({
      ...shared, height: 88, marginTop: 16, marginBottom: 44,
      x: { domain: [0, 1], ...named("confidence, with the number of questions"), tickFormat: (value) => value.toFixed(1), ticks: width > 380 ? 10 : 5, tickSize: 0 },
      y: { axis: null },
      marks: [
        Plot.rect(bins, { x1: "start", x2: "end", y1: 0, y2: "n", fill: ACCENT, fillOpacity: 0.35, insetLeft: 1, insetRight: 1 }),
        Plot.text(bins, { x: (bin) => (bin.start + bin.end) / 2, y: "n", text: (bin) => `${bin.n}`, dy: -7, fill: "var(--quiet)" }),
      ],
      ariaLabel: "How many questions have which confidence",
    });
    return [upper, lower];
  }

  // ---- Time

  function latency(width) {
    const least = 0.5; // milliseconds; faster stages are not shown
    const stages = times.stages.filter((stage) => stage.p95 >= least);
    const at = (name) => (stage) => Math.max(stage[name], least);
    const ends = [Math.min(...stages.map(at("p5"))), Math.max(...stages.map(at("p95")))];
    const steps = (parts) => d3.range(-1, 7).flatMap((power) => parts.map((part) => part * 10 ** power)).filter((ms) => ms >= ends[0] && ms <= ends[1]);
    const ticks = steps([1]).length > 1 ? steps([1]) : steps([1, 2, 5]);
    const label = (stage) => `${duration(stage.p50)}, p95 ${duration(stage.p95)}`;
    return [
      Plot.plot({
        width, height: 44 + 38 * stages.length, marginLeft: 80, marginRight: 132, marginTop: 8,
        x: { type: "log", label: null, tickFormat: duration, ticks, tickSize: 0 },
        y: { domain: stages.map((stage) => stage.stage), label: null, tickSize: 0 },
        marks: [
          Plot.gridX(ticks, GRID),
          Plot.ruleY(stages, { y: "stage", x1: at("p5"), x2: at("p95"), stroke: ACCENT, strokeOpacity: 0.45, strokeWidth: 2 }),
          Plot.ruleY(stages, { y: "stage", x1: at("p25"), x2: at("p75"), stroke: ACCENT, strokeOpacity: 0.45, strokeWidth: 9 }),
          Plot.dot(stages, { y: "stage", x: at("p50"), fill: ACCENT, r: 5 }),
          Plot.text(stages, { y: "stage", frameAnchor: "right", text: label, textAnchor: "start", dx: 12, fill: "var(--quiet)" }),
        ],
        ariaLabel: `Time by stage. ${stages.map((stage) => `${stage.stage}: ${label(stage)}`).join("; ")}.`,
      }),
    ];
  }

  // ---- By kind of question

  function breakdown(width, figure) {
    const field = figure.querySelector("[name=field]").value;
    const metric = figure.querySelector("[name=metric]").value;
    const kinds = Object.entries(data.breakdown[field])
      .filter(([, figures]) => figures[metric])
      .map(([kind, figures]) => ({ kind, ...figures[metric] }))
      .sort((one, other) => other.value - one.value);
    const longest = Math.max(0, ...kinds.map(({ kind }) => kind.length));
    const left = Math.min(Math.max(60, 7 * longest + 12), width * 0.38);
    const fits = Math.max(6, Math.floor((left - 12) / 6.6));
    const short = (kind) => (kind.length > fits ? `${kind.slice(0, fits - 1)}…` : kind);
    const said = (one) => `${one.value.toFixed(3)}  n ${one.n}`;
    if (!kinds.length) return [make("p", { className: "note" }, "No kind of question has this metric.")];
    return [
      Plot.plot({
        width, height: 48 + 30 * kinds.length, marginLeft: left, marginRight: 104, marginTop: 8,
        x: { domain: [0, 1], label: null, ticks: width > 480 ? 6 : 3, tickSize: 0 },
        y: { domain: kinds.map(({ kind }) => kind), label: null, tickFormat: short, tickSize: 0 },
        marks: [
          Plot.gridX({ ...GRID, ticks: width > 480 ? 6 : 3 }),
          Plot.ruleY(kinds.filter((one) => one.lower !== null), { y: "kind", x1: "lower", x2: "upper", stroke: ACCENT, strokeOpacity: 0.35, strokeWidth: 7, strokeLinecap: "round" }),
          Plot.dot(kinds, { y: "kind", x: "value", fill: ACCENT, r: 5 }),
          Plot.text(kinds, { y: "kind", frameAnchor: "right", text: said, textAnchor: "start", dx: 12, fill: "var(--quiet)" }),
        ],
        ariaLabel: `${metric} by ${field}. ${kinds.map((one) => `${one.kind}: ${one.value.toFixed(3)}${interval(one)}`).join("; ")}.`,
      }),
    ];
  }

  function fillPickers(figure) {
    const [metrics, fields] = ["metric", "field"].map((name) => figure.querySelector(`[name=${name}]`));
    const known = new Set(Object.values(data.breakdown).flatMap((kinds) => Object.values(kinds).flatMap(Object.keys)));
    for (const name of Object.keys(data.metrics)) {
      if (known.has(name) && data.metrics[name].main) metrics.append(make("option", { value: name }, name));
    }
    if (known.has("right")) metrics.value = "right";
    for (const field of Object.keys(data.breakdown)) fields.append(make("option", { value: field }, field));
    fields.closest("label").hidden = Object.keys(data.breakdown).length < 2;
    for (const picker of [metrics, fields]) picker.addEventListener("change", () => draw(figure));
  }

  // ---- All plots, redrawn when their size changes

  const plots = {
    "plot-recall": [recall, data.recall.length > 0],
    "plot-risk": [risk, data.risk.length > 1],
    "plot-calibration": [calibration, data.calibration.length > 0],
    "plot-latency": [latency, times.stages.some((stage) => stage.p95 >= 0.5)],
    "plot-breakdown": [breakdown, Object.keys(data.breakdown).length > 0],
  };

  function draw(figure) {
    const drawn = figure.querySelector(".drawn");
    const width = Math.floor(drawn.clientWidth);
    if (width > 0) drawn.replaceChildren(...plots[figure.id][0](width, figure));
    for (const svg of drawn.querySelectorAll("svg")) svg.setAttribute("role", "img");
  }

  const rooms = new Map();
  const observer = new ResizeObserver((entries) => {
    for (const { target, contentRect } of entries) {
      if (rooms.get(target) === Math.floor(contentRect.width)) continue;
      rooms.set(target, Math.floor(contentRect.width));
      draw(target);
    }
  });
  for (const [id, [, isThere]] of Object.entries(plots)) {
    const figure = document.getElementById(id);
    if (!isThere) continue;
    figure.hidden = false;
    if (id === "plot-breakdown") fillPickers(figure);
    observer.observe(figure);
  }
  if (!Object.values(plots).some(([, isThere]) => isThere)) document.getElementById("plots-title").closest("section").hidden = true;
})();
