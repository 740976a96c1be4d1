// The filters: a button that opens them, check boxes and days. `props.value` is the selection.
const button = () => element.querySelector(".filter-button");
const boxes = () => [...element.querySelectorAll("[type=checkbox]")];
const days = () => [...element.querySelectorAll("[type=date]")];

const chosen = (name) => boxes().filter((box) => box.name === name && box.checked).map((box) => box.value);

const tell = () => {
  const names = [...new Set(boxes().map((box) => box.name))];
  props.value = {
    ...Object.fromEntries(names.map((name) => [name, chosen(name)])),
    ...Object.fromEntries(days().map((day) => [day.name, day.value])),
  };
  label();
  trigger("chosen");
};

const label = () => {
  const count = Object.values(props.value ?? {}).flat().filter(Boolean).length;
  button().textContent = count ? `Filters (${count})` : "Filters";
  button().setAttribute("aria-expanded", String(element.classList.contains("filters-open")));
};

// After the server has sent the choices: tick again what was ticked and still exists.
const sync = () => {
  const value = props.value ?? {};
  for (const box of boxes()) box.checked = (value[box.name] ?? []).includes(box.value);
  for (const day of days()) day.value = value[day.name] ?? "";
  label();
};

element.addEventListener("change", tell);
element.addEventListener("click", (event) => {
  if (!event.target.closest(".filter-button")) return;
  element.classList.toggle("filters-open");
  label();
});
document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-clear-filters]")) return;
  props.value = {};
  sync();
  trigger("chosen");
  button().focus();
});
watch(["choices", "value"], sync);
label();
