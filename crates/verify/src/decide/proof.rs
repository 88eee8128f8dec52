//! From a credential to a proven holder of a key that is good here.
//!
//! Security invariants: nothing is believed of a token before its signature verifies under the key that it
//! names; only a token that was then judged good is remembered; a remembered one is good only in the
//! world it was judged in, and its key is asked again each time.

use super::Case;
use crate::registry::KeyRecord;
use crate::tokens::Known;
use crate::uses::UseOutcome;
use crate::verdict::{Prover, Reason, Served, Unproven, Verdict};
use crate::verifier::Presented;
use counterfoil_core::catalog::{BundleIds, Service};
use counterfoil_core::id::KeyId;
use counterfoil_core::token::{Demand, SignedToken, Timeliness, TokenFault, UnverifiedToken, VerifiedToken};
use std::sync::Arc;

/// Whether signatures may be checked here and now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Checking {
    Now,
    NotHere,
}

/// Why there is no proof.
pub(super) enum Unproved {
    /// A signature would have to be checked.
    NotChecked {
        /// By this key.
        key: KeyId,
        /// Whether there is such a key.
        is_known: bool,
    },
    For {
        why: Unproven,
        /// Who showed to hold the key, though the token is no good.
        by: Option<Prover>,
        /// The key that is named.
        claimed: Option<KeyId>,
    },
}

pub(super) type Proof<T> = Result<T, Unproved>;

impl Case<'_, '_> {
    pub(super) fn prove(&self, checking: Checking) -> Proof<Arc<Known>> {
        let token = match self.request.token {
            Presented::Nothing => return Err(Unproved::of(Unproven::NoCredential)),
            Presented::OtherScheme => return Err(Unproved::of(Unproven::OtherScheme)),
            Presented::Bearer(token) => token,
        };
        // A catalog without any service takes no key.
        let Some((number, service)) = self.service else { return Err(Unproved::of(Unproven::OtherKind)) };
        if let Some(known) = self.verifier.tokens().get(self.world, number, token) {
            match known.token.at(self.now.wall) {
                Timeliness::Good => return self.prove_known(known, service),
                Timeliness::Over => return Err(Unproved::proven(&known, TokenFault::Expired.into())),
                // The clock has stepped back: whether it is good now is judged from the beginning.
                Timeliness::Early => {}
            }
        }
        match checking {
            Checking::Now => self.prove_new(token),
            Checking::NotHere => Err(self.not_checked(token)),
        }
    }

    /// What of a remembered token may have changed since.
    fn prove_known(&self, known: Arc<Known>, service: &Service) -> Proof<Arc<Known>> {
        let fault = if !known.record.is_active() {
            Some(Unproven::Revoked)
        } else if !is_own_bundle(&known.token, &known.record, service) {
            Some(Unproven::BundleNotRegistered)
        } else {
            None
        };
        match fault {
            Some(why) => Err(Unproved::proven(&known, why)),
            None => Ok(known),
        }
    }

    /// Reads no more of a new token than names its key: all of it is read when it is checked.
    fn not_checked(&self, text: &str) -> Unproved {
        match UnverifiedToken::key_named_by(text) {
            Ok(key) => Unproved::NotChecked { key, is_known: self.world.records.key(key).is_some() },
            Err(fault) => Unproved::of(fault.into()),
        }
    }

    fn prove_new(&self, text: &str) -> Proof<Arc<Known>> {
        let token = UnverifiedToken::parse(text).map_err(|fault| Unproved::of(fault.into()))?;
        let key = token.key_id().map_err(|fault| Unproved::of(fault.into()))?;
        let claimed = |why| Unproved::For { why, by: None, claimed: Some(key) };
        let record = self.world.records.key(key).ok_or_else(|| claimed(Unproven::UnknownKey))?;
        let ready = self.verifier.tokens().half(key, &record);
        let is_ready = ready.is_some();
        let half = match ready {
            Some(half) => half,
            None => Arc::new(record.half.parsed().map_err(|_| claimed(Unproven::UnusableHalf))?),
        };
        let signed = token.verify(&half).map_err(|fault| claimed(fault.into()))?;
        if !is_ready {
            self.verifier.tokens().keep_half(key, half);
        }
        self.accept(text, key, record, signed)
    }

    /// The holder is proven. Is the token good here?
    fn accept(
        &self,
        text: &str,
        key: KeyId,
        record: Arc<KeyRecord>,
        signed: SignedToken,
    ) -> Proof<Arc<Known>> {
        let by = Prover { key, team: record.team.id };
        let refuse = |why| Unproved::For { why, by: Some(by), claimed: Some(key) };
        let (service, kind, token) = self.examine(&record, signed).map_err(refuse)?;
        let hot = self.verifier.hot().of(key, record.team.id);
        self.verifier.hot().with(&hot, |hot| hot.see_expiry(token.expires()));
        let known = Arc::new(Known::new(self.world.clone(), (service, kind), token, record, hot));
        self.verifier.tokens().insert(text, known.clone());
        Ok(known)
    }

    fn examine(
        &self,
        record: &KeyRecord,
        signed: SignedToken,
    ) -> Result<(usize, usize, VerifiedToken), Unproven> {
        if !record.is_active() {
            return Err(Unproven::Revoked);
        }
        let rules = &self.world.rules;
        let (number, service) = self.service.ok_or(Unproven::OtherKind)?;
        let kind = rules.kind_named(&record.kind).ok_or(Unproven::OtherKind)?;
        if !rules.kind(kind).is_some_and(|kind| kind.is_served_by(number)) {
            return Err(Unproven::OtherKind);
        }
        let claims = rules.catalog.kinds.get(kind).ok_or(Unproven::OtherKind)?.claims;
        let demand = Demand::of(service, claims, record.team.id, rules.catalog.leeway, self.now.wall);
        let token = signed.judge(&demand)?;
        if !is_own_bundle(&token, record, service) {
            return Err(Unproven::BundleNotRegistered);
        }
        Ok((number, kind, token))
    }

    /// The verdict on a token that is no good. Of a holder who is proven the key's uses are counted, not its budget.
    pub(super) fn unproven(
        &self,
        why: Unproven,
        by: Option<Prover>,
        claimed: Option<KeyId>,
        service: Option<Served>,
    ) -> Verdict {
        let reason = Reason::Unproven(why);
        match by {
            Some(prover) => {
                let hot = self.verifier.hot().of(prover.key, prover.team);
                let noted = self.noted(UseOutcome::Refused);
                self.verifier.hot().with(&hot, |hot| hot.note(&self.world.rules, noted));
                self.verifier.refusals().note(prover, reason, self.request, self.now);
            }
            None => self.verifier.refusals().note_unproven(claimed, why, self.request, self.now),
        }
        Verdict { by, ..Verdict::refused(reason, service) }
    }
}

fn is_own_bundle(token: &VerifiedToken, record: &KeyRecord, service: &Service) -> bool {
    match (service.bundle_ids, token.bundle()) {
        (BundleIds::Registered, Some(bundle)) => record.team.owns(bundle),
        (BundleIds::Claimed, _) | (BundleIds::Registered, None) => true,
    }
}

impl Unproved {
    const fn of(why: Unproven) -> Self {
        Self::For { why, by: None, claimed: None }
    }

    fn proven(known: &Known, why: Unproven) -> Self {
        let key = known.hot.key;
        Self::For { why, by: Some(Prover { key, team: known.hot.team }), claimed: Some(key) }
    }
}

impl From<TokenFault> for Unproven {
    fn from(fault: TokenFault) -> Self {
        Self::Token(fault)
    }
}
