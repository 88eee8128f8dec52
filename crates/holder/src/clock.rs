//! This machine's clock against servers' clocks: the difference that was seen in their answers, so that a token says
//! the server's time.

use crate::http::{Answer, Url};
use crate::profile::write_whole;
use crate::surroundings::Surroundings;
use counterfoil_core::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A `Date` says whole seconds, and the way takes its time: less than this is no difference.
const NOTICED: u64 = 3;
/// A clock may have been set right since then.
const BELIEVED: Duration = Duration::from_secs(3600);

/// What this machine's clock says.
#[must_use]
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// The differences that were seen, kept from run to run.
#[derive(Clone, Debug, Default)]
pub struct Clocks {
    path: Option<PathBuf>,
    seen: BTreeMap<String, Seen>,
}

#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
struct Seen {
    /// How many seconds the server's clock is ahead of ours.
    ahead: i64,
    /// When that was seen, by our clock.
    at: i64,
}

impl Clocks {
    /// What was seen in earlier runs. What can't be read is not known.
    #[must_use]
    pub fn read(surroundings: &Surroundings) -> Self {
        let path = surroundings.state_folder().map(|folder| folder.join("clocks.json"));
        let text = path.as_ref().and_then(|path| std::fs::read(path).ok());
        let seen = text.and_then(|text| serde_json::from_slice(&text).ok());
        Self { path, seen: seen.unwrap_or_default() }
    }

    /// How many seconds that server's clock is ahead of ours, as far as is known; negative: ours is.
    #[must_use]
    pub fn ahead(&self, url: &Url, now: Timestamp) -> i64 {
        let seen = self.seen.get(&url.origin());
        let believed = seen.filter(|seen| {
            let age = now.as_seconds().saturating_sub(seen.at);
            (0..=i64::try_from(BELIEVED.as_secs()).unwrap_or_default()).contains(&age)
        });
        believed.map_or(0, |seen| seen.ahead)
    }

    /// What that server's clock says, as far as is known.
    #[must_use]
    pub fn server_time(&self, url: &Url, now: Timestamp) -> Timestamp {
        shifted(now, self.ahead(url, now))
    }

    /// Learns from an answer that was asked for and came at these times. Says how many seconds the server is ahead.
    pub fn learn(&mut self, answer: &Answer, asked: Timestamp, came: Timestamp) -> Option<i64> {
        let date = answer.date()?;
        // The date was cut down to a whole second, somewhere between the question and the answer.
        let ours = (asked.as_millis() + came.as_millis()) / 2;
        let ahead = (date.as_millis() + 500 - ours).div_euclid(1000);
        let ahead = if ahead.unsigned_abs() < NOTICED { 0 } else { ahead };
        let origin = answer.url.origin();
        let known = self.seen.get(&origin).map_or(0, |seen| seen.ahead);
        if ahead == 0 {
            self.seen.remove(&origin);
        } else {
            self.seen.insert(origin, Seen { ahead, at: came.as_seconds() });
        }
        if ahead != known {
            self.keep();
        }
        Some(ahead)
    }

    /// Differences are a convenience: where they can't be kept they are learned again.
    fn keep(&self) {
        if let (Some(path), Ok(text)) = (&self.path, serde_json::to_vec(&self.seen)) {
            let _ = write_whole(path, &text);
        }
    }
}

fn shifted(at: Timestamp, seconds: i64) -> Timestamp {
    Timestamp::from_millis(at.as_millis().saturating_add(seconds.saturating_mul(1000)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_795_289_400);

    fn answer(date: &str) -> Answer {
        let headers = [("date".try_into().unwrap(), date.try_into().unwrap())].into_iter().collect();
        Answer { status: 401, headers, body: Vec::new(), url: Url::parse("https://a.example/v1").unwrap() }
    }

    #[test]
    fn a_difference_is_learned_believed_for_an_hour_and_unlearned() {
        let mut clocks = Clocks::default();
        let url = Url::parse("https://a.example/other").unwrap();
        assert_eq!(clocks.learn(&answer("Sat, 21 Nov 2026 19:29:26 GMT"), NOW, NOW), Some(-34));
        assert_eq!(clocks.server_time(&url, NOW), NOW.minus(Duration::from_secs(34)));
        assert_eq!(clocks.ahead(&url, NOW.plus(Duration::from_secs(3601))), 0);
        assert_eq!(clocks.ahead(&Url::parse("https://b.example/").unwrap(), NOW), 0);
        assert_eq!(clocks.learn(&answer("Sat, 21 Nov 2026 19:30:01 GMT"), NOW, NOW), Some(0));
        assert_eq!(clocks.ahead(&url, NOW), 0);
    }

    #[test]
    fn differences_are_kept_from_run_to_run() {
        let temp = tempfile::tempdir().unwrap();
        let around = Surroundings::new([("XDG_STATE_HOME", temp.path().as_os_str())], temp.path());
        Clocks::read(&around).learn(&answer("Sat, 21 Nov 2026 19:31:00 GMT"), NOW, NOW);
        assert_eq!(Clocks::read(&around).ahead(&Url::parse("https://a.example/").unwrap(), NOW), 60);
    }
}
