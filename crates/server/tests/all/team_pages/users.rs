//! People: listing, changing, inviting, removing, and the one who owns the team.

use super::{STALE, between, joined};
use crate::town::{Team, Town, roles};
use crate::visitor::Visitor;
use counterfoil_core::event::Actor;
use counterfoil_core::id::{IssuerId, KeyId, MemberId};
use http::StatusCode;

const INDIVIDUAL: &str = "GENERATE_INDIVIDUAL_KEYS";

fn roles_of(town: &Town, team: IssuerId, member: MemberId) -> String {
    town.authority.ledger().team(team).unwrap().members[&member].roles.to_string()
}

fn is_active(town: &Town, team: Team, key: KeyId) -> bool {
    town.authority.ledger().team(team.id).unwrap().keys.get(&key).unwrap().is_active()
}

#[tokio::test]
async fn people_are_listed_searched_and_filtered_by_role() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    joined(&town, team, "ada@example.com", ("Ada", "Lovelace"), &["DEVELOPER"]).await;
    joined(&town, team, "grace@example.com", ("Grace", "Hopper"), &["SALES"]).await;
    let owner = Visitor::owner(&town, team).await;
    for (query, ada, grace) in [
        ("", true, true),
        ("?q=love", true, false),
        ("?q=GRACE%40", false, true),
        ("?role=DEVELOPER", true, false),
        ("?q=&role=SALES", false, true),
        ("?q=nobody", false, false),
    ] {
        let page = owner.get(&format!("/users{query}")).await.ok().text();
        let found = (page.contains("ada@example.com"), page.contains("grace@example.com"));
        assert_eq!(found, (ada, grace), "{query}");
    }
    let page = owner.get("/users").await.ok().text();
    assert!(page.contains("Generate Individual API Keys") && page.contains("Account Holder"), "{page}");
    assert!(owner.get("/users?q=nobody").await.ok().text().contains("Nobody fits"));
}

#[tokio::test]
async fn many_people_are_read_page_by_page_and_each_page_is_light() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    for number in 0..60 {
        let email = format!("person{number}@example.com");
        joined(&town, team, &email, ("Person", &format!("Number {number}")), &["DEVELOPER"]).await;
    }
    let owner = Visitor::owner(&town, team).await;
    let first = owner.get("/users").await.ok().text();
    assert!(first.contains("61 in the team") && first.contains("1 to 50 of 61"), "{first}");
    assert!(first.len() < 60 * 1024, "{} bytes", first.len());
    assert!(first.contains(&format!("href=\"{}?page=2\" rel=\"next\"", owner.place("/users"))), "{first}");
    let second = owner.get("/users?page=2").await.ok().text();
    assert!(second.contains("51 to 61 of 61") && !second.contains("rel=\"next\""), "{second}");
    let rows = |page: &str| page.matches("@example.com</bdi>").count();
    assert_eq!((rows(&first), rows(&second)), (50, 11));
}

#[tokio::test]
async fn each_role_sees_of_people_what_it_may_and_others_are_told_whom_to_ask() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let (ada, _) = joined(&town, team, "ada@example.com", ("Ada", "Lovelace"), &["MARKETING"]).await;
    for (role, sees, changes) in [
        ("ADMIN", true, true),
        ("APP_MANAGER", true, false),
        ("DEVELOPER", false, false),
        ("FINANCE", false, false),
        ("SALES", false, false),
        ("MARKETING", false, false),
        ("CUSTOMER_SUPPORT", false, false),
    ] {
        let visitor = Visitor::with_roles(&town, team, &[role]).await;
        let list = visitor.get("/users").await.ok().text();
        assert_eq!(list.contains("ada@example.com"), sees, "{role}");
        assert_eq!(list.contains("/users/invite"), changes, "{role}");
        assert_eq!(list.contains("mailto:holder0@example.com"), !sees, "{role}: {list}");
        let person = visitor.get(&format!("/users/{ada}")).await;
        assert_eq!(person.status, if sees { 200 } else { 403 }, "{role}");
        assert_eq!(person.text().contains("name=\"role\""), changes, "{role}");
        for (place, fields) in [
            ("/users/invite".to_owned(), vec![("email", "x@example.com")]),
            (format!("/users/{ada}"), vec![("role", "SALES")]),
            (format!("/users/{ada}/remove"), vec![("name", "Ada Lovelace")]),
            (format!("/users/{ada}/transfer"), vec![("name", "Ada Lovelace")]),
        ] {
            let said = visitor.post(&place, &fields).await;
            let may = changes && !place.ends_with("transfer");
            assert_eq!(said.status != 403, may, "{role} {place}: {}", said.status);
            if may {
                break;
            }
        }
    }
}

