//! What to do with a key next: the holder's commands, with the ids of this key filled in.

use crate::console::TeamVisitor;
use counterfoil_core::id::KeyId;
use counterfoil_core::team::Key;

/// A step and the command that does it.
pub(super) struct Step {
    pub(super) what: &'static str,
    pub(super) command: String,
}

/// What to do once the file is there.
pub(super) fn first_steps(visitor: &TeamVisitor, id: KeyId, key: &Key) -> Vec<Step> {
    let Words { file, store, ids, bundle, url } = Words::of(visitor, id, key);
    vec![
        Step { what: "Let nobody else read the file", command: format!("chmod 600 {file}") },
        Step {
            what: "Put it into a secret store, then delete the file",
            command: format!("counterfoil custody put {store} --from file:{file}"),
        },
        Step {
            what: "Check that it works",
            command: format!("counterfoil doctor{ids} --private-key {store} --url {url}"),
        },
        Step {
            what: "Make a token",
            command: format!("counterfoil token{ids} --private-key {store}{bundle}"),
        },
    ]
}

/// How to put another key in this one's place without a gap.
pub(super) fn rotation(visitor: &TeamVisitor, id: KeyId, key: &Key) -> Step {
    let Words { store, ids, .. } = Words::of(visitor, id, key);
    let gap = if key.member().is_some() { " --with-gap" } else { "" };
    let command = format!("counterfoil rotate {id}{ids} --private-key {store} --to {store}-next{gap}");
    Step {
        what: "Generates, stores, proves, waits until the new key is used, and only then revokes the old one",
        command,
    }
}

struct Words {
    file: String,
    store: String,
    ids: String,
    bundle: &'static str,
    url: String,
}

impl Words {
    fn of(visitor: &TeamVisitor, id: KeyId, key: &Key) -> Self {
        let kind = visitor.catalog.kind(key.kind.as_str());
        let prefix = kind.map_or("AuthKey_", |kind| kind.file_prefix.as_str());
        let names_issuer = kind.is_none_or(|kind| kind.claims.names_issuer);
        let issuer = if names_issuer { format!(" --issuer-id {}", visitor.team.id) } else { String::new() };
        Self {
            file: format!("{prefix}{id}.p8"),
            store: format!("keyring:{prefix}{id}"),
            ids: format!(" --key-id {id}{issuer}"),
            bundle: if kind.is_some_and(|kind| kind.claims.names_bundle) {
                " --bundle-id com.example.app"
            } else {
                ""
            },
            url: visitor.settings().public_url.clone(),
        }
    }
}
