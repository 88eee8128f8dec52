//! Rows of the side tables, to be written and read back.

use super::bed::{at, beside, claiming, commit, decided, invitation_id, key, person_id, team};
use counterfoil_authority::sign_in::How;
use counterfoil_authority::store::tables::links::{Link, Purpose};
use counterfoil_authority::store::tables::people::{Invitation, Person};
use counterfoil_authority::store::tables::sessions::{Session, Who};
use counterfoil_authority::store::tables::{
    authenticators, challenges, halves, identities, operators, passkeys, passwords, people, recovery_codes,
    sign_in_events,
};
use counterfoil_authority::store::{Claim, Row, Statement, Store, StoreFault, all_of, first_of};

pub(crate) const DAY: i64 = 24 * 3600;

pub(crate) async fn write(
    store: &dyn Store,
    statements: Vec<Statement>,
) -> Result<Vec<Vec<Row>>, StoreFault> {
    store.write(statements).await
}

pub(crate) async fn all<T: TryFrom<Row, Error = StoreFault>>(
    store: &dyn Store,
    statement: Statement,
) -> Vec<T> {
    all_of(store.read(statement).await.unwrap()).unwrap()
}

pub(crate) async fn one<T: TryFrom<Row, Error = StoreFault>>(
    store: &dyn Store,
    statement: Statement,
) -> Option<T> {
    first_of(store.read(statement).await.unwrap()).unwrap()
}

pub(crate) fn person(number: u8, email: &str) -> Person {
    Person {
        id: person_id(number),
        email: email.into(),
        first_name: "Ada".into(),
        last_name: "Lovelace".into(),
        created_at: at(1),
        email_proven_at: None,
    }
}

/// Everything that a person can prove with, and what is kept of it.
pub(crate) fn proofs_of(number: u8) -> Vec<Statement> {
    let person = person_id(number);
    let app = authenticators::Authenticator {
        person,
        sealed: vec![number],
        kek: "kek1".into(),
        last_step: 1,
        enrolled_at: at(1),
    };
    let event = sign_in_events::SignInEvent {
        id: number.to_string(),
        at: at(1),
        person: Some(person),
        what: "SIGNED_IN".into(),
        how: "LINK".into(),
        address: String::new(),
        agent: String::new(),
    };
    vec![
        people::prove_address(person, at(1)),
        operators::add(person, at(1)),
        passwords::set(person, "hash", at(1)),
        authenticators::enrol(&app),
        recovery_codes::add(&number.to_string(), person, at(1)),
        passkeys::add(&passkey(number, 1)),
        identities::link(&identity(number, "1")),
        challenges::add(&challenge(number)),
        sign_in_events::add(&event),
    ]
}

pub(crate) fn passkey(number: u8, counter: u64) -> passkeys::Passkey {
    passkeys::Passkey {
        id: format!("passkey{number}"),
        person: person_id(number),
        name: "A phone".into(),
        public_key: vec![number],
        counter,
        created_at: at(1),
        last_used: None,
    }
}

pub(crate) fn identity(number: u8, subject: &str) -> identities::Identity {
    identities::Identity {
        provider: format!("https://login{number}.example.com"),
        subject: subject.into(),
        person: person_id(number),
        shown_as: "ada".into(),
        linked_at: at(1),
        last_used: None,
    }
}

pub(crate) fn challenge(number: u8) -> challenges::Challenge {
    challenges::Challenge {
        hash: [number; 32],
        purpose: challenges::Purpose::StepUp,
        person: Some(person_id(number)),
        session: "session".into(),
        detail: vec![1, 2],
        tries: 0,
        created_at: at(1),
        expires_at: at(10),
    }
}

pub(crate) fn invitation(number: u8, email: &str) -> Invitation {
    Invitation {
        id: invitation_id(number),
        team: team(1),
        email: email.into(),
        first_name: "Ada".into(),
        last_name: "Lovelace".into(),
        created_at: at(1),
        expires_at: at(9),
    }
}

pub(crate) fn half(number: u8) -> halves::PendingHalf {
    halves::PendingHalf {
        key: key(number),
        team: team(1),
        sealed: vec![number, 0, 255],
        kek: "kek1".into(),
        created_at: at(number.into()),
    }
}

/// Keeps a half in a commit that claims its key, as generating one does.
pub(crate) async fn keep(store: &dyn Store, half: &halves::PendingHalf) {
    let decided = decided(store, half.key.as_str(), 0).await;
    let claiming = claiming(decided, &[&Claim::name_of(half.key)]);
    commit(store, beside(claiming, vec![halves::keep(half)])).await.unwrap();
}

pub(crate) fn link(number: u8, purpose: Purpose) -> Link {
    Link {
        hash: [number; 32],
        purpose,
        person: None,
        team: None,
        invitation: None,
        is_mailed: false,
        created_at: at(1),
        expires_at: at(10),
        used_at: None,
    }
}

pub(crate) fn session(number: u8) -> Session {
    Session {
        hash: [number; 32],
        id: format!("{number:032x}").as_str().try_into().unwrap(),
        who: Who::Operator,
        how: How::Passkey,
        is_strong: true,
        fresh_until: at(3),
        address: "192.0.2.0".into(),
        agent: "A browser".into(),
        created_at: at(1),
        last_seen: at(5),
        expires_at: at(100),
        operates: false,
    }
}
