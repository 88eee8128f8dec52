//! What `--help` of a holder's commands teaches.

pub(super) const TOKEN: &str = "\
Examples:
  counterfoil token --key-id 2X9R4HXF34 --issuer-id 57246542-96fe-1a63-e053-0824d011072a \\
      --private-key AuthKey_2X9R4HXF34.p8
  counterfoil token --ttl 5m --scope \"GET /v1/apps\"
  curl -H \"Authorization: Bearer $(counterfoil token)\" https://api.appstoreconnect.apple.com/v1/apps
  counterfoil token --json
      {\"token\",\"header\",\"claims\",\"expiresAt\"}";

pub(super) const REQUEST: &str = "\
Examples:
  counterfoil request GET /v1/apps
  counterfoil request GET '/v1/apps?limit=200' --all --json
  counterfoil request POST /v1/bundleIds --data @bundle.json --url https://keys.example.com
  counterfoil request GET '/v1/salesReports?…' --header 'Accept: application/a-gzip' --output report.gz

Exit status 0 for an answer of 2xx. On 401 and 403 it says why, as doctor would.";

pub(super) const EXEC: &str = "\
Examples:
  counterfoil exec -- fastlane release
  counterfoil exec --key-file -- xcrun altool --upload-app -f App.ipa --apiKey 2X9R4HXF34 --apiIssuer …
  counterfoil exec --key-file -- xcrun notarytool submit App.zip --key {} --key-id 2X9R4HXF34 --issuer …
  counterfoil exec --serve-token --no-variables -- ./a-long-job
      curl \"$COUNTERFOIL_TOKEN_URL\" gives a fresh token whenever it is asked.

The command's exit status is passed on, 128 and the number for a signal.";

pub(super) const DOCTOR: &str = "\
Examples:
  counterfoil doctor
  counterfoil doctor --offline --private-key AuthKey_2X9R4HXF34.p8
  counterfoil doctor --request \"POST /v1/certificates\"
  pbpaste | counterfoil doctor --token - --json
      {\"checks\":[{\"name\",\"ok\",\"found\",\"expected\",\"hint\"}]}

Exit status 1 if a check fails.";

pub(super) const KEYS: &str = "\
Examples:
  counterfoil keys list
  counterfoil keys generate --name 'CI upload' --role APP_MANAGER --to vault:secret/apple/ci
  counterfoil keys generate --name 'CI upload' --role APP_MANAGER --local
      The pair is made here; the server gets the public half only.
  counterfoil keys revoke 2X9R4HXF34 --reason superseded
  counterfoil keys blast-radius 2X9R4HXF34 --since 7d
      Its calls, what they changed, and those that were refused.

The acting key must administer keys. App Store Connect has no API for keys: these are a Counterfoil server's.";

pub(super) const ROTATE: &str = "\
Examples:
  counterfoil rotate 2X9R4HXF34 --to vault:secret/apple/ci --as admin --plan
  counterfoil rotate 2X9R4HXF34 --to vault:secret/apple/ci --to file:AuthKey_new.p8 --as admin
      {\"old\",\"new\",\"state\",\"destinations\"}
  counterfoil rotate resume 2X9R4HXF34 --as admin
  counterfoil rotate 2X9R4HXF34 --with AuthKey_7K2M5NPQ8R.p8 --to keyring:ci
      A key that you made in App Store Connect, which has no API for its keys.

It goes on where it stopped, however it stopped. The old key ends last: when the new one was read back from
every place, was accepted by the server, was used by somebody, and the old one rests.
docs/rotation.md says more.";

pub(super) const CUSTODY: &str = "\
Examples:
  counterfoil custody put keyring:ci --from AuthKey_2X9R4HXF34.p8
  counterfoil custody get --base64 keyring:ci
  counterfoil custody copy keyring:ci vault:secret/apple/ci
  counterfoil custody list keyring
  counterfoil custody remove file:AuthKey_2X9R4HXF34.p8

REFs: file:PATH, env:VARIABLE, keyring:NAME, vault:MOUNT/PATH#FIELD, aws:SECRET_ID,
gcp:projects/P/secrets/S, azure:VAULT/SECRET, gpg:PATH, age:PATH, exec:COMMAND.";

pub(super) const PROFILE: &str = "\
Examples:
  counterfoil profile add ci --key-id 2X9R4HXF34 --issuer-id 57246542-96fe-1a63-e053-0824d011072a \\
      --private-key keyring:ci
  counterfoil profile use ci
  counterfoil profile list

Profiles are kept in $XDG_CONFIG_HOME/counterfoil/config.toml: ids and places, no secrets.";

pub(super) const SCAN: &str = "\
Examples:
  counterfoil scan
  counterfoil scan --history --url https://keys.example.com
      Whose the keys are, and whether they are active.
  counterfoil scan --history --url https://keys.example.com --burn
      And the end of the active ones.
  counterfoil scan install-hook
      No commit with a private half in it.
  counterfoil scan build/App.ipa --json
      {\"findings\":[{\"path\",\"line\",\"commit\",\"form\",\"thumbprint\",\"keyId\",\"status\"}]}

Exit status 1 if a private key is found, or not everything could be read. docs/leaks.md says what to do then.";

pub(super) const BURN: &str = "\
Examples:
  counterfoil burn AuthKey_2X9R4HXF34.p8 --url https://keys.example.com
  counterfoil burn found.pem --yes --url https://keys.example.com";

pub(super) const PRICES: &str = "\
Examples:
  counterfoil prices audit 6448311069 --rates rates.toml --currency EUR --power power.toml
  counterfoil prices audit com.example.plus --base USA --rates rates.json --svg prices.svg --csv
  counterfoil prices plan prices.toml
      What would change, and by which calls. Nothing is changed.
  counterfoil prices apply prices.toml --yes
      {\"calls\",\"before\"}. Stopped, it goes on where it was when it is run again.

docs/prices.md shows the files.";

pub(super) const TRANSACTION: &str = "\
Examples:
  counterfoil transaction verify posted.json --root AppleRootCA-G3.cer --bundle-id com.example.app \\
      --environment Production --app-apple-id 6448311069
      {\"kind\",\"signedAt\",\"payload\",\"inner\"}
  counterfoil transaction verify posted.json --ocsp
      Its certificates must also be good today, and not revoked: those who issued them are asked.
  pbpaste | counterfoil transaction decode

Roots are given, or found in $XDG_CONFIG_HOME/counterfoil/roots, /usr/local/share/ca-certificates/apple,
/usr/local/share/apple-roots and /usr/share/ca-certificates/apple. None is built in. docs/transactions.md says more.";

pub(super) const OFFER: &str = "\
Examples:
  counterfoil offer promotional --bundle-id com.example.app --product-id com.example.plus --offer-id winback \\
      --private-key SubscriptionKey_2X9R4HXF34.p8 --issuer-id 57246542-96fe-1a63-e053-0824d011072a
      {\"jws\",\"keyId\",\"nonce\",\"signedAt\"}
  counterfoil offer promotional --older --bundle-id … --product-id … --offer-id … --username 3f6c… --json
      {\"identifier\",\"keyIdentifier\",\"nonce\",\"timestamp\",\"signature\"}, as SKPaymentDiscount takes them
  counterfoil offer introductory --bundle-id … --product-id … --transaction-id 2000000012345 --deny

It takes an in-app purchase key. What it signs is good once, and opens nothing: it goes to the app. Nobody is called.";

pub(super) const RECEIPT: &str = "\
Examples:
  counterfoil receipt transaction-id receipt.txt
  pbpaste | counterfoil receipt transaction-id --json
      {\"transactionId\",\"receipt\"}

Nothing of a receipt is verified: ask the App Store Server API with the id, and believe the answer.";
