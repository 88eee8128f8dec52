//! The sandbox: a request behind a gateway in, an answer out.

mod answer;
mod asked;
mod limits;
mod resources;

pub use limits::Limits;

use crate::developers::Developers;
use crate::engine::House;
use crate::external_purchase;
use crate::fault::Fault;
use crate::fixtures::Fixtures;
use crate::ids;
use crate::notary;
use crate::outgoing::Outgoing;
use crate::public;
use crate::rules;
use crate::seed;
use crate::server_api::{self, Call};
use crate::signed::Signer;
use crate::store::Store;
use crate::table::TABLE;
use crate::webhooks;
use answer::{Answer, JSON, respond};
use asked::{APPS, Asked, BUNDLE, TEAM, header, is_json};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{Method, Request, Response};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;
use tokio::sync::Semaphore;

/// How a sandbox is set up.
#[derive(Clone)]
pub struct Settings {
    /// Where it remembers.
    pub folder: PathBuf,
    /// Where clients find it: links begin with this.
    pub public_url: String,
    /// What time it is.
    pub clock: fn() -> SystemTime,
    /// What a team finds that comes for the first time, as `export` writes it; the demonstration, if nothing.
    pub fixtures: Option<String>,
    /// How much it takes upon itself.
    pub limits: Limits,
}

/// Why a sandbox can't be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenFault {
    /// The folder can't be made.
    #[error("the sandbox's folder {} can't be made", path.display())]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The store can't be opened.
    #[error("the sandbox's store can't be opened: {0}")]
    Store(String),
    /// A certificate authority can't be read or made.
    #[error("{0}")]
    Authority(String),
    /// The fixtures can't be read.
    #[error("the fixtures can't be used: {0}")]
    Fixtures(String),
}

/// Why what the sandbox keeps can't be read or replaced.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct KeepFault(#[from] Fault);

/// The sandbox.
#[derive(Clone)]
pub struct Sandbox(Arc<Inner>);

/// What all requests share.
pub(crate) struct Inner {
    pub(crate) store: Store,
    /// Where clients find it, without a slash at the end.
    pub(crate) public_url: String,
    pub(crate) clock: fn() -> SystemTime,
    /// What signs certificates and profiles.
    pub(crate) developers: Developers,
    /// What signs transactions.
    pub(crate) signer: Signer,
    /// What posts to other people's servers.
    pub(crate) outgoing: Outgoing,
    /// Deliveries of webhooks that it has.
    pub(crate) under_way: webhooks::UnderWay,
    limits: Limits,
    /// Room for long answers to those that anybody may make, in MiB.
    on_the_way: Arc<Semaphore>,
    fixtures: Option<Fixtures>,
}

impl Sandbox {
    /// Opens the sandbox, or begins one.
    ///
    /// # Errors
    /// If its folder or store can't be used.
    pub fn open(settings: &Settings) -> Result<Self, OpenFault> {
        make_private(&settings.folder)
            .map_err(|source| OpenFault::Folder { path: settings.folder.clone(), source })?;
        let store = Store::open(&settings.folder.join("sandbox.db"));
        let store = store.map_err(|fault| OpenFault::Store(fault.to_string()))?;
        let public_url = settings.public_url.trim_end_matches('/').to_owned();
        let read =
            |text: &String| Fixtures::read(text).map_err(|fault| OpenFault::Fixtures(fault.to_string()));
        let fixtures = settings.fixtures.as_ref().map(read).transpose()?;
        let developers = Developers::open(&settings.folder, (settings.clock)());
        let developers = developers.map_err(|fault| OpenFault::Authority(fault.to_string()))?;
        let signer = Signer::open(&settings.folder, (settings.clock)());
        let signer = signer.map_err(|fault| OpenFault::Authority(fault.to_string()))?;
        let (outgoing, under_way) = (Outgoing::default(), webhooks::UnderWay::default());
        let Settings { clock, limits, .. } = *settings;
        let inner = Inner {
            store,
            public_url,
            clock,
            developers,
            signer,
            outgoing,
            under_way,
            limits,
            on_the_way: Arc::new(Semaphore::new(limits.on_the_way)),
            fixtures,
        };
        inner.rehearse().map_err(|fault| OpenFault::Fixtures(fault.to_string()))?;
        Ok(Self(Arc::new(inner)))
    }

