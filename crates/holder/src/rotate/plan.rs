//! Everything that can be known before anything is made.

use super::state::{Destination, Stage, State};
use super::{Rotator, Wanted, evidence, places};
use crate::blast_radius;
use crate::fault::Fault;
use crate::http::Call;
use crate::keys::{Keys, Listed};
use crate::mint::Order;
use crate::reference::Ref;
use crate::sources::{Chosen, HalfAt, HeldKey, Source};
use counterfoil_core::half::PublicHalf;
use counterfoil_core::id::KeyId;
use std::collections::BTreeSet;
use std::time::Duration;

/// How far back the old key's uses are looked at.
const OBSERVED: Duration = Duration::from_secs(30 * 86_400);

impl Rotator<'_> {
    /// Looks at the old key and at every place, and changes nothing.
    ///
    /// # Errors
    /// It could not be done to the end: why, and what to do.
    pub fn plan(&self, wanted: &Wanted) -> Result<State, Fault> {
        let with = wanted.with.as_deref().map(|place| self.made_by_hand(place, wanted.with_id.as_deref()));
        let with = with.transpose()?;
        let by_hand = with.as_ref().map(|key| self.has_no_api(key)).transpose()?.unwrap_or(false);
        let old = if by_hand { None } else { Some(self.old(wanted)?) };
        self.check(wanted, old.as_ref(), with.as_ref())?;
        let own = (self.acting.id == wanted.old).then(|| self.acting.half.public());
        let told = old.as_ref().and_then(|old| PublicHalf::from_pem(old.public_key.as_deref()?).ok());
        let old_public = told.or(own);
        let new_public = with.as_ref().map(|key| key.half.public());
        let destinations = self.destinations(wanted, old_public.as_ref(), new_public.as_ref())?;
        let longest_gap = if by_hand { 0 } else { self.longest_gap(wanted.old) };
        let of_old = |told: fn(&Listed) -> &String| old.as_ref().map(told).cloned();
        Ok(State {
            old: wanted.old.to_string(),
            new: with.as_ref().map(|key| key.id.to_string()),
            state: Stage::Planned,
            server: self.base.origin(),
            nickname: of_old(|old| &old.nickname).unwrap_or_default(),
            kind: of_old(|old| &old.key_type).unwrap_or_else(|| "TEAM".into()),
            roles: old.as_ref().map(|old| old.roles.clone()).unwrap_or_default(),
            old_public: old_public.map(|public| public.to_pem()),
            new_public: new_public.map(|public| public.to_pem()),
            local: wanted.local,
            with: wanted.with.as_deref().map(|place| places::absolute(place, self.means)).transpose()?,
            by_hand,
            idempotency_key: String::new(),
            asked_since: 0,
            destinations,
            settle: wanted.settle.map(|settle| settle.as_secs()),
            old_last_used: old.and_then(|old| old.last_used),
            longest_gap,
            looked: Vec::new(),
        })
    }

    /// The key whose half a person took from the issuer.
    pub(super) fn made_by_hand(&self, place: &str, id: Option<&str>) -> Result<HeldKey, Fault> {
        let half = Some(HalfAt::Ref(Ref::try_from(place)?));
        let source = Source {
            name: "--with".into(),
            key_id: id.map(str::to_owned),
            issuer_id: self.acting.issuer.map(|issuer| issuer.to_string()),
            half,
            url: None,
        };
        let named = |fault: Fault| {
            Fault::new(fault.message(), "say --with-id, the key id that is shown beside its name")
        };
        let has_id = id.is_some() || source.file_name().is_some();
        let found = Chosen { source, others: Vec::new() }.open(self.means);
        Ok(found.map_err(|fault| if has_id { fault } else { named(fault) })?.key)
    }

    fn old(&self, wanted: &Wanted) -> Result<Listed, Fault> {
        let act = |caller: &mut crate::caller::Caller<'_>| Keys::new(caller, self.base).show(wanted.old);
        self.with_caller(self.acting, Order::plain(super::TTL), act)
    }

    fn check(&self, wanted: &Wanted, old: Option<&Listed>, with: Option<&HeldKey>) -> Result<(), Fault> {
        if old.is_some_and(|old| !old.is_active) {
            return Err(Fault::new(
                format!("{} is revoked already", wanted.old),
                "generate a key with `counterfoil keys generate --to REF`; nothing was made",
            ));
        }
        if with.is_some_and(|key| key.id == wanted.old) {
            return Err(Fault::new("--with is the old key itself", "name the half of the new one"));
        }
        let is_individual = old.is_some_and(|old| self.is_individual(&old.key_type));
        if is_individual && !wanted.with_gap {
            return Err(Fault::new(
                format!("{} is an individual key, and nobody has two of them", wanted.old),
                "--with-gap revokes it first, and waits until its owner made another in the console; nothing was made",
            ));
        }
        if self.acting.issuer.is_none() && !is_individual {
            return Err(Fault::new(
                "an individual key administers no team's keys",
                "name a team key that does, with --as PROFILE; nothing was made",
            ));
        }
        Ok(())
    }

    /// The longest time in seconds that lay between two uses of a key in the last 30 days, as far as the server tells:
    /// one that does not, or not to this key, leaves it to what is seen from now on.
    fn longest_gap(&self, id: KeyId) -> u64 {
        let since = self.server_time().minus(OBSERVED);
        let told = self.with_caller(self.acting, Order::plain(super::TTL), |caller| {
            blast_radius::calls(caller, self.base, id, Some(since))
        });
        told.map(|calls| evidence::longest_gap(&calls)).unwrap_or_default()
    }

    /// The places that REFs name, whatever folder we are in.
    ///
    /// # Errors
    /// One of them is no REF.
    pub fn places(&self, refs: &[String]) -> Result<BTreeSet<String>, Fault> {
        refs.iter().map(|text| places::absolute(text, self.means)).collect()
    }

    fn destinations(
        &self,
        wanted: &Wanted,
        old: Option<&PublicHalf>,
        new: Option<&PublicHalf>,
    ) -> Result<Vec<Destination>, Fault> {
        let places = self.places(&wanted.to)?;
        if places.is_empty() || places.len() < wanted.to.len() {
            return Err(Fault::new(
                "where the new half goes is said not at all, or twice",
                "give --to REF once for each place; nothing was made",
            ));
        }
        let mut planned = Vec::new();
        for place in &wanted.to {
            planned.push(places::looked_at(place, old, new, self.means)?);
        }
        // Places that have nothing come first: one of them has the new half before any old one gives way.
        planned.sort_by_key(|destination| destination.held_old);
        Ok(planned)
    }

    /// Whether the server is one that people make keys on by hand, as App Store Connect is.
    fn has_no_api(&self, key: &HeldKey) -> Result<bool, Fault> {
        let answer = self.with_caller(key, Order::plain(super::TTL), |caller| {
            caller.call(&Call::new("GET", self.base.with("/v1/keyInUse")?))
        })?;
        let told = answer.json().unwrap_or_default();
        Ok(!(answer.is_success() && told["data"]["type"] == "keyInUse"))
    }
}
