//! The steps, each from one durable state to the next.

mod called_off;
mod halves;

use super::state::{Stage, State, Step};
use super::{Moment, Rotator, Until, Who, evidence, key_id, places, unknown};
use crate::fault::Fault;
use crate::keys::Wish;
use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use counterfoil_core::half::PrivateHalf;

const SUPERSEDED: Option<&str> = Some("SUPERSEDED");
/// For how long the server knows a request again, less an hour.
const KNOWN_AGAIN: i64 = 23 * 3600;

/// A server whose halves never arrive makes no more keys than these allow.
const MOST_STEPS: usize = 16;

impl Rotator<'_> {
    /// Goes on until it is done, or until somebody else has to do something.
    ///
    /// # Errors
    /// A step failed. Run again, it goes on there.
    pub fn run(&self, state: &mut State, until: &Until) -> Result<(), Fault> {
        self.is_here(state)?;
        let mut half = None;
        for _ in 0..MOST_STEPS {
            if !self.step(state, until, &mut half)? {
                return Ok(());
            }
        }
        Err(Fault::new(
            "each new key's half is lost on its way",
            "look who else downloads halves of this team",
        ))
    }

    /// Whether there is another step.
    fn step(&self, state: &mut State, until: &Until, half: &mut Option<PrivateHalf>) -> Result<bool, Fault> {
        match state.state {
            Stage::Planned => self.begin(state, half)?,
            Stage::Generating => return self.generate(state, half).map(|()| true),
            Stage::Generated => self.store(state, until, half)?,
            Stage::Stored => self.prove(state)?,
            Stage::Settling => return self.settle(state, until),
            Stage::Revoking => self.revoke(state)?,
            Stage::RevokeByHand => return self.wait_for_a_click(state),
            Stage::Gap => return self.gap(state, until),
            Stage::Cancelling => self.call_off(state)?,
            Stage::Done | Stage::Cancelled => return Ok(false),
        }
        Ok(true)
    }

    fn begin(&self, state: &mut State, half: &mut Option<PrivateHalf>) -> Result<(), Fault> {
        if self.is_individual(&state.kind) {
            return self.note(state, Stage::Gap);
        }
        if state.with.is_some() {
            return self.note(state, Stage::Generated);
        }
        let mut random = [0; 16];
        SystemRandom::new().fill(&mut random).map_err(|_| machine())?;
        state.idempotency_key = random.iter().map(|byte| format!("{byte:02x}")).collect();
        state.asked_since = self.server_time().as_seconds();
        if state.local {
            let pair = PrivateHalf::generate(&SystemRandom::new()).map_err(|_| machine())?;
            state.new_public = Some(pair.public().to_pem());
            *half = Some(pair);
        }
        self.note(state, Stage::Generating)
    }

    fn generate(&self, state: &mut State, half: &Option<PrivateHalf>) -> Result<(), Fault> {
        if state.local && half.is_none() {
            self.end_pair(state)?;
            return self.afresh(state);
        }
        if self.server_time().as_seconds() - state.asked_since > KNOWN_AGAIN {
            self.nobody_else_has_its_name(state)?;
            return self.afresh(state);
        }
        let (name, kind, roles) = (state.nickname.clone(), state.kind.clone(), state.roles.clone());
        let public = half.as_ref().map(PrivateHalf::public);
        let once = state.idempotency_key.clone();
        let wish = Wish { nickname: &name, kind: &kind, roles: &roles, public: public.as_ref() };
        let key = self.ask(state, Who::Acting, |keys| keys.generate_once(&wish, Some(&once)))?;
        (self.moment)(Moment::Generated)?;
        (self.say)(&format!("{} is generated", key.id));
        state.new = Some(key.id);
        state.new_public = key.public_key.or_else(|| state.new_public.take());
        self.note(state, Stage::Generated)
    }

    fn store(&self, state: &mut State, until: &Until, half: &mut Option<PrivateHalf>) -> Result<(), Fault> {
        self.corrected(state, until)?;
        let Some(half) = self.half_for(state, half.take())? else { return self.lost(state) };
        // A key that the server does not take never has the place of one that it takes.
        self.accepted(state, copied(&half)?)?;
        let old = state.old_public()?;
        let mut failed = None;
        for at in 0..state.destinations.len() {
            let destination = state.destinations[at].clone();
            if destination.state == Step::Stored {
                continue;
            }
            self.put_step(state, at, Step::Storing, Moment::Storing)?;
            match places::keep(&destination, old.as_ref(), &half, self.means) {
                Ok(()) => {
                    (self.say)(&format!("kept in {}, read back and proven", destination.place));
                    self.put_step(state, at, Step::Stored, Moment::Stored)?;
                }
                // The others come first: what one of them has is not lost when this process ends.
                Err(fault) => failed = failed.or(Some(fault)),
            }
        }
        failed.map_or(Ok(()), Err)?;
        self.note(state, Stage::Stored)
    }

    /// A half made by hand that was the wrong one is put right as long as it is nowhere.
    fn corrected(&self, state: &mut State, until: &Until) -> Result<(), Fault> {
        let is_nowhere = state.destinations.iter().all(|destination| destination.state == Step::Waiting);
        match &until.with {
            Some((place, id)) if is_nowhere && state.with.is_some() => self.take(state, place, id.as_deref()),
            _ => Ok(()),
        }
    }

    fn prove(&self, state: &mut State) -> Result<(), Fault> {
        self.prove_all(state)?;
        let next = if state.by_hand { Stage::RevokeByHand } else { Stage::Settling };
        self.note(state, next)
    }

    /// Each place gives the half back, and the server accepts what that signs.
    fn prove_all(&self, state: &mut State) -> Result<(), Fault> {
        let public = state.new_public()?.ok_or_else(unknown)?;
        for at in 0..state.destinations.len() {
            let half = places::read_back(&state.destinations[at], &public, self.means)?;
            self.accepted(state, half)?;
            if let Some(destination) = state.destinations.get_mut(at) {
                destination.state = Step::Proved;
            }
        }
        Ok(())
    }

    fn settle(&self, state: &mut State, until: &Until) -> Result<bool, Fault> {
        if !until.now && !self.is_individual(&state.kind) && !self.is_settled(state, until)? {
            return Ok(false);
        }
        // The last look before what can't be undone.
        self.prove_all(state)?;
        self.note(state, Stage::Revoking).map(|()| true)
    }

    fn is_settled(&self, state: &mut State, until: &Until) -> Result<bool, Fault> {
        let mut said = String::new();
        loop {
            let (old, new) =
                (state.old_id()?, state.new.as_deref().map(key_id).transpose()?.ok_or_else(unknown)?);
            let seen = self.ask(state, Who::NotTheOld, |keys| Ok((keys.show(old)?, keys.show(new)?)))?;
            let now = self.server_time();
            let settled = evidence::settled(state, &seen.0, &seen.1, now);
            state.write(self.around)?;
            let Err(waits_for) = settled else { return Ok(true) };
            if waits_for.split(' ').next() != said.split(' ').next() {
                (self.say)(&waits_for);
                said = waits_for;
            }
            if until.one_look {
                return Ok(false);
            }
            std::thread::sleep(evidence::pause(state));
        }
    }

    fn revoke(&self, state: &mut State) -> Result<(), Fault> {
        // Of an individual key there is no second one before the first is over.
        if !self.is_individual(&state.kind) {
            let old = state.old.clone();
            self.end(state, &old, Who::NotTheOld)?;
            (self.say)(&format!("{old} is revoked"));
        }
        self.note(state, Stage::Done)
    }

    fn end(&self, state: &mut State, id: &str, who: Who) -> Result<(), Fault> {
        let id = key_id(id)?;
        self.ask(state, who, |keys| keys.revoke(id, SUPERSEDED))?;
        (self.moment)(Moment::Revoked)
    }

    /// A key that nobody can have two of ends first; its owner makes the other.
    fn gap(&self, state: &mut State, until: &Until) -> Result<bool, Fault> {
        let made = until.with.clone().or_else(|| state.with.clone().map(|place| (place, None)));
        let Some((place, id)) = made else {
            let old = state.old.clone();
            self.end(state, &old, Who::Acting)?;
            (self.say)(&format!(
                "{old} is revoked. Its owner makes another in the console (profile, Individual API Key) and downloads \
                 it; then `counterfoil rotate resume {old} --with REF`"
            ));
            return Ok(false);
        };
        self.take(state, &place, id.as_deref())?;
        self.note(state, Stage::Generated).map(|()| true)
    }

    fn take(&self, state: &mut State, place: &str, id: Option<&str>) -> Result<(), Fault> {
        let key = self.made_by_hand(place, id)?;
        if key.id.as_str() == state.old {
            return Err(Fault::new("--with is the old key itself", "name the half of the new one"));
        }
        state.new = Some(key.id.to_string());
        state.new_public = Some(key.half.public().to_pem());
        state.with = Some(places::absolute(place, self.means)?);
        Ok(())
    }

    /// Whether somebody clicked is to be seen only by whoever holds the old half.
    fn wait_for_a_click(&self, state: &mut State) -> Result<bool, Fault> {
        if self.acting.id.as_str() == state.old && self.acting(state)?.id.as_str() == state.old {
            let refused = self.with_caller(self.acting, crate::mint::Order::plain(super::TTL), |caller| {
                super::tried(caller, self.base)
            })?;
            if refused.is_some() {
                return self.note(state, Stage::Done).map(|()| true);
            }
        }
        (self.say)(&format!(
            "the new key is in its places and accepted. When nothing uses {} any more, revoke it by hand: \
             App Store Connect, Users and Access, Integrations, the key, Revoke Key",
            state.old
        ));
        Ok(false)
    }

    fn is_here(&self, state: &State) -> Result<(), Fault> {
        if state.server == self.base.origin() {
            return Ok(());
        }
        Err(Fault::new(
            format!("{} is being rotated at {}, not at {}", state.old, state.server, self.base.origin()),
            format!("give --url {}", state.server),
        ))
    }
}

fn copied(half: &PrivateHalf) -> Result<PrivateHalf, Fault> {
    half.to_pkcs8().and_then(|der| PrivateHalf::from_pkcs8(&der)).map_err(|_| machine())
}

fn machine() -> Fault {
    Fault::new("the cryptographic library failed", "this is the machine's failure; try again")
}
