//! A ledger as large as an installation gets, in a directory that goes when the benchmark does.

use counterfoil_authority::Settings;
use counterfoil_authority::authority::Authority;
use counterfoil_authority::clock::SystemClock;
use counterfoil_authority::seal_source::SealSource;
use counterfoil_authority::store::ChainHash;
use counterfoil_core::catalog::Catalog;
use counterfoil_core::event::{Actor, Entry, Event, Holding, PrivateHalfAt, RevocationReason, Sees, Stream};
use counterfoil_core::half::PublicHalf;
use counterfoil_core::id::{InvitationId, IssuerId, KeyId, KindName, MemberId};
use counterfoil_core::roles::Roles;
use counterfoil_core::team::Team;
use counterfoil_core::time::Timestamp;
use rusqlite::{Connection, params};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// How many keys the ledger holds.
pub(crate) const KEYS: usize = TEAMS * KEYS_A_TEAM;
const TEAMS: usize = 20_000;
const KEYS_A_TEAM: usize = 50;
const MEMBERS_A_TEAM: usize = 5;
const BEGUN: i64 = 1_700_000_000;

/// A directory for a benchmark's files: in `COUNTERFOIL_BENCH_DIR`, else where the system has its own.
pub(crate) struct BenchDir(PathBuf);

impl BenchDir {
    pub(crate) fn make() -> Self {
        let parent = std::env::var_os("COUNTERFOIL_BENCH_DIR").map_or_else(std::env::temp_dir, PathBuf::from);
        let dir = parent.join(format!("counterfoil-bench-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        Self(dir)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.0.join("counterfoil.db")
    }
}

impl Drop for BenchDir {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// Starts an authority on this directory, as a server does.
pub(crate) async fn start(data_dir: &Path, serve: bool) -> Arc<Authority> {
    let settings = Settings {
        data_dir: data_dir.to_owned(),
        database: None,
        catalog: None,
        seal: SealSource::in_data_dir(data_dir),
        serve,
        adopt_older_ledger: false,
        replace_lost_seal_key: false,
        half_lifetime: Duration::from_secs(30 * 24 * 3600),
        site: Default::default(),
        name: "bench".to_owned(),
        clock: Arc::new(SystemClock),
        verdicts: Default::default(),
    };
    Authority::start(settings).await.unwrap()
}

/// Writes the rows of `TEAMS` teams behind what a first start has written there, as they would come
/// in a life of years: the teams' events lie between each other.
///
/// They are written as rows, past every rule: deciding a million keys is not what is measured.
pub(crate) fn fill(database: &Path) {
    let mut connection = Connection::open(database).unwrap();
    connection.execute_batch("PRAGMA synchronous = OFF; PRAGMA cache_size = -256000;").unwrap();
    let mut rows = Rows::after_the_first_start(&connection);
    let catalog = Catalog::appstore();
    let mut teams: Vec<Story> = (0..TEAMS).map(|number| Story::of(number, &catalog)).collect();
    for round in 0..=KEYS_A_TEAM {
        let transaction = connection.transaction().unwrap();
        for story in &mut teams {
            let events = if round == 0 { story.beginning() } else { story.key(round) };
            rows.write(&transaction, story, events);
        }
        rows.move_head(&transaction);
        transaction.commit().unwrap();
    }
    connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE);").unwrap();
}

/// Where the ledger ends while it is written.
struct Rows {
    position: i64,
    hash: ChainHash,
    first_stream: i64,
}

impl Rows {
    fn after_the_first_start(connection: &Connection) -> Self {
        let head = "SELECT position, hash, (SELECT MAX(number) + 1 FROM streams) FROM head";
        let (position, hash, first_stream) =
            connection.query_row(head, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
        Self { position, hash: ChainHash(hash), first_stream }
    }

    fn write(&mut self, connection: &Connection, story: &mut Story, events: Vec<(Actor, Event)>) {
        let stream = self.first_stream + story.number as i64;
        let sql = "INSERT INTO streams (number, name) VALUES (?1, ?2) ON CONFLICT (number) DO NOTHING";
        connection.prepare_cached(sql).unwrap().execute(params![stream, story.team.to_string()]).unwrap();
        let sql = "INSERT INTO ledger (position, stream, version, bytes, hash) VALUES (?1, ?2, ?3, ?4, ?5)";
        let mut insert = connection.prepare_cached(sql).unwrap();
        for (by, event) in events {
            let at = Timestamp::from_seconds(BEGUN + self.position);
            let bytes = Entry { of: Stream::Team(story.team), at, by, event }.to_bytes();
            self.position += 1;
            self.hash = self.hash.of_next(&bytes);
            story.version += 1;
            insert
                .execute(params![self.position, stream, story.version, bytes, self.hash.0.as_slice()])
                .unwrap();
        }
    }

    fn move_head(&self, connection: &Connection) {
        let sql = "UPDATE head SET position = ?1, hash = ?2";
        connection.execute(sql, params![self.position, self.hash.0.as_slice()]).unwrap();
    }
}

/// What one team does over the years.
struct Story {
    number: usize,
    team: IssuerId,
    owner: MemberId,
    version: i64,
    opening: Vec<Event>,
    terms: String,
    draws: Draws,
}

impl Story {
    fn of(number: usize, catalog: &Catalog) -> Self {
        let mut draws = Draws(number as u64);
        let owner = MemberId::from_random(draws.bytes());
        let name = format!("Team number {number}").as_str().try_into().unwrap();
        Self {
            number,
            team: IssuerId::from_random(draws.bytes()),
            owner,
            version: 0,
            opening: Team::open(catalog, name, owner),
            terms: catalog.access.terms.clone(),
            draws,
        }
    }

    /// Opened, access asked for and given, people.
    fn beginning(&mut self) -> Vec<(Actor, Event)> {
        let mut events: Vec<_> = self.opening.drain(..).map(|event| (Actor::Operator, event)).collect();
        let terms = std::mem::take(&mut self.terms);
        events.push((Actor::User(self.owner), Event::AccessRequested { terms }));
        events.push((Actor::Operator, Event::AccessApproved));
        for _ in 1..MEMBERS_A_TEAM {
            let invitation = InvitationId::from_random(self.draws.bytes());
            let member = MemberId::from_random(self.draws.bytes());
            let invited = Event::MemberInvited {
                invitation,
                roles: roles(&["DEVELOPER", "CREATE_APPS", "GENERATE_INDIVIDUAL_KEYS"]),
                sees: Sees::AllApps,
                provisioning_allowed: true,
                expires_at: Timestamp::from_seconds(BEGUN * 2),
            };
            events.push((Actor::User(self.owner), invited));
            events.push((Actor::User(member), Event::MemberJoined { invitation, member }));
        }
        events
    }

    /// A key is generated; nine of ten are downloaded, three of ten revoked.
    fn key(&mut self, round: usize) -> Vec<(Actor, Event)> {
        let key = KeyId::from_random(self.draws.bytes());
        let by = Actor::User(self.owner);
        let generated = Event::KeyGenerated {
            key,
            kind: KindName::try_from(if round.is_multiple_of(10) { "IN_APP_PURCHASE" } else { "TEAM" })
                .unwrap(),
            name: format!("CI of project {round}").as_str().try_into().unwrap(),
            holder: holder(round),
            public: self.public_half(),
            private: PrivateHalfAt::Issuer,
        };
        let mut events = vec![(by, generated)];
        if round % 10 != 9 {
            events.push((by, Event::KeyDownloaded { key }));
        }
        if round % 10 < 3 {
            events.push((by, Event::KeyRevoked { key, reason: RevocationReason::Superseded, remark: None }));
        }
        events
    }

    /// Of the right form. A million real ones would take minutes, and nothing here looks at the curve.
    fn public_half(&mut self) -> PublicHalf {
        use base64::Engine as _;
        let mut point = [4; PublicHalf::LENGTH];
        point[1..].copy_from_slice(&self.draws.bytes::<64>());
        let text = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(point);
        serde_json::from_value(serde_json::Value::String(text)).unwrap()
    }
}

fn holder(round: usize) -> Holding {
    match round % 10 {
        0 => Holding::Team,
        1..=4 => Holding::TeamWithRoles(roles(&["DEVELOPER"])),
        5..=7 => Holding::TeamWithRoles(roles(&["APP_MANAGER"])),
        8 => Holding::TeamWithRoles(roles(&["FINANCE", "SALES"])),
        _ => Holding::TeamWithRoles(roles(&["ADMIN"])),
    }
}

fn roles(names: &[&str]) -> Roles {
    names.iter().map(|name| (*name).try_into().unwrap()).collect()
}

/// Numbers that look random and are the same in every run: SplitMix64.
struct Draws(u64);

impl Draws {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        bytes
            .chunks_mut(8)
            .for_each(|chunk| chunk.copy_from_slice(&self.next().to_le_bytes()[..chunk.len()]));
        bytes
    }
}
