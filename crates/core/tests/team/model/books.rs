//! What the model goes by: three sets of rules in plain words, and the names of what can happen.
//!
//! Copied by hand from what the catalogs are meant to say, not read from them.

use counterfoil_core::team::Command;

/// The rules of one installation.
pub(crate) struct Book {
    pub(crate) owner: &'static str,
    /// What a former owner gets who has no other role.
    pub(crate) fallback: &'static str,
    pub(crate) reviewed: bool,
    pub(crate) roles: &'static [Role],
    /// A permission, and the roles that bring it with an invitation.
    pub(crate) permissions: &'static [(&'static str, &'static [&'static str])],
    pub(crate) kinds: &'static [Kind],
}

/// A role: what it administers, and how far it opens each group (`0` not, `1` some, `2` read, `3` write).
pub(crate) struct Role {
    pub(crate) name: &'static str,
    pub(crate) keys: bool,
    pub(crate) people: bool,
    pub(crate) audit: bool,
    pub(crate) opens: &'static [u8],
}

/// A kind of key.
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) whose: Whose,
    pub(crate) limit: usize,
    pub(crate) needs_access: bool,
}

/// Whose keys of a kind are.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Whose {
    /// The team's, with one or more of these roles.
    TeamWith(&'static [&'static str]),
    /// The team's, without roles.
    Team,
    /// A person's: one of these roles is needed, and the permission if there is one.
    Person(&'static [&'static str], Option<&'static str>),
}

impl Book {
    pub(crate) fn role(&self, name: &str) -> Option<&'static Role> {
        self.roles.iter().find(|role| role.name == name)
    }

    pub(crate) fn knows(&self, name: &str) -> bool {
        self.role(name).is_some() || self.permissions.iter().any(|(permission, _)| *permission == name)
    }

    pub(crate) fn kind(&self, name: &str) -> Option<&'static Kind> {
        self.kinds.iter().find(|kind| kind.name == name)
    }
}

const fn role(name: &'static str, opens: &'static [u8]) -> Role {
    Role { name, keys: false, people: false, audit: false, opens }
}

const fn all(name: &'static str, opens: &'static [u8]) -> Role {
    Role { name, keys: true, people: true, audit: true, opens }
}

const INDIVIDUAL: &[&str] =
    &["ACCOUNT_HOLDER", "ADMIN", "APP_MANAGER", "CUSTOMER_SUPPORT", "DEVELOPER", "MARKETING"];
const TEAM: &[&str] =
    &["ADMIN", "APP_MANAGER", "DEVELOPER", "FINANCE", "SALES", "MARKETING", "CUSTOMER_SUPPORT"];

/// App Store Connect. The columns are pricing, metadata, sales, finance, provisioning, users,
/// TestFlight, reviews, analytics, Xcode Cloud, Game Center, the rest.
pub(crate) const APPSTORE: Book = Book {
    owner: "ACCOUNT_HOLDER",
    fallback: "ADMIN",
    reviewed: true,
    roles: &[
        all("ACCOUNT_HOLDER", &[3, 3, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3]),
        all("ADMIN", &[3, 3, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3]),
        role("APP_MANAGER", &[3, 3, 0, 0, 0, 2, 3, 3, 3, 3, 3, 3]),
        role("DEVELOPER", &[0, 1, 0, 0, 3, 0, 3, 2, 2, 3, 3, 2]),
        role("FINANCE", &[0, 0, 2, 2, 0, 0, 0, 0, 2, 0, 0, 0]),
        role("SALES", &[0, 0, 2, 0, 0, 0, 0, 0, 2, 0, 0, 0]),
        role("MARKETING", &[0, 2, 0, 0, 0, 0, 0, 2, 2, 0, 0, 0]),
        role("CUSTOMER_SUPPORT", &[0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0]),
    ],
    permissions: &[
        ("GENERATE_INDIVIDUAL_KEYS", INDIVIDUAL),
        ("ACCESS_TO_REPORTS", &[]),
        ("CREATE_APPS", &[]),
        ("CLOUD_MANAGED_DEVELOPER_ID", &[]),
        ("CLOUD_MANAGED_APP_DISTRIBUTION", &[]),
    ],
    kinds: &[
        Kind { name: "TEAM", whose: Whose::TeamWith(TEAM), limit: 50, needs_access: true },
        Kind {
            name: "INDIVIDUAL",
            whose: Whose::Person(INDIVIDUAL, Some("GENERATE_INDIVIDUAL_KEYS")),
            limit: 1,
            needs_access: true,
        },
        Kind { name: "IN_APP_PURCHASE", whose: Whose::Team, limit: 50, needs_access: false },
    ],
};

