//! What `--help` teaches. Examples are checked by nobody but the reader: keep them true.

/// The overview. Its lines of commands are checked against the commands.
pub(super) const TEMPLATE: &str = "\
{about}

{usage-heading} {usage}

Hold keys, with or without a server of your own:
  token      Print a fresh token
  request    Call an API with a fresh token, and say why it refuses
  exec       Run a command that finds the key where it looks for it
  doctor     Say why a key or a token does not work
  keys       List, generate, download and revoke the keys of a server
  rotate     Put a fresh key in the place of an old one
  custody    Put private halves into a store, get and copy them
  profile    Keep ids and places of keys under a name
  scan       Find private keys in files and in a git history
  burn       End a leaked key with nothing but its private half

Sell apps, and serve those who bought:
  prices     Compare prices in all territories, and bring a file of prices about
  transaction Verify what the App Store signs: transactions, renewals, notifications
  offer      Sign offers and who may have them, for StoreKit
  receipt    Read receipts of before there was signed data

Begin to issue keys:
  serve      Run the server
  bootstrap  Open a team with an Account Holder and a first key, for scripts

Try automation:
  sandbox    Stand for App Store Connect, to try automation against

Teams and people:
  access     Review teams' requests for access to the API
  team       See teams, suspend, resume or close one, hand over its Account Holder's role
  people     Invite people, let them in, erase them
  operator   Sign in to the console as the operator

Keep it running:
  backup     Write a consistent copy of everything into a file, beside a running server
  restore    Put a backup in place
  ledger     Check the ledger, raise its format, or accept an older copy of it
  seal       Exchange the key that seals private halves until their download
  replica    Give verifiers elsewhere a credential for the feed
  catalog    See and change what roles, kinds of keys and endpoints there are

This program itself:
  completions Print what makes a shell complete these commands
  man        Write a manual page for each command into a folder

{options}

Examples:
  counterfoil serve
  counterfoil bootstrap --team Acme --email ada@acme.example --out keys --json
  counterfoil token --key-id 2X9R4HXF34 --private-key AuthKey_2X9R4HXF34.p8
  counterfoil help serve

Commands that issue keys work beside a running server: give them the same --data or --database.
Exit status: 0 done, 1 refused or failed (with a hint on standard error), 2 wrong usage.
";

pub(super) const SANDBOX: &str = "\
Examples:
  counterfoil serve --upstream sandbox
      The usual way: the sandbox behind this server's own gateway, and nobody can go around it.
  counterfoil sandbox --listen 127.0.0.1:8788 --public-url https://keys.example.com
      On its own, behind any gateway that checks tokens and sets X-Counterfoil-Team.
  counterfoil sandbox export > shop.json
  counterfoil sandbox import shop.json --team 57246542-96fe-1a63-e053-0824d011072a
  counterfoil sandbox reset

It is for trying only: nothing in it reaches Apple. docs/sandbox.md says what it does and what not.
";

pub(super) const SERVE: &str = "\
Examples:
  counterfoil serve
      Everything in ./counterfoil-data, on http://localhost:8787. The first start prints a link.
  counterfoil serve --listen 0.0.0.0:443 --public-url https://keys.example.com \\
      --tls-cert chain.pem --tls-key key.pem
  counterfoil serve --listen unix:/run/cf.sock,mode=0660 --public-url https://keys.example.com
      Behind a proxy on the same machine.
  COUNTERFOIL_DATABASE_FILE=/run/secrets/database counterfoil serve --log-format json
      One of several servers on one PostgreSQL.

Signals:
  SIGTERM, SIGINT  take no more connections, let requests in flight finish, exit 0;
                   a second one ends it at once
  SIGHUP           read the TLS certificate again

