// Runs once the conversation is on the page; Gradio finds the names of its events here.
window.dateline.connect({
  element,
  trigger,
  watch,
  events: ["asked", "asked_again", "stopped", "rated", "opened", "begun", "deleted", "exported", "sampled"],
});
