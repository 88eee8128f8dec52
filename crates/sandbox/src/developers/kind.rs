//! The kinds of certificates.

/// A kind of certificates.
#[derive(Debug)]
pub(crate) struct Kind {
    /// What the API calls it.
    pub(crate) name: &'static str,
    /// What people call it.
    pub(crate) title: &'static str,
    /// What its certificates' names begin with.
    pub(crate) common: &'static str,
    /// For which platform alone it is.
    pub(crate) platform: Option<&'static str>,
    /// Whether whoever has one may hand apps to others.
    pub(crate) is_for_distribution: bool,
    /// The extensions by which tools know the kind.
    pub(super) marks: &'static [&'static [u64]],
    /// What a request must name beside the kind.
    pub(crate) of: Option<&'static str>,
}

/// Where Apple's extensions of certificates begin.
macro_rules! marks {
    ($($last:literal),*) => { &[$(&[1, 2, 840, 113_635, 100, 6, 1, $last]),*] };
}

const IOS: Option<&str> = Some("IOS");
const MAC: Option<&str> = Some("MAC_OS");

/// All kinds.
const KINDS: &[Kind] = &[
    development("IOS_DEVELOPMENT", "iOS Development", "iPhone Developer", IOS, marks![2]),
    development("MAC_APP_DEVELOPMENT", "Mac Development", "Mac Developer", MAC, marks![12]),
    development("DEVELOPMENT", "Apple Development", "Apple Development", None, marks![2, 12]),
    development("IDENTITY_ACCESS", "Identity Access", "Identity Access", None, marks![]),
    distribution("IOS_DISTRIBUTION", "iOS Distribution", "iPhone Distribution", IOS, marks![4]),
    distribution(
        "MAC_APP_DISTRIBUTION",
        "Mac App Distribution",
        "3rd Party Mac Developer Application",
        MAC,
        marks![7],
    ),
    distribution(
        "MAC_INSTALLER_DISTRIBUTION",
        "Mac Installer Distribution",
        "3rd Party Mac Developer Installer",
        MAC,
        marks![8],
    ),
    distribution("DISTRIBUTION", "Apple Distribution", "Apple Distribution", None, marks![4, 7]),
    distribution("DEVELOPER_ID_APPLICATION", DEVELOPER_ID, DEVELOPER_ID, MAC, marks![13]),
    distribution("DEVELOPER_ID_APPLICATION_G2", DEVELOPER_ID, DEVELOPER_ID, MAC, marks![13]),
    distribution("DEVELOPER_ID_KEXT", "Developer ID Kext", DEVELOPER_ID, MAC, marks![13, 18]),
    distribution("DEVELOPER_ID_KEXT_G2", "Developer ID Kext", DEVELOPER_ID, MAC, marks![13, 18]),
    for_one("PASS_TYPE_ID", "Pass Type ID", "passTypeId", marks![16]),
    for_one("PASS_TYPE_ID_WITH_NFC", "Pass Type ID with NFC", "passTypeId", marks![16]),
    for_one("APPLE_PAY", "Apple Pay Payment Processing", "merchantId", marks![]),
    for_one("APPLE_PAY_RSA", "Apple Pay Payment Processing", "merchantId", marks![]),
    for_one("APPLE_PAY_MERCHANT_IDENTITY", "Apple Pay Merchant Identity", "merchantId", marks![]),
    for_one("APPLE_PAY_PSP_IDENTITY", "Apple Pay PSP Identity", "merchantId", marks![]),
];

const DEVELOPER_ID: &str = "Developer ID Application";

const fn development(
    name: &'static str,
    title: &'static str,
    common: &'static str,
    platform: Option<&'static str>,
    marks: &'static [&'static [u64]],
) -> Kind {
    Kind { name, title, common, platform, is_for_distribution: false, marks, of: None }
}

const fn distribution(
    name: &'static str,
    title: &'static str,
    common: &'static str,
    platform: Option<&'static str>,
    marks: &'static [&'static [u64]],
) -> Kind {
    Kind { is_for_distribution: true, ..development(name, title, common, platform, marks) }
}

const fn for_one(
    name: &'static str,
    title: &'static str,
    of: &'static str,
    marks: &'static [&'static [u64]],
) -> Kind {
    Kind { of: Some(of), ..development(name, title, title, None, marks) }
}

impl Kind {
    /// The kind that the API calls so.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        KINDS.iter().find(|kind| kind.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{Kind as Values, TABLE};

    #[test]
    fn each_kind_of_the_table_is_known_and_no_other() {
        let table = &TABLE.of("certificates").unwrap().attribute("certificateType").unwrap().kind;
        let Values::OneOf(words) = table else { panic!("{table:?}") };
        assert!(words.iter().all(|word| Kind::named(word).is_some()));
        assert_eq!(words.len(), KINDS.len());
    }
}
