//! An installation for a test: a data directory or database of its own, one team with access, and
//! as many servers on it as the test wants. Two test binaries share this file.

use counterfoil_authority::clock::SystemClock;
use counterfoil_authority::people::NewPerson;
use counterfoil_authority::seal_source::SealSource;
use counterfoil_authority::{Authority, Request, Settings};
use counterfoil_core::event::Actor;
use counterfoil_core::id::{IssuerId, MemberId, RoleName, TeamName};
use counterfoil_core::roles::Roles;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// An installation with one team.
#[derive(Clone)]
pub(crate) struct House {
    pub(crate) settings: Settings,
    pub(crate) team: IssuerId,
    pub(crate) owner: MemberId,
    server: Arc<Authority>,
    _folder: Arc<tempfile::TempDir>,
}

impl House {
    /// On the database of this URL, or SQLite.
    pub(crate) async fn build_on(database: Option<String>) -> Self {
        Self::build_with(|settings| settings.database = database).await
    }

    /// With settings that are changed before the first server starts.
    pub(crate) async fn build_with(change: impl FnOnce(&mut Settings)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut settings = settings(folder.path());
        change(&mut settings);
        let server = Authority::start(settings.clone()).await.unwrap();
        let holder = NewPerson {
            email: "holder@example.com".try_into().unwrap(),
            first_name: "Hedda".try_into().unwrap(),
            last_name: "Holder".try_into().unwrap(),
        };
        let opened = server.open_team(&TeamName::try_from("Rivets").unwrap(), &holder).await.unwrap();
        let request = Request::by(Actor::User(opened.member));
        server.request_access(opened.team, &request, true).await.unwrap();
        server.approve_access(opened.team).await.unwrap();
        Self { settings, team: opened.team, owner: opened.member, server, _folder: Arc::new(folder) }
    }

    /// The first server.
    pub(crate) fn server(&self) -> Arc<Authority> {
        Arc::clone(&self.server)
    }

    /// Another server on the same database.
    pub(crate) async fn another(&self) -> Arc<Authority> {
        Authority::start(self.settings.clone()).await.unwrap()
    }

    /// Where its files are.
    pub(crate) fn folder(&self) -> &Path {
        &self.settings.data_dir
    }
}

/// Settings for this folder.
pub(crate) fn settings(folder: &Path) -> Settings {
    Settings {
        data_dir: PathBuf::from(folder),
        database: None,
        catalog: None,
        seal: SealSource::in_data_dir(folder),
        serve: true,
        adopt_older_ledger: false,
        replace_lost_seal_key: false,
        half_lifetime: Duration::from_secs(30 * 86_400),
        site: Default::default(),
        name: "test".into(),
        clock: Arc::new(SystemClock),
        verdicts: Default::default(),
    }
}

/// The roles of a key that may do all that keys may.
pub(crate) fn admin_key() -> Roles {
    [RoleName::try_from("ADMIN").unwrap()].into_iter().collect()
}
