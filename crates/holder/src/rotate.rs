//! Putting a fresh key in the place of an old one, without a moment in which neither works.
//!
//! What is known is on the disk before each act, and each act is safe to do again, so whoever is killed goes on where
//! it was ([`State`]). The old key ends only when the new half was read back from every place, has signed, and was
//! accepted by the server. Our own looks never count as use.

mod act;
mod evidence;
mod places;
mod plan;
mod state;

pub use state::{Destination, Lock, Stage, State, Step};

use crate::caller::{Caller, Tools};
use crate::clock::{self, Clocks};
use crate::custody::Means;
use crate::fault::Fault;
use crate::http::{Client, Url};
use crate::keys::Keys;
use crate::mint::Order;
use crate::sources::HeldKey;
use crate::surroundings::Surroundings;
use counterfoil_core::catalog::Catalog;
use counterfoil_core::half::PrivateHalf;
use counterfoil_core::id::KeyId;
use std::time::Duration;

/// How long a token of ours is good for.
const TTL: Duration = Duration::from_secs(300);
/// An app that no proof depends on: the tokens of some kinds have to name one.
const ANY_APP: &str = "com.example.rotation";

/// What is to be rotated, and how.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The old key.
    pub old: KeyId,
    /// Where the new half goes: REFs.
    pub to: Vec<String>,
    /// Whether the pair is made here.
    pub local: bool,
    /// A new key that a person made: the REF of its half.
    pub with: Option<String>,
    /// Its id, if the REF does not tell.
    pub with_id: Option<String>,
    /// Whether a key that can't overlap with its successor may end first.
    pub with_gap: bool,
    /// How long the old key must have been idle.
    pub settle: Option<Duration>,
}

/// How far one run goes.
#[derive(Clone, Debug, Default)]
pub struct Until {
    /// Whether evidence of use is not waited for.
    pub now: bool,
    /// Whether it is looked for only once.
    pub one_look: bool,
    /// The half of a key that was made meanwhile, where one is waited for, and its id.
    pub with: Option<(String, Option<String>)>,
}

/// What just happened, told to whoever watches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// The state is on the disk.
    Noted(Stage),
    /// The server said that the new key is there.
    Generated,
    /// The half was downloaded, and is nowhere else.
    Downloaded,
    /// A place is being noted as written to.
    Storing,
    /// A place has the half.
    Stored,
    /// The server said that a key is revoked.
    Revoked,
}

/// Rotates keys of one server.
pub struct Rotator<'a> {
    /// Makes the calls.
    pub client: &'a Client,
    /// The key that acts: it administers keys. It may be the old key itself.
    pub acting: &'a HeldKey,
    /// What kinds of keys there are.
    pub catalog: &'a Catalog,
    /// The server.
    pub base: &'a Url,
    /// Where the state is kept.
    pub around: &'a Surroundings,
    /// What the places need.
    pub means: &'a Means<'a>,
    /// Tells people.
    pub say: &'a dyn Fn(&str),
    /// Is told each moment; a fault stops there, as a crash would.
    pub moment: &'a dyn Fn(Moment) -> Result<(), Fault>,
}

/// Who asks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Who {
    /// The acting key.
    Acting,
    /// The same, unless that is the old one: then the new one, which may do the same.
    NotTheOld,
}

