//! The types of profiles.

/// A type of profiles.
#[derive(Debug)]
pub(super) struct ProfileKind {
    /// What the API calls it.
    pub(super) name: &'static str,
    /// For which platform's devices it is.
    pub(super) platform: &'static str,
    /// What the file says of the platforms.
    pub(super) systems: &'static [&'static str],
    /// Which kinds of certificates it takes.
    pub(super) certificates: &'static [&'static str],
    pub(super) devices: Devices,
    /// Whether apps under it may be looked into while they run.
    pub(super) is_for_development: bool,
    /// Whether apps under it go to the store.
    pub(super) is_for_store: bool,
}

/// On which devices apps run under a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Devices {
    /// On those that it names.
    Named,
    /// On all.
    All,
    /// On none, but by way of the store.
    None,
}

/// What is done with an app under a profile.
#[derive(Clone, Copy)]
enum Purpose {
    Development,
    Store,
    /// For devices that are named.
    AdHoc,
    /// For everybody of a company, or for everybody.
    Everybody,
}

struct Platform {
    name: &'static str,
    systems: &'static [&'static str],
    development: &'static [&'static str],
    distribution: &'static [&'static str],
}

const IOS: Platform = Platform {
    name: "IOS",
    systems: &["iOS", "xrOS", "visionOS"],
    development: &["IOS_DEVELOPMENT", "DEVELOPMENT"],
    distribution: &["IOS_DISTRIBUTION", "DISTRIBUTION"],
};
const TVOS: Platform = Platform { systems: &["tvOS"], ..IOS };
const MAC: Platform = Platform {
    name: "MAC_OS",
    systems: &["OSX"],
    development: &["MAC_APP_DEVELOPMENT", "DEVELOPMENT"],
    distribution: &["MAC_APP_DISTRIBUTION", "DISTRIBUTION"],
};
const DEVELOPER_ID: &[&str] =
    &["DEVELOPER_ID_APPLICATION", "DEVELOPER_ID_APPLICATION_G2", "DEVELOPER_ID_KEXT", "DEVELOPER_ID_KEXT_G2"];
const MAC_DIRECT: Platform = Platform { distribution: DEVELOPER_ID, ..MAC };

const KINDS: &[ProfileKind] = &[
    kind("IOS_APP_DEVELOPMENT", &IOS, Purpose::Development),
    kind("IOS_APP_STORE", &IOS, Purpose::Store),
    kind("IOS_APP_ADHOC", &IOS, Purpose::AdHoc),
    kind("IOS_APP_INHOUSE", &IOS, Purpose::Everybody),
    kind("TVOS_APP_DEVELOPMENT", &TVOS, Purpose::Development),
    kind("TVOS_APP_STORE", &TVOS, Purpose::Store),
    kind("TVOS_APP_ADHOC", &TVOS, Purpose::AdHoc),
    kind("TVOS_APP_INHOUSE", &TVOS, Purpose::Everybody),
    kind("MAC_APP_DEVELOPMENT", &MAC, Purpose::Development),
    kind("MAC_APP_STORE", &MAC, Purpose::Store),
    kind("MAC_APP_DIRECT", &MAC_DIRECT, Purpose::Everybody),
    kind("MAC_CATALYST_APP_DEVELOPMENT", &MAC, Purpose::Development),
    kind("MAC_CATALYST_APP_STORE", &MAC, Purpose::Store),
    kind("MAC_CATALYST_APP_DIRECT", &MAC_DIRECT, Purpose::Everybody),
];

const fn kind(name: &'static str, platform: &Platform, purpose: Purpose) -> ProfileKind {
    let is_for_development = matches!(purpose, Purpose::Development);
    ProfileKind {
        name,
        platform: platform.name,
        systems: platform.systems,
        certificates: if is_for_development { platform.development } else { platform.distribution },
        devices: match purpose {
            Purpose::Development | Purpose::AdHoc => Devices::Named,
            Purpose::Everybody => Devices::All,
            Purpose::Store => Devices::None,
        },
        is_for_development,
        is_for_store: matches!(purpose, Purpose::Store),
    }
}

impl ProfileKind {
    /// The type that the API calls so.
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        KINDS.iter().find(|kind| kind.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::developers;
    use crate::table::{Kind, TABLE};

    #[test]
    fn each_type_of_the_table_is_known_and_no_other() {
        let table = &TABLE.of("profiles").unwrap().attribute("profileType").unwrap().kind;
        let Kind::OneOf(words) = table else { panic!("{table:?}") };
        assert!(words.iter().all(|word| ProfileKind::named(word).is_some()));
        assert_eq!(words.len(), KINDS.len());
        let certificates = KINDS.iter().flat_map(|kind| kind.certificates);
        certificates.for_each(|name| assert!(developers::Kind::named(name).is_some(), "{name}"));
    }
}
