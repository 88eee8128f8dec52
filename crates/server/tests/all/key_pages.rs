//! The console's pages of keys, as a browser without scripts asks for them.

use crate::town::{Persona, Said, Team, Town, URL, roles};
use counterfoil_authority::keys::{NewHalf, NewKeyRequest};
use counterfoil_authority::{Authority, Request};
use counterfoil_core::event::Actor;
use counterfoil_core::half::PrivateHalf;
use counterfoil_core::id::{KeyId, KeyName, KindName, Remark};
use counterfoil_core::jws;
use http::StatusCode;
use serde_json::json;
use std::time::Duration;

const FORM: &str = "application/x-www-form-urlencoded";
const FRESH: Duration = Duration::from_secs(15 * 60);
const TEAM_KEYS: &str = "/integrations/api";
const GENERATE: &str = "/integrations/api/generate";

/// Somebody who is signed in and looks at one team.
struct Visitor<'t> {
    town: &'t Town,
    team: Team,
    session: Persona,
}

impl<'t> Visitor<'t> {
    async fn owner(town: &'t Town, team: Team) -> Self {
        Self { town, team, session: town.signed_in(team.person).await }
    }

    async fn with_roles(town: &'t Town, team: Team, granted: &[&str]) -> Self {
        let (_, person) = town.member(team, granted).await;
        Self { town, team, session: town.signed_in(person).await }
    }

    fn place(&self, rest: &str) -> String {
        format!("/console/teams/{}{rest}", self.team.id)
    }

    async fn get(&self, rest: &str) -> Said {
        self.town.get(&self.place(rest)).by(&self.session).send().await
    }

    async fn post(&self, rest: &str, fields: &[(&str, &str)]) -> Said {
        let pairs: Vec<String> =
            fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        self.town.post(&self.place(rest)).by(&self.session).raw(FORM, pairs.join("&")).send().await
    }

    /// Generates a team key by the form.
    async fn generate(&self, name: &str, once: &str) -> KeyId {
        let said = self.post(GENERATE, &[("name", name), ("role", "DEVELOPER"), ("once", once)]).await;
        self.key_of(&said.is(StatusCode::SEE_OTHER))
    }

    /// The key whose page an answer leads to.
    fn key_of(&self, said: &Said) -> KeyId {
        let start = self.place("/keys/");
        KeyId::try_from(said.header("location").strip_prefix(&start).unwrap()).unwrap()
    }
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(
            |byte| {
                if byte.is_ascii_alphanumeric() {
                    char::from(byte).to_string()
                } else {
                    format!("%{byte:02X}")
                }
            },
        )
        .collect()
}

fn new_key(kind: &str, name: &str, granted: &[&str]) -> NewKeyRequest {
    NewKeyRequest {
        kind: KindName::try_from(kind).unwrap(),
        name: KeyName::try_from(name).unwrap(),
        roles: (kind == "TEAM").then(|| roles(granted)),
        half: NewHalf::Issuer,
    }
}

async fn made(authority: &Authority, team: Team, kind: &str, name: &str) -> KeyId {
    let by = Request::by(Actor::User(team.owner));
    authority.generate(team.id, &by, &new_key(kind, name, &["DEVELOPER"])).await.unwrap().value
}

fn count(page: &str, text: &str) -> usize {
    page.matches(text).count()
}

#[tokio::test]
async fn whoever_administers_keys_sees_them_and_others_are_told_whom_to_ask() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    made(&town.authority, team, "TEAM", "CI server").await;
    for granted in ["ADMIN", "APP_MANAGER", "DEVELOPER", "FINANCE", "SALES", "MARKETING", "CUSTOMER_SUPPORT"]
    {
        let visitor = Visitor::with_roles(&town, team, &[granted]).await;
        for place in [TEAM_KEYS, "/integrations/api/individual", "/integrations/in-app-purchase"] {
            let said = visitor.get(place).await;
            if granted == "ADMIN" {
                let page = said.ok().text();
                assert!(page.contains("Key Type") && page.contains(&team.id.to_string()), "{page}");
            } else {
                let page = said.is(StatusCode::FORBIDDEN).text();
                assert!(
                    page.contains("Hedda Holder") && !page.contains("CI server"),
                    "{granted} {place}: {page}"
                );
            }
        }
        let expected = if granted == "ADMIN" { StatusCode::OK } else { StatusCode::FORBIDDEN };
        visitor.get(GENERATE).await.is(expected);
        visitor.get("/integrations/in-app-purchase/generate").await.is(expected);
        let page = visitor.get("/roles").await.ok().text();
        assert!(page.contains("Customer Support") && page.contains("Certificates and provisioning"));
    }
}

