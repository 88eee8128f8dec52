//! What a server says of private halves that were found.
//!
//! Each is shown by a token that it signed; the half itself goes nowhere. The thumbprint names it: a file's name
//! may be wrong about the key id.

use super::Report;
use crate::burn::{Audience, possession};
use crate::fault::Fault;
use counterfoil_core::half::Thumbprint;
use counterfoil_core::id::KeyId;
use counterfoil_core::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// How many are asked for in one report; a server takes 500.
pub const LEAKS_AT_A_TIME: usize = 100;

/// What a server says of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Status {
    /// Whoever holds the half can use it.
    Active,
    /// It was ended.
    Revoked,
    /// The server has no such key.
    Unknown,
}

impl Status {
    /// As the API writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Revoked => "REVOKED",
            Self::Unknown => "UNKNOWN",
        }
    }
}

/// What a server says of one half.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Verdict {
    status: Status,
    key_id: Option<KeyId>,
    team: Option<Team>,
    last_used: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Team {
    issuer_id: String,
    name: String,
}

#[derive(Deserialize)]
struct Answer {
    results: Vec<Verdict>,
}

impl Report {
    /// The body of `POST /v1/leaks` for these halves, at most [`LEAKS_AT_A_TIME`] of them.
    ///
    /// # Errors
    /// The cryptographic library failed.
    pub fn to_ask(&self, thumbprints: &[Thumbprint], now: Timestamp) -> Result<Value, Fault> {
        let halves = thumbprints.iter().filter_map(|thumbprint| self.half(thumbprint));
        let tokens: Result<Vec<_>, _> =
            halves.map(|half| possession(half, None, Audience::Leak, now)).collect();
        let finds: Vec<_> = tokens?.iter().map(|token| json!({ "token": token.as_str() })).collect();
        Ok(json!({ "finds": finds }))
    }

    /// Writes the answer to that into the findings.
    ///
    /// # Errors
    /// It is no answer to that.
    pub fn told(&mut self, thumbprints: &[Thumbprint], answer: &[u8]) -> Result<(), Fault> {
        let answer: Option<Answer> = serde_json::from_slice(answer).ok();
        let results =
            answer.map(|answer| answer.results).filter(|results| results.len() == thumbprints.len());
        let results = results.ok_or_else(|| {
            Fault::new(
                "the server's answer is not one to a report of leaks",
                "check --url; is it a Counterfoil server?",
            )
        })?;
        for (thumbprint, verdict) in thumbprints.iter().zip(results) {
            let of_it = self.findings.iter_mut().filter(|finding| finding.thumbprint == *thumbprint);
            of_it.for_each(|finding| finding.believe(&verdict));
        }
        Ok(())
    }
}

impl super::Finding {
    fn believe(&mut self, verdict: &Verdict) {
        self.status = Some(verdict.status);
        self.key_id = verdict.key_id.or(self.key_id);
        self.team = verdict.team.as_ref().map(|team| format!("{} ({})", team.name, team.issuer_id));
        self.last_used.clone_from(&verdict.last_used);
    }
}
