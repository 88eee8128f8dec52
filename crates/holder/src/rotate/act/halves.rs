//! The new half on its way: from the server or a hand into the places, and what is done when it is lost.

use super::super::state::{Stage, State, Step};
use super::super::{Moment, Rotator, Who, key_id, unknown};
use crate::dates;
use crate::fault::Fault;
use counterfoil_core::half::PrivateHalf;
use counterfoil_core::time::Timestamp;

impl Rotator<'_> {
    /// The half in hand, in one of the places, where a person put it, or still at the server.
    pub(super) fn half_for(
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

    pub(super) fn put_step(
        &self,
        state: &mut State,
        at: usize,
        step: Step,
        moment: Moment,
    ) -> Result<(), Fault> {
        if let Some(destination) = state.destinations.get_mut(at) {
            destination.state = step;
        }
        state.write(self.around)?;
        (self.moment)(moment)
    }

    /// The half left the server and reached no place: nobody will ever sign with it.
    pub(super) fn lost(&self, state: &mut State) -> Result<(), Fault> {
        if let Some(new) = state.new.clone() {
            (self.say)(&format!(
                "the half of {new} was lost on its way; {new} is revoked, and another is generated"
            ));
            self.end(state, &new, Who::Acting)?;
        }
        self.afresh(state)
    }

    pub(super) fn afresh(&self, state: &mut State) -> Result<(), Fault> {
        (state.new, state.new_public) = (None, None);
        state.destinations.iter_mut().for_each(|destination| destination.state = Step::Waiting);
        self.note(state, Stage::Planned)
    }

    /// The pair was made in a process that is gone. If the server heard of it, its key ends.
    pub(super) fn end_pair(&self, state: &mut State) -> Result<(), Fault> {
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
    pub(super) fn nobody_else_has_its_name(&self, state: &mut State) -> Result<(), Fault> {
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
}
