//! An installation of its own for a test, with people in it.

use crate::browser::Browser;
use crate::installation::{Bootstrapped, Installation, Serving};
use crate::token::Key;
use rusqlite::Connection;
use serde_json::json;
use std::fs;
use std::sync::{Condvar, Mutex};
use std::time::Duration;

/// How many tests may have browsers at a time.
const AT_ONCE: usize = 3;

/// A served installation.
pub(crate) struct House {
    pub(crate) serving: Serving,
    pub(crate) installation: Installation,
    _turn: Turn,
}

/// A served installation with a team: Acme, held by `ada@acme.example`.
pub(crate) struct TeamHouse {
    pub(crate) house: House,
    pub(crate) made: Bootstrapped,
}

impl House {
    /// One that was never set up.
    pub(crate) fn new() -> Self {
        let turn = Turn::take();
        let installation = Installation::new();
        let serving = installation.serve(&[]);
        Self { serving, installation, _turn: turn }
    }

    /// One with a team.
    pub(crate) fn with_team() -> TeamHouse {
        Self::with_team_and(|_| Vec::new())
    }

    /// One with a team, served with these flags.
    pub(crate) fn with_team_and(flags: impl FnOnce(&Installation) -> Vec<String>) -> TeamHouse {
        let turn = Turn::take();
        let installation = Installation::new();
        let made = installation.bootstrap(&["--first-name", "Ada", "--last-name", "Lovelace"]);
        let flags = flags(&installation);
        let serving = installation.serve(&flags.iter().map(String::as_str).collect::<Vec<_>>());
        TeamHouse { house: Self { serving, installation, _turn: turn }, made }
    }

    /// Where people reach it.
    pub(crate) fn url(&self) -> &str {
        self.serving.document["publicUrl"].as_str().unwrap()
    }

    /// The link of the first start.
    pub(crate) fn set_up_link(&self) -> &str {
        self.serving.document["setUpUrl"].as_str().unwrap()
    }

    /// Nobody who is signed in has proven lately who they are.
    pub(crate) fn a_quarter_of_an_hour_passes(&self) {
        let database = Connection::open(self.installation.data().join("counterfoil.db")).unwrap();
        database.busy_timeout(Duration::from_secs(20)).unwrap();
        assert!(database.execute("UPDATE sessions SET fresh_until = 0", []).unwrap() > 0);
    }

    /// A browser of somebody who is not signed in, with an authenticator.
    pub(crate) fn anybody(&self) -> Browser {
        Browser::new(self.url()).with_authenticator()
    }

    /// A browser of somebody who came by the link that the operator made for them.
    pub(crate) fn sign_in(&self, email: &str) -> Browser {
        let browser = self.anybody();
        self.let_in(&browser, email);
        browser
    }

    /// The same in a browser that is there.
    pub(crate) fn let_in(&self, browser: &Browser, email: &str) {
        self.by_link(browser, &["people", "sign-in-link", email]);
    }

    /// A browser of whoever runs the installation.
    pub(crate) fn operator(&self) -> Browser {
        let browser = self.anybody();
        self.by_link(&browser, &["operator", "link"]);
        browser
    }

    fn by_link(&self, browser: &Browser, command: &[&str]) {
        let link = self.installation.json(command);
        browser.go(link["url"].as_str().unwrap()).click("Sign In").leaves("/sign-in");
    }
}

impl TeamHouse {
    /// Lets a person into the team. Their member's id.
    pub(crate) fn join(&self, email: &str, names: (&str, &str), roles: &[&str]) -> String {
        let installation = &self.house.installation;
        let (first, last) = names;
        let mut invite = vec!["people", "invite", &self.made.team, "--email", email];
        invite.extend(["--first-name", first, "--last-name", last]);
        roles.iter().for_each(|role| invite.extend(["--role", role]));
        let invited = installation.json(&invite);
        let invitation = invited["invitation"]["id"].as_str().unwrap();
        let joined = installation.json(&["people", "join", invitation]);
        joined["user"]["id"].as_str().unwrap().to_owned()
    }

    /// A browser of the Account Holder.
    pub(crate) fn owner(&self) -> Browser {
        self.house.sign_in("ada@acme.example")
    }

    /// Generates a key by the API. Its id and its private half, in a file.
    pub(crate) fn key(&self, name: &str, roles: &[&str]) -> Key {
        let attributes = json!({"nickname": name, "keyType": "TEAM", "roles": roles});
        let body = json!({"data": {"type": "apiKeys", "attributes": attributes}});
        let serving = &self.house.serving;
        let made = serving.ask("POST", "/v1/apiKeys", Some(&self.made.key), Some(&body));
        let id = made.text("/data/id");
        let half = serving.ask("POST", &format!("/v1/apiKeys/{id}/download"), Some(&self.made.key), None);
        let file = self.house.installation.beside(&format!("AuthKey_{id}.p8"));
        fs::write(&file, &half.body).unwrap();
        Key::read(&id, Some(&self.made.team), &file)
    }

    /// A page of the team.
    pub(crate) fn page(&self, rest: &str) -> String {
        format!("/console/teams/{}{rest}", self.made.team)
    }
}

/// Browsers are heavy: a test waits for its turn before it starts any, and has it until its house is gone.
struct Turn;

static TAKEN: Mutex<usize> = Mutex::new(0);
static GIVEN_BACK: Condvar = Condvar::new();

impl Turn {
    fn take() -> Self {
        let taken = TAKEN.lock().unwrap();
        let mut taken = GIVEN_BACK.wait_while(taken, |taken| *taken >= AT_ONCE).unwrap();
        *taken += 1;
        Self
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Ok(mut taken) = TAKEN.lock() {
            *taken -= 1;
        }
        GIVEN_BACK.notify_one();
    }
}