#[tokio::test]
async fn integrations_leads_to_the_first_table() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let owner = Visitor::owner(&town, team).await;
    let said = owner.get("/integrations").await.is(StatusCode::SEE_OTHER);
    assert_eq!(said.header("location"), owner.place(TEAM_KEYS));
    let page = owner.get(TEAM_KEYS).await.ok().text();
    for words in [
        "App Store Connect API",
        "In-App Purchase",
        "Team Keys",
        "Individual Keys",
        ">Keys</a>",
        ">API Keys</a>",
    ] {
        assert!(page.contains(words), "{words}");
    }
}

#[tokio::test]
async fn the_owner_requests_access_and_sees_how_the_request_stands() {
    let town = Town::build().await;
    let team = town.bare_team("Rivets").await;
    let owner = Visitor::owner(&town, team).await;
    let admin = Visitor::with_roles(&town, team, &["ADMIN"]).await;
    let page = owner.get(TEAM_KEYS).await.ok().text();
    assert!(page.contains("Request Access") && !page.contains("Generate API Key"), "{page}");
    let page = admin.get(TEAM_KEYS).await.ok().text();
    assert!(page.contains("Hedda Holder") && !page.contains("Request Access"), "{page}");
    admin.get("/integrations/request-access").await.is(StatusCode::FORBIDDEN);
    admin.post("/integrations/request-access", &[("agree", "yes")]).await.is(StatusCode::FORBIDDEN);

    assert!(
        owner
            .get("/integrations/request-access")
            .await
            .ok()
            .text()
            .contains("keeps the private half of each key secret")
    );
    let again =
        owner.post("/integrations/request-access", &[]).await.is(StatusCode::UNPROCESSABLE_ENTITY).text();
    assert!(again.contains("Tick the box to agree"), "{again}");
    let said =
        owner.post("/integrations/request-access", &[("agree", "yes")]).await.is(StatusCode::SEE_OTHER);
    assert_eq!(said.header("location"), owner.place(TEAM_KEYS));
    assert!(owner.get(TEAM_KEYS).await.ok().text().contains("Access waits for its review"));

    let why = Remark::try_from("Send the contract <first>").unwrap();
    town.authority.decline_access(team.id, Some(why)).await.unwrap();
    let page = owner.get(TEAM_KEYS).await.ok().text();
    assert!(page.contains("Send the contract &#60;first&#62;") && page.contains("Request Access"), "{page}");
    owner.post("/integrations/request-access", &[("agree", "yes")]).await.is(StatusCode::SEE_OTHER);
    town.authority.approve_access(team.id).await.unwrap();
    let page = owner.get(TEAM_KEYS).await.ok().text();
    assert!(page.contains("Generate API Key") && !page.contains("Request Access"), "{page}");
}

#[tokio::test]
async fn keys_that_need_no_access_are_generated_before_it() {
    let town = Town::build().await;
    let team = town.bare_team("Rivets").await;
    let owner = Visitor::owner(&town, team).await;
    let said = owner.post(GENERATE, &[("name", "CI"), ("role", "SALES")]).await;
    assert!(said.is(StatusCode::UNPROCESSABLE_ENTITY).text().contains("Access to the API was not approved"));
    assert!(owner.get("/integrations/in-app-purchase").await.ok().text().contains("Generate API Key"));
    let said =
        owner.post("/integrations/in-app-purchase/generate", &[("name", "Shop"), ("role", "ADMIN")]).await;
    let key = owner.key_of(&said.is(StatusCode::SEE_OTHER));
    assert!(
        town.authority.ledger().team(team.id).unwrap().keys.get(&key).unwrap().kind.as_str()
            == "IN_APP_PURCHASE"
    );
    let said = owner.post(&format!("/keys/{key}/download"), &[]).await.ok();
    assert_eq!(
        said.header("content-disposition"),
        format!("attachment; filename=\"SubscriptionKey_{key}.p8\"")
    );
}

