//! Slow hashes of passwords: argon2id, its parameters in the text, so that they can grow.
//!
//! A check for nobody costs what a check for somebody does, so time tells nobody who is known here.

use super::gathered::gathered;
use crate::failure::Failure;
use argon2::{Algorithm, Argon2, Params, Version};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::available_parallelism;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// What a hash costs today: 19 MiB, twice over.
const TODAY: Cost = Cost { memory: 19_456, passes: 2, lanes: 1 };
/// The most that a kept hash may cost: a damaged row must not take the machine.
const MOST: Cost = Cost { memory: 1 << 20, passes: 64, lanes: 16 };
const HASH: usize = 32;
const SALT: usize = 16;
/// How long somebody waits for a turn before being asked to come again.
const PATIENCE: Duration = Duration::from_secs(10);
/// What is longer is nobody's password.
const LONGEST: usize = 1024;

/// Hashes and checks, as many at once as there are cores.
pub(crate) struct Hasher {
    turns: Arc<Semaphore>,
    computed: Arc<AtomicU64>,
}

/// What a check found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Checked {
    /// It is the password.
    Right,
    /// It is the password, and its hash should be made anew at today's cost.
    RightAtOldCost,
    /// It is not.
    Wrong,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cost {
    memory: u32,
    passes: u32,
    lanes: u32,
}

/// A hash as it is kept: `$argon2id$v=19$m=19456,t=2,p=1$salt$hash`.
struct Kept {
    cost: Cost,
    salt: Vec<u8>,
    hash: Zeroizing<Vec<u8>>,
}

impl Default for Hasher {
    fn default() -> Self {
        let cores = available_parallelism().map_or(1, usize::from);
        Self { turns: Arc::new(Semaphore::new(cores)), computed: Arc::default() }
    }
}

impl Hasher {
    /// Hashes a password.
    pub(crate) async fn hash(&self, password: &str, salt: [u8; SALT]) -> Result<String, Failure> {
        let turn = self.turn().await?;
        let (password, computed) = (normal(password), Arc::clone(&self.computed));
        on_a_thread(move || {
            let _turn = turn;
            let hash = compute(TODAY, &password, &salt, HASH, &computed)?;
            let Cost { memory, passes, lanes } = TODAY;
            let (salt, hash) = (STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(hash.as_slice()));
            Some(format!("$argon2id$v=19$m={memory},t={passes},p={lanes}${salt}${hash}"))
        })
        .await
    }

    /// Checks what was typed against what is kept; against nothing, it costs the same.
    pub(crate) async fn check(&self, typed: &str, kept: Option<&str>) -> Result<Checked, Failure> {
        let turn = self.turn().await?;
        let (typed, computed) = (normal(typed), Arc::clone(&self.computed));
        let kept = kept.and_then(Kept::parse);
        on_a_thread(move || {
            let _turn = turn;
            let is_somebodys = kept.is_some() && typed.len() <= LONGEST;
            let kept = kept.unwrap_or_else(Kept::nobodys);
            let hash = compute(kept.cost, &typed, &kept.salt, kept.hash.len(), &computed)?;
            let is_right = verify_slices_are_equal(&hash, &kept.hash).is_ok() && is_somebodys;
            Some(match is_right {
                true if kept.cost == TODAY => Checked::Right,
                true => Checked::RightAtOldCost,
                false => Checked::Wrong,
            })
        })
        .await
    }

    /// How many hashes were computed, for the test that all ways cost the same.
    #[cfg(test)]
    pub(crate) fn computed(&self) -> u64 {
        self.computed.load(Ordering::Relaxed)
    }

    async fn turn(&self) -> Result<OwnedSemaphorePermit, Failure> {
        let busy = || Failure::Unavailable("too many people sign in just now".into());
        let turn = timeout(PATIENCE, Arc::clone(&self.turns).acquire_owned()).await;
        turn.map_err(|_| busy())?.map_err(|_| busy())
    }
}

/// Of how many letters NFC makes more of one, at most.
const MOST_GROWTH: usize = 3;

/// The form in which a password is hashed, however its letters were composed.
fn normal(password: &str) -> Zeroizing<String> {
    let end = password.char_indices().nth(LONGEST).map_or(password.len(), |(end, _)| end);
    gathered(end * MOST_GROWTH, password[..end].nfc())
}

