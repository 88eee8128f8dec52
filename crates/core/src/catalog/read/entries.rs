//! The entries of a catalog, each read by one function: here are all keys that there are.

use super::fields::{Entries, Fields};
use super::names::Names;
use super::values::{Value, seconds};
use crate::catalog::{
    Administration, Answers, BundleIds, ClaimRule, Group, KeyKind, KindHolder, LongLived, Opens, Pattern,
    PerSecond, Permission, Role, Service, WhenStale,
};
use crate::id::{GroupName, ServiceName};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

const HOUR: Duration = seconds(60 * 60);
const DAY: Duration = seconds(24 * 60 * 60);
/// As long as what is said about something may be.
const LONGEST_ABOUT: usize = 300;
const LONGEST_LIFE: Duration = seconds(366 * 24 * 60 * 60);

/// The audiences of tokens that are not meant for a service but for the issuer.
const ISSUERS_AUDIENCES: [&str; 2] = ["counterfoil-burn", "counterfoil-leak"];

pub(super) fn service(fields: &Fields<'_>, groups: &Entries<Group>) -> Option<Service> {
    let name = fields.required("name", Value::name::<ServiceName>);
    let title = fields.required("title", Value::title);
    let audience = fields.required("audience", audience);
    let lifetime = fields.required("lifetime", |value| value.duration(seconds(1), DAY));
    let backdating =
        fields.optional("backdating", Duration::ZERO, |value| value.duration(Duration::ZERO, DAY));
    let issued_at_required =
        fields.required("issued_at", |value| value.one_of(&[("required", true), ("optional", false)]));
    let paths = ServicePaths { groups, service: name.as_ref() };
    let long_lived =
        fields.optional("long_lived", None, |value| long_lived(value, lifetime, &paths).map(Some));
    let requests_per_hour = fields.optional("requests_per_hour", None, |value| value.count().map(Some));
    let per_second = per_second(fields, &paths);
    let answers = fields.optional("answers", Answers::JsonApi, |value| {
        value.one_of(&[("json-api", Answers::JsonApi), ("error-code", Answers::ErrorCode)])
    });
    let bundle_ids = fields.optional("bundle_ids", BundleIds::Registered, |value| {
        value.one_of(&[("registered", BundleIds::Registered), ("claimed", BundleIds::Claimed)])
    });
    let app_paths = fields.optional("app_paths", Vec::new(), |value| app_paths(value, &paths));
    let upstream_filters_apps = fields.optional("upstream_filters_apps", false, Value::boolean);
    let when_stale = fields.optional("when_stale", WhenStale::Refuse, |value| {
        value.one_of(&[("refuse", WhenStale::Refuse), ("warn", WhenStale::Warn)])
    });
    let stale_after =
        fields.optional("stale_after", seconds(5), |value| value.duration(Duration::from_millis(100), HOUR));
    let streams_outlive_token = fields.optional("streams_outlive_token", false, Value::boolean);
    Some(Service {
        name: name?,
        title: title?,
        audience: audience?,
        lifetime: lifetime?,
        backdating: backdating?,
        issued_at_required: issued_at_required?,
        long_lived: long_lived?,
        requests_per_hour: requests_per_hour?,
        per_second: per_second?,
        answers: answers?,
        bundle_ids: bundle_ids?,
        app_paths: app_paths?,
        upstream_filters_apps: upstream_filters_apps?,
        when_stale: when_stale?,
        stale_after: stale_after?,
        streams_outlive_token: streams_outlive_token?,
    })
}

fn audience(value: Value<'_>) -> Option<String> {
    let audience = value.text()?;
    if ISSUERS_AUDIENCES.contains(&audience) {
        return value.fault(format!("`{audience}` is the audience of tokens for the issuer itself"));
    }
    if (1..=255).contains(&audience.len()) && audience.bytes().all(|byte| byte.is_ascii_graphic()) {
        Some(audience.to_owned())
    } else {
        value.must_be("1 to 255 visible ASCII characters, without spaces")
    }
}