#[tokio::test]
async fn nothing_is_ticked_beforehand_and_the_usual_choice_is_marked() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let owner = Visitor::owner(&town, team).await;
    let page = owner.get(GENERATE).await.ok().text();
    let ticked = |page: &str, role: &str| page.contains(&format!("value=\"{role}\" checked"));
    for role in ["ADMIN", "APP_MANAGER", "DEVELOPER", "FINANCE", "SALES", "MARKETING", "CUSTOMER_SUPPORT"] {
        assert!(page.contains(&format!("value=\"{role}\"")) && !ticked(&page, role), "{role}");
    }
    assert!(!page.contains("value=\"ACCOUNT_HOLDER\""));
    assert_eq!(count(&page, "Usual choice"), 1);
    assert!(page.contains("App Manager usually does."), "{page}");
    let task = encoded("Download sales reports: units and trends");
    let page = owner.get(&format!("{GENERATE}?task={task}")).await.ok().text();
    assert!(
        ticked(&page, "SALES") && !ticked(&page, "APP_MANAGER") && page.contains("Suits your task"),
        "{page}"
    );
}

#[tokio::test]
async fn a_form_that_failed_is_shown_again_with_what_was_typed_and_every_fault() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let owner = Visitor::owner(&town, team).await;
    let long = "A name of more than thirty characters";
    let fields = [("name", long), ("half", "pasted"), ("publicKey", "<not a key>")];
    let page = owner.post(GENERATE, &fields).await.is(StatusCode::UNPROCESSABLE_ENTITY).text();
    for words in [
        "at most 30 characters; this one has 37",
        "Choose at least one role",
        "href=\"#publicKey\"",
        "value=\"A name of more than thirty characters\"",
        "&#60;not a key&#62;",
        "value=\"pasted\" checked",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let fields = [("name", "CI"), ("role", "ACCOUNT_HOLDER")];
    let page = owner.post(GENERATE, &fields).await.is(StatusCode::UNPROCESSABLE_ENTITY).text();
    assert!(page.contains("can&#39;t have the role ACCOUNT_HOLDER"), "{page}");
    assert!(town.authority.ledger().team(team.id).unwrap().keys.is_empty());
}

#[tokio::test]
async fn a_generated_key_is_shown_with_what_to_do_next() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let owner = Visitor::owner(&town, team).await;
    let key = owner.generate("CI server", "a").await;
    let page = owner.get(&format!("/keys/{key}")).await.ok().text();
    for words in [
        "CI server",
        key.as_str(),
        "Download API Key",
        "Revoke Key",
        "Hedda Holder",
        "Developer",
        "20 minutes",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(!page.contains("counterfoil custody put"), "before the file is there, there is nothing to store");
    owner.post(&format!("/keys/{key}/download"), &[]).await.ok();
    let page = owner.get(&format!("/keys/{key}")).await.ok().text();
    let doctor = format!(
        "counterfoil doctor --key-id {key} --issuer-id {} --private-key keyring:AuthKey_{key} --url {URL}",
        team.id
    );
    for words in [doctor.as_str(), "counterfoil rotate", "Private half downloaded by Hedda Holder"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let list = owner.get(TEAM_KEYS).await.ok().text();
    assert!(list.contains("aria-label=\"Generate API Key\"") && list.contains("1 of 50"), "{list}");
}

#[tokio::test]
async fn a_form_that_is_sent_twice_makes_one_key() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let owner = Visitor::owner(&town, team).await;
    let fields = [("name", "CI"), ("role", "SALES"), ("once", "0f0e")];
    let (first, second) = tokio::join!(owner.post(GENERATE, &fields), owner.post(GENERATE, &fields));
    let key = owner.key_of(&first.is(StatusCode::SEE_OTHER));
    assert_eq!(owner.key_of(&second.is(StatusCode::SEE_OTHER)), key);
    let other = owner.post(GENERATE, &[("name", "CD"), ("role", "SALES"), ("once", "0f0e")]).await;
    assert!(other.is(StatusCode::UNPROCESSABLE_ENTITY).text().contains("This form made a key before"));
    assert_eq!(town.authority.ledger().team(team.id).unwrap().keys.len(), 1);
    let page = owner.get(GENERATE).await.ok().text();
    let once = |page: &str| page.split("name=\"once\" value=\"").nth(1).unwrap()[..32].to_owned();
    assert_ne!(once(&page), once(&owner.get(GENERATE).await.ok().text()));
}

