// Passkeys. A form with data-passkey="get" or "create" asks its data-options for what to sign, lets the browser do
// it, and sends itself with the answer in its field `response`.

const can = window.PublicKeyCredential && PublicKeyCredential.parseRequestOptionsFromJSON;

function tell(form, text) {
  const place = form.querySelector("[data-passkey-says]");
  if (place) place.textContent = text;
}

async function options(form) {
  const answer = await fetch(form.dataset.options, { method: "POST", headers: { accept: "application/json" } });
  const kind = answer.headers.get("content-type") ?? "";
  if (!answer.ok || !kind.startsWith("application/json")) throw new Error("Load this page again, then try once more.");
  const given = await answer.json();
  return given.publicKey ?? given;
}

function why(fault) {
  if (fault.name === "NotAllowedError") return "Nothing was chosen, or it took too long. Try again when you are ready.";
  if (fault.name === "InvalidStateError") return "This device or key has a passkey for this account already.";
  if (fault.name === "SecurityError") return "Passkeys of this site work only under its own name. Check the address of this page.";
  return fault.message || "That did not work. Try again.";
}

async function ask(form, conditional, signal) {
  const given = await options(form);
  if (form.dataset.passkey === "create") {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(given);
    return navigator.credentials.create({ publicKey });
  }
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(given);
  return navigator.credentials.get(conditional ? { publicKey, mediation: "conditional", signal } : { publicKey, signal });
}

function send(form, credential) {
  form.elements.namedItem("response").value = JSON.stringify(credential.toJSON());
  form.submit();
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const button = form.querySelector("button[type=submit]");
  let waiting = new AbortController();
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!can) return tell(form, "This browser is too old for passkeys. Use another way, or another browser.");
    waiting.abort();
    waiting = new AbortController();
    button.disabled = true;
    tell(form, "Waiting for your passkey…");
    try {
      send(form, await ask(form, false, waiting.signal));
      tell(form, "Checking…");
    } catch (fault) {
      tell(form, why(fault));
    } finally {
      button.disabled = false;
    }
  });
  if (form.dataset.conditional !== undefined && can) offer(form, () => waiting.signal);
}

// Offers passkeys where an address is typed. What there is to sign is good for five minutes, so it is asked anew.
async function offer(form, signal) {
  if (!await PublicKeyCredential.isConditionalMediationAvailable?.()) return;
  const first = signal();
  try {
    send(form, await ask(form, true, first));
  } catch (fault) {
    if (fault.name !== "AbortError") console.debug("No passkey was chosen", fault.name);
  }
}
