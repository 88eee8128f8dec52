//! One order of answers: of two things that are wrong, the earlier is told.

use super::{about, town_with_hour};
use crate::town::{Persona, Team, Town};
use counterfoil_core::event::Actor;
use serde_json::json;

/// What can be wrong with a request, in the order in which it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Wrong {
    Ambiguous,
    Unproven,
    Limited,
    NoSuchPath,
    Kind,
    Access,
    Role,
    Scope,
}

const ALL: [Wrong; 8] = [
    Wrong::Ambiguous,
    Wrong::Unproven,
    Wrong::Limited,
    Wrong::NoSuchPath,
    Wrong::Kind,
    Wrong::Access,
    Wrong::Role,
    Wrong::Scope,
];

impl Wrong {
    const fn told(self) -> (u16, &'static str) {
        match self {
            Self::Ambiguous => (400, "PATH_ERROR.AMBIGUOUS"),
            Self::Unproven => (401, "NOT_AUTHORIZED"),
            Self::Limited => (429, "RATE_LIMIT_EXCEEDED"),
            Self::NoSuchPath | Self::Kind | Self::Role => (403, "FORBIDDEN_ERROR"),
            Self::Access => (403, "FORBIDDEN.REQUIRED_AGREEMENTS_MISSING_OR_EXPIRED"),
            Self::Scope => (403, "FORBIDDEN_ERROR.SCOPE"),
        }
    }
}

/// Keys of a team with access and of one without: of a person and of the team, with a high role and a low one.
struct Cast {
    town: Town,
    keys: Vec<((bool, bool, bool), Persona)>,
}

impl Cast {
    async fn of(requests: u32) -> Self {
        let town = town_with_hour(requests).await;
        let mut keys = Vec::new();
        for access in [true, false] {
            let team = town.team("Rivets").await;
            for (high, role) in [(true, "ADMIN"), (false, "CUSTOMER_SUPPORT")] {
                keys.push(((access, false, high), town.team_key(team, role).await));
                keys.push(((access, true, high), person(&town, team, role).await));
            }
            if !access {
                town.authority.withdraw_access(team.id, None).await.unwrap();
            }
        }
        Self { town, keys }
    }

    fn key(&self, what: (bool, bool, bool)) -> &Persona {
        &self.keys.iter().find(|(is, _)| *is == what).unwrap().1
    }
}

async fn person(town: &Town, team: Team, role: &str) -> Persona {
    let (member, _) = town.member(team, &[role]).await;
    town.key(team, Actor::User(member), "INDIVIDUAL", None).await
}

#[tokio::test]
async fn of_two_things_that_are_wrong_the_earlier_is_told() {
    let (open, spent) = (Cast::of(100_000).await, Cast::of(1).await);
    for (_, key) in &spent.keys {
        about(&spent.town, "GET", "/v1/nothing").by(key).send().await;
    }
    for first in ALL {
        for second in ALL {
            let wrong = [first, second];
            let has = |what| wrong.contains(&what);
            let cast = if has(Wrong::Limited) { &spent } else { &open };
            let key = cast.key((!has(Wrong::Access), has(Wrong::Kind), !has(Wrong::Role)));
            let path = match () {
                () if has(Wrong::Ambiguous) => "/v1//apps",
                () if has(Wrong::NoSuchPath) => "/v1/nothing",
                () if has(Wrong::Kind) => "/v1/salesReports",
                () => "/v1/apps",
            };
            let held = key.held();
            let mut claims = held.claims(cast.town.now());
            if has(Wrong::Scope) {
                claims["scope"] = json!(["GET /v1/builds"]);
            }
            if has(Wrong::Unproven) {
                claims["aud"] = "elsewhere".into();
            }
            let token = format!("Bearer {}", held.sign(&claims));
            for _ in 0..2 {
                let said = about(&cast.town, "GET", path).with("authorization", &token).send().await;
                let told = (said.status, said.code());
                let expected = first.min(second).told();
                assert_eq!((told.0, told.1.as_str()), expected, "{first:?} and {second:?}");
            }
        }
    }
}

#[tokio::test]
async fn who_has_not_heard_of_the_ledger_refuses_before_anybody_is_judged() {
    let (town, _, admin) = Town::with_admin().await;
    let stale = async |path: &str, by: &Persona| {
        for _ in 0..200 {
            town.authority.verifier().fence().shut();
            let said = about(&town, "GET", path).by(by).send().await;
            if said.status == 503 {
                return said;
            }
        }
        panic!("the fence was never shut");
    };
    for by in [&Persona::Anonymous, &admin] {
        let said = stale("/v1/apps", by).await.fails(503, "SERVICE_UNAVAILABLE.STALE");
        assert_eq!((said.header("retry-after"), said.header("x-rate-limit")), ("1", ""));
    }
    about(&town, "GET", "/v1//apps").send().await.fails(400, "PATH_ERROR.AMBIGUOUS");
    for _ in 0..500 {
        if about(&town, "GET", "/v1/apps").by(&admin).send().await.status == 200 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("it never recovered");
}