#[tokio::test]
async fn a_private_half_is_downloaded_once_and_the_link_is_gone() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let owner = Visitor::owner(&town, team).await;
    let key = owner.generate("CI", "a").await;
    let place = format!("/keys/{key}/download");
    assert!(owner.get(&place).await.ok().text().contains(&format!("AuthKey_{key}.p8")));
    let said = owner.post(&place, &[]).await.ok();
    assert_eq!(said.header("content-disposition"), format!("attachment; filename=\"AuthKey_{key}.p8\""));
    assert_eq!(said.header("cache-control"), "no-store");
    PrivateHalf::from_pem(&said.text()).unwrap();
    let again = owner.post(&place, &[]).await.is(StatusCode::UNPROCESSABLE_ENTITY).text();
    assert!(
        again.contains("was downloaded before, and no copy is kept") && !again.contains("PRIVATE KEY"),
        "{again}"
    );
    assert!(owner.get(&place).await.is(StatusCode::CONFLICT).text().contains("was downloaded before"));
    for page in [format!("/keys/{key}"), TEAM_KEYS.to_owned()] {
        assert!(!owner.get(&page).await.ok().text().contains("/download\""), "{page}");
    }
}

#[tokio::test]
async fn a_pasted_public_half_makes_a_key_without_a_download() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let owner = Visitor::owner(&town, team).await;
    let half = PrivateHalf::generate(&aws_lc_rs::rand::SystemRandom::new()).unwrap();
    let pem = half.public().to_pem();
    let fields = [("name", "Mine"), ("role", "SALES"), ("half", "pasted"), ("publicKey", &pem)];
    let key = owner.key_of(&owner.post(GENERATE, &fields).await.is(StatusCode::SEE_OTHER));
    let page = owner.get(&format!("/keys/{key}")).await.ok().text();
    assert!(page.contains("it was never here") && !page.contains("/download\""), "{page}");
    let page = owner.post(GENERATE, &fields).await.is(StatusCode::UNPROCESSABLE_ENTITY).text();
    assert!(page.contains("was registered before"), "{page}");
    let private = half.to_pem().unwrap();
    let fields = [("name", "Oh"), ("role", "SALES"), ("half", "pasted"), ("publicKey", private.as_str())];
    let said = owner.post(GENERATE, &fields).await.is(StatusCode::UNPROCESSABLE_ENTITY).text();
    assert!(
        !said.contains(private.lines().nth(1).unwrap()),
        "a private half that was pasted is not shown again"
    );
}

#[tokio::test]
async fn one_key_is_revoked_after_a_question_with_a_reason() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let owner = Visitor::owner(&town, team).await;
    let key = owner.generate("CI", "a").await;
    let place = format!("/keys/{key}/revoke");
    assert!(
        owner.get(&place).await.ok().text().contains("It can&#39;t be undone")
            || owner.get(&place).await.ok().text().contains("It can't be undone")
    );
    let fields = [("reason", "SUPERSEDED"), ("remark", "New <server>")];
    let said = owner.post(&place, &fields).await.is(StatusCode::SEE_OTHER);
    assert_eq!(said.header("location"), owner.place(TEAM_KEYS));
    let page = owner.get(TEAM_KEYS).await.ok().text();
    for words in ["Revoked", "Another key took its place", "New &#60;server&#62;", "Hedda Holder"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let page = owner.get(&format!("/keys/{key}")).await.ok().text();
    assert!(page.contains("Revoked by Hedda Holder. Another key took its place"), "{page}");
    assert!(page.contains("revoking ended them all at once") && !page.contains("Revoke Key"), "{page}");
    owner.get(&place).await.is(StatusCode::SEE_OTHER);
    owner.post(&place, &[]).await.is(StatusCode::SEE_OTHER);
    let revoked =
        town.authority.ledger().team(team.id).unwrap().keys.get(&key).unwrap().revoked.clone().unwrap();
    assert_eq!(revoked.reason.name(), "SUPERSEDED", "a revoked key stays as it was revoked");
    town.wait(Duration::from_secs(31 * 86_400));
    let owner = Visitor::owner(&town, team).await;
    assert!(
        !owner.get(TEAM_KEYS).await.ok().text().contains(key.as_str()),
        "after thirty days it is not listed"
    );
    owner.get(&format!("/keys/{key}")).await.ok();
}

