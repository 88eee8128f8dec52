//! *Individual API Key*: the section of a profile where a person generates, downloads and revokes a key of their own.

use super::generate::drawn;
use super::row::KeyRow;
use super::shelf::Shelf;
use super::who::Who;
use crate::console::TeamVisitor;
use crate::console::refused::in_words;
use crate::error::Problem;
use counterfoil_core::catalog::KeyKind;
use counterfoil_core::id::KeyId;
use counterfoil_core::refusal::{Limited, Refusal};
use counterfoil_core::team::{Circumstances, Key};

/// The most characters of a key's name.
const LONGEST_NAME: usize = 30;

/// What the section shows. A profile's template has it in a field `own` and includes `keys/own.html`.
pub(crate) struct OwnKeys {
    pub(in crate::console) kinds: Vec<OwnKind>,
}

/// One kind of key that a member may have.
pub(in crate::console) struct OwnKind {
    pub(in crate::console) name: String,
    pub(in crate::console) title: String,
    pub(in crate::console) about: String,
    /// What it never opens, whatever the person's roles.
    pub(in crate::console) never: String,
    pub(in crate::console) keys: Vec<KeyRow>,
    /// Why none can be generated now; nothing, if one can, or if there are enough.
    pub(in crate::console) missing: Option<String>,
    /// Where whoever looks can do something about that; nowhere, if it is for others.
    pub(in crate::console) mend: Option<String>,
    pub(in crate::console) may_generate: bool,
    /// What the key is called unless the person chooses a name.
    pub(in crate::console) usual_name: String,
    /// What the form is called, so that sending it twice makes one key.
    pub(in crate::console) once: String,
    pub(in crate::console) generate: String,
}

/// The section of whoever looks.
///
/// # Errors
/// If the store can't be read.
pub(crate) async fn section(visitor: &TeamVisitor) -> Result<OwnKeys, Problem> {
    let who = Who::of(visitor).await?;
    let mut kinds = Vec::new();
    for kind in Shelf::OfMembers.kinds(&visitor.catalog) {
        kinds.push(own(visitor, &who, kind).await?);
    }
    Ok(OwnKeys { kinds })
}

async fn own(visitor: &TeamVisitor, who: &Who, kind: &KeyKind) -> Result<OwnKind, Problem> {
    let is_own = |key: &Key| key.is_active() && key.kind == kind.name && key.member() == Some(visitor.member);
    let mine: Vec<(KeyId, &Key)> = visitor
        .team
        .keys
        .iter()
        .map(|(id, key)| (*id, key.as_ref()))
        .filter(|(_, key)| is_own(key))
        .collect();
    let ids: Vec<KeyId> = mine.iter().map(|(id, _)| *id).collect();
    let used = visitor.authority().last_used_of(&ids).await?;
    let under =
        Circumstances { catalog: &visitor.catalog, by: visitor.actor(), now: visitor.authority().now() };
    let allowed = visitor.team.may_generate(&kind.name, None, under);
    let missing = allowed.as_ref().err().filter(|refusal| !is_enough(refusal));
    let shut = visitor.catalog.groups.iter().filter(|group| kind.never_opens.contains(&group.name));
    Ok(OwnKind {
        name: kind.name.to_string(),
        title: kind.title.clone(),
        about: kind.about.clone(),
        never: shut.map(|group| group.title.as_str()).collect::<Vec<_>>().join(", "),
        keys: mine
            .into_iter()
            .map(|(id, key)| KeyRow::of(visitor, who, id, key, used.get(&id).copied()))
            .collect(),
        may_generate: allowed.is_ok(),
        usual_name: usual_name(&kind.title),
        once: drawn(),
        mend: missing
            .filter(|refusal| may_mend(visitor, refusal))
            .map(|_| visitor.here(Shelf::WithRoles.place())),
        missing: missing.map(|refusal| why(visitor, refusal)),
        generate: visitor.here(Shelf::OfMembers.generate_place()),
    })
}

/// The kind's title, as far as a name may be long.
fn usual_name(title: &str) -> String {
    let cut: String = title.chars().take(LONGEST_NAME).collect();
    cut.trim().to_owned()
}

/// Access is asked for by the team's owner alone.
fn may_mend(visitor: &TeamVisitor, refusal: &Refusal) -> bool {
    visitor.is_owner() && *refusal == Refusal::AccessNotApproved
}

fn why(visitor: &TeamVisitor, refusal: &Refusal) -> String {
    match refusal {
        Refusal::AccessNotApproved => {
            let owner = &visitor.catalog.owner_role().title;
            let asks = if visitor.is_owner() { String::new() } else { format!(" The {owner} requests it.") };
            format!("Access to the API was not approved for this team yet.{asks}")
        }
        other => in_words(&visitor.catalog, other),
    }
}

/// Whoever has a key knows it.
fn is_enough(refusal: &Refusal) -> bool {
    matches!(refusal, Refusal::LimitReached { what: Limited::KeysOfMember(_), .. })
}
