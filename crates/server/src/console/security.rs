//! What somebody is called, and proves with that it is they: passkeys, password, authenticator app, recovery codes,
//! sessions.
//!
//! The same handlers stand below three places: `/secure`, for an account that was just made, a member's profile,
//! and an operator's.

pub(crate) mod authenticator;
pub(crate) mod codes;
pub(crate) mod history;
pub(crate) mod name;
pub(crate) mod passkeys;
pub(crate) mod password;
pub(crate) mod sessions;

use super::faults::Faults;
use super::frame::{Frame, Section};
use super::visitor::Visitor;
use super::way_in::onward;
use crate::error::Problem;
use counterfoil_authority::credentials::{CredentialFailure, CredentialRefusal};
use counterfoil_authority::sign_in::Session;

/// Where the pages about somebody's credentials stand, and where they lead back to.
pub(super) struct Place {
    /// What their paths begin with.
    pub(super) base: String,
    /// Where one goes on when something was done.
    pub(super) to: String,
}

impl Place {
    /// Where this visitor is. `asked` is what a form says of where to go on.
    pub(super) fn of(visitor: &Visitor, asked: &str) -> Self {
        let path = visitor.call.route.path;
        let base = match (visitor.membership(), path.starts_with("/secure")) {
            (_, true) => "/secure".to_owned(),
            (Some((team, _)), _) => format!("/console/teams/{}/profile", team.id),
            (None, _) => "/console/operator/profile".to_owned(),
        };
        let to = if base == "/secure" { onward(asked).to_owned() } else { base.clone() };
        Self { base, to }
    }

    /// What stands around such a page.
    pub(super) fn frame(&self, visitor: &Visitor, title: &str) -> Frame {
        let frame = visitor.frame(title, Section::Profile);
        Frame { bare: frame.bare || self.base == "/secure", ..frame }
    }
}

/// The session of whoever changes a credential.
pub(super) fn session(visitor: &Visitor) -> Result<Session, Problem> {
    visitor.signed_in().map(|signed_in| signed_in.session)
}

/// What is said at a field of something that was refused.
///
/// # Errors
/// If it is a fault of ours.
pub(super) fn refused(field: &'static str, failure: CredentialFailure) -> Result<Faults, Problem> {
    match failure {
        CredentialFailure::Refused(refusal) => Ok(Faults::one(field, sentence(&refusal))),
        CredentialFailure::Failed(failure) => Err(failure.into()),
    }
}

fn sentence(refusal: &CredentialRefusal) -> String {
    refusal.to_string()
}

/// What a browser and its machine are called: `Firefox on Linux`.
pub(crate) fn device(agent: &str) -> String {
    const BROWSERS: [(&str, &str); 6] = [
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("CriOS/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    const MACHINES: [(&str, &str); 6] = [
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Mac OS", "Mac"),
        ("Windows", "Windows"),
        ("Linux", "Linux"),
    ];
    let find = |table: &[(&str, &'static str)]| {
        table.iter().find(|(sign, _)| agent.contains(sign)).map(|(_, name)| *name)
    };
    match (find(&BROWSERS), find(&MACHINES)) {
        (Some(browser), Some(machine)) => format!("{browser} on {machine}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => "Another program".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_called_what_people_call_it() {
        for (agent, name) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
                "Chrome on Linux",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:140.0) Gecko/20100101 Firefox/140.0",
                "Firefox on Mac",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Mobile Safari/604.1",
                "Safari on iPhone",
            ),
            ("curl/8.9", "Another program"),
            ("", "Another program"),
        ] {
            assert_eq!(device(agent), name);
        }
    }
}
