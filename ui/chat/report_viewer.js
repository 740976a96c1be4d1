// The report of a run in a frame of its own, which may run its scripts and do nothing else.
const section = element.querySelector("section");
const title = element.querySelector("h2");
const baseline = element.querySelector("[name=baseline]");
const opening = element.querySelector(".evaluate-opening");
let frame = element.querySelector("iframe");
let shown = null; // the run: id and label
let html = "";
let asked = 0; // only the last answer counts

const isDark = () => document.body.classList.contains("dark");
const themed = (page) => page.replace('<html lang="en">', `<html lang="en" data-theme="${isDark() ? "dark" : "light"}">`);

const fill = () => {
  const before = baseline.value;
  const others = (props.value?.runs ?? []).filter((run) => run.id !== shown?.id);
  baseline.replaceChildren(new Option("nothing", ""), ...others.map((run) => new Option(run.label, run.id)));
  baseline.value = others.some((run) => run.id === before) ? before : "";
};
watch("value", fill);

// A new frame for each report: Chromium may leave one blank that gets another page while it is not to be seen.
const put = (page) => {
  const fresh = frame.cloneNode();
  fresh.hidden = !page;
  if (page) fresh.srcdoc = themed(page);
  else fresh.removeAttribute("srcdoc");
  frame.replaceWith(fresh);
  frame = fresh;
};

const load = async () => {
  const number = ++asked;
  opening.textContent = "Opening the report";
  let answer;
  try {
    answer = await server.read_report({ id: shown.id, baseline: baseline.value || null });
  } catch {
    answer = { problem: "The report could not be fetched. Is the server still there?" };
  }
  if (number !== asked) return;
  opening.textContent = answer.problem ?? "";
  html = answer.html ?? "";
  put(html);
};

const close = () => {
  asked += 1;
  section.hidden = true;
  html = "";
  put("");
  shown = null;
};

window.addEventListener("dateline-report", ({ detail }) => {
  shown = detail;
  title.textContent = detail.label;
  section.hidden = false;
  put("");
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
  if (!html) return;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([html], { type: "text/html" }));
  link.download = `${shown.label.replace(/[^A-Za-z0-9.-]+/g, "-")}.html`;
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(link.href), 10000);
});
new MutationObserver(() => frame.contentWindow?.postMessage({ theme: isDark() ? "dark" : "light" }, "*"))
  .observe(document.body, { attributeFilter: ["class"] });