#[tokio::test]
async fn several_keys_are_selected_and_revoked_at_once() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let owner = Visitor::owner(&town, team).await;
    let keys = [
        owner.generate("One", "1").await,
        owner.generate("Two", "2").await,
        owner.generate("Three", "3").await,
    ];
    let page = owner.get(&format!("{TEAM_KEYS}?edit=1")).await.ok().text();
    assert_eq!(count(&page, "type=\"checkbox\" name=\"key\""), 3);
    let place = format!("/keys/revoke?key={}&key={}&from=%2Fintegrations%2Fapi", keys[0], keys[1]);
    let page = owner.get(&place).await.ok().text();
    assert!(
        page.contains("These 2 keys")
            && page.contains("One")
            && page.contains("Two")
            && !page.contains("Three")
    );
    let fields = [("key", keys[0].as_str()), ("key", keys[1].as_str()), ("reason", "NO_LONGER_USED")];
    owner.post("/keys/revoke", &fields).await.is(StatusCode::SEE_OTHER);
    let left = town.authority.ledger().team(team.id).unwrap();
    let active: Vec<&KeyId> = left.keys.iter().filter(|(_, key)| key.is_active()).map(|(id, _)| id).collect();
    assert_eq!(active, [&keys[2]]);
    let said = owner.get("/keys/revoke").await.is(StatusCode::SEE_OTHER);
    assert_eq!(said.header("location"), owner.place(TEAM_KEYS));
}

#[tokio::test]
async fn keys_of_another_team_are_not_there() {
    let town = Town::build().await;
    let (ours, theirs) = (town.team("Rivets").await, town.team("Bolts").await);
    let key = made(&town.authority, theirs, "TEAM", "Secret name").await;
    let owner = Visitor::owner(&town, ours).await;
    for place in ["", "/download", "/revoke"] {
        let page = owner.get(&format!("/keys/{key}{place}")).await.is(StatusCode::NOT_FOUND).text();
        assert!(!page.contains("Secret name"));
    }
    for place in ["/download", "/revoke"] {
        owner.post(&format!("/keys/{key}{place}"), &[]).await.is(StatusCode::NOT_FOUND);
    }
    owner.get(&format!("/keys/revoke?key={key}")).await.is(StatusCode::NOT_FOUND);
    owner.post("/keys/revoke", &[("key", key.as_str())]).await.is(StatusCode::NOT_FOUND);
    owner.get("/keys/nonsense").await.is(StatusCode::NOT_FOUND);
    let stranger = Visitor { town: &town, team: theirs, session: owner.session.clone() };
    for place in [TEAM_KEYS, GENERATE, "/roles", "/integrations/request-access"] {
        stranger.get(place).await.is(StatusCode::NOT_FOUND);
    }
    assert!(town.authority.ledger().team(theirs.id).unwrap().keys.get(&key).unwrap().is_active());
}

