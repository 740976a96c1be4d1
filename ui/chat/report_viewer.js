// The report of a run in its own frame, which may only run its scripts.
const section = element.querySelector("section");
const title = element.querySelector("h2");
const baseline = element.querySelector("[name=baseline]");
const opening = element.querySelector(".evaluate-opening");
let frame = element.querySelector("iframe");
let shown = null; // the run: id and label
let url = "";

const isDark = () => document.body.classList.contains("dark");
const tellTheme = () => frame.contentWindow?.postMessage({ theme: isDark() ? "dark" : "light" }, "*");

const fill = () => {
  const before = baseline.value;
  const others = (props.value?.runs ?? []).filter((run) => run.id !== shown?.id);
  baseline.replaceChildren(new Option("nothing", ""), ...others.map((run) => new Option(run.label, run.id)));
  baseline.value = others.some((run) => run.id === before) ? before : "";
};
watch("value", fill);

// A new frame for each report: Chromium may leave a frame blank that gets another page while it is hidden.
const put = (address) => {
  url = address;
  opening.textContent = address ? "Opening the report" : "";
  const fresh = frame.cloneNode();
  fresh.hidden = !address;
  fresh.addEventListener("load", () => {
    opening.textContent = "";
    tellTheme();
  });
  if (address) fresh.src = address;
  else fresh.removeAttribute("src");
  frame.replaceWith(fresh);
  frame = fresh;
};

const load = () => {
  const asked = new URLSearchParams({ id: shown.id, baseline: baseline.value });
  put(new URL(`page/report?${asked}`, document.baseURI).href);
};

const close = () => {
  section.hidden = true;
  put("");
  shown = null;
};

window.addEventListener("dateline-report", ({ detail }) => {
  shown = detail;
  title.textContent = detail.label;
  section.hidden = false;
  fill();
  baseline.value = "";
  load();
  title.focus({ preventScroll: true });
  section.scrollIntoView({ block: "start" });
});
window.addEventListener("dateline-report-gone", ({ detail }) => detail.id === shown?.id && close());
baseline.addEventListener("change", load);
element.querySelector("[data-close-report]").addEventListener("click", close);
element.querySelector("[data-download]").addEventListener("click", () => {
  const name = `${shown.label.replace(/[^A-Za-z0-9.-]+/g, "-")}.html`;
  Object.assign(document.createElement("a"), { href: url, download: name }).click();
});
new MutationObserver(tellTheme).observe(document.body, { attributeFilter: ["class"] });