impl Rotator<'_> {
    /// Makes `state` durable at this stage.
    fn note(&self, state: &mut State, stage: Stage) -> Result<(), Fault> {
        state.state = stage;
        state.write(self.around)?;
        (self.moment)(Moment::Noted(stage))
    }

    /// Works the server's keys. If it is the new key that asks, that is remembered, since it is no use.
    fn ask<T>(
        &self,
        state: &mut State,
        who: Who,
        act: impl FnOnce(&mut Keys<'_, '_>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let mut key = self.acting(state)?;
        if who == Who::NotTheOld && key.id.as_str() == state.old {
            key = self.new_key(state)?;
        }
        if state.new.as_deref() == Some(key.id.as_str()) {
            let at = self.server_time().as_seconds();
            state.looked.push(at);
            let older = state.looked.len().saturating_sub(3);
            state.looked.drain(..older);
            state.write(self.around)?;
        }
        self.with_caller(&key, Order::plain(TTL), |caller| act(&mut Keys::new(caller, self.base)))
    }

    fn with_caller<T>(
        &self,
        key: &HeldKey,
        order: Order,
        act: impl FnOnce(&mut Caller<'_>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let clocks = Clocks::read(self.around);
        let tools = Tools { client: self.client, catalog: self.catalog, say: self.say };
        act(&mut Caller::new(key, order, clocks, tools))
    }

    /// The acting key. Where its half was in a place that the new one has now, it is the new key.
    fn acting(&self, state: &State) -> Result<HeldKey, Fault> {
        let key = self.acting.copied()?;
        let is_new = state.new_public.as_deref() == Some(key.half.public().to_pem().as_str());
        match state.new.as_deref().filter(|_| is_new) {
            Some(new) => Ok(HeldKey { id: key_id(new)?, ..key }),
            None => Ok(key),
        }
    }

    /// The new key, out of one of its places.
    fn new_key(&self, state: &State) -> Result<HeldKey, Fault> {
        let half = self.new_half(state)?.ok_or_else(|| {
            Fault::new("none of the places has the new half", "look who else writes there, and run it again")
        })?;
        self.as_new(state, half)
    }

    fn as_new(&self, state: &State, half: PrivateHalf) -> Result<HeldKey, Fault> {
        let id = state.new.as_deref().map(key_id).transpose()?.ok_or_else(unknown)?;
        let issuer = self.acting.issuer.filter(|_| !self.is_individual(&state.kind));
        Ok(HeldKey { id, issuer, half, file_prefix: None })
    }

    fn new_half(&self, state: &State) -> Result<Option<PrivateHalf>, Fault> {
        let Some(public) = state.new_public()? else { return Ok(None) };
        places::new_half(state, &public, self.means)
    }

    /// Whether tokens of this kind name no team: nobody has two keys of it.
    fn is_individual(&self, kind: &str) -> bool {
        self.catalog.kind(kind).is_some_and(|kind| !kind.claims.names_issuer)
    }

    fn server_time(&self) -> counterfoil_core::time::Timestamp {
        Clocks::read(self.around).server_time(self.base, clock::now())
    }

    /// The server accepts what the new half signs. Nothing of this counts as use.
    fn accepted(&self, state: &State, half: PrivateHalf) -> Result<(), Fault> {
        let key = self.as_new(state, half)?;
        let names_app = self.catalog.kind(&state.kind).is_some_and(|kind| kind.claims.names_bundle);
        let order = Order { bundle: names_app.then(|| ANY_APP.to_owned()), ..Order::plain(TTL) };
        let refused = self.with_caller(&key, order, |caller| {
            if state.by_hand { tried(caller, self.base) } else { diagnosed(caller, self.base) }
        })?;
        refused.map_or(Ok(()), |why| {
            Err(Fault::new(
                format!("{} does not accept {}: {why}", self.base.host(), key.id),
                "the old key is as good as it was; `counterfoil rotate cancel` ends the new one",
            ))
        })
    }
}

/// What speaks against the token, as the server itself tells it.
fn diagnosed(caller: &mut Caller<'_>, base: &Url) -> Result<Option<String>, Fault> {
    let Some(checks) = crate::doctor::diagnosed(caller, base, None)? else {
        return Ok(Some("it is not a key that it knows".into()));
    };
    // Which apps there are is no matter of the key.
    let bad = checks.into_iter().find(|check| check.ok == Some(false) && check.name != "bundle");
    Ok(bad.map(|check| format!("{}: {}", check.name, check.found)))
}

/// App Store Connect has no door to ask at, so it is asked for something that every key may see: 403 knows the key.
fn tried(caller: &mut Caller<'_>, base: &Url) -> Result<Option<String>, Fault> {
    let answer = caller.call(&crate::http::Call::new("GET", base.with("/v1/apps?limit=1")?))?;
    let known = answer.is_success() || answer.status == 403;
    Ok((!known).then(|| format!("it answers {}", answer.status)))
}

fn key_id(text: &str) -> Result<KeyId, Fault> {
    KeyId::try_from(text).map_err(|fault| Fault::new(fault, "this is not how a Counterfoil server answers"))
}

fn unknown() -> Fault {
    Fault::new("the new key's id is not known", "run it again")
}
