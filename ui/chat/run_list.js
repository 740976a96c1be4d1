// The buttons of a run. Reports are opened by report_viewer.js.
element.addEventListener("click", (event) => {
  const data = event.target.closest("button")?.dataset;
  if (!data) return;
  if (data.report) window.dispatchEvent(new CustomEvent("dateline-report", { detail: { id: data.report, label: data.label } }));
  if (data.stop) trigger("stopped", { id: data.stop });
  if (!data.removeRun) return;
  const button = event.target.closest("button");
  if (data.sure) {
    window.dispatchEvent(new CustomEvent("dateline-report-gone", { detail: { id: data.removeRun } }));
    trigger("removed", { id: data.removeRun });
  } else {
    data.sure = "true";
    button.textContent = "Really remove?";
  }
});
