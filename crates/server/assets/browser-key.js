// Makes a pair in the browser: only the public half is sent; the private one is offered as a file, and forgotten
// with the page: whoever wants to leave before it was saved is asked, and may still save it if they stay.

// What stands before the private number, and between it and the public point, in the 150 bytes of a .p8 file.
const HEAD = "308193020100301306072a8648ce3d020106082a8648ce3d030107047930770201010420";
const MIDDLE = "a00a06082a8648ce3d030107a14403420004";
const CURVE = { name: "ECDSA", namedCurve: "P-256" };

const bytesOfHex = (hex) => Uint8Array.from(hex.match(/../g), (byte) => parseInt(byte, 16));
const bytesOfUrl = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
const base64 = (bytes) => btoa(String.fromCharCode(...bytes));

function joined(...parts) {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) { all.set(part, at); at += part.length; }
  return all;
}

async function makePair() {
  const pair = await crypto.subtle.generateKey(CURVE, true, ["sign", "verify"]);
  const spki = new Uint8Array(await crypto.subtle.exportKey("spki", pair.publicKey));
  const { d, x, y } = await crypto.subtle.exportKey("jwk", pair.privateKey);
  const pkcs8 = joined(bytesOfHex(HEAD), bytesOfUrl(d), bytesOfHex(MIDDLE), bytesOfUrl(x), bytesOfUrl(y));
  await prove(pkcs8, pair.publicKey);
  return { publicKey: base64(spki), pkcs8 };
}

// What will be in the file must sign for the public half. It is read back as a key that can't be taken out again.
async function prove(pkcs8, publicKey) {
  const sign = { name: "ECDSA", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("pkcs8", pkcs8, CURVE, false, ["sign"]);
  const said = new TextEncoder().encode("counterfoil");
  const signature = await crypto.subtle.sign(sign, key, said);
  if (!await crypto.subtle.verify(sign, publicKey, signature, said)) throw new Error("The pair does not fit together.");
}

function asFile(pkcs8) {
  const lines = base64(pkcs8).match(/.{1,64}/g).join("\n");
  pkcs8.fill(0);
  return new Blob([`-----BEGIN PRIVATE KEY-----\n${lines}\n-----END PRIVATE KEY-----\n`], { type: "application/x-pem-file" });
}

async function register(form, publicKey) {
  const fields = new FormData(form);
  const attributes = { nickname: fields.get("name").trim(), keyType: fields.get("kind"), publicKey };
  if (form.querySelector("input[name=role]")) attributes.roles = fields.getAll("role");
  const answer = await fetch("/v1/apiKeys", {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Counterfoil-Issuer": form.dataset.issuer },
    body: JSON.stringify({ data: { type: "apiKeys", attributes } }),
  });
  const told = await answer.json();
  if (answer.status === 201) return told.data.id;
  const error = told.errors?.[0] ?? {};
  if (error.code === "FORBIDDEN_ERROR.STEP_UP_REQUIRED") location.assign(`/step-up?to=${encodeURIComponent(location.pathname)}`);
  throw new Error(error.meta?.reason ?? error.detail ?? "The key was not generated. Try again.");
}

function offer(form, id, file) {
  const made = document.querySelector("[data-made]");
  const link = made.querySelector("[data-made-file]");
  const on = made.querySelector("[data-made-on]");
  made.querySelector("[data-made-name]").textContent = form.elements.name.value.trim();
  made.querySelector("[data-made-id]").textContent = id;
  link.href = URL.createObjectURL(file);
  link.download = `${form.dataset.prefix}${id}.p8`;
  on.href = `${form.dataset.base}/keys/${id}`;
  const warn = (event) => event.preventDefault();
  addEventListener("beforeunload", warn);
  link.addEventListener("click", () => removeEventListener("beforeunload", warn));
  form.hidden = true;
  for (const tasks of document.querySelectorAll("[data-tasks]")) tasks.hidden = true;
  made.hidden = false;
  made.focus();
}

async function make(form) {
  const said = form.querySelector("[data-said]");
  const button = form.querySelector("button[type=submit]");
  said.hidden = true;
  button.disabled = true;
  try {
    const { publicKey, pkcs8 } = await makePair();
    const id = await register(form, publicKey);
    offer(form, id, asFile(pkcs8));
  } catch (fault) {
    said.textContent = fault.message;
    said.hidden = false;
  } finally {
    button.disabled = false;
    form.classList.remove("busy");
  }
}

for (const form of document.querySelectorAll("form[data-browser-key]")) {
  form.addEventListener("submit", (event) => {
    if (form.elements.half.value !== "browser") return;
    event.preventDefault();
    make(form);
  });
}