#[tokio::test]
async fn everybody_sees_their_own_page() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let (ada, person) = joined(&town, team, "ada@example.com", ("Ada", "Lovelace"), &["SALES"]).await;
    let page = Visitor::of(&town, team, person).await.get(&format!("/users/{ada}")).await.ok().text();
    assert!(page.contains("ada@example.com") && !page.contains("<h2>Change</h2>"), "{page}");
}

#[tokio::test]
async fn whoever_is_of_another_team_is_not_there() {
    let town = Town::build().await;
    let (ours, theirs) = (town.team("Rivets").await, town.team("Bolts").await);
    let owner = Visitor::owner(&town, ours).await;
    owner.get(&format!("/users/{}", theirs.owner)).await.is(StatusCode::NOT_FOUND);
    owner.get("/users/nobody").await.is(StatusCode::NOT_FOUND);
    for page in ["", "/users", "/audit", "/settings", "/audit/export.csv"] {
        let place = format!("/console/teams/{}{page}", theirs.id);
        owner.get(&place).await.is(StatusCode::NOT_FOUND);
    }
    let said = owner.post(&format!("/console/teams/{}/users/{}", theirs.id, theirs.owner), &[]).await;
    said.is(StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn names_are_text_wherever_they_stand() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let hostile = ("<script>alert(1)</script>", "\"><img src=x onerror=alert(2)> '🔑' שלום");
    let (member, _) = joined(&town, team, "eve@example.com", hostile, &["DEVELOPER"]).await;
    let owner = Visitor::owner(&town, team).await;
    for place in ["/users", "/audit", "/audit?who=OPERATOR", "", "/settings"] {
        let page = owner.get(place).await.ok().text();
        assert!(!page.contains("<script>alert") && !page.contains("<img src=x"), "{place}");
    }
    for rest in ["", "/remove", "/transfer"] {
        let page = owner.get(&format!("/users/{member}{rest}")).await.ok().text();
        assert!(!page.contains("<script>alert") && !page.contains("<img src=x"), "{rest}");
        assert!(page.contains("🔑"), "{rest}");
    }
}

#[tokio::test]
async fn taking_the_permission_tells_which_key_it_ends_before_it_does() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let (member, _) = joined(&town, team, "ada@example.com", ("Ada", "Lovelace"), &["DEVELOPER"]).await;
    let key = town.key(team, Actor::User(member), "INDIVIDUAL", None).await.id();
    let owner = Visitor::owner(&town, team).await;
    let page = format!("/users/{member}");
    let asked = [("role", "DEVELOPER"), ("sees", "all")];
    let told = owner.led(owner.post(&page, &asked).await);
    assert!(told.starts_with(&format!("{page}/change?role=DEVELOPER&sees=all")), "{told}");
    let confirm = owner.get(&told).await.ok().text();
    assert!(confirm.contains(&format!("({key}) of Ada Lovelace at once")), "{confirm}");
    assert!(confirm.contains("Takes Generate Individual API Keys") && is_active(&town, team, key));
    let guessed = [asked[0], asked[1], ("confirmed", "yes")];
    assert!(owner.led(owner.post(&page, &guessed).await).starts_with(&format!("{page}/change")));
    assert!(is_active(&town, team, key));
    let confirmed = between(&confirm, "name=\"confirmed\" value=\"", "\"");
    let sure = [asked[0], asked[1], ("confirmed", confirmed)];
    assert_eq!(owner.led(owner.post(&page, &sure).await), page);
    assert!(!is_active(&town, team, key));
    assert_eq!(roles_of(&town, team.id, member), "DEVELOPER");
}

