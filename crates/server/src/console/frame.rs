//! What stands around every page: the way through the console, who is signed in, messages.

use super::assets;
use super::notice::Notice;
use super::visitor::{TeamLink, Visitor};
use counterfoil_core::catalog::Administration;

/// Which part of the console a page belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    /// None: ways in, problems.
    None,
    /// A team's overview.
    Overview,
    /// Users and Access, *Users*.
    Users,
    /// Users and Access, *Integrations*.
    Integrations,
    /// A team's audit.
    Audit,
    /// A team's settings.
    Settings,
    /// A person's own profile.
    Profile,
    /// The operator's teams.
    OperatorTeams,
    /// The operator's requests for access.
    OperatorAccess,
    /// The operator's people.
    OperatorPeople,
    /// The installation's health.
    OperatorHealth,
    /// The catalog in force.
    OperatorCatalog,
}

/// What stands around a page.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    /// What the page is called.
    pub(crate) title: String,
    /// Whether the page stands alone, without a way through the console.
    pub(crate) bare: bool,
    /// Who is signed in, if somebody is: a name and an address.
    pub(crate) who: Option<(String, String)>,
    /// The team of the page.
    pub(crate) team: Option<TeamLink>,
    /// All teams that one may go to.
    pub(crate) teams: Vec<TeamLink>,
    /// The ways through the console.
    pub(crate) ways: Vec<Way>,
    /// Those within the section.
    pub(crate) tabs: Vec<Way>,
    /// Where one's own profile is; nowhere, for the operator who came by a link.
    pub(crate) profile: String,
    /// Whether they run the installation.
    pub(crate) is_operator: bool,
    /// What an earlier request has to say.
    pub(crate) notice: Option<Notice>,
    /// What every page should say until it is done.
    pub(crate) banner: Option<Banner>,
}

/// A link.
#[derive(Clone, Debug)]
pub(crate) struct Way {
    /// Its words.
    pub(crate) label: &'static str,
    /// Where it leads.
    pub(crate) href: String,
    /// Whether one is there.
    pub(crate) current: bool,
}

/// A lasting message with something to do.
#[derive(Clone, Debug)]
pub(crate) struct Banner {
    /// The message.
    pub(crate) text: &'static str,
    /// What to press.
    pub(crate) label: &'static str,
    /// Where it leads.
    pub(crate) href: String,
}

impl Frame {
    /// Around a page that stands alone.
    pub(crate) fn bare(title: &str) -> Self {
        Self {
            title: title.to_owned(),
            bare: true,
            who: None,
            team: None,
            teams: Vec::new(),
            ways: Vec::new(),
            tabs: Vec::new(),
            profile: "/console".to_owned(),
            is_operator: false,
            notice: None,
            banner: None,
        }
    }

    /// Around a page of somebody.
    pub(crate) fn around(visitor: &Visitor, title: &str, section: Section) -> Self {
        let team =
            visitor.membership().map(|(team, _)| TeamLink { id: team.id, name: team.name.to_string() });
        let base = team.as_ref().map(|team| format!("/console/teams/{}", team.id));
        let who = visitor.signed_in.as_ref().map(|signed_in| match &signed_in.person {
            Some(person) => (format!("{} {}", person.first_name, person.last_name), person.email.clone()),
            None => ("Operator".to_owned(), "signed in by link".to_owned()),
        });
        Self {
            bare: visitor.signed_in.is_none(),
            who,
            teams: visitor.teams.clone(),
            ways: ways(visitor, base.as_deref(), section),
            tabs: tabs(visitor, base.as_deref(), section),
            profile: profile(visitor, base.as_deref()),
            team,
            is_operator: visitor.is_operator(),
            notice: visitor.notice.clone(),
            banner: banner(visitor, base.as_deref(), section),
            ..Self::bare(title)
        }
    }

