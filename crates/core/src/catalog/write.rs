//! Writing a catalog as TOML, in one form: what is equal is written equally, and
//! [`Catalog::parse`] takes it back.

use super::{
    Administration, Answers, BundleIds, Catalog, Group, KeyKind, KindHolder, Opens, Pattern, Permission,
    Role, Service, WhenStale,
};
use std::fmt::{self, Display, Write};
use std::time::Duration;

impl Catalog {
    /// The catalog as TOML, with every key that has a meaning, defaults too.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let mut text = String::new();
        let written = write_catalog(self, &mut text);
        debug_assert!(written.is_ok(), "writing to a String can't fail");
        text
    }
}

fn write_catalog(catalog: &Catalog, out: &mut String) -> fmt::Result {
    pair(out, "name", quoted(&catalog.name))?;
    pair(out, "leeway", time(catalog.leeway))?;
    write!(out, "\n[access]\n")?;
    pair(out, "review", catalog.access.review)?;
    if !catalog.access.terms.is_empty() {
        pair(out, "terms", quoted(&catalog.access.terms))?;
    }
    if let Some(url) = &catalog.access.terms_url {
        pair(out, "terms_url", quoted(url))?;
    }
    catalog.services.iter().try_for_each(|service| write_service(service, out))?;
    catalog.groups.iter().try_for_each(|group| write_group(group, out))?;
    catalog.roles.iter().try_for_each(|role| write_role(role, out))?;
    catalog.permissions.iter().try_for_each(|permission| write_permission(permission, out))?;
    catalog.kinds.iter().try_for_each(|kind| write_kind(kind, out))
}

fn write_service(service: &Service, out: &mut String) -> fmt::Result {
    write!(out, "\n[[services]]\n")?;
    pair(out, "name", quoted(&service.name))?;
    pair(out, "title", quoted(&service.title))?;
    pair(out, "audience", quoted(&service.audience))?;
    pair(out, "lifetime", time(service.lifetime))?;
    pair(out, "backdating", time(service.backdating))?;
    pair(out, "issued_at", quoted(if service.issued_at_required { "required" } else { "optional" }))?;
    if let Some(requests) = service.requests_per_hour {
        pair(out, "requests_per_hour", requests)?;
    }
    pair(out, "answers", quoted(answers(service.answers)))?;
    pair(out, "bundle_ids", quoted(bundle_ids(service.bundle_ids)))?;
    if !service.app_paths.is_empty() {
        pair(out, "app_paths", lines(&service.app_paths))?;
    }
    pair(out, "upstream_filters_apps", service.upstream_filters_apps)?;
    pair(out, "when_stale", quoted(when_stale(service.when_stale)))?;
    pair(out, "stale_after", time(service.stale_after))?;
    pair(out, "streams_outlive_token", service.streams_outlive_token)?;
    if let Some(long_lived) = &service.long_lived {
        write!(out, "\n[services.long_lived]\n")?;
        pair(out, "lifetime", time(long_lived.lifetime))?;
        pair(out, "paths", lines(&long_lived.paths))?;
    }
    service.per_second.iter().try_for_each(|limit| {
        write!(out, "\n[[services.per_second]]\n")?;
        pair(out, "requests", limit.requests)?;
        pair(out, "paths", lines(&limit.paths))
    })
}

fn write_group(group: &Group, out: &mut String) -> fmt::Result {
    write!(out, "\n[[groups]]\n")?;
    pair(out, "name", quoted(&group.name))?;
    pair(out, "title", quoted(&group.title))?;
    pair(out, "service", quoted(&group.service))?;
    if group.people {
        pair(out, "people", true)?;
    }
    pair(out, "paths", lines(&group.paths))
}

fn write_role(role: &Role, out: &mut String) -> fmt::Result {
    write!(out, "\n[[roles]]\n")?;
    pair(out, "name", quoted(&role.name))?;
    pair(out, "title", quoted(&role.title))?;
    pair(out, "about", quoted(&role.about))?;
    pair(out, "owns_team", role.owns_team)?;
    pair(out, "administers", list(role.administers.iter().map(|part| administration(*part))))?;
    if role.usual {
        pair(out, "usual", true)?;
    }
    if !role.tasks.is_empty() {
        pair(out, "tasks", list(&role.tasks))?;
    }
    if role.opens.is_empty() {
        return Ok(());
    }
    write!(out, "\n[roles.opens]\n")?;
    role.opens.iter().try_for_each(|(group, opens)| match opens {
        Opens::ReadSome(paths) => pair(out, group.as_str(), format_args!("{{ read = {} }}", lines(paths))),
        Opens::Read => pair(out, group.as_str(), quoted("read")),
        Opens::Write => pair(out, group.as_str(), quoted("write")),
    })
}