fn long_lived(value: Value<'_>, short: Option<Duration>, paths: &ServicePaths<'_>) -> Option<LongLived> {
    let fields = value.fields("`long_lived`")?;
    let lifetime = fields.required("lifetime", |value| {
        let lifetime = value.duration(seconds(1), LONGEST_LIFE)?;
        if short.is_some_and(|short| lifetime <= short) {
            return value.must_be("longer than the lifetime of other tokens");
        }
        Some(lifetime)
    });
    let paths = fields.required("paths", |value| value.list(1, |path| paths.pattern(path)));
    fields.refuse_unknown_keys();
    Some(LongLived { lifetime: lifetime?, paths: paths? })
}

fn per_second(fields: &Fields<'_>, paths: &ServicePaths<'_>) -> Option<Vec<PerSecond>> {
    let mut earlier: Vec<Pattern> = Vec::new();
    let mut once = |value: Value<'_>| {
        let pattern = paths.pattern(value)?;
        if earlier.iter().any(|other| other.is_same_as(&pattern)) {
            return value.fault(format!("`{pattern}` has a limit already"));
        }
        earlier.push(pattern.clone());
        Some(pattern)
    };
    let limits = fields.entries("per_second", |fields| {
        let requests = fields.required("requests", Value::count);
        let paths = fields.required("paths", |value| value.list(1, &mut once));
        Some(PerSecond { paths: paths?, requests: requests? })
    });
    limits.complete.then_some(limits.found)
}

fn app_paths(value: Value<'_>, paths: &ServicePaths<'_>) -> Option<Vec<Pattern>> {
    let mut earlier: Vec<Pattern> = Vec::new();
    let once = |value: Value<'_>| {
        let pattern = paths.app_path(value)?;
        if earlier.iter().any(|other| other.is_same_as(&pattern)) {
            return value.fault(format!("`{pattern}` is named twice"));
        }
        earlier.push(pattern.clone());
        Some(pattern)
    };
    value.list(1, once)
}

/// What a service's own patterns must agree with: the paths of its groups.
struct ServicePaths<'a> {
    groups: &'a Entries<Group>,
    service: Option<&'a ServiceName>,
}

impl ServicePaths<'_> {
    /// Reads a pattern. One that no path of the service can match is a slip of the pen.
    fn pattern(&self, value: Value<'_>) -> Option<Pattern> {
        let pattern = value.pattern()?;
        match self.lacks(|path| path.overlaps(&pattern)) {
            None => Some(pattern),
            Some(service) => {
                value.fault(format!("no group of service `{service}` has a path that `{pattern}` matches"))
            }
        }
    }

    /// Reads a pattern that ends with an app's id.
    fn app_path(&self, value: Value<'_>) -> Option<Pattern> {
        let pattern = value.pattern()?;
        if pattern.segment_named_by(&pattern).is_none() {
            return value.fault(format!("`{pattern}` must end with an app's id, as in `/v1/apps/{{id}}`"));
        }
        match self.lacks(|path| path.segment_named_by(&pattern).is_some()) {
            None => Some(pattern),
            Some(service) => value
                .fault(format!("no group of service `{service}` has a path that begins with `{pattern}`")),
        }
    }

    /// The service, if all of its paths are known and none of them is so.
    fn lacks(&self, is_so: impl Fn(&Pattern) -> bool) -> Option<&ServiceName> {
        let service = self.service.filter(|_| self.groups.complete)?;
        let mut own = self.groups.found.iter().filter(|group| group.service == *service);
        let has = own.any(|group| group.paths.iter().any(&is_so));
        (!has).then_some(service)
    }
}

pub(super) fn group(fields: &Fields<'_>, names: &Names<'_>) -> Option<Group> {
    let name = fields.required("name", Value::name);
    let title = fields.required("title", Value::title);
    let service = fields.required("service", |value| names.service(value));
    let paths = fields.required("paths", |value| value.list(1, Value::pattern));
    let people = fields.optional("people", false, Value::boolean);
    Some(Group { name: name?, title: title?, service: service?, paths: paths?, people: people? })
}

