// Says while one types how hard a password is to guess, roughly. The server judges it again.
const words = ["Very easy to guess", "Easy to guess", "Fair", "Good", "Very good"];

function strength(text) {
  const letters = [...text];
  const different = new Set(letters.map((letter) => letter.toLowerCase())).size;
  let steps = 0;
  for (let at = 1; at < letters.length; at += 1) {
    const way = letters[at].codePointAt(0) - letters[at - 1].codePointAt(0);
    steps += Math.abs(way) <= 1 ? 1 : 0;
  }
  const worth = Math.min(letters.length - steps * 0.75, different * 1.6);
  if (letters.length < 12) return worth < 7 ? 0 : 1;
  if (worth < 9) return 1;
  if (worth < 13) return 2;
  return worth < 18 ? 3 : 4;
}

for (const input of document.querySelectorAll("input[data-strength]")) {
  const meter = document.getElementById(input.dataset.strength);
  const words_for = document.getElementById(`${input.dataset.strength}-words`);
  if (!meter) continue;
  input.addEventListener("input", () => {
    const found = strength(input.value);
    meter.value = input.value === "" ? 0 : found + 1;
    if (words_for) words_for.textContent = input.value === "" ? "" : words[found];
  });
}

for (const button of document.querySelectorAll("button[data-shows]")) {
  const input = document.getElementById(button.dataset.shows);
  button.addEventListener("click", () => {
    const shown = input.type === "text";
    input.type = shown ? "password" : "text";
    button.textContent = shown ? "Show" : "Hide";
    button.setAttribute("aria-pressed", String(!shown));
  });
}
