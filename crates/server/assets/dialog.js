// Dialogs open without this module where the browser knows `command`. For others, and for what HTML has no word
// for: a button that waits until the right name is typed (data-match), and forms that are sent once.

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[commandfor]");
  if (!button || "commandForElement" in HTMLButtonElement.prototype) return;
  const dialog = document.getElementById(button.getAttribute("commandfor"));
  if (button.getAttribute("command") === "show-modal") dialog?.showModal();
  if (button.getAttribute("command") === "close") dialog?.close();
});

for (const input of document.querySelectorAll("input[data-match]")) {
  const button = input.form?.querySelector("button[type=submit]");
  const look = () => { button.disabled = input.value.trim() !== input.dataset.match; };
  if (button) {
    input.addEventListener("input", look);
    look();
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post" || form.dataset.again !== undefined) return;
  if (form.classList.contains("busy")) {
    event.preventDefault();
    return;
  }
  form.classList.add("busy");
  setTimeout(() => form.classList.remove("busy"), 8000);
});

addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form.busy")) form.classList.remove("busy");
});
