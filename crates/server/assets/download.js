// Fetches a private half, saves it as a file, and goes on to the key's page: the link that was used up is not shown
// any more. Without this module the browser downloads the form's answer.

async function fetched(form) {
  const answer = await fetch(form.dataset.api, {
    method: "POST",
    headers: { "X-Counterfoil-Issuer": form.dataset.issuer },
  });
  if (answer.ok) return answer.blob();
  const error = (await answer.json()).errors?.[0] ?? {};
  if (error.code === "FORBIDDEN_ERROR.STEP_UP_REQUIRED") location.assign(`/step-up?to=${encodeURIComponent(location.pathname)}`);
  throw new Error(error.meta?.reason ?? error.detail ?? "The file was not downloaded. Look at the key's page.");
}

function saved(file, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  return link.href;
}

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-download]");
  if (!form) return;
  event.preventDefault();
  const said = form.querySelector("[data-said]");
  const button = form.querySelector("button[type=submit]");
  button.disabled = true;
  try {
    const place = saved(await fetched(form), form.dataset.download);
    setTimeout(() => { URL.revokeObjectURL(place); location.assign(form.dataset.on); }, 1000);
  } catch (fault) {
    said.textContent = fault.message;
    said.hidden = false;
    button.disabled = false;
  }
});