With --json the one document on standard output comes when the server is ready:
  {\"listen\",\"publicUrl\",\"setUpUrl\"}";

pub(super) const BOOTSTRAP: &str = "\
What it does, in this order:
  opens the team; requests access and approves it; generates a team key with the role that
  administers keys; writes its private half to DIR/AuthKey_<ID>.p8. Names stand in the ledger for
  ever; the e-mail address does not.

Examples:
  counterfoil bootstrap --team Acme --email ada@acme.example --out keys --json
      {\"team\":{\"issuerId\",\"name\"},\"user\":{\"id\",\"username\"},\"key\":{\"id\",\"path\"}}
  counterfoil bootstrap --team Acme --email ada@acme.example --out keys --individual --sign-in --json
      adds \"individualKey\":{\"id\",\"path\"} and \"signInUrl\"";

pub(super) const ACCESS: &str = "\
Examples:
  counterfoil access list
  counterfoil access approve 57246542-96fe-1a63-e053-0824d011072a
  counterfoil access decline 57246542-96fe-1a63-e053-0824d011072a --reason 'The terms were sent to you again.'

A reason is read by the team and stands in the ledger for ever: name nobody in it.";

pub(super) const TEAM: &str = "\
Examples:
  counterfoil team list
  counterfoil team suspend 57246542-96fe-1a63-e053-0824d011072a --reason 'Invoice 17 is open.'
  counterfoil team transfer 57246542-96fe-1a63-e053-0824d011072a --to grace@acme.example

A reason is read by the team and stands in the ledger for ever: name nobody in it.";

pub(super) const PEOPLE: &str = "\
Examples:
  counterfoil people list 57246542-96fe-1a63-e053-0824d011072a
  counterfoil people invite 57246542-96fe-1a63-e053-0824d011072a --email grace@acme.example \\
      --first-name Grace --last-name Hopper --role DEVELOPER
  counterfoil people sign-in-link ada@acme.example
  counterfoil people erase grace@acme.example

Names and e-mail addresses stay out of the ledger and can be erased. The nicknames of keys and the
reasons that people type stand in the ledger for ever.";

pub(super) const OPERATOR: &str = "\
Examples:
  counterfoil operator link
  counterfoil operator link --public-url https://keys.example.com --json
      {\"url\",\"expiresAt\"}";

pub(super) const REPLICA: &str = "\
Examples:
  counterfoil replica add edge-1 --json
      {\"name\",\"credential\"}: a bearer credential for /v1/feed, shown this once
  counterfoil replica list
  counterfoil replica remove edge-1";

pub(super) const CATALOG: &str = "\
Examples:
  counterfoil catalog check my-api.toml
  counterfoil catalog show > catalog.toml
  counterfoil catalog use my-api.toml --dry-run
  counterfoil catalog explain GET /v1/apps/1234567890/appStoreVersions --json
      {\"group\",\"access\",\"kinds\",\"roles\"}
  printf 'GET /v1/apps\\nPOST /v1/certificates\\n' | counterfoil catalog explain - --json
      one JSON document a line";

pub(super) const LEDGER: &str = "\
Examples:
  counterfoil ledger verify --json
      {\"ok\",\"epoch\",\"head\",\"hash\"}
  counterfoil ledger upgrade
      After the last server was updated.
  counterfoil ledger adopt
      After an older copy of the database was put in place, by you or a failover.";

pub(super) const SEAL: &str = "\
Examples:
  counterfoil seal rotate
      Beside running servers. Sealed halves in old copies of the database become unreadable.
  counterfoil seal rotate --lost
      With no copy of the old key left: what waits for its download is erased.";

pub(super) const BACKUP: &str = "\
Examples:
  counterfoil backup counterfoil-2026-11-21.backup
  counterfoil backup /mnt/backups/today.backup --data /var/lib/counterfoil --json

A backup holds no private halves, no sessions, no links. It restores into SQLite and PostgreSQL.";

pub(super) const RESTORE: &str = "\
Examples:
  counterfoil restore counterfoil-2026-11-21.backup --data ./fresh
  counterfoil restore today.backup --replace --apply-revocations audit.json
      Revokes what was revoked after the backup, taken from an export of /v1/auditEvents.

A restore begins a new epoch: running servers notice and read everything anew. All sessions, links
and recovery codes end, and private halves that waited for their download are gone.";

pub(super) const COMPLETIONS: &str = "\
Examples:
  counterfoil completions bash > /etc/bash_completion.d/counterfoil
  counterfoil completions zsh > \"${fpath[1]}/_counterfoil\"
  counterfoil completions fish > ~/.config/fish/completions/counterfoil.fish";

pub(super) const MAN: &str = "\
Examples:
  counterfoil man /usr/local/share/man/man1
  counterfoil man . && man ./counterfoil-token.1";
