// Ticks the role that suits a task. Without this module the same form asks the server.

for (const tasks of document.querySelectorAll("form[data-tasks]")) {
  tasks.elements.task.addEventListener("change", () => {
    const role = tasks.elements.task.selectedOptions[0]?.dataset.role;
    for (const box of document.querySelectorAll("input[name=role]")) box.checked = box.value === role;
  });
}
