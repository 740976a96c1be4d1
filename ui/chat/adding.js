// Uploading files, chosen or dropped, and adding the address of a page.
const zone = element.querySelector(".drop-zone");
const files = element.querySelector("[type=file]");
const url = element.querySelector("[name=url]");
const sending = element.querySelector(".sending");

const send = async (chosen) => {
  if (!chosen.length || files.disabled) return;
  files.disabled = true;
  const sent = [];
  try {
    for (const file of chosen) {
      sending.textContent = `Sending ${sent.length + 1} of ${chosen.length}: ${file.name}`;
      sent.push(await window.dateline.upload(file));
    }
    sending.textContent = "";
  } catch (error) {
    sending.textContent = `${chosen[sent.length].name} could not be sent. ${error.message}`;
  }
  files.disabled = false;
  files.value = "";
  if (sent.length) trigger("sent", { uploads: sent });
};

files.addEventListener("change", () => send([...files.files]));

// A file dropped beside the zone must not replace the page.
for (const name of ["dragover", "drop"]) {
  document.addEventListener(name, (event) => event.dataTransfer?.types.includes("Files") && event.preventDefault());
}
zone.addEventListener("dragover", () => zone.classList.add("over"));
zone.addEventListener("dragleave", () => zone.classList.remove("over"));
zone.addEventListener("drop", (event) => {
  zone.classList.remove("over");
  send([...event.dataTransfer.files]);
});

element.querySelector("form").addEventListener("submit", (event) => {
  event.preventDefault();
  if (url.value.trim()) trigger("asked", { url: url.value });
});
watch("value", () => {
  if (props.value?.done) url.value = "";
});
