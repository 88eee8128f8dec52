//! What the apps of one team have used of the limits a second.

use super::{Full, Window};
use crate::clock::Awake;
use crate::sync::{Mutex, PoisonError};
use std::collections::HashMap;
use std::time::Duration;

/// A second, counted in milliseconds.
type Second = Window<1_000, 1>;

/// By what the tokens claim.
type Apps = HashMap<Box<str>, Second>;

/// How many apps and paths of one team are counted at a time. Whoever claims more apps than this within
/// one second waits; no other team does.
const MOST: usize = 1024;

/// Per path of the catalog and app. The app is whatever its tokens claim, so it is counted per team:
/// nobody uses up another team's.
#[derive(Debug, Default)]
pub(crate) struct Seconds {
    counts: Mutex<HashMap<Box<str>, Apps>>,
}

impl Seconds {
    /// Lets one request through, if the app has one left on this path.
    pub(crate) fn spend(&self, path: &str, app: &str, limit: u32, now: Awake) -> Result<(), Full> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if !counts.contains_key(path) {
            counts.insert(path.into(), HashMap::new());
        }
        let Some(apps) = counts.get_mut(path) else { return Ok(()) };
        if let Some(second) = apps.get_mut(app) {
            return second.spend(limit, now).map(|_| ());
        }
        if apps.len() >= MOST {
            apps.retain(|_, second| second.count(now) > 0);
        }
        if apps.len() >= MOST {
            return Err(Full { retry_after: Duration::from_secs(1) });
        }
        apps.entry(app.into()).or_default().spend(limit, now).map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Awake {
        Awake::after_start(Duration::from_millis(millis))
    }

    #[test]
    fn each_app_has_its_own_second_on_each_path() {
        let seconds = Seconds::default();
        for (path, app, passes) in
            [("/a", "x", true), ("/a", "x", false), ("/a", "y", true), ("/b", "x", true), ("/a", "y", false)]
        {
            assert_eq!(seconds.spend(path, app, 1, at(500)).is_ok(), passes, "{path} {app}");
        }
        assert_eq!(
            seconds.spend("/a", "x", 1, at(1500)),
            Err(Full { retry_after: Duration::from_millis(1) })
        );
        assert_eq!(seconds.spend("/a", "x", 1, at(1501)), Ok(()));
    }

    #[test]
    fn whoever_claims_ever_new_apps_is_bounded_and_recovers() {
        let seconds = Seconds::default();
        let passed =
            (0..2 * MOST).filter(|app| seconds.spend("/a", &app.to_string(), 1, at(0)).is_ok()).count();
        assert_eq!(passed, MOST);
        assert_eq!(seconds.spend("/a", "late", 1, at(5000)), Ok(()));
    }
}