    /// The teams that have been here.
    ///
    /// # Errors
    /// If the store can't be read.
    pub fn teams(&self) -> Result<Vec<String>, KeepFault> {
        Ok(self.0.store.teams()?)
    }

    /// Everything of a team, as text that [`Sandbox::import`] takes.
    ///
    /// # Errors
    /// If the store can't be read.
    pub fn export(&self, team: &str) -> Result<String, KeepFault> {
        Ok(self.0.store.read(team, |reading| Ok(Fixtures::of(reading)?.written()))?)
    }

    /// Puts this in the place of everything of a team, or nothing.
    ///
    /// # Errors
    /// If it is not what [`Sandbox::export`] writes, or the store can't be written.
    pub fn import(&self, team: &str, text: &str) -> Result<(), KeepFault> {
        let fixtures = Fixtures::read(text)?;
        self.0.store.write(team, |writing| {
            writing.forget_team()?;
            writing.know_team()?;
            fixtures.plant(self.0.house(None), writing)
        })?;
        Ok(())
    }

    /// Forgets everything of a team: it finds the beginning again when it comes next.
    ///
    /// # Errors
    /// If the store can't be written.
    pub fn reset(&self, team: &str) -> Result<(), KeepFault> {
        self.0.store.write(team, |writing| {
            writing.forget_team()?;
            Ok(())
        })?;
        Ok(())
    }

    /// Whether somebody waits for what is sent there. What is sent elsewhere below `/sandbox/` need not be read.
    /// It waits for the disk, as [`Sandbox::answer`] does.
    #[must_use]
    pub fn awaits(&self, path: &str) -> bool {
        public::below(path).is_none_or(|below| public::awaits(&self.0, below))
    }

    /// Answers behind the gateway, and has others told of what changed by it.
    fn serve(&self, request: &Request<Bytes>) -> Result<Answer, Fault> {
        let before = self.0.store.writes();
        let answered = self.0.serve(request);
        if self.0.store.writes() != before
            && let Ok(Some(team)) = header(request.headers(), TEAM)
        {
            webhooks::collect(&self.0, team);
        }
        let mut answer = answered?;
        let parcels = std::mem::take(&mut answer.parcels);
        if let Ok(Some(team)) = header(request.headers(), TEAM) {
            server_api::send(&self.0, team, parcels);
        }
        Ok(answer)
    }

    /// Room for long answers to those that anybody may make: a permit for each MiB.
    pub(crate) fn on_the_way(&self) -> Arc<Semaphore> {
        Arc::clone(&self.0.on_the_way)
    }

    /// Whether a path is open to everybody.
    #[must_use]
    pub fn is_open(path: &str) -> bool {
        public::below(path).is_some()
    }

    /// Answers a request whose body has come whole. It waits for the disk: call it where that is no harm.
    #[must_use]
    pub fn answer(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let answered = match public::below(request.uri().path()) {
            Some(below) => public::answer(&self.0, below, request),
            None => self.serve(request).map(respond),
        };
        match answered {
            Ok(response) => response,
            Err(fault) => {
                if matches!(fault, Fault::Store(_) | Fault::Broken(_) | Fault::Fixtures(_)) {
                    // Whoever knows a path that is open to everybody may use it.
                    let path = request.uri().path();
                    let path = if public::below(path).is_some() { "/sandbox/…" } else { path };
                    tracing::error!(%fault, path, "The sandbox could not answer");
                }
                let (status, body) = fault.answer(ids::uuid);
                let mut response = Response::new(body);
                *response.status_mut() = status;
                response.headers_mut().insert(CONTENT_TYPE, JSON);
                response
            }
        }
    }
}