fn write_permission(permission: &Permission, out: &mut String) -> fmt::Result {
    write!(out, "\n[[permissions]]\n")?;
    pair(out, "name", quoted(&permission.name))?;
    pair(out, "title", quoted(&permission.title))?;
    said(out, "about", Some(&permission.about).filter(|about| !about.is_empty()))?;
    pair(out, "given_with", list(&permission.given_with))
}

fn write_kind(kind: &KeyKind, out: &mut String) -> fmt::Result {
    write!(out, "\n[[kinds]]\n")?;
    pair(out, "name", quoted(&kind.name))?;
    pair(out, "title", quoted(&kind.title))?;
    said(out, "about", Some(&kind.about).filter(|about| !about.is_empty()))?;
    said(out, "section", kind.section.as_ref())?;
    said(out, "plural", kind.plural.as_ref())?;
    pair(out, "services", list(&kind.services))?;
    pair(out, "never_opens", list(&kind.never_opens))?;
    match &kind.holder {
        KindHolder::TeamWithRoles(roles) => {
            pair(out, "held_by", quoted("team-with-roles"))?;
            pair(out, "roles", list(roles))?;
        }
        KindHolder::Team => pair(out, "held_by", quoted("team"))?,
        KindHolder::Member { generated_by, permission } => {
            pair(out, "held_by", quoted("member"))?;
            pair(out, "generated_by", list(generated_by))?;
            if let Some(permission) = permission {
                pair(out, "permission", quoted(permission))?;
            }
        }
    }
    pair(out, "limit", kind.limit)?;
    pair(out, "file_prefix", quoted(&kind.file_prefix))?;
    pair(out, "needs_access", kind.needs_access)?;
    let claims = &kind.claims;
    let claims = format!("{{ issuer = {}, bundle = {} }}", claims.names_issuer, claims.names_bundle);
    pair(out, "claims", claims)
}

fn answers(answers: Answers) -> &'static str {
    match answers {
        Answers::JsonApi => "json-api",
        Answers::ErrorCode => "error-code",
    }
}

fn bundle_ids(rule: BundleIds) -> &'static str {
    match rule {
        BundleIds::Claimed => "claimed",
        BundleIds::Registered => "registered",
    }
}

fn when_stale(rule: WhenStale) -> &'static str {
    match rule {
        WhenStale::Refuse => "refuse",
        WhenStale::Warn => "warn",
    }
}

fn administration(part: Administration) -> &'static str {
    match part {
        Administration::Keys => "keys",
        Administration::People => "people",
        Administration::Audit => "audit",
    }
}

/// A time in the largest unit that leaves nothing over.
pub(super) fn duration_text(duration: Duration) -> String {
    if duration.subsec_millis() > 0 {
        return format!("{}ms", duration.as_millis());
    }
    let seconds = duration.as_secs();
    let units = [(24 * 60 * 60, "d"), (60 * 60, "h"), (60, "m")];
    match units.iter().find(|(size, _)| seconds > 0 && seconds.is_multiple_of(*size)) {
        Some((size, unit)) => format!("{}{unit}", seconds / size),
        None => format!("{seconds}s"),
    }
}

/// Words that may be missing. Where they are, nothing is written, so that a catalog from before there were such
/// words keeps its fingerprint.
fn said(out: &mut String, key: &str, words: Option<&String>) -> fmt::Result {
    words.map_or(Ok(()), |words| pair(out, key, quoted(words)))
}

fn pair(out: &mut String, key: &str, value: impl Display) -> fmt::Result {
    writeln!(out, "{key} = {value}")
}

fn time(duration: Duration) -> String {
    quoted(duration_text(duration))
}

fn list(items: impl IntoIterator<Item = impl Display>) -> String {
    let items: Vec<_> = items.into_iter().map(quoted).collect();
    format!("[{}]", items.join(", "))
}

/// A list with a line for each path.
fn lines(paths: &[Pattern]) -> String {
    let lines: String = paths.iter().map(|path| format!("    {},\n", quoted(path))).collect();
    format!("[\n{lines}]")
}

/// A basic string of TOML.
fn quoted(text: impl Display) -> String {
    let mut quoted = String::from('"');
    for letter in text.to_string().chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            '\n' => quoted.push_str("\\n"),
            control if control.is_control() => quoted.push_str(&format!("\\u{:04X}", u32::from(control))),
            plain => quoted.push(plain),
        }
    }
    quoted.push('"');
    quoted
}