#[tokio::test]
async fn hostile_names_are_text() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let owner = Visitor::owner(&town, team).await;
    let names = [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "'-'\" ' &amp; &lt;b&gt;",
        "מפתח ראשי",
        "🔑🚀",
        "{{ 7*7 }}",
    ];
    for (at, name) in names.iter().enumerate() {
        let key = owner.generate(name, &at.to_string()).await;
        for place in [
            TEAM_KEYS.to_owned(),
            format!("{TEAM_KEYS}?edit=1"),
            format!("/keys/{key}"),
            format!("/keys/{key}/download"),
            format!("/keys/{key}/revoke"),
        ] {
            let page = owner.get(&place).await.ok().text();
            assert!(
                !page.contains("<script>alert") && !page.contains("<img") && !page.contains("<b>g"),
                "{place}"
            );
            let shown = name
                .replace('&', "&#38;")
                .replace('<', "&#60;")
                .replace('>', "&#62;")
                .replace('"', "&#34;")
                .replace('\'', "&#39;");
            assert!(page.contains(&shown), "{name} on {place}: {page}");
        }
    }
    let page = owner.post(GENERATE, &[("name", "\u{202e}gnp.exe"), ("role", "SALES")]).await;
    page.is(StatusCode::UNPROCESSABLE_ENTITY);
    let search = encoded("\"><script>");
    let page = owner.get(&format!("{TEAM_KEYS}?q={search}")).await.ok().text();
    assert!(!page.contains("\"><script>") && page.contains("No active key has"), "{page}");
}

#[tokio::test]
async fn keys_are_found_by_name_and_by_id() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let owner = Visitor::owner(&town, team).await;
    let (ci, shop) = (owner.generate("CI server", "1").await, owner.generate("Shop window", "2").await);
    for (search, found) in [("ci SERV", ci), (&shop.as_str().to_lowercase()[2..8], shop)] {
        let page = owner.get(&format!("{TEAM_KEYS}?q={}", encoded(search))).await.ok().text();
        let other = if found == ci { shop } else { ci };
        assert!(
            page.contains(&format!("/keys/{found}\"")) && !page.contains(&format!("/keys/{other}\"")),
            "{search}"
        );
    }
}

#[tokio::test]
async fn the_fifty_first_key_is_refused_with_the_rules_sentence() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    for number in 0..50 {
        made(&town.authority, team, "TEAM", &format!("Key {number}")).await;
    }
    let owner = Visitor::owner(&town, team).await;
    let said = owner.post(GENERATE, &[("name", "One more"), ("role", "SALES")]).await;
    let page = said.is(StatusCode::UNPROCESSABLE_ENTITY).text();
    assert!(page.contains("A team can have 50 active keys of kind TEAM, and this one has them."), "{page}");
    assert!(owner.get(TEAM_KEYS).await.ok().text().contains("50 of 50"));
}

#[tokio::test]
async fn a_persons_key_is_the_persons_to_make_and_download_and_the_admins_to_revoke() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let developer = Visitor::with_roles(&town, team, &["DEVELOPER"]).await;
    let other = Visitor::with_roles(&town, team, &["MARKETING"]).await;
    let admin = Visitor::with_roles(&town, team, &["ADMIN"]).await;
    let page = developer.get("/profile").await.ok().text();
    for words in ["Individual API Key", "Generate API Key", "It can&#39;t use provisioning", "notarization"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let fields = [("name", "My key"), ("half", "issuer"), ("once", "1")];
    let said = developer.post("/profile/individual-key", &fields).await.is(StatusCode::SEE_OTHER);
    assert!(said.header("location").contains("/profile"));
    let (key, _) = town
        .authority
        .ledger()
        .team(team.id)
        .unwrap()
        .keys
        .iter()
        .next()
        .map(|(id, key)| (*id, key.clone()))
        .unwrap();
    let again = developer.post("/profile/individual-key", &[("name", "Another")]).await;
    assert!(again.is(StatusCode::UNPROCESSABLE_ENTITY).text().contains("A person can have 1 active key"));
    let page = developer.get(&format!("/keys/{key}")).await.ok().text();
    assert!(
        page.contains("Download API Key") && !page.contains("--issuer-id") && !page.contains("Key Type"),
        "{page}"
    );
    let page = developer.get("/profile").await.ok().text();
    assert!(
        page.contains("My key") && page.contains("Download API Key") && !page.contains("Generate API Key")
    );
    for place in ["", "/download", "/revoke"] {
        other.get(&format!("/keys/{key}{place}")).await.is(StatusCode::NOT_FOUND);
    }
    let page = admin.get("/integrations/api/individual").await.ok().text();
    assert!(page.contains("My key") && !page.contains("/download\""), "{page}");
    let page =
        admin.post(&format!("/keys/{key}/download"), &[]).await.is(StatusCode::UNPROCESSABLE_ENTITY).text();
    assert!(page.contains("is for the person alone"), "{page}");
    let said = developer.post(&format!("/keys/{key}/download"), &[]).await.ok();
    assert_eq!(said.header("content-disposition"), format!("attachment; filename=\"ApiKey_{key}.p8\""));
    let said = admin.post(&format!("/keys/{key}/revoke"), &[]).await.is(StatusCode::SEE_OTHER);
    assert_eq!(said.header("location"), admin.place("/integrations/api/individual"));
    let page = developer.get(&format!("/keys/{key}")).await.ok().text();
    assert!(
        page.contains("an administrator") && !page.contains("Son3"),
        "who ended it is not everybody's to know: {page}"
    );
}