#[tokio::test]
async fn a_change_that_does_what_it_says_is_done_at_once() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let (member, _) = joined(&town, team, "ada@example.com", ("Ada", "Lovelace"), &["DEVELOPER"]).await;
    let key = town.key(team, Actor::User(member), "INDIVIDUAL", None).await.id();
    let owner = Visitor::owner(&town, team).await;
    let page = format!("/users/{member}");
    let asked = [
        ("role", "DEVELOPER"),
        ("role", "SALES"),
        ("role", INDIVIDUAL),
        ("sees", "some"),
        ("first", "Augusta"),
    ];
    assert_eq!(owner.led(owner.post(&page, &asked).await), page);
    assert_eq!(roles_of(&town, team.id, member), format!("DEVELOPER, {INDIVIDUAL}, SALES"));
    assert!(is_active(&town, team, key));
    let shown = owner.get(&page).await.ok().text();
    assert!(shown.contains("Augusta") && shown.contains("no apps") && shown.contains(&key.to_string()));
}

#[tokio::test]
async fn only_these_apps_with_none_ticked_is_sent_back_unless_there_are_none_to_tick() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let (member, _) = joined(&town, team, "ada@example.com", ("Ada", "Lovelace"), &["SALES"]).await;
    let owner = Visitor::owner(&town, team).await;
    owner.post("/settings/apps", &[("id", "4711"), ("bundle", "com.example.app"), ("name", "App")]).await;
    let page = format!("/users/{member}");
    let invited = [("email", "bob@example.com"), ("first", "Bob"), ("last", "B")];
    let none = [("role", "SALES"), ("sees", "some")];
    let [one, all] = [[none[0], none[1], ("app", "4711")].to_vec(), vec![none[0], ("sees", "all")]];
    for (place, fields) in [(page.as_str(), vec![]), ("/users/invite", invited.to_vec())] {
        let asked = [fields.clone(), none.to_vec()].concat();
        let said = owner.post(place, &asked).await.is(StatusCode::UNPROCESSABLE_ENTITY).text();
        assert!(said.contains("href=\"#app\"") && said.contains("no app would be seen"), "{place}: {said}");
        assert!(said.contains("value=\"some\" checked"), "{place}: {said}");
        let taken = owner.post(place, &[fields, one.clone()].concat()).await;
        assert!(taken.status != StatusCode::UNPROCESSABLE_ENTITY, "{place}");
    }
    assert_eq!(owner.led(owner.post(&page, &all).await), page);
}

#[tokio::test]
async fn who_comes_to_administer_is_confirmed_and_so_is_giving_up_ones_own() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let (member, person) = joined(&town, team, "ada@example.com", ("Ada", "Lovelace"), &["SALES"]).await;
    let owner = Visitor::owner(&town, team).await;
    let page = format!("/users/{member}");
    let told = owner.led(owner.post(&page, &[("role", "ADMIN"), ("sees", "all")]).await);
    assert!(owner.get(&told).await.ok().text().contains("will administer the team"));
    let sure = [("role", "ADMIN"), ("sees", "all"), ("confirmed", "administers")];
    assert_eq!(owner.led(owner.post(&page, &sure).await), page);
    let ada = Visitor::of(&town, team, person).await;
    let told = ada.led(ada.post(&page, &[("role", "SALES"), ("sees", "all")]).await);
    assert!(ada.get(&told).await.ok().text().contains("no longer administer people"));
    assert_eq!(roles_of(&town, team.id, member), "ADMIN");
}