#[cfg(unix)]
fn make_private(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn make_private(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)
}

impl Inner {
    fn serve(&self, request: &Request<Bytes>) -> Result<Answer, Fault> {
        let uri = request.uri();
        let target = uri.path_and_query().map_or("/", |target| target.as_str());
        let apps = header(request.headers(), APPS)?;
        let asked = Asked {
            method: request.method(),
            path: uri.path(),
            query: uri.query().unwrap_or_default(),
            target,
            body: request.body(),
            team: header(request.headers(), TEAM)?.filter(|team| !team.is_empty()).ok_or(Fault::NoTeam)?,
            apps: apps.map(|apps| apps.split(',').map(|app| app.trim().to_owned()).collect()),
            bundle: header(request.headers(), BUNDLE)?,
        };
        self.welcome(asked.team)?;
        let house = self.house(asked.apps.as_deref());
        if let Some(answered) = self.beside(house, &asked) {
            return answered;
        }
        match *asked.method {
            Method::GET | Method::HEAD => self.look(house, &asked),
            _ if !asked.body.is_empty() && !is_json(request.headers()) => Err(Fault::MediaType),
            Method::POST => self.post(house, &asked),
            Method::PATCH => self.patch(house, &asked),
            Method::DELETE => self.delete(house, &asked),
            ref other => Err(Fault::WrongMethod(other.to_string())),
        }
    }

    /// What is served beside JSON:API, by the beginning of the path.
    fn beside(&self, house: House<'_>, asked: &Asked<'_>) -> Option<Result<Answer, Fault>> {
        let Asked { method, path, body, team, .. } = *asked;
        match path {
            _ if path.starts_with(notary::PREFIX) => {
                Some(notary::answer(house, &self.store, team, method, path, body).map(Answer::ok))
            }
            _ if path.starts_with(server_api::PREFIX) => {
                Some(server_api::answer(&self.call(house, asked)).map(Answer::said))
            }
            _ if path.starts_with(external_purchase::PREFIX) => {
                Some(external_purchase::answer(&self.call(house, asked)).map(Answer::said))
            }
            _ => None,
        }
    }

    fn call<'c>(&'c self, house: House<'c>, asked: &Asked<'c>) -> Call<'c> {
        let Asked { method, path, query, body, team, bundle, .. } = *asked;
        Call { house, store: &self.store, signer: &self.signer, team, bundle, method, path, query, body }
    }

    pub(crate) fn house<'h>(&'h self, apps: Option<&'h [String]>) -> House<'h> {
        let (base, developers) = (self.public_url.as_str(), &self.developers);
        let most_bytes = self.limits.files_of_a_team;
        House { table: &TABLE, base, apps, now: (self.clock)(), developers, most_bytes }
    }

    /// What is wrong with the fixtures is told at the start, not to every team that comes.
    fn rehearse(&self) -> Result<(), Fault> {
        let Some(fixtures) = &self.fixtures else { return Ok(()) };
        self.store.rehearse(|writing| fixtures.plant(self.house(None), writing))
    }

    /// A team that comes for the first time finds the demonstration, or the fixtures; one that comes again finds
    /// done what was to happen meanwhile.
    fn welcome(&self, team: &str) -> Result<(), Fault> {
        let house = self.house(None);
        let (is_known, is_due) =
            self.store.read(team, |reading| Ok((reading.knows_team()?, reading.is_due(house.now)?)))?;
        if is_due {
            return self.store.write(team, |writing| rules::happen(&house, writing));
        }
        if is_known {
            return Ok(());
        }
        self.store.write(team, |writing| {
            if writing.knows_team()? {
                return Ok(());
            }
            writing.know_team()?;
            match &self.fixtures {
                Some(fixtures) => fixtures.plant(self.house(None), writing),
                None => seed::demonstration(self.house(None), writing),
            }
        })
    }
}