pub(super) fn role(fields: &Fields<'_>, names: &Names<'_>, groups: &[Group]) -> Option<Role> {
    let name = fields.required("name", Value::name);
    let title = fields.required("title", Value::title);
    let about = fields.required("about", |value| value.line(LONGEST_ABOUT));
    let owns_team = fields.optional("owns_team", false, Value::boolean);
    let administers = fields.optional("administers", BTreeSet::new(), |value| value.set(0, administration));
    let opens = fields.optional("opens", BTreeMap::new(), |value| opens(value, names, groups));
    let usual = fields.optional("usual", false, Value::boolean);
    let tasks = fields.optional("tasks", Vec::new(), |value| value.list(0, |task| task.line(LONGEST_ABOUT)));
    Some(Role {
        name: name?,
        title: title?,
        about: about?,
        owns_team: owns_team?,
        administers: administers?,
        opens: opens?,
        usual: usual?,
        tasks: tasks?,
    })
}

fn administration(value: Value<'_>) -> Option<Administration> {
    value.one_of(&[
        ("keys", Administration::Keys),
        ("people", Administration::People),
        ("audit", Administration::Audit),
    ])
}

fn opens(value: Value<'_>, names: &Names<'_>, groups: &[Group]) -> Option<BTreeMap<GroupName, Opens>> {
    let pairs = value.pairs()?.into_iter().map(|(key, value)| {
        let name = names.group(&key);
        let group = name.as_ref().and_then(|name| groups.iter().find(|group| group.name == *name));
        let opens = match (value.as_word().map(|word| word.text), value.as_fields()) {
            (Some("read"), _) => Some(Opens::Read),
            (Some("write"), _) => Some(Opens::Write),
            (_, Some(_)) => read_some(value, group),
            _ => value.must_be("\"read\", \"write\" or { read = [paths] }"),
        };
        Some((name?, opens?))
    });
    let read: Vec<_> = pairs.collect();
    read.into_iter().collect()
}

fn read_some(value: Value<'_>, group: Option<&Group>) -> Option<Opens> {
    let fields = value.fields("what a role opens")?;
    let paths = fields.required("read", |value| value.list(1, |path| pattern_within(path, group)));
    fields.refuse_unknown_keys();
    paths.map(Opens::ReadSome)
}

fn pattern_within(value: Value<'_>, group: Option<&Group>) -> Option<Pattern> {
    let pattern = value.pattern()?;
    match group {
        Some(group) if !group.paths.iter().any(|path| path.overlaps(&pattern)) => {
            value.fault(format!("group `{}` has no path that `{pattern}` matches", group.name))
        }
        _ => Some(pattern),
    }
}

pub(super) fn permission(fields: &Fields<'_>, names: &Names<'_>) -> Option<Permission> {
    let name = fields.required("name", Value::name);
    let title = fields.required("title", Value::title);
    let about = about(fields);
    let given_with =
        fields.optional("given_with", BTreeSet::new(), |value| value.set(0, |role| names.role(role)));
    Some(Permission { name: name?, title: title?, about: about?, given_with: given_with? })
}

/// What may be said about something, in a sentence or two.
fn about(fields: &Fields<'_>) -> Option<String> {
    fields.optional("about", String::new(), |value| value.line(LONGEST_ABOUT))
}

/// `review` says whether access is reviewed, where that could be read.
pub(super) fn kind(
    fields: &Fields<'_>,
    names: &Names<'_>,
    groups: &[Group],
    review: Option<bool>,
) -> Option<KeyKind> {
    let name = fields.required("name", Value::name);
    let title = fields.required("title", Value::title);
    let about = about(fields);
    let section = fields.optional("section", None, |value| value.title().map(Some));
    let plural = fields.optional("plural", None, |value| value.title().map(Some));
    let services = fields.required("services", |value| value.set(1, |service| names.service(service)));
    let never_opens = fields.optional("never_opens", BTreeSet::new(), |value| {
        value.set(0, |group| group_of_services(group, names, groups, services.as_ref()))
    });
    let holder = holder(fields, names);
    let limit = fields.required("limit", Value::count);
    let file_prefix = fields.required("file_prefix", file_prefix);
    let needs_access = needs_access(fields, review);
    let claims = fields.required("claims", claims);
    Some(KeyKind {
        name: name?,
        title: title?,
        about: about?,
        section: section?,
        plural: plural?,
        services: services?,
        never_opens: never_opens?,
        holder: holder?,
        limit: limit?,
        file_prefix: file_prefix?,
        needs_access: needs_access?,
        claims: claims?,
    })
}

