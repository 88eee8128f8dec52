// Saves the items of a list (data-saves) as a text file (data-name), without sending them anywhere.
document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-saves]");
  if (!button) return;
  const items = document.getElementById(button.dataset.saves)?.querySelectorAll("li") ?? [];
  const text = [...items].map((item) => item.textContent.trim()).join("\n");
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([`${text}\n`], { type: "text/plain" }));
  link.download = button.dataset.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
});
