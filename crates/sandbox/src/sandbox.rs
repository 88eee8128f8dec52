//! The sandbox: a request behind a gateway in, an answer out.

use crate::developers::Developers;
use crate::engine::{Edit, House};
use crate::entity::{Posted, linkage};
use crate::external_purchase;
use crate::fault::Fault;
use crate::fixtures::Fixtures;
use crate::ids;
use crate::notary;
use crate::outgoing::Outgoing;
use crate::plain::Plain;
use crate::public;
use crate::query::{Look, Query};
use crate::reports::{self, Report};
use crate::route::{Place, place};
use crate::rules;
use crate::seed;
use crate::server_api::{self, Call, Parcel, Said};
use crate::signed::Signer;
use crate::store::{Reading, Store};
use crate::table::{ResourceType, TABLE};
use crate::webhooks;
use bytes::Bytes;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderName, LOCATION};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// In which header field a report says what its file is called.
const FILE_NAME: HeaderName = HeaderName::from_static("x-reports-filename");
const GZIP: HeaderValue = HeaderValue::from_static("application/a-gzip");
/// In which header the gateway says whose data is meant.
const TEAM: &str = "x-counterfoil-team";
/// In which header the gateway says of which app the key speaks, if it is an in-app purchase key.
const BUNDLE: &str = "x-counterfoil-bundle";
/// In which header the gateway says which apps may be seen, if not all.
const APPS: &str = "x-counterfoil-apps";

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
    fixtures: Option<Fixtures>,
}

/// A request, with what the gateway said about it.
struct Asked<'a> {
    method: &'a Method,
    path: &'a str,
    query: &'a str,
    target: &'a str,
    body: &'a [u8],
    team: &'a str,
    apps: Option<Vec<String>>,
    bundle: Option<&'a str>,
}

/// An answer that is not a fault.
struct Answer {
    status: StatusCode,
    body: Bytes,
    kind: HeaderValue,
    location: Option<String>,
    /// What the file is called, if it is one.
    file: Option<String>,
    /// What is to be sent besides.
    parcels: Vec<Parcel>,
}

impl Answer {
    fn ok(body: String) -> Self {
        let (location, file) = (None, None);
        Self { status: StatusCode::OK, body: body.into(), kind: JSON, location, file, parcels: Vec::new() }
    }

    fn said(Said { status, body, parcels }: Said) -> Self {
        Self { status, parcels, ..Self::ok(body) }
    }

    fn report(Report { name, bytes }: Report) -> Self {
        Self { kind: GZIP, body: bytes.into(), file: Some(name), ..Self::ok(String::new()) }
    }

    fn empty() -> Self {
        Self { status: StatusCode::NO_CONTENT, ..Self::ok(String::new()) }
    }
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
        let clock = settings.clock;
        Ok(Self(Arc::new(Inner {
            store,
            public_url,
            clock,
            developers,
            signer,
            outgoing,
            under_way,
            fixtures,
        })))
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
                if matches!(fault, Fault::Store(_) | Fault::Broken(_)) {
                    tracing::error!(%fault, path = request.uri().path(), "The sandbox could not answer");
                }
                let (status, body) = fault.answer(&ids::uuid());
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

fn respond(answer: Answer) -> Response<Bytes> {
    let mut response = Response::new(answer.body);
    *response.status_mut() = answer.status;
    if !response.body().is_empty() {
        response.headers_mut().insert(CONTENT_TYPE, answer.kind);
    }
    let location = answer.location.and_then(|location| HeaderValue::try_from(location).ok());
    if let Some(location) = location {
        response.headers_mut().insert(LOCATION, location);
    }
    if let Some(file) = answer.file {
        name_file(response.headers_mut(), &file);
    }
    response
}

/// Says twice what a file is called, as the reports' service does.
fn name_file(headers: &mut HeaderMap, file: &str) {
    let fields = [(CONTENT_DISPOSITION, format!("attachment;filename={file}")), (FILE_NAME, file.to_owned())];
    for (name, value) in fields {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(name, value);
        }
    }
}

