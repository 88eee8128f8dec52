//! Reading a catalog: TOML on one side, a checked [`Catalog`] or every fault of it on the other.

mod entries;
mod faults;
mod fields;
mod names;
mod nearest;
mod values;
mod whole;

pub use faults::{CatalogFault, CatalogFaults};

use super::{AccessRule, Catalog, routes::Routes};
use faults::Faults;
use fields::Fields;
use names::Names;
use std::time::Duration;
use values::{Value, seconds};

/// The longest name a catalog may have.
pub(super) const LONGEST_NAME: usize = 60;

impl Catalog {
    /// Reads a catalog and checks all of it.
    ///
    /// # Errors
    /// Every fault there is, in the order of the text; of a text that is no TOML, the first.
    pub fn parse(text: &str) -> Result<Self, CatalogFaults> {
        let faults = Faults::new(text);
        match toml::de::DeTable::parse(text) {
            Ok(document) => {
                let catalog = read(&Fields::of_document(&document, &faults), &faults);
                faults.none_or(catalog)
            }
            Err(error) => {
                faults.add(error.span().unwrap_or_default(), error.message());
                faults.none_or(None)
            }
        }
    }
}

/// Reads the whole document. What can't be read is noted and left out; the checks that follow
/// keep silent about what was left out.
fn read(top: &Fields<'_>, faults: &Faults<'_>) -> Option<Catalog> {
    let names = Names::gather(top);
    let name = top.required("name", catalog_name);
    let leeway = top
        .optional("leeway", Duration::from_secs(30), |value| value.duration(Duration::ZERO, seconds(5 * 60)));
    let access = top.required("access", |value| access(&value.fields("`access`")?));
    let review = access.as_ref().map(|access| access.review);
    let groups = top.some_entries("groups", |fields| entries::group(fields, &names));
    let services = top.some_entries("services", |fields| entries::service(fields, &groups));
    let roles = top.some_entries("roles", |fields| entries::role(fields, &names, &groups.found));
    let permissions = top.entries("permissions", |fields| entries::permission(fields, &names));
    let kinds = top.some_entries("kinds", |fields| entries::kind(fields, &names, &groups.found, review));
    top.refuse_unknown_keys();
    whole::check(top, &names, faults);
    if !faults.are_none() {
        return None;
    }
    let service_of = |group: &super::Group| {
        services.found.iter().position(|service| service.name == group.service).unwrap_or_default()
    };
    let routes = Routes::plant(&groups.found, service_of);
    let owner = roles.found.iter().position(|role| role.owns_team)?;
    Some(Catalog {
        name: name?,
        leeway: leeway?,
        access: access?,
        services: services.found,
        groups: groups.found,
        roles: roles.found,
        permissions: permissions.found,
        kinds: kinds.found,
        routes,
        owner,
    })
}

fn catalog_name(value: Value<'_>) -> Option<String> {
    let name = value.text()?;
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if (1..=LONGEST_NAME).contains(&name.len()) && name.bytes().all(is_plain) {
        Some(name.to_owned())
    } else {
        value.fault("the name of a catalog must be 1 to 60 characters of a–z, 0–9 and -")
    }
}

fn access(fields: &Fields<'_>) -> Option<AccessRule> {
    let review = fields.required("review", Value::boolean);
    let terms = match review {
        Some(true) => fields.required("terms", Value::prose),
        _ => fields.optional("terms", String::new(), Value::prose),
    };
    let terms_url = fields.optional("terms_url", None, |value| value.url().map(Some));
    fields.refuse_unknown_keys();
    Some(AccessRule { review: review?, terms: terms?, terms_url: terms_url? })
}