/// The parcel service: shipments, rates, invoices, scans.
pub(crate) const PARCELS: Book = Book {
    owner: "OWNER",
    fallback: "DISPATCHER",
    reviewed: false,
    roles: &[
        all("OWNER", &[3, 3, 3, 3]),
        role("DISPATCHER", &[3, 2, 0, 2]),
        Role { name: "BOOKKEEPER", keys: false, people: false, audit: true, opens: &[1, 0, 2, 0] },
    ],
    permissions: &[("OWN_KEY", &["OWNER", "DISPATCHER"])],
    kinds: &[
        Kind {
            name: "SHOP",
            whose: Whose::TeamWith(&["DISPATCHER", "BOOKKEEPER"]),
            limit: 20,
            needs_access: false,
        },
        Kind {
            name: "PERSON",
            whose: Whose::Person(&["OWNER", "DISPATCHER"], Some("OWN_KEY")),
            limit: 2,
            needs_access: false,
        },
        Kind { name: "COURIER", whose: Whose::Team, limit: 500, needs_access: false },
    ],
};

/// The workshop: benches and stores.
pub(crate) const WORKSHOP: Book = Book {
    owner: "HEAD",
    fallback: "HIRER",
    reviewed: true,
    roles: &[
        all("HEAD", &[3, 3]),
        role("WORKER", &[3, 0]),
        Role { name: "KEEPER", keys: true, people: false, audit: false, opens: &[3, 2] },
        Role { name: "HIRER", keys: false, people: true, audit: false, opens: &[2, 0] },
        role("CLERK", &[0, 1]),
    ],
    permissions: &[("OWN_KEY", &["WORKER", "HIRER"]), ("OVERTIME", &[])],
    kinds: &[
        Kind {
            name: "MACHINE",
            whose: Whose::TeamWith(&["WORKER", "KEEPER", "HIRER", "CLERK"]),
            limit: 3,
            needs_access: true,
        },
        Kind {
            name: "PERSONAL",
            whose: Whose::Person(&["WORKER", "HIRER", "HEAD"], Some("OWN_KEY")),
            limit: 2,
            needs_access: true,
        },
        Kind {
            name: "BADGE",
            whose: Whose::Person(&["CLERK", "WORKER"], None),
            limit: 1,
            needs_access: false,
        },
        Kind { name: "METER", whose: Whose::Team, limit: 2, needs_access: false },
    ],
};

macro_rules! commands {
    ($($name:ident),* $(,)?) => {
        /// The command's name.
        pub(crate) fn name(command: &Command) -> &'static str {
            match command { $(Command::$name { .. } => stringify!($name)),* }
        }

        /// All commands' names.
        pub(crate) const COMMANDS: &[&str] = &[$(stringify!($name)),*];
    };
}

commands!(
    RequestAccess,
    ApproveAccess,
    DeclineAccess,
    WithdrawAccess,
    Suspend,
    Resume,
    Close,
    TransferOwnership,
    Invite,
    CancelInvitation,
    Join,
    ChangeMember,
    RemoveMember,
    SetRotationAge,
    RegisterApp,
    RemoveApp,
    GenerateKey,
    Download,
    EraseHalf,
    Revoke,
);

/// All that can speak against a command. Not among them: texts that are no ids, which never become a
/// command, and what is seen only from outside a team.
pub(crate) const OBJECTIONS: &[&str] = &[
    "NoSuch",
    "InvitationAccepted",
    "InvitationCancelled",
    "InvitationExpired",
    "RoleMissing",
    "Stranger",
    "OwnerOnly",
    "SelfOnly",
    "OperatorOnly",
    "PermissionMissing",
    "GrantsMore",
    "RoleUnknown",
    "RoleNotAssignable",
    "RoleNotForKind",
    "RolesMissing",
    "RolesNotAllowed",
    "KindUnknown",
    "LimitReached",
    "AccessNotApproved",
    "AccessPending",
    "AccessNotRequested",
    "AccessNotThere",
    "TermsNotAgreed",
    "TeamSuspended",
    "TeamClosed",
    "TeamNotSuspended",
    "KeyRevoked",
    "AlreadyDownloaded",
    "NoPrivateHalf",
    "OwnerStays",
    "OwnerAlready",
    "Taken",
    "AppNotRegistered",
    "SeesAllApps",
];
