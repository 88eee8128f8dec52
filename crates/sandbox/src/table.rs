//! The table of resources: which types there are, what they hold, how they hang together, what may be done.
//!
//! It is text that a person can read and extend (`resources/*.table`; the first says how). Nothing else in this
//! crate lists types: what the table says, the engine does.

mod kind;
mod parse;

pub use parse::TableFault;

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// What the sandbox knows.
pub(crate) static TABLE: LazyLock<Table> = LazyLock::new(|| match Table::read(SOURCES) {
    Ok(table) => table,
    // The gate reads the same text: see the test below.
    Err(fault) => unreachable!("{fault}"),
});

const SOURCES: &[(&str, &str)] = &[
    ("apps.table", include_str!("../resources/apps.table")),
    ("versions.table", include_str!("../resources/versions.table")),
    ("purchases.table", include_str!("../resources/purchases.table")),
    ("builds.table", include_str!("../resources/builds.table")),
    ("store.table", include_str!("../resources/store.table")),
    ("game_center_versions.table", include_str!("../resources/game_center_versions.table")),
    ("purchase_versions.table", include_str!("../resources/purchase_versions.table")),
    ("pricing.table", include_str!("../resources/pricing.table")),
    ("testflight.table", include_str!("../resources/testflight.table")),
    ("provisioning.table", include_str!("../resources/provisioning.table")),
    ("reviews.table", include_str!("../resources/reviews.table")),
    ("notary.table", include_str!("../resources/notary.table")),
    ("offers.table", include_str!("../resources/offers.table")),
    ("declarations.table", include_str!("../resources/declarations.table")),
    ("clips.table", include_str!("../resources/clips.table")),
    ("distribution.table", include_str!("../resources/distribution.table")),
    ("game_center.table", include_str!("../resources/game_center.table")),
    ("testers.table", include_str!("../resources/testers.table")),
    ("xcode_cloud.table", include_str!("../resources/xcode_cloud.table")),
    ("pages.table", include_str!("../resources/pages.table")),
    ("uploads.table", include_str!("../resources/uploads.table")),
];

/// All types, by name.
#[derive(Debug, Default)]
pub struct Table {
    types: BTreeMap<String, ResourceType>,
    by_path: BTreeMap<String, String>,
}

/// A type of resources.
#[derive(Debug)]
pub struct ResourceType {
    /// Its own name: what `type` says; where two types say the same, with a version before it, as in
    /// `v2/inAppPurchaseImages`.
    pub name: String,
    /// Where its resources are, such as `/v1/apps`. Others of one name may have another path for creating.
    pub path: String,
    /// What may be done.
    pub does: Doing,
    /// How new ids look.
    pub ids: Ids,
    /// Whether a new one takes the place of the one that its whole has.
    pub replaces: bool,
    /// Whether lists can be sorted by id.
    pub sort_by_id: bool,
    /// Whether it is a file: reserved, uploaded in parts, committed.
    pub uploads: bool,
    /// How many a page may hold at most.
    pub longest_page: usize,
    /// What a resource holds, in the order in which it is shown.
    pub attributes: Vec<Attribute>,
    /// How it hangs together with others.
    pub relations: Vec<Relation>,
    /// What is answered below a resource and is none of these types: of it, the link alone is shown.
    pub links: Vec<String>,
}

/// What may be done with a type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "five answers to five questions, as the table gives them")]
pub struct Doing {
    /// All of them can be listed.
    pub list: bool,
    /// One can be looked at.
    pub get: bool,
    /// One can be made.
    pub create: bool,
    /// One can be changed.
    pub update: bool,
    /// One can be deleted.
    pub delete: bool,
}

/// How ids of a type look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ids {
    /// `1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed`
    #[default]
    Uuid,
    /// `6448311069`
    Number,
    /// `5F4R8K2M9Q`
    Code,
}

/// One thing that a resource holds.
#[derive(Debug)]
pub struct Attribute {
    /// Its name.
    pub name: String,
    /// What it may be.
    pub kind: Kind,
    /// Whether a new resource must have it.
    pub required: bool,
    /// Whether a new resource may have it.
    pub create: bool,
    /// Whether it can be changed.
    pub update: bool,
    /// Whether lists can be filtered by it.
    pub filter: bool,
    /// Whether lists can be sorted by it.
    pub sort: bool,
    /// Whether lists can be filtered by whether there is a value.
    pub exists: bool,
    /// Whether lists can be filtered by what is before, or not before, a moment.
    pub range: bool,
    /// Whether it is taken and never shown.
    pub hidden: bool,
    /// Whether it is hidden, and null stands in its place.
    pub blank: bool,
    /// Among which resources no two have the same value.
    pub alone: Alone,
    /// What it is if nothing is said.
    pub usually: serde_json::Value,
}

/// Among which resources no two have the same value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Alone {
    /// Any may have it too.
    #[default]
    Nowhere,
    /// Among the parts of one whole.
    InItsWhole,
    /// Among all of the type.
    Everywhere,
}