fn group_of_services(
    value: Value<'_>,
    names: &Names<'_>,
    groups: &[Group],
    services: Option<&BTreeSet<ServiceName>>,
) -> Option<GroupName> {
    let name = names.group(&value.word()?)?;
    let service = groups.iter().find(|group| group.name == name).map(|group| &group.service);
    match (service, services) {
        (Some(service), Some(services)) if !services.contains(service) => {
            value.fault(format!("group `{name}` is of service `{service}`, which this kind doesn't open"))
        }
        _ => Some(name),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum HeldBy {
    TeamWithRoles,
    Team,
    Member,
}

fn holder(fields: &Fields<'_>, names: &Names<'_>) -> Option<KindHolder> {
    let held_by = fields.required("held_by", |value| {
        value.one_of(&[
            ("team-with-roles", HeldBy::TeamWithRoles),
            ("team", HeldBy::Team),
            ("member", HeldBy::Member),
        ])
    });
    if held_by.is_none_or(|held_by| held_by != HeldBy::TeamWithRoles) {
        fields.refuse("roles", "`roles` goes with held_by = \"team-with-roles\" only");
    }
    if held_by.is_none_or(|held_by| held_by != HeldBy::Member) {
        fields.refuse("generated_by", "`generated_by` goes with held_by = \"member\" only");
        fields.refuse("permission", "`permission` goes with held_by = \"member\" only");
    }
    match held_by? {
        HeldBy::TeamWithRoles => {
            let roles = fields.required("roles", |value| value.set(1, |role| assignable_role(role, names)));
            roles.map(KindHolder::TeamWithRoles)
        }
        HeldBy::Team => Some(KindHolder::Team),
        HeldBy::Member => {
            let generated_by = fields.required("generated_by", |value| value.set(1, |role| names.role(role)));
            let permission = fields.optional("permission", None, |value| names.permission(value).map(Some));
            Some(KindHolder::Member { generated_by: generated_by?, permission: permission? })
        }
    }
}

fn assignable_role(value: Value<'_>, names: &Names<'_>) -> Option<crate::id::RoleName> {
    let role = names.role(value)?;
    if names.owns_team(role.as_str()) {
        return value.fault(format!("role `{role}` owns the team; no key can be given it"));
    }
    Some(role)
}

fn file_prefix(value: Value<'_>) -> Option<String> {
    let prefix = value.text()?;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let begins_well = prefix.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
    if begins_well && prefix.len() <= 40 && prefix.bytes().all(is_plain) {
        Some(prefix.to_owned())
    } else {
        value.must_be("1 to 40 characters of a–z, A–Z, 0–9, . _ and -, the first a letter or digit")
    }
}

fn needs_access(fields: &Fields<'_>, review: Option<bool>) -> Option<bool> {
    match review {
        Some(true) => fields.required("needs_access", Value::boolean),
        Some(false) => fields.optional("needs_access", false, |value| {
            if value.boolean()? {
                return value.fault("access is not reviewed, so no kind of key can need it");
            }
            Some(false)
        }),
        None => fields.optional("needs_access", false, Value::boolean),
    }
}

fn claims(value: Value<'_>) -> Option<ClaimRule> {
    let fields = value.fields("`claims`")?;
    let names_issuer = fields.required("issuer", Value::boolean);
    let names_bundle = fields.required("bundle", Value::boolean);
    fields.refuse_unknown_keys();
    Some(ClaimRule { names_issuer: names_issuer?, names_bundle: names_bundle? })
}