fn compute(
    cost: Cost,
    password: &str,
    salt: &[u8],
    length: usize,
    computed: &AtomicU64,
) -> Option<Zeroizing<Vec<u8>>> {
    computed.fetch_add(1, Ordering::Relaxed);
    let params = Params::new(cost.memory, cost.passes, cost.lanes, Some(length)).ok()?;
    let mut hash = Zeroizing::new(vec![0; length]);
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    argon2.hash_password_into(password.as_bytes(), salt, &mut hash).ok()?;
    Some(hash)
}

async fn on_a_thread<T: Send + 'static>(
    compute: impl FnOnce() -> Option<T> + Send + 'static,
) -> Result<T, Failure> {
    let computed = spawn_blocking(compute).await.map_err(|fault| Failure::Fault(fault.to_string()))?;
    computed.ok_or_else(|| Failure::Fault("a password could not be hashed".into()))
}

impl Kept {
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix("$argon2id$v=19$")?.split('$');
        let cost = Cost::parse(parts.next()?)?;
        let salt = STANDARD_NO_PAD.decode(parts.next()?).ok()?;
        let hash = Zeroizing::new(STANDARD_NO_PAD.decode(parts.next()?).ok()?);
        let is_good =
            parts.next().is_none() && (8..=64).contains(&salt.len()) && (16..=64).contains(&hash.len());
        is_good.then_some(Self { cost, salt, hash })
    }

    /// What is checked against where there is nothing.
    fn nobodys() -> Self {
        Self { cost: TODAY, salt: vec![0; SALT], hash: Zeroizing::new(vec![0; HASH]) }
    }
}

impl Cost {
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(',');
        let mut number = |name: &str| parts.next()?.strip_prefix(name)?.parse::<u32>().ok();
        let cost = Self { memory: number("m=")?, passes: number("t=")?, lanes: number("p=")? };
        let fits = cost.memory <= MOST.memory && cost.passes <= MOST.passes && cost.lanes <= MOST.lanes;
        (fits && parts.next().is_none()).then_some(cost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_known_again_and_no_other_is() {
        let hasher = Hasher::default();
        let kept = hasher.hash("correct horse battery staple", [7; 16]).await.unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$BwcHBwcHBwcHBwcHBwcHBw$"), "{kept}");
        assert_eq!(hasher.check("correct horse battery staple", Some(&kept)).await.unwrap(), Checked::Right);
        for wrong in ["", "correct horse battery stapl", "Correct horse battery staple"] {
            assert_eq!(hasher.check(wrong, Some(&kept)).await.unwrap(), Checked::Wrong, "{wrong}");
        }
    }

    #[tokio::test]
    async fn however_letters_were_composed_it_is_the_same_password() {
        let hasher = Hasher::default();
        let kept = hasher.hash("Zu\u{308}rich", [7; 16]).await.unwrap();
        assert_eq!(hasher.check("Z\u{fc}rich", Some(&kept)).await.unwrap(), Checked::Right);
    }

    #[tokio::test]
    async fn a_hash_of_other_parameters_is_good_and_said_to_be_old() {
        let hasher = Hasher::default();
        let cost = Cost { memory: 64, passes: 1, lanes: 1 };
        let hash = compute(cost, "an old one", &[1; 16], 32, &AtomicU64::new(0)).unwrap();
        let (salt, hash) = (STANDARD_NO_PAD.encode([1; 16]), STANDARD_NO_PAD.encode(hash.as_slice()));
        let kept = format!("$argon2id$v=19$m=64,t=1,p=1${salt}${hash}");
        assert_eq!(hasher.check("an old one", Some(&kept)).await.unwrap(), Checked::RightAtOldCost);
        assert_eq!(hasher.check("another", Some(&kept)).await.unwrap(), Checked::Wrong);
    }

    #[tokio::test]
    async fn a_check_against_nothing_or_damage_costs_one_hash_and_is_wrong() {
        let hasher = Hasher::default();
        let huge = "$argon2id$v=19$m=4294967295,t=2,p=1$BwcHBwcHBwcHBwcHBwcHBw$BwcHBwcHBwcHBwcHBwcHBw";
        for kept in [None, Some(""), Some("$argon2i$v=19$m=64,t=1,p=1$AAAA$AAAA"), Some(huge)] {
            let before = hasher.computed();
            assert_eq!(hasher.check("anything", kept).await.unwrap(), Checked::Wrong, "{kept:?}");
            assert_eq!(hasher.computed() - before, 1, "{kept:?}");
        }
    }
}
