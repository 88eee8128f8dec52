//! The way to a verdict: known tokens at once, others through the lane, those of unknown keys after a look at
//! what is new.

use crate::app::House;
use counterfoil_core::id::KeyId;
use counterfoil_verify::verdict::LimitedBy;
use counterfoil_verify::{
    Awake, NeedsProof, Now, OwnDoor, Presented, Proof, Reason, Request, Verdict, Verifier,
};
use http::HeaderMap;
use http::header::AUTHORIZATION;
use std::time::Duration;

/// When whoever found the lane full may come again.
const RETRY: Duration = Duration::from_secs(1);

/// How many loans a request waits for: of a crowd that comes at once, each loan serves a part.
const MOST_LOANS: usize = 32;

/// The verdict on a request. However long it waits, whoever drops this waits no more.
pub(crate) async fn judge(house: &House, request: &Request<'_>, now: Now) -> Verdict {
    match known_at(house, request, now) {
        Ok(verdict) => verdict,
        // Few requests come this way, and all would have to carry its room.
        Err(wanting) => Box::pin(judge_new(house, request, wanting)).await,
    }
}

/// The verdict if it can be given at once. If not, nothing is done: it is asked for anew.
///
/// # Errors
/// What is wanting.
pub(crate) fn judge_known(house: &House, request: &Request<'_>) -> Result<Verdict, NeedsProof> {
    known_at(house, request, house.clock())
}

fn known_at(house: &House, request: &Request<'_>, now: Now) -> Result<Verdict, NeedsProof> {
    let known = ForOthers.known(house.authority.verifier(), request, now);
    known.and_then(unless_short_of_a_loan::<ForOthers>)
}

/// The verdict on a token that is not known.
pub(crate) async fn judge_new(house: &House, request: &Request<'_>, wanting: NeedsProof) -> Verdict {
    checked(house, request, wanting, ForOthers).await
}

/// Who asks at one of our own doors.
pub(crate) async fn prove(house: &House, request: &Request<'_>, now: Now, door: OwnDoor) -> Proof {
    let known = door.known(house.authority.verifier(), request, now);
    match known.and_then(unless_short_of_a_loan::<OwnDoor>) {
        Ok(proof) => proof,
        Err(wanting) => checked(house, request, wanting, door).await,
    }
}

/// Something that a verifier is asked about a request.
trait Question: Copy + Send {
    type Answer: Send;