/// What an attribute may be.
#[derive(Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text with numbers in it, by which it is in order: `1.10` comes after `1.9`.
    Version,
    /// Any text, of so many characters at most.
    Text(usize),
    /// One of these words.
    OneOf(Vec<String>),
    /// A whole number.
    Number,
    /// True or false.
    Flag,
    /// `2026-11-21`
    Date,
    /// `2026-11-21T12:00:00-08:00`
    Time,
    /// `https://…`
    Url,
    /// `someone@example.com`
    Email,
    /// `en-US`
    Locale,
    /// Some of these words.
    SomeOf(Vec<String>),
    /// Texts.
    Texts,
    /// Anything.
    Any,
}

/// How a resource hangs together with others.
#[derive(Debug)]
pub struct Relation {
    /// Its name.
    pub name: String,
    /// The type at the other end.
    pub to: String,
    /// Which way it is known.
    pub way: Way,
    /// Whether a new resource must have it.
    pub required: bool,
    /// Whether a new resource may have it.
    pub create: bool,
    /// Whether it can be changed with the resource.
    pub update: bool,
    /// Whether it can be changed at `/relationships/`.
    pub edit: bool,
    /// Whether lists can be filtered by it.
    pub filter: bool,
    /// The attribute of the other by which lists can be sorted under the relation's name.
    pub sort: Option<String>,
    /// The relation of the others by which lists can be filtered under that relation's name.
    pub filter_beyond: Option<String>,
    /// The name under which lists can be filtered by whether it leads anywhere.
    pub exists: Option<String>,
    /// Whether it is taken and never shown.
    pub hidden: bool,
    /// Whether this resource is a part of the one at the other end, goes with it and belongs to its app.
    pub part: bool,
    /// Whether it need not be a part of anything.
    pub loose: bool,
    /// What of its list can be asked for.
    pub lists: Lists,
}

/// What can be asked for of the list at a relation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lists {
    /// All that can be asked for of any list of the type.
    #[default]
    AsTheType,
    /// The same, but no order.
    Unsorted,
    /// Neither filters nor an order.
    Plain,
}

/// Where a relation is written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// Here: one.
    One,
    /// Here: several, in order.
    Many,
    /// At the one that refers to this by that relation.
    OneThatRefersBy(String),
    /// At those that refer to this by that relation.
    ManyThatReferBy(String),
    /// Nowhere: a rule works it out. One.
    OneWorkedOut,
    /// Nowhere: a rule works it out. Several.
    ManyWorkedOut,
}

impl Way {
    /// Whether there can be several at the other end.
    #[must_use]
    pub const fn is_many(&self) -> bool {
        matches!(self, Self::Many | Self::ManyThatReferBy(_) | Self::ManyWorkedOut)
    }
}

impl Table {
    /// Reads a table from texts, each with the name that faults give it.
    ///
    /// # Errors
    /// The first thing that is wrong, with file and line.
    pub fn read(sources: &[(&str, &str)]) -> Result<Self, TableFault> {
        parse::read(sources)
    }

    /// The type of this name.
    #[must_use]
    pub fn of(&self, name: &str) -> Option<&ResourceType> {
        self.types.get(name)
    }

    /// The type whose resources are at this path.
    #[must_use]
    pub fn at(&self, path: &str) -> Option<&ResourceType> {
        self.by_path.get(path).and_then(|name| self.of(name))
    }

    /// The types whose resources say that they are of this type.
    pub fn called<'t>(&'t self, name: &'t str) -> impl Iterator<Item = &'t ResourceType> {
        self.all().filter(move |kind| kind.called() == name)
    }

    /// All types.
    pub fn all(&self) -> impl Iterator<Item = &ResourceType> {
        self.types.values()
    }
}

impl ResourceType {
    /// What `type` says of its resources.
    #[must_use]
    pub fn called(&self) -> &str {
        called(&self.name)
    }

    /// What the table says of this attribute.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }

    /// Whether a resource can be asked to be shown with this.
    #[must_use]
    pub fn shows(&self, field: &str) -> bool {
        let is_link = || self.links.iter().any(|link| link == field);
        self.attribute(field).is_some() || self.shown_relation(field).is_some() || is_link()
    }

    /// What the table says of this relation, if it can be asked for.
    #[must_use]
    pub fn shown_relation(&self, name: &str) -> Option<&Relation> {
        self.relation(name).filter(|relation| !relation.hidden)
    }

    /// What the table says of this relation.
    #[must_use]
    pub fn relation(&self, name: &str) -> Option<&Relation> {
        self.relations.iter().find(|relation| relation.name == name)
    }

    /// The relations to what this can be a part of. Each resource is a part of one thing at most.
    pub fn wholes(&self) -> impl Iterator<Item = &Relation> {
        self.relations.iter().filter(|relation| relation.part)
    }

    /// The relation to what this is a part of, if that is of this type.
    #[must_use]
    pub fn part_of(&self, whole: &str) -> Option<&Relation> {
        self.wholes().find(|relation| relation.to == whole)
    }
}

/// What `type` says of the resources of the type with this name of its own.
pub(crate) fn called(name: &str) -> &str {
    name.rsplit_once('/').map_or(name, |(_, called)| called)
}