/// What the gateway says in a header field. One that says it twice, or in signs that can't be read, is not believed:
/// to take it for one that is missing would show more than was meant.
fn header<'h>(headers: &'h HeaderMap, name: &'static str) -> Result<Option<&'h str>, Fault> {
    let mut all = headers.get_all(name).iter();
    match (all.next(), all.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value.to_str().map(Some).map_err(|_| Fault::BadHeader(name)),
        (Some(_), Some(_)) => Err(Fault::BadHeader(name)),
    }
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
        House { table: &TABLE, base, apps, now: (self.clock)(), developers }
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

    fn look(&self, house: House<'_>, asked: &Asked<'_>) -> Result<Answer, Fault> {
        if matches!(asked.path, reports::SALES | reports::FINANCE) {
            let report = |reading: &Reading<'_>| reports::report(&house, reading, asked.path, asked.query);
            return self.store.read(asked.team, report).map(Answer::report);
        }
        if let Some(plain) = Plain::at(asked.path) {
            let text = self.store.read(asked.team, |reading| plain.written(&house, reading))?;
            return Ok(Answer { kind: plain.content_type(), ..Answer::ok(text) });
        }
        let at = place(house.table, asked.path)?;
        let wrong = || Fault::WrongMethod(asked.method.to_string());
        let read = |kind: &ResourceType, look| Query::read(asked.query, house.table, kind, look);
        self.store.read(asked.team, |reading| match at {
            Place::All(kind) if kind.does.list => {
                house.all(reading, kind, &read(kind, Look::List)?, asked.target).map(Answer::ok)
            }
            Place::All(kind) if !kind.does.create => Err(Fault::NotHere(format!("GET {}", kind.path))),
            Place::One(kind, id) if kind.does.get => {
                house.one(reading, kind, id, &read(kind, Look::One)?).map(Answer::ok)
            }
            Place::All(_) | Place::One(..) => Err(wrong()),
            Place::Related(kind, id, relation) => {
                let look = if relation.way.is_many() { Look::List } else { Look::One };
                let query = read(house.kind(&relation.to)?, look)?;
                let owner = house.find(reading, &kind.name, id)?;
                house.related(reading, &owner, relation, &query, asked.target).map(Answer::ok)
            }
            Place::Linkage(kind, id, relation) => {
                let look = if relation.way.is_many() { Look::List } else { Look::One };
                let query = read(house.kind(&relation.to)?, look)?;
                let owner = house.find(reading, &kind.name, id)?;
                house.linkage(reading, &owner, relation, &query, asked.target).map(Answer::ok)
            }
            Place::Unlisted => Ok(Answer::ok(nothing_here(house.base, asked.target))),
            Place::Below(kind, id, name) => {
                house.find(reading, &kind.name, id)?;
                let nothing = if name.ends_with('s') { nothing_here } else { no_one_here };
                Ok(Answer::ok(nothing(house.base, asked.target)))
            }
            Place::Unknown(id) => {
                let kind = asked.path.split('/').nth(2).unwrap_or_default().to_owned();
                Err(Fault::NoSuchResource { kind, id: id.to_owned() })
            }
        })
    }

    fn post(&self, house: House<'_>, asked: &Asked<'_>) -> Result<Answer, Fault> {
        match place(house.table, asked.path)? {
            Place::All(kind) if kind.does.create => {
                let posted = Posted::read(asked.body)?;
                let body = self.store.write(asked.team, |writing| {
                    let made = house.create(writing, kind, &posted)?;
                    let shown = house.shown(writing, kind, &made.kept, &Query::default())?;
                    Ok((made, shown))
                });
                let (made, body) = body?;
                let path = crate::document::self_path(kind, &made.kept.id);
                let location = Some(format!("{}{path}", house.base));
                Ok(Answer { status: StatusCode::CREATED, location, ..Answer::ok(body) })
            }
            Place::Linkage(..) => self.edit(house, asked, Edit::Add),
            Place::Unlisted | Place::Below(..) | Place::Unknown(_) => {
                Err(Fault::NotHere(format!("POST {}", asked.path)))
            }
            _ => Err(Fault::WrongMethod(asked.method.to_string())),
        }
    }

    fn patch(&self, house: House<'_>, asked: &Asked<'_>) -> Result<Answer, Fault> {
        match place(house.table, asked.path)? {
            Place::One(kind, id) if kind.does.update => {
                let posted = Posted::read(asked.body)?;
                let body = self.store.write(asked.team, |writing| {
                    let made = house.update(writing, kind, id, &posted)?;
                    house.shown(writing, kind, &made.kept, &Query::default())
                });
                body.map(Answer::ok)
            }
            Place::Linkage(..) => self.edit(house, asked, Edit::Replace),
            Place::Below(..) | Place::Unknown(_) => Err(Fault::NotHere(format!("PATCH {}", asked.path))),
            _ => Err(Fault::WrongMethod(asked.method.to_string())),
        }
    }

    fn delete(&self, house: House<'_>, asked: &Asked<'_>) -> Result<Answer, Fault> {
        match place(house.table, asked.path)? {
            Place::One(kind, id) if kind.does.delete => {
                self.store.write(asked.team, |writing| house.delete(writing, kind, id))?;
                Ok(Answer::empty())
            }
            Place::Linkage(..) => self.edit(house, asked, Edit::TakeAway),
            Place::Below(..) | Place::Unknown(_) => Err(Fault::NotHere(format!("DELETE {}", asked.path))),
            _ => Err(Fault::WrongMethod(asked.method.to_string())),
        }
    }

    fn edit(&self, house: House<'_>, asked: &Asked<'_>, how: Edit) -> Result<Answer, Fault> {
        let Place::Linkage(kind, id, relation) = place(house.table, asked.path)? else {
            return Err(Fault::WrongMethod(asked.method.to_string()));
        };
        let ends = linkage(asked.body)?;
        self.store.write(asked.team, |writing| {
            let owner = house.find(writing, &kind.name, id)?;
            house.edit(writing, &owner, relation, &ends, how)
        })?;
        Ok(Answer::empty())
    }
}

const NOTE: &str = "The sandbox holds nothing of this kind; docs/sandbox.md says what it does";

/// A list of the published API that is not in the table: it is empty, and says so.
fn nothing_here(base: &str, target: &str) -> String {
    let shown = serde_json::Value::from(format!("{base}{target}"));
    format!(
        "{{\"data\":[],\"links\":{{\"self\":{shown}}},\"meta\":{{\"paging\":{{\"total\":0,\"limit\":50}},\"sandbox\":\"{NOTE}\"}}}}"
    )
}

/// The same, of one resource.
fn no_one_here(base: &str, target: &str) -> String {
    let shown = serde_json::Value::from(format!("{base}{target}"));
    format!("{{\"data\":null,\"links\":{{\"self\":{shown}}},\"meta\":{{\"sandbox\":\"{NOTE}\"}}}}")
}
