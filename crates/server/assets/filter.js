// Narrows a list while one types. Without this module the same form asks the server:
// <form data-filter="rows"> with <input name="q">, rows in #rows, each with what it is found by in data-find, and
// anything [data-none] for when nothing is left.

for (const form of document.querySelectorAll("form[data-filter]")) {
  const list = document.getElementById(form.dataset.filter);
  const input = form.querySelector("input[name=q]");
  if (!list || !input) continue;
  const rows = [...list.querySelectorAll("[data-find]")];
  const none = document.querySelector(`[data-none="${form.dataset.filter}"]`);
  const asked = input.value;
  const look = () => {
    const wanted = input.value.trim().toLowerCase();
    let left = 0;
    for (const row of rows) {
      row.hidden = !row.dataset.find.toLowerCase().includes(wanted);
      left += row.hidden ? 0 : 1;
    }
    if (none) none.hidden = left > 0;
  };
  // What the server has left out can't be found here: then the form is sent as it is without this module.
  if (asked === "" && form.dataset.whole !== "no") input.addEventListener("input", look);
}
