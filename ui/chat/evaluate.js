// Choosing, uploading and running question sets.
const form = element.querySelector("form");
const sets = element.querySelector("[name=set]");
const reader = element.querySelector("[name=reader]");
const limit = element.querySelector("[name=limit]");
const file = element.querySelector("[type=file]");
const drop = element.querySelector("[data-drop-set]");
const sending = element.querySelector(".sending");

const settle = () => {
  drop.hidden = !sets.value || sets.value === "samples";
  form.querySelector("[type=submit]").disabled = !sets.value;
};

// Updates the form from the server, and keeps the selection if possible.
const fill = () => {
  const { sets: names = [], chosen, hasModel } = props.value ?? {};
  const before = sets.value;
  const options = names.map((name) => new Option(name === "samples" ? "The sample questions" : name, name));
  sets.replaceChildren(...(options.length ? options : [new Option("Upload one first", "")]));
  sets.value = chosen ?? (names.includes(before) ? before : (names[0] ?? ""));
  reader.closest("label").hidden = !hasModel;
  settle();
};
watch("value", fill);
fill();

sets.addEventListener("change", settle);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (!sets.value) return;
  trigger("started", { set: sets.value, reader: reader.value, limit: limit.value ? Number(limit.value) : null });
});
file.addEventListener("change", async () => {
  const [chosen] = file.files;
  if (!chosen) return;
  sending.textContent = `Sending ${chosen.name}`;
  try {
    trigger("sent", { uploads: [await window.dateline.upload(chosen)] });
    sending.textContent = "";
  } catch (error) {
    sending.textContent = `${chosen.name} could not be sent. ${error.message}`;
  }
  file.value = "";
});
drop.addEventListener("click", () => {
  if (drop.dataset.sure === sets.value) {
    trigger("dropped", { set: sets.value });
    delete drop.dataset.sure;
    drop.textContent = "Remove this set";
  } else {
    drop.dataset.sure = sets.value;
    drop.textContent = "Really remove it?";
  }
});
sets.addEventListener("change", () => {
  delete drop.dataset.sure;
  drop.textContent = "Remove this set";
});