    /// The answer without checking a signature.
    fn known(self, verifier: &Verifier, request: &Request<'_>, now: Now) -> Result<Self::Answer, NeedsProof>;

    /// The answer whatever it takes.
    fn whole(self, verifier: &Verifier, request: &Request<'_>, now: Now) -> Self::Answer;

    /// The answer where there was no room.
    fn refused(self, verdict: Verdict) -> Self::Answer;

    /// The verdict in an answer, if there is one.
    fn verdict(answer: &Self::Answer) -> Option<&Verdict>;
}

/// May it pass?
#[derive(Clone, Copy)]
struct ForOthers;

impl Question for ForOthers {
    type Answer = Verdict;

    fn known(self, verifier: &Verifier, request: &Request<'_>, now: Now) -> Result<Verdict, NeedsProof> {
        verifier.decide_known(request, now)
    }

    fn whole(self, verifier: &Verifier, request: &Request<'_>, now: Now) -> Verdict {
        verifier.decide(request, now)
    }

    fn refused(self, verdict: Verdict) -> Verdict {
        verdict
    }

    fn verdict(answer: &Verdict) -> Option<&Verdict> {
        Some(answer)
    }
}

impl Question for OwnDoor {
    type Answer = Proof;

    fn known(self, verifier: &Verifier, request: &Request<'_>, now: Now) -> Result<Proof, NeedsProof> {
        verifier.prove_known(request, now, self)
    }

    fn whole(self, verifier: &Verifier, request: &Request<'_>, now: Now) -> Proof {
        verifier.prove(request, now, self)
    }

    fn refused(self, verdict: Verdict) -> Proof {
        Err(verdict)
    }

    fn verdict(answer: &Proof) -> Option<&Verdict> {
        answer.as_ref().err()
    }
}

/// Whoever is refused only because nothing was lent of the key's hour yet is not refused: it is lent in a moment.
/// Meanwhile the request takes the way of a token that is not known.
///
/// # Errors
/// What is wanting.
fn unless_short_of_a_loan<Q: Question>(answer: Q::Answer) -> Result<Q::Answer, NeedsProof> {
    match Q::verdict(&answer).and_then(short_of_a_loan) {
        Some(wanting) => Err(wanting),
        None => Ok(answer),
    }
}

/// What is wanting if a verdict refuses only for want of a loan.
fn short_of_a_loan(verdict: &Verdict) -> Option<NeedsProof> {
    let is_short = matches!(verdict.reason(), Some(Reason::Limited { by: LimitedBy::Lease, .. }));
    let by = verdict.by.filter(|_| is_short)?;
    Some(NeedsProof { service: verdict.service.clone(), key: by.key, is_known: true })
}

/// The answer about a token that is not known, once something was lent of its key's hour if nothing was.
async fn checked<Q: Question>(
    house: &House,
    request: &Request<'_>,
    wanting: NeedsProof,
    question: Q,
) -> Q::Answer {
    let mut answer = checked_once(house, request, wanting, question).await;
    for _ in 0..MOST_LOANS {
        let is_short = Q::verdict(&answer).and_then(short_of_a_loan).is_some();
        // Few requests wait for anything but their turn, and all would have to carry its room.
        if !is_short || !Box::pin(house.authority.until_lent()).await {
            break;
        }
        // A token that was forgotten meanwhile leaves it at the refusal.
        let Ok(known) = question.known(house.authority.verifier(), request, house.clock()) else { break };
        answer = known;
    }
    answer
}

/// After a look at what is new if the key is not known either, in the lane. Time has passed whenever one has
/// waited, so it is read again.
async fn checked_once<Q: Question>(
    house: &House,
    request: &Request<'_>,
    wanting: NeedsProof,
    question: Q,
) -> Q::Answer {
    let verifier = house.authority.verifier();
    let wanting = if wanting.is_known {
        wanting
    } else {
        Box::pin(house.look_for_new_keys()).await;
        match question.known(verifier, request, house.clock()) {
            Ok(answer) => return answer,
            // Nothing is checked of a key that there is not.
            Err(wanting) if !wanting.is_known => return question.whole(verifier, request, house.clock()),
            Err(wanting) => wanting,
        }
    };
    let check = |verifier: &Verifier, now| question.whole(verifier, request, now);
    let checked = house.check(wanting.key, check).await;
    // Who was crowded out by others with the same token may be known by now.
    let known_meanwhile = |_| question.known(verifier, request, house.clock());
    checked.or_else(known_meanwhile).unwrap_or_else(|wanting| question.refused(wanting.overloaded(RETRY)))
}

/// What came in `Authorization`; nothing is told if it came twice.
///
/// # Errors
/// If there are two.
pub(crate) fn presented(headers: &HeaderMap) -> Result<Presented<'_>, Twice> {
    let mut given = headers.get_all(AUTHORIZATION).iter();
    let first = given.next();
    if given.next().is_some() {
        return Err(Twice);
    }
    Ok(first.map_or(Presented::Nothing, |value| credential(value.as_bytes())))
}

/// There are two of what there may be one of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Twice;

/// A value of `Authorization`. A scheme's case does not matter; what is no text is of no scheme that we know.
pub(crate) fn credential(value: &[u8]) -> Presented<'_> {
    const BEARER: &[u8] = b"bearer ";
    let (scheme, token) = value.split_at_checked(BEARER.len()).unwrap_or((value, b""));
    let is_bearer = scheme.eq_ignore_ascii_case(BEARER) || value.eq_ignore_ascii_case(b"bearer");
    match std::str::from_utf8(token) {
        Ok(token) if is_bearer => Presented::Bearer(token.trim_matches(' ')),
        _ => Presented::OtherScheme,
    }
}

impl House {
    /// Both clocks, for one request.
    pub(crate) fn clock(&self) -> Now {
        Now { wall: self.authority.now(), awake: Awake::read() }
    }

    /// Reads what is new in the ledger, for the sake of a key that is not known: once for all who ask at the
    /// same time, and at most ten times a second. Who finds nothing new after that is told so.
    pub(crate) async fn look_for_new_keys(&self) {
        let authority = &self.authority;
        self.new_keys.once_for_all(async { drop(authority.ledger().catch_up().await) }).await;
    }

    /// Has a signature checked in the lane. What it is checked with gets the clocks of that moment.
    ///
    /// # Errors
    /// If the lane is full.
    pub(crate) async fn check<T>(
        &self,
        key: KeyId,
        work: impl FnOnce(&Verifier, Now) -> T,
    ) -> Result<T, super::lane::Full> {
        self.lane.run(key, || work(self.authority.verifier(), self.clock())).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn shown(values: &[&'static [u8]]) -> Result<String, Twice> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, HeaderValue::from_bytes(value).unwrap());
        }
        presented(&headers).map(|presented| match presented {
            Presented::Nothing => "nothing".to_owned(),
            Presented::OtherScheme => "other".to_owned(),
            Presented::Bearer(token) => format!("<{token}>"),
        })
    }

    #[test]
    fn a_credential_is_a_bearer_token_or_none_that_we_know() {
        let cases: &[(&[u8], &str)] = &[
            (b"Bearer a.b.c", "<a.b.c>"),
            (b"bEARER a.b.c", "<a.b.c>"),
            (b"Bearer   a.b.c  ", "<a.b.c>"),
            (b"Bearer a.b.c d", "<a.b.c d>"),
            (b"Bearer", "<>"),
            (b"Bearer\ta.b.c", "other"),
            (b"Basic YTpi", "other"),
            (b"", "other"),
            (b"Bearer \xffa", "other"),
            (b"a.b.c", "other"),
        ];
        for (value, expected) in cases {
            assert_eq!(shown(&[value]).as_deref(), Ok(*expected), "{value:?}");
        }
        assert_eq!(shown(&[]).as_deref(), Ok("nothing"));
        assert_eq!(shown(&[b"Bearer a", b"Bearer a"]), Err(Twice));
    }
}