    /// Where a file of the console is.
    pub(crate) fn asset(&self, name: &str) -> &'static str {
        assets::href(name)
    }

    /// Where an icon is, for `<use href=…>`.
    pub(crate) fn icon(&self, name: &str) -> String {
        format!("{}#{name}", assets::href("icons.svg"))
    }

    /// Whether the page is this team's.
    pub(crate) fn is_here(&self, team: &TeamLink) -> bool {
        self.team.as_ref().is_some_and(|here| here.id == team.id)
    }

    /// The first letters of the name of whoever is signed in.
    pub(crate) fn initials(&self) -> String {
        let name = self.who.as_ref().map_or("", |(name, _)| name.as_str());
        let mut letters = name.split_whitespace().filter_map(|word| word.chars().next());
        letters.by_ref().take(2).flat_map(char::to_uppercase).collect()
    }
}

fn way(label: &'static str, href: String, current: bool) -> Way {
    Way { label, href, current }
}

fn ways(visitor: &Visitor, base: Option<&str>, section: Section) -> Vec<Way> {
    let is = |sections: &[Section]| sections.contains(&section);
    let Some(base) = base else { return operator_ways(visitor, section) };
    let mut ways = vec![
        way("Overview", base.to_owned(), is(&[Section::Overview])),
        way("Users and Access", format!("{base}/users"), is(&[Section::Users, Section::Integrations])),
    ];
    if may(visitor, Administration::Audit) {
        ways.push(way("Audit", format!("{base}/audit"), is(&[Section::Audit])));
    }
    if may(visitor, Administration::People) {
        ways.push(way("Settings", format!("{base}/settings"), is(&[Section::Settings])));
    }
    ways
}

fn operator_ways(visitor: &Visitor, section: Section) -> Vec<Way> {
    if !visitor.is_operator() {
        return Vec::new();
    }
    [
        ("Teams", "teams", Section::OperatorTeams),
        ("Access requests", "access", Section::OperatorAccess),
        ("People", "people", Section::OperatorPeople),
        ("Health", "health", Section::OperatorHealth),
        ("Catalog", "catalog", Section::OperatorCatalog),
    ]
    .into_iter()
    .map(|(label, place, of)| way(label, format!("/console/operator/{place}"), of == section))
    .collect()
}

/// The tabs of *Users and Access*. Who may not see *Integrations* does not see the tab.
fn tabs(visitor: &Visitor, base: Option<&str>, section: Section) -> Vec<Way> {
    let Some(base) = base.filter(|_| matches!(section, Section::Users | Section::Integrations)) else {
        return Vec::new();
    };
    let mut tabs = vec![way("Users", format!("{base}/users"), section == Section::Users)];
    if may(visitor, Administration::Keys) {
        tabs.push(way("Integrations", format!("{base}/integrations"), section == Section::Integrations));
    }
    tabs
}

/// Whoever came by a link and can't come back without another is told so on every page but the one that helps.
fn banner(visitor: &Visitor, base: Option<&str>, section: Section) -> Option<Banner> {
    let lost = visitor.signed_in.as_ref().is_some_and(|signed_in| signed_in.has_no_way_back);
    (lost && section != Section::None && section != Section::Profile).then(|| Banner {
        text: "The link that you came by is used up. Add a passkey or a password, so that you can come back.",
        label: "Add a way to sign in",
        href: profile(visitor, base),
    })
}

fn profile(visitor: &Visitor, base: Option<&str>) -> String {
    if visitor.person().is_err() {
        return String::new();
    }
    let first = visitor.teams.first().map(|team| format!("/console/teams/{}", team.id));
    let base = base.map(str::to_owned).or(first);
    format!("{}/profile", base.unwrap_or_else(|| "/console/operator".to_owned()))
}

fn may(visitor: &Visitor, part: Administration) -> bool {
    visitor.membership().is_some_and(|(team, member)| {
        let roles = team.members.get(member).map(|member| &member.roles);
        roles.is_some_and(|roles| visitor.catalog.administers(roles.iter(), part))
    })
}
