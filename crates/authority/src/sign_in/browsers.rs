//! Browsers that somebody has signed in with before: a sign-in with another one is told by mail.
//!
//! Nothing of it is kept here. A browser keeps a mark for each person who signed in with it, which only the seal key
//! brings forth. All that a mark does is to spare a mail, so nothing is lost where it is copied; and a rotation of
//! the seal key makes each browser new once.

use crate::authority::Authority;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use counterfoil_core::id::PersonId;

/// How many people's marks a browser keeps.
const MOST: usize = 8;
/// How many bytes a mark has.
const LENGTH: usize = 18;

impl Authority {
    /// The marks that a browser keeps from now on with which this person has signed in. `shown` is what it kept before,
    /// or anything.
    #[must_use]
    pub fn marks_of_browser(&self, person: PersonId, shown: &str) -> String {
        let mark = self.browser_mark_of(person);
        let others = marks(shown).filter(|other| *other != mark && other.len() == mark.len());
        let kept: Vec<&str> = [mark.as_str()].into_iter().chain(others).take(MOST).collect();
        kept.join(".")
    }

    /// Whether this person has signed in before with the browser that shows this.
    pub(crate) fn knows_browser(&self, person: PersonId, shown: &str) -> bool {
        let mark = self.browser_mark_of(person);
        marks(shown).any(|shown| shown == mark)
    }

    fn browser_mark_of(&self, person: PersonId) -> String {
        let mark = self.seal_key().derived("known browser v1", person.to_string().as_bytes());
        URL_SAFE_NO_PAD.encode(&mark[..LENGTH])
    }
}

fn marks(shown: &str) -> impl Iterator<Item = &str> {
    let is_plain =
        |mark: &&str| mark.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    shown.split('.').filter(is_plain).take(MOST)
}
