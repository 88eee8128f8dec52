//! *Generate API Key*: what it is called, what it may do, and who makes the pair.

use super::roles::RoleWords;
use super::shelf::{Link, Shelf, column};
use super::typed::{BROWSER, HERE, PASTED, Typed, fault_of, sent_before};
use crate::console::refused::in_words;
use crate::console::{Faults, Form, Frame, Notice, Section, TeamVisitor, page};
use crate::error::Problem;
use crate::reply::Reply;
use askama::Template;
use counterfoil_authority::{Failure, Request};
use counterfoil_core::catalog::{Catalog, KeyKind, KindHolder, Role};
use counterfoil_core::id::KeyId;
use counterfoil_core::refusal::Refusal;
use counterfoil_core::roles::Roles;
use counterfoil_core::team::Circumstances;
use http::StatusCode;
use std::fmt::Write;

/// A role that can be chosen.
struct RoleChoice {
    words: RoleWords,
    ticked: bool,
    usual: bool,
    /// Whether it suits the task that was picked.
    suits: bool,
    /// Whether the visitor may give it.
    may_give: bool,
    /// What speaks against a role that administers the team.
    warning: Option<String>,
}

/// Something that people want to do, and the role that suits it.
struct Task {
    text: String,
    role: String,
    picked: bool,
}

struct KindChoice {
    name: String,
    title: String,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "keys/generate.html")]
struct Generate {
    frame: Frame,
    column: Vec<Link>,
    kinds: Vec<KindChoice>,
    kind: String,
    about: String,
    roles: Vec<RoleChoice>,
    tasks: Vec<Task>,
    typed: Typed,
    faults: Faults,
    /// What this form is called, so that sending it twice makes one key.
    once: String,
    /// For the module that makes the pair here: what the key is to the API.
    issuer: String,
    base: String,
    prefix: String,
    action: String,
    back: String,
}

/// The form for a key of the team with roles.
pub(crate) async fn team_form(visitor: TeamVisitor) -> Result<Reply, Problem> {
    form(&visitor, Shelf::WithRoles)
}

/// Generates it.
pub(crate) async fn team_key(visitor: TeamVisitor) -> Result<Reply, Problem> {
    generate(&visitor, Shelf::WithRoles).await
}

/// The form for a key of the team without roles.
pub(crate) async fn purchase_form(visitor: TeamVisitor) -> Result<Reply, Problem> {
    form(&visitor, Shelf::OfTeam)
}

/// Generates it.
pub(crate) async fn purchase_key(visitor: TeamVisitor) -> Result<Reply, Problem> {
    generate(&visitor, Shelf::OfTeam).await
}

/// The form for a key of one's own.
pub(crate) async fn own_form(visitor: TeamVisitor) -> Result<Reply, Problem> {
    form(&visitor, Shelf::OfMembers)
}

/// Generates it.
pub(crate) async fn own_key(visitor: TeamVisitor) -> Result<Reply, Problem> {
    generate(&visitor, Shelf::OfMembers).await
}

fn form(visitor: &TeamVisitor, shelf: Shelf) -> Result<Reply, Problem> {
    let chosen = Typed::of(&visitor.query()).kind_on(shelf, &visitor.catalog).ok_or(Problem::NoSuchPath)?;
    let kinds = shelf.kinds(&visitor.catalog);
    let hindrances: Option<Vec<Refusal>> = kinds.map(|kind| hindrance(visitor, kind)).collect();
    if let Some(refusal) = hindrances.iter().flatten().next() {
        let notice = Notice::failed(in_words(&visitor.catalog, refusal));
        return Ok(visitor.moved_with(&back(visitor, shelf), &notice));
    }
    Ok(shown(visitor, shelf, chosen, StatusCode::OK, Typed::nothing(chosen), Faults::default()))
}

/// What would forbid a key of this kind whatever is typed: it is said before anybody types.
fn hindrance(visitor: &TeamVisitor, kind: &KeyKind) -> Option<Refusal> {
    let under =
        Circumstances { catalog: &visitor.catalog, by: visitor.actor(), now: visitor.authority().now() };
    // Where a key has roles they are looked at first: any one that it may have lets the other rules speak.
    let any = || assignable(&visitor.catalog, kind).take(1).map(|role| role.name.clone()).collect::<Roles>();
    let roles = matches!(kind.holder, KindHolder::TeamWithRoles(_)).then(any);
    let refused = visitor.team.may_generate(&kind.name, roles.as_ref(), under).err();
    refused.filter(|refusal| !matches!(refusal, Refusal::GrantsMore { .. }))
}

async fn generate(visitor: &TeamVisitor, shelf: Shelf) -> Result<Reply, Problem> {
    let form = visitor.form()?;
    let typed = Typed::of(&form);
    let kind = typed.kind_on(shelf, &visitor.catalog).ok_or(Problem::NoSuchPath)?;
    let again = |typed: Typed, faults| {
        shown(visitor, shelf, kind, StatusCode::UNPROCESSABLE_ENTITY, typed.shown_again(), faults)
    };
    let new = match typed.read(shelf, kind) {
        Ok(new) => new,
        Err(faults) => return Ok(again(typed, faults)),
    };
    match visitor.authority().generate(visitor.team.id, &named(visitor, &form), &new).await {
        Ok(answered) => {
            let place = place(visitor, shelf, answered.value);
            Ok(visitor.moved_with(&place, &made(&typed, answered.value)).at(answered.position))
        }
        Err(Failure::Refused(refusal)) => Ok(again(typed, fault_of(&visitor.catalog, &refusal))),
        Err(Failure::IdempotencyMismatch) => Ok(again(typed, sent_before())),
        Err(failure) => Err(failure.into()),
    }
}

