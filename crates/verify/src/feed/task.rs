//! The task that follows a feed: ask, check, take in, tell the fence; again and again.

use super::pause::Pause;
use super::reporter::Reporter;
use super::wire::{Answered, Wire};
use super::{CatalogFrom, Source, State, Trouble, check};
use crate::Usage;
use crate::clock::Awake;
use crate::fact::{About, CatalogInForce, Fact, News, Place, Snapshot};
use crate::verifier::Verifier;
use http::StatusCode;
use serde::de::DeserializeOwned;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How long a snapshot may take to begin: the server may have millions of keys to write.
const SNAPSHOT: Duration = Duration::from_secs(30);
/// How long an answer may take beyond what it was asked to wait.
const ANSWER: Duration = Duration::from_millis(1500);
/// How long to rest between questions that can't wait for an answer.
const REST: Duration = Duration::from_millis(50);

pub(super) struct Task {
    source: Source,
    wire: Wire,
    verifier: Arc<Verifier>,
    state: watch::Sender<State>,
    /// Where to go on; `None` if everything is to be read anew.
    after: Option<Place>,
    /// Of the catalog that is judged by.
    fingerprint: String,
    pause: Pause,
}

impl Task {
    pub(super) fn new(
        source: Source,
        wire: Wire,
        verifier: Arc<Verifier>,
        state: watch::Sender<State>,
    ) -> Self {
        let fingerprint = verifier.catalog().fingerprint().to_string();
        Self { source, wire, verifier, state, after: None, fingerprint, pause: Pause::default() }
    }

    /// Follows until it is stopped, and gives what keys were used for since that was last handed over.
    pub(super) async fn run(mut self, mut reporter: Reporter, mut stopped: watch::Receiver<bool>) -> Usage {
        tokio::select! {
            () = self.follow() => {}
            () = reporter.report() => {}
            _ = stopped.wait_for(|stopped| *stopped) => {}
        }
        reporter.finish().await
    }

    async fn follow(&mut self) {
        loop {
            match self.step().await {
                Ok(()) => self.pause.is_over(),
                Err(trouble) => {
                    let pause = self.after_trouble(trouble);
                    tokio::time::sleep(pause).await;
                }
            }
        }
    }

    async fn step(&mut self) -> Result<(), Trouble> {
        match self.after {
            None => self.read_anew().await,
            Some(after) => self.read_on(after).await,
        }
    }

    /// Shuts the fence if what is in memory can't be gone by; otherwise the view only grows older.
    fn after_trouble(&mut self, trouble: Trouble) -> Duration {
        let (shuts, anew, lasts) = match &trouble {
            Trouble::Unreachable { .. } | Trouble::NotAnswered(_) | Trouble::Behind { .. } => {
                (false, false, false)
            }
            Trouble::NotLetIn => (false, false, true),
            Trouble::DoesNotFollow(_) | Trouble::OtherLedger => (true, true, false),
            Trouble::Catalog(_) => (true, true, true),
            Trouble::NotUnderstood(_) => (true, false, true),
        };
        if shuts {
            self.verifier.fence().shut();
        }
        if anew {
            self.after = None;
        }
        let pause = self.pause.next(lasts);
        self.state.send_modify(|state| state.trouble = Some(trouble));
        pause
    }

    async fn read_anew(&mut self) -> Result<(), Trouble> {
        let began = Awake::read();
        let snapshot: Snapshot = self.ask("/v1/feed", SNAPSHOT).await?;
        let place = check::snapshot(&snapshot, self.verifier.place())?;
        self.judge_by(snapshot.catalog.as_ref())?;
        let (age, head) = (snapshot.age, snapshot.head);
        let verifier = self.verifier.clone();
        // A large one takes a while, which nobody else shall wait for.
        let loading = tokio::task::spawn_blocking(move || verifier.load(&snapshot));
        loading.await.map_err(|fault| Trouble::NotUnderstood(fault.to_string()))?;
        self.after = Some(place);
        self.heard(began, age);
        self.state.send_modify(|state| {
            let (snapshots, facts) = (state.snapshots + 1, state.facts);
            *state = State { place: Some(place), head: Some(head), trouble: None, snapshots, facts };
        });
        Ok(())
    }