#[tokio::test]
async fn whoever_may_have_no_key_of_their_own_is_told_why() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let finance = Visitor::with_roles(&town, team, &["FINANCE"]).await;
    let page = finance.get("/profile").await.ok().text();
    assert!(page.contains("needs one of these roles") && !page.contains("Generate API Key"), "{page}");
    let said = finance.post("/profile/individual-key", &[("name", "Mine")]).await;
    assert!(said.is(StatusCode::UNPROCESSABLE_ENTITY).text().contains("needs one of these roles"));
}

/// Ends a key as whoever finds its private half can.
async fn burn(town: &Town, key: &Persona) {
    let claims = json!({ "aud": "counterfoil-burn", "exp": town.now().as_seconds() + 60 });
    let header = json!({ "alg": "ES256", "kid": key.id() });
    let token = jws::sign(&key.held().half, &header.to_string(), &claims.to_string()).unwrap();
    town.post("/v1/burn").by(&Persona::Saying(format!("Bearer {token}"))).send().await.ok();
}

#[tokio::test]
async fn a_leaked_key_is_shown_as_leaked() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let owner = Visitor::owner(&town, team).await;
    let key = town.team_key(team, "SALES").await;
    burn(&town, &key).await;
    for place in [TEAM_KEYS.to_owned(), format!("/keys/{}", key.id())] {
        let page = owner.get(&place).await.ok().text();
        assert!(page.contains("<span class=\"badge bad\">Leaked</span>"), "{place}: {page}");
        assert!(
            page.contains("omebody who held the private half") || page.contains("omebody showed to hold"),
            "{place}"
        );
    }
}