#[tokio::test]
async fn what_a_rule_forbids_is_said_beside_the_field_with_what_was_typed() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let (member, _) = joined(&town, team, "ada@example.com", ("Ada", "Lovelace"), &["SALES"]).await;
    let owner = Visitor::owner(&town, team).await;
    let page = format!("/users/{member}");
    for (fields, words, field) in [
        (vec![("sees", "all"), ("first", "Augusta")], "At least one role is needed", "#role"),
        (vec![("role", "NO_SUCH"), ("first", "Augusta")], "There is no role NO_SUCH", "#role"),
        (
            vec![("role", "ACCOUNT_HOLDER"), ("first", "Augusta")],
            "ACCOUNT_HOLDER can&#39;t be given",
            "#role",
        ),
        (
            vec![("role", "SALES"), ("sees", "some"), ("app", "4711"), ("first", "Augusta")],
            "is not registered",
            "#app",
        ),
        (vec![("role", "SALES"), ("first", "Augusta"), ("last", " ")], "name must be", "#last"),
    ] {
        let said = owner.post(&page, &fields).await.is(StatusCode::UNPROCESSABLE_ENTITY).text();
        assert!(said.contains(&format!("href=\"{field}\"")) && said.contains("Augusta"), "{words}: {said}");
        assert!(said.contains(words), "{words}: {said}");
    }
    assert_eq!(roles_of(&town, team.id, member), "SALES");
}

#[tokio::test]
async fn the_owners_role_is_neither_taken_nor_given_by_boxes() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let admin = Visitor::with_roles(&town, team, &["ADMIN"]).await;
    let page = format!("/users/{}", team.owner);
    let shown = admin.get(&page).await.ok().text();
    assert!(shown.contains("changes hands by transfer") && !shown.contains(&format!("{page}/remove")));
    admin
        .post(&page, &[("role", "SALES"), ("role", INDIVIDUAL), ("sees", "all")])
        .await
        .is(StatusCode::SEE_OTHER);
    assert!(roles_of(&town, team.id, team.owner).contains("ACCOUNT_HOLDER"));
    let said = admin.post(&format!("{page}/remove"), &[("name", "Hedda Holder")]).await;
    assert!(said.is(StatusCode::UNPROCESSABLE_ENTITY).text().contains("can&#39;t be removed or demoted"));
}

