//! The hour of a key under servers that come, die and end, in any order and at any time: a simulation with a
//! clock of its own, also for the database.

use crate::holder::Holder;
use crate::house::{House, admin_key};
use counterfoil_authority::keys::{NewHalf, NewKeyRequest};
use counterfoil_authority::{Authority, Request, Settings};
use counterfoil_core::catalog::Catalog;
use counterfoil_core::event::Actor;
use counterfoil_core::id::KindName;
use counterfoil_core::time::Timestamp;
use counterfoil_verify::Awake;
use rusqlite::Connection;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

const LIMIT: usize = 60;
const HOUR: Duration = Duration::from_secs(3600);
const STEPS: usize = 1200;
const BEGIN: i64 = 1_767_225_600_000;

/// Numbers that are the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

struct World {
    house: House,
    settings: Settings,
    database: Connection,
    holder: Holder,
    now: Duration,
    servers: Vec<Arc<Authority>>,
    passed: VecDeque<Duration>,
    most: usize,
    all: usize,
}

impl World {
    async fn build() -> Self {
        let toml = Catalog::appstore().to_toml();
        let catalog = toml.replace("requests_per_hour = 3600", &format!("requests_per_hour = {LIMIT}"));
        assert_ne!(toml, catalog);
        let house = House::build_with(|settings| {
            settings.serve = false;
            settings.catalog = Some(catalog);
            settings.clock = Arc::new(|| Timestamp::from_millis(BEGIN));
        })
        .await;
        let server = house.server();
        let new = NewKeyRequest {
            kind: KindName::try_from("TEAM").unwrap(),
            name: "key".try_into().unwrap(),
            roles: Some(admin_key()),
            half: NewHalf::Issuer,
        };
        let owner = Actor::User(house.owner);
        let key = server.generate(house.team, &Request::by(owner), &new).await.unwrap().value;
        let holder = Holder::of(&server, house.team, owner, key).await;
        let database = Connection::open(house.folder().join("counterfoil.db")).unwrap();
        database
            .execute_batch(
                "CREATE TABLE test_clock (now INTEGER NOT NULL); INSERT INTO test_clock VALUES (0);
                 DROP VIEW database_clock; CREATE VIEW database_clock AS SELECT now FROM test_clock",
            )
            .unwrap();
        let settings = house.settings.clone();
        let (servers, now) = (Vec::new(), Duration::from_secs(100_000));
        let mut world = Self {
            house,
            settings,
            database,
            holder,
            now,
            servers,
            passed: VecDeque::new(),
            most: 0,
            all: 0,
        };
        world.pass(Duration::ZERO);
        world
    }

    fn awake(&self) -> Awake {
        Awake::after_start(self.now)
    }

    fn pass(&mut self, time: Duration) {
        self.now += time;
        let now = i64::try_from(self.now.as_millis()).unwrap();
        self.database.execute("UPDATE test_clock SET now = ?1", [now]).unwrap();
    }

    async fn add_server(&mut self) {
        let server = Authority::start(self.settings.clone()).await.unwrap();
        server.give_verdicts();
        server.report_as_living().await.unwrap();
        self.servers.push(server);
    }

    fn ask(&mut self, at: usize) {
        let server = &self.servers[at];
        server.verifier().fence().read_began_at(self.awake());
        let verdict = self.holder.asks_at(server, "GET", "/v1/apps", self.awake());
        while self.passed.front().is_some_and(|passed| *passed + HOUR < self.now) {
            self.passed.pop_front();
        }
        if verdict.reason().is_none() {
            self.passed.push_back(self.now);
            self.all += 1;
        }
        self.most = self.most.max(self.passed.len());
        assert!(self.passed.len() <= LIMIT, "{} in an hour, at {:?}", self.passed.len(), self.now);
    }

    async fn step(&mut self, dice: &mut Dice) {
        let at = usize::try_from(dice.below(self.servers.len() as u64)).unwrap();
        match dice.below(40) {
            0 => drop(self.servers.swap_remove(at)),
            1 => self.servers.swap_remove(at).shutdown().await,
            2 if self.servers.len() < 4 => self.add_server().await,
            3..=9 => self.pass(Duration::from_millis(dice.below(90_000))),
            10 => self.pass(Duration::from_secs(dice.below(3600))),
            11..=24 => self.servers[at].lend(self.awake()).await.unwrap(),
            _ => (0..=dice.below(6)).for_each(|_| self.ask(at)),
        }
        if self.servers.is_empty() {
            self.add_server().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_sixty_minutes_see_more_than_the_limit_whatever_becomes_of_servers() {
    for seed in 1..=3 {
        let mut world = World::build().await;
        world.add_server().await;
        let mut dice = Dice(0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(seed));
        for _ in 0..STEPS {
            world.step(&mut dice).await;
        }
        assert!(world.most > LIMIT / 2, "only {} of {LIMIT} ever passed in an hour", world.most);
        assert!(world.all > LIMIT * 5, "only {} passed", world.all);
        drop(world.house);
    }
}
