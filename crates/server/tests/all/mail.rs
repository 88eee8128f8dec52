//! Mail, handed to a real mail server.

use crate::node::Program;
use crate::town::{Town, URL, roles};
use counterfoil_authority::Request;
use counterfoil_authority::outbox::{Mail, MailState};
use counterfoil_authority::people::{NewInvitation, NewPerson};
use counterfoil_authority::sign_in::{Purpose, SeenFrom};
use counterfoil_core::event::{Actor, Sees};
use counterfoil_core::id::PersonId;
use counterfoil_core::roles::Roles;
use counterfoil_server::{MailSettings, StartTls, send_mail};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::Duration;
use tempfile::TempDir;
use zeroize::Zeroizing;

/// A mail server with a certificate of its own.
struct MailServer {
    program: Program,
    port: u16,
    folder: TempDir,
}

impl MailServer {
    async fn start(options: Value) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let (cert, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
        std::fs::write(&cert, made.cert.pem()).unwrap();
        std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        let mut all = json!({ "key": key, "cert": cert, "implicit": false, "starttls": true });
        for (name, value) in options.as_object().unwrap() {
            all[name] = value.clone();
        }
        let mut program = Program::start("smtp-server.mjs", &all.to_string());
        let line: Value = serde_json::from_str(&program.line().await).unwrap();
        let port = line["port"].as_u64().unwrap().try_into().unwrap();
        Self { program, port, folder }
    }

    fn certificate(&self) -> PathBuf {
        self.folder.path().join("cert.pem")
    }

    fn settings(&self, scheme: &str, login: &str) -> MailSettings {
        MailSettings {
            url: Zeroizing::new(format!("{scheme}://{login}localhost:{}", self.port)),
            starttls: StartTls::Required,
            authorities: Some(self.certificate()),
            from: "Counterfoil <keys@example.com>".into(),
            public_url: URL.into(),
        }
    }

    /// The next mail that it takes, its text readable.
    async fn next(&mut self) -> Value {
        let mut mail: Value = serde_json::from_str(&self.program.line().await).unwrap();
        mail["text"] = mail["text"].as_str().unwrap().replace("=\r\n", "").replace("=3D", "=").into();
        mail
    }
}

/// Somebody with this address.
async fn person(town: &Town, email: &str) -> PersonId {
    let person = NewPerson {
        email: email.try_into().unwrap(),
        first_name: "Ada".try_into().unwrap(),
        last_name: "King".try_into().unwrap(),
    };
    town.authority.open_team(&"Rivets".try_into().unwrap(), &person).await.unwrap().person
}