/// The request under the name of its form: sent twice, it makes one key.
fn named(visitor: &TeamVisitor, form: &Form) -> Request {
    let once = Some(form.text("once")).filter(|once| (1..=64).contains(&once.len()));
    let idempotency =
        once.map(|once| visitor.call.named_request(visitor.team.id, visitor.actor(), once.as_bytes()));
    Request { by: visitor.actor(), idempotency }
}

/// A person's key is shown where the person looks for it.
fn place(visitor: &TeamVisitor, shelf: Shelf, key: KeyId) -> String {
    match shelf {
        Shelf::OfMembers => visitor.here("/profile#individual-key"),
        Shelf::WithRoles | Shelf::OfTeam => visitor.here(&format!("/keys/{key}")),
    }
}

fn made(typed: &Typed, key: KeyId) -> Notice {
    let name = &typed.name;
    Notice::done(if typed.half == PASTED {
        format!("The key “{name}” ({key}) was generated. You hold its private half.")
    } else {
        format!(
            "The key “{name}” ({key}) was generated. Download its private half now: that is possible once."
        )
    })
}

fn shown(
    visitor: &TeamVisitor,
    shelf: Shelf,
    kind: &KeyKind,
    status: StatusCode,
    typed: Typed,
    faults: Faults,
) -> Reply {
    let catalog = &visitor.catalog;
    let tasks = tasks(catalog, kind, visitor.query().text("task"));
    let suits: Vec<&str> = tasks.iter().filter(|task| task.picked).map(|task| task.role.as_str()).collect();
    let section = if shelf == Shelf::OfMembers { Section::Profile } else { Section::Integrations };
    let generate = Generate {
        frame: visitor.frame("Generate API Key", section),
        column: if shelf == Shelf::OfMembers { Vec::new() } else { column(visitor, shelf) },
        kinds: kinds(catalog, shelf, kind),
        kind: kind.name.to_string(),
        about: kind.about.clone(),
        roles: choices(visitor, kind, &typed, &suits),
        once: drawn(),
        issuer: visitor.team.id.to_string(),
        base: visitor.here(""),
        prefix: kind.file_prefix.clone(),
        action: visitor.here(shelf.generate_place()),
        back: back(visitor, shelf),
        tasks,
        typed,
        faults,
    };
    page(visitor, status, &generate)
}

/// Where such keys stand.
fn back(visitor: &TeamVisitor, shelf: Shelf) -> String {
    match shelf {
        Shelf::OfMembers => visitor.here("/profile#individual-key"),
        Shelf::WithRoles | Shelf::OfTeam => visitor.here(shelf.place()),
    }
}

/// Nothing to choose, where there is one kind.
fn kinds(catalog: &Catalog, shelf: Shelf, chosen: &KeyKind) -> Vec<KindChoice> {
    let choice = |kind: &KeyKind| KindChoice {
        name: kind.name.to_string(),
        title: kind.title.clone(),
        chosen: kind.name == chosen.name,
    };
    let kinds: Vec<KindChoice> = shelf.kinds(catalog).map(choice).collect();
    if kinds.len() > 1 { kinds } else { Vec::new() }
}

fn assignable<'c>(catalog: &'c Catalog, kind: &'c KeyKind) -> impl Iterator<Item = &'c Role> {
    catalog.roles.iter().filter(|role| kind.may_be_given(&role.name))
}

/// The usual one first, and last those that administer the team: nobody shall take them just in case.
fn choices(visitor: &TeamVisitor, kind: &KeyKind, typed: &Typed, suits: &[&str]) -> Vec<RoleChoice> {
    let catalog = &visitor.catalog;
    let usual = assignable(catalog, kind).find(|role| role.usual);
    let choice = |role: &Role| {
        let suits = suits.contains(&role.name.as_str());
        RoleChoice {
            words: RoleWords::of(catalog, role, Some(kind)),
            ticked: suits || typed.roles.iter().any(|ticked| ticked == role.name.as_str()),
            usual: role.usual,
            suits,
            may_give: catalog.covers(visitor.roles.as_slice(), &role.name),
            warning: (!role.administers.is_empty()).then(|| warning(usual)),
        }
    };
    let mut choices: Vec<RoleChoice> = assignable(catalog, kind).map(choice).collect();
    choices.sort_by_key(|choice| (choice.warning.is_some(), !choice.usual));
    choices
}

fn warning(usual: Option<&Role>) -> String {
    let mut text =
        "Whoever gets hold of such a key can make further keys, and change who belongs to your team."
            .to_owned();
    if let Some(usual) = usual {
        let _ = write!(text, " {} usually does.", usual.title);
    }
    text
}

/// What people want to do, each with the first role that names it.
fn tasks(catalog: &Catalog, kind: &KeyKind, picked: &str) -> Vec<Task> {
    if !matches!(kind.holder, KindHolder::TeamWithRoles(_)) {
        return Vec::new();
    }
    let mut tasks: Vec<Task> = Vec::new();
    for role in assignable(catalog, kind) {
        for text in &role.tasks {
            if tasks.iter().all(|task| task.text != *text) {
                tasks.push(Task { text: text.clone(), role: role.name.to_string(), picked: text == picked });
            }
        }
    }
    tasks
}

/// A name for a form that is about to be shown. Without one, sending it twice would make two keys: no other
/// harm is done if there are no random bytes.
pub(super) fn drawn() -> String {
    let mut bytes = [0_u8; 16];
    if aws_lc_rs::rand::fill(&mut bytes).is_err() {
        return String::new();
    }
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
