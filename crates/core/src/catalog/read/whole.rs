//! What only the whole of a catalog shows. It is judged by the text as it stands, so that an entry
//! with a fault of its own still counts here.

use super::faults::Faults;
use super::fields::Fields;
use super::names::Names;
use super::values::Word;
use crate::catalog::Pattern;
use crate::catalog::pattern::Segment;
use std::collections::BTreeMap;

pub(super) fn check(top: &Fields<'_>, names: &Names<'_>, faults: &Faults<'_>) {
    check_paths(top);
    check_services(top);
    check_owner(top, names, faults);
    check_administration(top, faults);
    check_usual(top, faults);
    check_people(top, faults);
}

/// A path belongs to one group, once.
fn check_paths(top: &Fields<'_>) {
    let mut seen: BTreeMap<Vec<Segment>, (Word<'_>, &str)> = BTreeMap::new();
    for group in top.tables("groups") {
        let name = group.words("name").next().map_or("?", |name| name.text);
        for path in group.words("paths") {
            let Ok(pattern) = Pattern::try_from(path.text) else { continue };
            if let Some((first, owner)) = seen.get(pattern.segments()) {
                let (text, line) = (path.text, first.line());
                path.fault::<()>(match *owner == name {
                    true => format!("`{text}` is in group `{name}` already, on line {line}"),
                    false => format!("`{text}` of group `{name}` is in group `{owner}` too, on line {line}"),
                });
            } else {
                seen.insert(pattern.segments().to_vec(), (path, name));
            }
        }
    }
}

/// A service has paths, and keys that open it.
fn check_services(top: &Fields<'_>) {
    let is_named = |section: &str, key: &str, name: &str| {
        top.tables(section).any(|entry| entry.words(key).any(|word| word.text == name))
    };
    for name in top.tables("services").filter_map(|service| service.words("name").next()) {
        if !is_named("groups", "service", name.text) {
            name.fault::<()>(format!("no group belongs to service `{}`", name.text));
        }
        if !is_named("kinds", "services", name.text) {
            name.fault::<()>(format!("no kind of key opens service `{}`", name.text));
        }
    }
}

fn check_owner(top: &Fields<'_>, names: &Names<'_>, faults: &Faults<'_>) {
    let mut owners = names.owners.iter();
    match owners.next() {
        Some((first, _)) => owners.for_each(|(_, span)| {
            faults.add(span.clone(), format!("role `{first}` owns the team already; one role does"));
        }),
        None => about_roles(top, faults, "no role owns the team: one must say `owns_team = true`"),
    }
}

fn check_administration(top: &Fields<'_>, faults: &Faults<'_>) {
    for part in ["keys", "people"] {
        if !top.tables("roles").any(|role| role.words("administers").any(|word| word.text == part)) {
            about_roles(
                top,
                faults,
                &format!("no role administers {part}: one must say `administers = [\"{part}\"]`"),
            );
        }
    }
}

/// Of several usual choices none would be.
fn check_usual(top: &Fields<'_>, faults: &Faults<'_>) {
    let usual = |role: Fields<'_>| {
        let name = role.words("name").next().map_or_else(|| "?".to_owned(), |name| name.text.to_owned());
        Some((name, role.truth("usual")?))
    };
    let mut usual = top.tables("roles").filter_map(usual);
    if let Some((first, _)) = usual.next() {
        usual.for_each(|(_, span)| {
            faults.add(span, format!("role `{first}` is the usual choice already; one role may be"));
        });
    }
}

/// Our doors to people belong to one group.
fn check_people(top: &Fields<'_>, faults: &Faults<'_>) {
    let people = |group: Fields<'_>| {
        let name = group.words("name").next().map_or_else(|| "?".to_owned(), |name| name.text.to_owned());
        Some((name, group.truth("people")?))
    };
    let mut people = top.tables("groups").filter_map(people);
    if let Some((first, _)) = people.next() {
        people.for_each(|(_, span)| {
            faults.add(span, format!("group `{first}` holds the people already; one group may"));
        });
    }
}

/// A fault of all roles together stands at the first. Where there is none, that is fault enough.
fn about_roles(top: &Fields<'_>, faults: &Faults<'_>, message: &str) {
    if let Some(first) = top.tables("roles").next() {
        faults.add(first.span(), message);
    }
}
