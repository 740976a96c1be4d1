// The list of articles: searching, paging, and confirming a removal.
const dialog = document.createElement("dialog");
dialog.className = "ask-first";
dialog.setAttribute("aria-labelledby", "ask-first-question");
dialog.innerHTML = `
  <form method="dialog">
    <h2 id="ask-first-question"></h2>
    <p>This deletes the article's text permanently, from the collection and from the answers in saved conversations.</p>
    <div class="ask-first-answers">
      <button type="submit" value="keep" autofocus>Keep it</button>
      <button type="submit" value="remove" class="danger">Remove it</button>
    </div>
  </form>`;
document.body.append(dialog);

const words = element.querySelector("[name=words]");
const sort = element.querySelector("[name=sort]");
let waiting = null; // the timer for the end of typing
let id = null; // of the article to be removed

const show = (page) => {
  window.clearTimeout(waiting);
  trigger("viewed", { words: words.value, sort: sort.value, page });
};

words.addEventListener("input", () => {
  window.clearTimeout(waiting);
  waiting = window.setTimeout(() => show(0), 250);
});
words.addEventListener("keydown", (event) => event.key === "Enter" && show(0));
sort.addEventListener("change", () => show(0));

dialog.addEventListener("close", () => {
  if (dialog.returnValue === "remove") trigger("removed", { id });
});

element.addEventListener("click", (event) => {
  const data = event.target.closest("button")?.dataset;
  if (data?.page !== undefined) show(Number(data.page));
  if (data?.remove !== undefined) {
    id = data.remove;
    dialog.querySelector("h2").textContent = `Remove “${data.title}”?`;
    dialog.returnValue = "";
    dialog.showModal();
  }
});
