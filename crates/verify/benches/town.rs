//! Teams and keys, as many as are wanted.

use aws_lc_rs::rand::SystemRandom;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use counterfoil_core::event::{Holding, Sees};
use counterfoil_core::half::PrivateHalf;
use counterfoil_core::id::{EpochId, IssuerId, KeyId, KindName, MemberId, RoleName};
use counterfoil_core::jws;
use counterfoil_core::roles::Roles;
use counterfoil_verify::fact::{
    About, Access, Fact, KeyFacts, MemberFacts, NewKey, Position, Snapshot, Standing, TeamFact, TeamFacts,
    Through,
};
use counterfoil_verify::{Now, Verifier};

pub(crate) const KEYS_OF_A_TEAM: usize = 50;

/// Keys whose private halves are here.
pub(crate) struct Town {
    pub(crate) keys: Vec<Key>,
}

pub(crate) struct Key {
    id: KeyId,
    team: IssuerId,
    pub(crate) half: PrivateHalf,
}

impl Town {
    pub(crate) fn of(keys: usize) -> Self {
        let key = |number: usize| Key {
            id: key_id('T', number),
            team: team_id('T', number / KEYS_OF_A_TEAM),
            half: PrivateHalf::generate(&SystemRandom::new()).unwrap(),
        };
        Self { keys: (0..keys).map(key).collect() }
    }

    /// A token of each key.
    pub(crate) fn tokens(&self) -> Vec<String> {
        self.keys.iter().map(|key| key.token(0)).collect()
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        let teams = self.keys.chunks(KEYS_OF_A_TEAM).map(|keys| TeamFacts {
            team: keys[0].team,
            standing: Standing::Active,
            access: Access::Approved,
            members: Vec::new(),
            apps: Vec::new(),
            keys: keys.iter().map(Key::facts).collect(),
        });
        Snapshot {
            epoch: EpochId::from_random([7; 16]),
            head: Position(1),
            time: String::new(),
            age: 0,
            catalog: None,
            through: Through { position: Position(1), hash: None },
            teams: teams.collect(),
        }
    }
}

impl Key {
    /// A token as the usual clients make them; each number makes another.
    pub(crate) fn token(&self, number: usize) -> String {
        let header = format!(r#"{{"alg":"ES256","kid":"{}","typ":"JWT"}}"#, self.id);
        let issued = Now::read().wall.as_seconds();
        let claims = format!(
            r#"{{"iss":"{}","iat":{issued},"exp":{},"aud":"appstoreconnect-v1","nonce":"{number}"}}"#,
            self.team,
            issued + 1200
        );
        jws::sign(&self.half, &header, &claims).unwrap()
    }

    fn facts(&self) -> KeyFacts {
        KeyFacts {
            key: self.id,
            key_type: KindName::try_from("TEAM").unwrap(),
            holder: Holding::TeamWithRoles(roles("ADMIN")),
            point: self.half.public(),
            active: true,
        }
    }
}

/// Tells a verifier of so many more keys, in teams of fifty with three members, each of whom has one of the keys.
pub(crate) fn millions(verifier: &Verifier, keys: usize) {
    let point = PrivateHalf::generate(&SystemRandom::new()).unwrap().public();
    let mut position = 1;
    let mut tell = |team, fact| {
        position += 1;
        verifier.apply(&Fact { position: Position(position), about: About::Team(team, fact) }).unwrap();
    };
    for number in 0..keys {
        let (team, member) = (team_id('M', number / KEYS_OF_A_TEAM), member_id(number));
        let of_team = number % KEYS_OF_A_TEAM;
        if of_team == 0 {
            tell(team, TeamFact::Opened { user: member, roles: roles("ACCOUNT_HOLDER") });
            tell(team, TeamFact::AccessApproved);
        } else if of_team < 3 {
            let facts = MemberFacts {
                user: member,
                roles: roles("DEVELOPER"),
                sees: Sees::AllApps,
                provisioning_allowed: true,
            };
            tell(team, TeamFact::MemberJoined(facts));
        }
        let (kind, holder) = if of_team < 3 {
            ("INDIVIDUAL", Holding::Member(member))
        } else {
            ("TEAM", Holding::TeamWithRoles(roles("APP_MANAGER")))
        };
        let kind = KindName::try_from(kind).unwrap();
        tell(team, TeamFact::KeyGenerated(NewKey { key: key_id('M', number), kind, holder, point }));
    }
}

pub(crate) fn unbase64(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap()
}

fn key_id(town: char, number: usize) -> KeyId {
    KeyId::try_from(format!("{town}{number:09}").as_str()).unwrap()
}

fn team_id(town: char, number: usize) -> IssuerId {
    IssuerId::from_random(random(town, number))
}

fn member_id(number: usize) -> MemberId {
    MemberId::from_random(random('P', number))
}

fn random(town: char, number: usize) -> [u8; 16] {
    let mut random = [0; 16];
    random[..8].copy_from_slice(&number.to_le_bytes());
    random[15] = u8::try_from(town).unwrap();
    random
}

fn roles(name: &str) -> Roles {
    [RoleName::try_from(name).unwrap()].into_iter().collect()
}