/// What becomes of a mail, once it is anything else than waiting.
async fn becomes(town: &Town, mail: Mail, is: impl Fn(&MailState) -> bool) -> MailState {
    for _ in 0..200 {
        if let Some(state) = town.authority.mail_state(mail).await.unwrap().filter(&is) {
            return state;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{:?}", town.authority.mail_state(mail).await);
}

fn is_not_yet(state: &MailState) -> bool {
    matches!(state, MailState::NotYet { .. })
}

fn reason(state: MailState) -> String {
    match state {
        MailState::NotYet { reason, .. } | MailState::GivenUp { reason, .. } => reason,
        MailState::Waiting | MailState::Sent { .. } => String::new(),
    }
}

fn link_in(text: &str) -> &str {
    let after = text.split_once("?link=").unwrap().1;
    after.split(|letter: char| letter.is_whitespace() || letter == '"').next().unwrap()
}

#[tokio::test]
async fn a_link_arrives_encrypted_and_proven_and_lets_its_reader_in_once() {
    let (town, mut server) =
        (Town::build().await, MailServer::start(json!({"user": "keys", "password": "p@ss"})).await);
    let ada = person(&town, "ada@example.com").await;
    send_mail(&town.authority, &server.settings("smtp", "keys:p%40ss@")).unwrap();
    town.authority.mail_sign_in_link(ada).await.unwrap();
    let mail = server.next().await;
    let text = mail["text"].as_str().unwrap();
    assert_eq!((&mail["from"], &mail["to"]), (&json!("keys@example.com"), &json!(["ada@example.com"])));
    assert_eq!((&mail["tls"], &mail["user"]), (&json!(true), &json!("keys")));
    assert!(
        text.contains("Subject: Your link to sign in") && text.contains("https://keys.example/sign-in?link=")
    );
    let link = link_in(text).to_owned();
    let looked = town.authority.look_at_link(&link).await.unwrap().unwrap();
    assert_eq!(looked.purpose, Purpose::SignIn(ada));
    assert!(town.authority.use_link(&link, &SeenFrom::default()).await.unwrap().is_some());
    let state = becomes(&town, Mail::SignInLink(ada), |state| !matches!(state, MailState::Waiting)).await;
    assert_eq!(state, MailState::Sent { at: town.now() });
}

#[tokio::test]
async fn an_smtps_server_is_spoken_to_in_tls_from_the_first_byte() {
    let (town, mut server) = (Town::build().await, MailServer::start(json!({"implicit": true})).await);
    let ada = person(&town, "ada@example.com").await;
    send_mail(&town.authority, &server.settings("smtps", "")).unwrap();
    town.authority.mail_sign_in_link(ada).await.unwrap();
    assert_eq!(server.next().await["tls"], json!(true));
}

#[tokio::test]
async fn a_mail_that_is_refused_for_now_is_sent_again_and_one_for_good_is_given_up() {
    let (town, mut server) = (Town::build().await, MailServer::start(json!({})).await);
    let (later, never) = (person(&town, "later@example.com").await, person(&town, "never@example.com").await);
    send_mail(&town.authority, &server.settings("smtp", "")).unwrap();
    for person in [later, never] {
        town.authority.mail_sign_in_link(person).await.unwrap();
    }
    let given_up = |state: &MailState| matches!(state, MailState::GivenUp { .. });
    let said = reason(becomes(&town, Mail::SignInLink(never), given_up).await);
    assert!(said.contains("nobody is called so here"), "{said}");
    let said = reason(becomes(&town, Mail::SignInLink(later), is_not_yet).await);
    assert!(said.contains("come back later"), "{said}");
    town.wait(Duration::from_secs(31));
    assert_eq!(server.next().await["to"], json!(["later@example.com"]));
    becomes(&town, Mail::SignInLink(later), |state| matches!(state, MailState::Sent { .. })).await;
}

#[tokio::test]
async fn what_whoever_runs_us_can_mend_is_tried_again_with_its_reason() {
    let server = MailServer::start(json!({"user": "keys", "password": "good"})).await;
    let plain = MailServer::start(json!({"starttls": false})).await;
    let stranger =
        MailSettings { authorities: Some(plain.certificate()), ..server.settings("smtp", "keys:good@") };
    let nobody =
        MailSettings { url: Zeroizing::new("smtp://localhost:1".into()), ..server.settings("smtp", "") };
    for (settings, expected) in [
        (server.settings("smtp", "keys:bad@"), "the mail server refuses us"),
        (plain.settings("smtp", ""), "no encrypted connection to the mail server"),
        (stranger, "no encrypted connection to the mail server"),
        (nobody, "the mail server can't be reached"),
    ] {
        let town = Town::build().await;
        let ada = person(&town, "ada@example.com").await;
        send_mail(&town.authority, &settings).unwrap();
        town.authority.mail_sign_in_link(ada).await.unwrap();
        let said = reason(becomes(&town, Mail::SignInLink(ada), is_not_yet).await);
        assert!(said.starts_with(expected) && !said.contains("good") && !said.contains("bad@"), "{said}");
    }
}

#[tokio::test]
async fn a_relay_on_this_machine_may_be_spoken_to_in_clear() {
    let (town, mut server) = (Town::build().await, MailServer::start(json!({"starttls": false})).await);
    let ada = person(&town, "ada@example.com").await;
    let settings = MailSettings { starttls: StartTls::Never, ..server.settings("smtp", "") };
    send_mail(&town.authority, &settings).unwrap();
    town.authority.mail_sign_in_link(ada).await.unwrap();
    assert_eq!(server.next().await["tls"], json!(false));
}

#[tokio::test]
async fn an_invitation_goes_to_whom_it_invites_and_proves_the_address() {
    let (town, mut server) = (Town::build().await, MailServer::start(json!({})).await);
    let team = town.team("Rivets").await;
    send_mail(&town.authority, &server.settings("smtp", "")).unwrap();
    let invitation = NewInvitation {
        email: "ada@example.com".try_into().unwrap(),
        first_name: "Ada".try_into().unwrap(),
        last_name: "King".try_into().unwrap(),
        roles: roles(&["DEVELOPER"]),
        withheld: Roles::none(),
        sees: Sees::AllApps,
        provisioning_allowed: false,
    };
    let by = Request::by(Actor::User(team.owner));
    let invited = town.authority.invite(team.id, &by, &invitation).await.unwrap().value;
    let mail = server.next().await;
    let text = mail["text"].as_str().unwrap();
    assert_eq!(mail["to"], json!(["ada@example.com"]));
    assert!(text.contains("Subject: You are invited to Rivets"), "{text}");
    assert!(text.contains("https://keys.example/join?link="), "{text}");
    assert!(
        !text.contains("Ada") && !text.contains("King"),
        "nothing that somebody typed but the team: {text}"
    );
    let looked = town.authority.look_at_link(link_in(text)).await.unwrap().unwrap();
    assert_eq!(looked.purpose, Purpose::Join(invited));
}