    async fn read_on(&mut self, after: Place) -> Result<(), Trouble> {
        let (wait, rest) = rhythm(&self.verifier);
        let began = Awake::read();
        let path = format!(
            "/v1/feed?after={}&epoch={}&hash={}&wait={}",
            after.position,
            after.epoch,
            after.hash,
            wait.as_secs()
        );
        let news: News = self.ask(&path, wait + ANSWER).await?;
        let place = check::news(&news, after)?;
        for fact in &news.facts {
            self.take_in(fact)?;
        }
        self.verifier.read_through(place);
        self.after = Some(place);
        if place.position == news.head {
            // Had it a text, it came with the fact that adopted it.
            self.judge_by(news.catalog.as_ref())?;
            self.heard(began, news.age);
        }
        self.tell_of(&news, place);
        if wait.is_zero() && news.facts.is_empty() {
            tokio::time::sleep(rest).await;
        }
        Ok(())
    }

    fn tell_of(&self, news: &News, place: Place) {
        let facts = u64::try_from(news.facts.len()).unwrap_or(u64::MAX);
        self.state.send_if_modified(|state| {
            let is_news = state.place != Some(place) || state.head != Some(news.head);
            let is_news = is_news || state.trouble.is_some();
            state.facts = state.facts.saturating_add(facts);
            (state.place, state.head, state.trouble) = (Some(place), Some(news.head), None);
            is_news
        });
    }

    /// A catalog that was superseded already has no text; the one that took its place is told with its own.
    fn take_in(&mut self, fact: &Fact) -> Result<(), Trouble> {
        if let About::CatalogAdopted(adopted) = &fact.about
            && adopted.text.is_some()
        {
            self.judge_by(Some(adopted))?;
        }
        self.verifier.apply(fact).map_err(|misfit| Trouble::DoesNotFollow(misfit.to_string()))
    }

    /// Takes up the catalog in force, if it is another than before.
    fn judge_by(&mut self, in_force: Option<&CatalogInForce>) -> Result<(), Trouble> {
        let in_force = in_force.ok_or_else(|| Trouble::Catalog("the ledger names none".into()))?;
        if in_force.fingerprint == self.fingerprint {
            return Ok(());
        }
        if self.source.catalog == CatalogFrom::Embedder {
            let why = format!("{} is in force, and another one was given here", in_force.name);
            return Err(Trouble::Catalog(why));
        }
        let text = in_force.text.as_deref();
        let text = text.ok_or_else(|| Trouble::Catalog("the feed does not tell its text".into()))?;
        let catalog = check::catalog(text, &in_force.fingerprint)?;
        self.verifier.use_catalog(Arc::new(catalog));
        self.fingerprint.clone_from(&in_force.fingerprint);
        Ok(())
    }

    /// All that was acknowledged before the server's own last look at the ledger is known here. That look
    /// was `age` before the answer was written, and the request began before that.
    fn heard(&self, began: Awake, age: u64) {
        let age = Duration::from_millis(age);
        if let Some(at) = began.minus(age) {
            self.verifier.fence().read_began_at(at);
        }
    }

    async fn ask<T>(&mut self, path: &str, patience: Duration) -> Result<T, Trouble>
    where
        T: DeserializeOwned + Send + 'static,
    {
        let Answered { status, body } = self.wire.get(path, patience).await?;
        match status {
            StatusCode::OK => {}
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => return Err(Trouble::NotLetIn),
            StatusCode::CONFLICT => return Err(Trouble::OtherLedger),
            other => return Err(Trouble::NotAnswered(other.as_u16())),
        }
        let reading = tokio::task::spawn_blocking(move || check::read(&body));
        reading.await.map_err(|fault| Trouble::NotUnderstood(fault.to_string()))?
    }
}

/// How long to let the server wait for news, and how long to rest where it can't wait so short. The view's
/// age between two answers is at most two waits and what the server's own view is old: well below the
/// shortest bound of any service.
fn rhythm(verifier: &Verifier) -> (Duration, Duration) {
    let bounds = verifier.catalog().services.iter().map(|service| service.stale_after).min();
    let fifth = bounds.unwrap_or(Duration::from_secs(5)) / 5;
    (Duration::from_secs(fifth.as_secs().min(20)), fifth.min(REST))
}