#[tokio::test]
async fn removing_needs_the_name_and_says_which_keys_to_rotate() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let (member, _) = joined(&town, team, "ada@example.com", ("Ada", "Lovelace"), &["ADMIN"]).await;
    let own = town.key(team, Actor::User(member), "INDIVIDUAL", None).await.id();
    let made = town.key(team, Actor::User(member), "TEAM", Some(roles(&["SALES"]))).await.id();
    let owner = Visitor::owner(&town, team).await;
    let page = format!("/users/{member}/remove");
    let told = owner.get(&page).await.ok().text();
    let (happens, afterwards) = told.split_once("What to do afterwards").unwrap();
    assert!(happens.contains(&own.to_string()) && !happens.contains(&made.to_string()), "{told}");
    assert!(afterwards.contains(&made.to_string()) && !afterwards.contains(&own.to_string()), "{told}");
    for typed in ["", "Ada", "yes"] {
        owner.post(&page, &[("name", typed)]).await.is(StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert_eq!(owner.led(owner.post(&page, &[("name", " ada  lovelace ")]).await), "/users");
    assert!(!is_active(&town, team, own) && is_active(&town, team, made));
    assert!(!owner.get("/users").await.ok().text().contains("ada@example.com"));
    let overview = owner.get("").await.ok().text();
    assert!(overview.contains("Downloaded by Ada Lovelace, who has left"), "{overview}");
}

#[tokio::test]
async fn the_owner_alone_gives_the_role_away() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let (member, person) = joined(&town, team, "ada@example.com", ("Ada", "Lovelace"), &["ADMIN"]).await;
    let page = format!("/users/{member}/transfer");
    let admin = Visitor::of(&town, team, person).await;
    admin.get(&page).await.is(StatusCode::FORBIDDEN);
    let owner = Visitor::owner(&town, team).await;
    let told = owner.get(&page).await.ok().text();
    assert!(
        told.contains("Ada Lovelace becomes the Account Holder") && told.contains("You are Admin"),
        "{told}"
    );
    owner.post(&page, &[("name", "Ada")]).await.is(StatusCode::UNPROCESSABLE_ENTITY);
    owner.post(&page, &[("name", "Ada Lovelace")]).await.is(StatusCode::SEE_OTHER);
    assert_eq!(town.authority.ledger().team(team.id).unwrap().owner, member);
    owner.get(&page).await.is(StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn an_invitation_is_handed_over_resent_and_taken_back() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let owner = Visitor::owner(&town, team).await;
    let form = owner.get("/users/invite").await.ok().text();
    assert!(form.contains("name=\"email\"") && !form.contains("ACCOUNT_HOLDER"), "{form}");
    let ada = [
        ("email", "ada@example.com"),
        ("first", "Ada"),
        ("last", "Lovelace"),
        ("role", "DEVELOPER"),
        ("sees", "all"),
    ];
    let page = owner.post("/users/invite", &ada).await.ok().text();
    let first = between(&page, "/join?link=", "<").to_owned();
    let list = owner.get("/users").await.ok().text();
    assert!(list.contains("ada@example.com") && !list.contains(&first), "{list}");
    let id = between(&list, "/users/invitations/", "/").to_owned();
    let again = owner.post(&format!("/users/invitations/{id}/resend"), &[]).await.ok().text();
    assert_ne!(between(&again, "/join?link=", "<"), first);
    let taken = owner.post("/users/invite", &ada).await.is(StatusCode::UNPROCESSABLE_ENTITY).text();
    assert!(taken.contains("is invited already"), "{taken}");
    assert_eq!(owner.led(owner.post(&format!("/users/invitations/{id}/withdraw"), &[]).await), "/users");
    assert!(!owner.get("/users").await.ok().text().contains("ada@example.com"));
    owner.post(&format!("/users/invitations/{id}/withdraw"), &[]).await.is(StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_permission_that_comes_with_a_role_can_be_left_out_of_an_invitation() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let owner = Visitor::owner(&town, team).await;
    let ticked = format!("value=\"{INDIVIDUAL}\" checked");
    assert!(owner.get("/users/invite").await.ok().text().contains(&ticked));
    for (email, permission, expected) in [("a@example.com", true, true), ("b@example.com", false, false)] {
        let mut fields =
            vec![("email", email), ("first", "A"), ("last", "B"), ("role", "DEVELOPER"), ("sees", "all")];
        if permission {
            fields.push(("role", INDIVIDUAL));
        }
        owner.post("/users/invite", &fields).await.ok();
        let open = town.authority.invitations_of(team.id).await.unwrap();
        let id = open.iter().find(|one| one.email == email).unwrap().invitation;
        let roles = town.authority.ledger().team(team.id).unwrap().invitations[&id].roles.to_string();
        assert_eq!(roles.contains(INDIVIDUAL), expected, "{roles}");
    }
}

#[tokio::test]
async fn what_is_wrong_with_an_invitation_is_said_with_what_was_typed() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    joined(&town, team, "ada@example.com", ("Ada", "Lovelace"), &["SALES"]).await;
    let owner = Visitor::owner(&town, team).await;
    for (email, first, role, words) in [
        ("no address", "Ada", "SALES", "href=\"#email\""),
        ("b@example.com", "", "SALES", "href=\"#first\""),
        ("b@example.com", "Bea", "", "href=\"#role\""),
        ("ADA@example.com", "Ada", "SALES", "is in this team already"),
    ] {
        let fields =
            [("email", email), ("first", first), ("last", "Typed-Name"), ("role", role), ("sees", "all")];
        let fields: Vec<_> = fields.into_iter().filter(|field| *field != ("role", "")).collect();
        let said = owner.post("/users/invite", &fields).await.is(StatusCode::UNPROCESSABLE_ENTITY).text();
        assert!(said.contains(words) && said.contains("Typed-Name"), "{words}: {said}");
    }
}

#[tokio::test]
async fn whoever_signed_in_a_while_ago_confirms_first() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let (member, _) = joined(&town, team, "ada@example.com", ("Ada", "Lovelace"), &["SALES"]).await;
    let owner = Visitor::owner(&town, team).await;
    town.wait(STALE);
    let said = owner.post(&format!("/users/{member}"), &[("role", "DEVELOPER"), ("sees", "all")]).await;
    assert!(owner.led(said).starts_with("/step-up"));
    assert_eq!(roles_of(&town, team.id, member), "SALES");
    owner.get(&format!("/users/{member}")).await.ok();
}
