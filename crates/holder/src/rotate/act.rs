//! The steps, each from one durable state to the next.

use super::state::{Stage, State, Step};
use super::{Moment, Rotator, Until, Who, evidence, key_id, places, unknown};
use crate::dates;
use crate::fault::Fault;
use crate::keys::Wish;
use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use counterfoil_core::half::{PrivateHalf, PublicHalf};
use counterfoil_core::time::Timestamp;

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

    /// Ends the new key, so that all is as it was.
    ///
    /// # Errors
    /// It is too late for that, or the server does not answer.
    pub fn cancel(&self, state: &mut State) -> Result<(), Fault> {
        self.is_here(state)?;
        match state.state {
            Stage::Cancelled => return Ok(()),
            Stage::Planned => {}
            Stage::Revoking | Stage::Done | Stage::Gap => return Err(too_late(state)),
            _ if self.is_individual(&state.kind) => return Err(too_late(state)),
            Stage::Generating if state.local => {
                self.end_pair(state)?;
                return self.note(state, Stage::Cancelled);
            }
            // Whether the key was made, only the server can say; asked once more it says which it is.
            Stage::Generating => drop(self.generate(state, &None)?),
            _ => {}
        }
        self.old_is_everywhere(state)?;
        self.note(state, Stage::Cancelling)?;
        self.call_off(state)
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

    /// The half in hand, in one of the places, where a person put it, or still at the server.
    fn half_for(
        &self,
        state: &mut State,
        in_hand: Option<PrivateHalf>,
    ) -> Result<Option<PrivateHalf>, Fault> {
        if let Some(half) = in_hand {
            return Ok(Some(half));
        }
        if let Some(half) = self.new_half(state)? {
            return Ok(Some(half));
        }
        if let Some(place) = &state.with {
            return self.made_by_hand(place, state.new.as_deref()).map(|key| Some(key.half));
        }
        self.downloaded(state)
    }

    fn downloaded(&self, state: &mut State) -> Result<Option<PrivateHalf>, Fault> {
        let id = state.new.as_deref().map(key_id).transpose()?.ok_or_else(unknown)?;
        let key = self.ask(state, Who::Acting, |keys| keys.show(id))?;
        if !key.is_active || !key.can_download {
            return Ok(None);
        }
        let pem = self.ask(state, Who::Acting, |keys| keys.download(id))?;
        (self.moment)(Moment::Downloaded)?;
        let (half, _) = crate::pem::read_half(pem.as_bytes())?;
        if let Some(public) = state.new_public()? {
            crate::custody::prove(&half, &public)?;
        }
        Ok(Some(half))
    }

    fn put_step(&self, state: &mut State, at: usize, step: Step, moment: Moment) -> Result<(), Fault> {
        if let Some(destination) = state.destinations.get_mut(at) {
            destination.state = step;
        }
        state.write(self.around)?;
        (self.moment)(moment)
    }

    /// The half left the server and reached no place: nobody will ever sign with it.
    fn lost(&self, state: &mut State) -> Result<(), Fault> {
        if let Some(new) = state.new.clone() {
            (self.say)(&format!(
                "the half of {new} was lost on its way; {new} is revoked, and another is generated"
            ));
            self.end(state, &new, Who::Acting)?;
        }
        self.afresh(state)
    }

    fn afresh(&self, state: &mut State) -> Result<(), Fault> {
        (state.new, state.new_public) = (None, None);
        state.destinations.iter_mut().for_each(|destination| destination.state = Step::Waiting);
        self.note(state, Stage::Planned)
    }

    /// The pair was made in a process that is gone. If the server heard of it, its key ends.
    fn end_pair(&self, state: &mut State) -> Result<(), Fault> {
        let public = state.new_public.clone();
        let keys = self.ask(state, Who::Acting, |keys| keys.list(true))?;
        match keys.into_iter().find(|key| key.public_key == public) {
            Some(key) => {
                (self.say)(&format!(
                    "the half of {} was lost before it was stored; the key is revoked",
                    key.id
                ));
                self.end(state, &key.id, Who::Acting)
            }
            None => Ok(()),
        }
    }

    /// After a day the server does not know the request again.
    fn nobody_else_has_its_name(&self, state: &mut State) -> Result<(), Fault> {
        let keys = self.ask(state, Who::Acting, |keys| keys.list(true))?;
        let begun = Timestamp::from_seconds(state.asked_since);
        let since =
            |key: &crate::keys::Listed| key.created_date.as_deref().and_then(dates::of_json) >= Some(begun);
        let made = keys.into_iter().find(|key| key.nickname == state.nickname && since(key));
        made.map_or(Ok(()), |key| {
            Err(Fault::new(
                format!("this was begun more than a day ago, and {} may be what came of it", key.id),
                format!("if nobody uses it, `counterfoil keys revoke {}`, and run this again", key.id),
            ))
        })
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

    /// The new key ends first: a half that opens nothing may lie anywhere.
    fn call_off(&self, state: &mut State) -> Result<(), Fault> {
        if let Some(new) = state.new.clone().filter(|_| state.with.is_none()) {
            self.end(state, &new, Who::Acting)?;
        }
        if let Some(public) = state.new_public()? {
            self.take_away(state, &public);
        }
        self.note(state, Stage::Cancelled)
    }

    fn take_away(&self, state: &State, public: &PublicHalf) {
        let ours = |place: &str| state.with.as_deref() != Some(place);
        let begun = state.destinations.iter().filter(|destination| destination.state != Step::Waiting);
        for destination in begun.filter(|destination| ours(&destination.place)) {
            if let Err(fault) = places::take_away(destination, public, self.means) {
                (self.say)(&format!("{} still has the new half: {fault}", destination.place));
            }
        }
    }

    /// A place whose old half gave way would be left with one that opens nothing.
    fn old_is_everywhere(&self, state: &State) -> Result<(), Fault> {
        let Some(public) = state.new_public()? else { return Ok(()) };
        let begun = |step: Step| step != Step::Waiting;
        for destination in state.destinations.iter().filter(|one| one.held_old && begun(one.state)) {
            if places::read_back(destination, &public, self.means).is_ok() {
                return Err(Fault::new(
                    format!("{} has the new half in the place of the old one", destination.place),
                    "`counterfoil rotate resume` goes on; or put the old half back there with `counterfoil custody copy`",
                ));
            }
        }
        Ok(())
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

fn too_late(state: &State) -> Fault {
    Fault::new(
        format!("it is too late to cancel: {} is revoked, or may be", state.old),
        "`counterfoil rotate resume` goes on to the end",
    )
}