#[tokio::test]
async fn use_advice_and_refusals_stand_on_a_keys_page() {
    let (town, team, admin) = Town::with_admin().await;
    let owner = Visitor::owner(&town, team).await;
    let page = owner.get(&format!("/keys/{}", admin.id())).await.ok().text();
    assert!(page.contains("was used for nothing yet") && !page.contains("<svg class=\"chart\""), "{page}");
    assert!(page.contains("None that was seen is good still."), "{page}");
    for _ in 0..3 {
        town.get("/v1/users").by(&admin).send().await.ok();
    }
    let sales = town.team_key(team, "SALES").await;
    town.get("/v1/users")
        .by(&sales)
        .with("x-request-id", "looked-for")
        .send()
        .await
        .fails(403, "FORBIDDEN_ERROR");
    town.authority.flush_usage().await.unwrap();
    let page = owner.get(&format!("/keys/{}", admin.id())).await.ok().text();
    for words in [
        "<svg class=\"chart\"",
        "3 requests in 30 days",
        "The youngest that was seen expires on",
        "Users and access",
        "<rect class=\"allowed\"",
        "App Manager",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let page = owner.get(&format!("/keys/{}", sales.id())).await.ok().text();
    for words in ["None of its roles opens this.", "GET /v1/users", "<rect class=\"forbidden\""] {
        assert!(page.contains(words), "{words}: {page}");
    }
}

#[tokio::test]
async fn the_calls_of_a_key_are_shown_since_a_chosen_day() {
    let (town, team, _) = Town::with_admin().await;
    let owner = Visitor::owner(&town, team).await;
    let key = town.team_key(team, "SALES").await;
    let calls = format!("/keys/{}/calls", key.id());
    let page = owner.get(&calls).await.ok().text();
    assert!(page.contains("No request with this key has been counted"), "{page}");
    town.get("/v1/users")
        .by(&key)
        .with("x-request-id", "looked-for")
        .send()
        .await
        .fails(403, "FORBIDDEN_ERROR");
    burn(&town, &key).await;
    let page = owner.get(&calls).await.ok().text();
    for words in ["<strong>Leaked.</strong>", "<code>/v1/users</code>", "Users and access", "looked-for"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let about = format!("/audit?key={}&#38;from=2026-11-21", key.id());
    assert!(page.contains(&about), "{page}");
    let later = owner.get(&format!("{calls}?since=2026-11-22")).await.ok().text();
    assert!(!later.contains("looked-for") && later.contains("has been counted since"), "{later}");
    let typed = owner.get(&format!("{calls}?since=soon")).await.ok().text();
    assert!(typed.contains("A day is written as 2026-11-21"), "{typed}");
    let developer = Visitor::with_roles(&town, team, &["DEVELOPER"]).await;
    developer.get(&calls).await.is(StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_session_that_was_left_open_is_asked_who_it_is_once_more() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let owner = Visitor::owner(&town, team).await;
    let key = owner.generate("CI", "a").await;
    town.wait(FRESH);
    for place in [
        GENERATE.to_owned(),
        format!("/keys/{key}/download"),
        format!("/keys/{key}/revoke"),
        "/keys/revoke".to_owned(),
        "/profile/individual-key".to_owned(),
    ] {
        for said in [owner.get(&place).await, owner.post(&place, &[("name", "CI"), ("role", "SALES")]).await]
        {
            let said = said.is(StatusCode::SEE_OTHER);
            assert!(
                said.header("location").starts_with("/step-up?to="),
                "{place}: {}",
                said.header("location")
            );
        }
    }
    owner.get(TEAM_KEYS).await.ok();
    let attributes = json!({ "nickname": "CI", "keyType": "TEAM", "roles": ["SALES"] });
    let one = format!("/v1/apiKeys/{key}");
    for said in [
        town.post("/v1/apiKeys").by(&owner.session).entity("apiKeys", attributes).send().await,
        town.post(&format!("{one}/download")).by(&owner.session).send().await,
        town.patch(&one)
            .by(&owner.session)
            .change("apiKeys", key.as_str(), json!({ "isActive": false }))
            .send()
            .await,
        town.patch(&format!("/v1/users/{}", team.owner))
            .by(&owner.session)
            .change("users", &team.owner.to_string(), json!({ "roles": ["ADMIN"] }))
            .send()
            .await,
    ] {
        let said = said.fails(403, "FORBIDDEN_ERROR.STEP_UP_REQUIRED");
        assert_eq!(said.json()["errors"][0]["links"]["see"], format!("{URL}/step-up"));
    }
    town.get(&one).by(&owner.session).send().await.ok();
    assert!(town.authority.ledger().team(team.id).unwrap().keys.get(&key).unwrap().is_active());
}

#[tokio::test]
async fn another_catalog_has_tables_of_its_own() {
    let catalog = std::fs::read_to_string("../../catalogs/parcels.toml").unwrap();
    let town = Town::build_with(Some(catalog)).await;
    let team = town.bare_team("Shop").await;
    let owner = Visitor::owner(&town, team).await;
    let page = owner.get(TEAM_KEYS).await.ok().text();
    for words in ["Shipping API", "Tracking API", "Shop keys", "Personal keys", "0 of 20"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(!page.contains("App Store") && !page.contains("Request Access"), "{page}");
    assert!(owner.get("/roles").await.ok().text().contains("Bookkeeper"));
    let said = owner.post("/integrations/in-app-purchase/generate", &[("name", "Van 7")]).await;
    let key = owner.key_of(&said.is(StatusCode::SEE_OTHER));
    assert!(owner.get(&format!("/keys/{key}")).await.ok().text().contains("Courier key"));
}
