//! What can be done with resources, for all types alike. The table says what there is; [`crate::rules`] says what
//! the table can't.

mod along;
mod edit;
mod given;
mod write;

use crate::analytics;
use crate::developers::Developers;
use crate::document::{Document, Linked};
use crate::fault::Fault;
use crate::query::{Query, cursor};
use crate::rules;
use crate::store::{End, Kept, Listed, Origin, Reading, Wanted};
use crate::table::{Relation, ResourceType, Table, Way, called};
use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

pub(crate) use edit::Edit;
pub(crate) use given::Refers;
pub(crate) use write::{Draft, attributes_of};

/// A request's surroundings.
#[derive(Clone, Copy)]
pub(crate) struct House<'h> {
    pub(crate) table: &'h Table,
    /// Where clients find all this, without a slash at the end.
    pub(crate) base: &'h str,
    /// The apps that may be seen, if not all.
    pub(crate) apps: Option<&'h [String]>,
    pub(crate) now: SystemTime,
    /// What signs certificates and profiles.
    pub(crate) developers: &'h Developers,
    /// How many bytes all files of a team may have together, those that are still to come with them.
    pub(crate) most_bytes: u64,
}

/// A resource that a look found, and the path and query by which it was looked at.
struct Page<'p> {
    kept: &'p [Kept],
    kind: &'p ResourceType,
    query: &'p Query,
}

/// What comes along with a page: of each resource what is known of its relations, and all they lead to, once.
type Gathered = (Vec<BTreeMap<String, Linked>>, Vec<Kept>);

impl House<'_> {
    /// Whether what belongs to this app may be seen.
    fn sees(&self, kept: &Kept) -> bool {
        match (self.apps, &kept.app) {
            (Some(apps), Some(app)) => apps.contains(app),
            _ => true,
        }
    }

    /// Finds a resource that may be seen.
    ///
    /// # Errors
    /// If there is none.
    pub(crate) fn find(&self, reading: &Reading<'_>, kind: &str, id: &str) -> Result<Kept, Fault> {
        let found = match analytics::find(self, reading, kind, id)? {
            Some(found) => Some(found),
            None => rules::worked_out::find(reading, kind, id)?,
        };
        let found = match found {
            Some(found) => Some(found),
            None => reading.find(kind, id)?,
        };
        let seen = found.filter(|kept| self.sees(kept));
        seen.ok_or_else(|| Fault::NoSuchResource { kind: called(kind).to_owned(), id: id.to_owned() })
    }

    /// One resource, as an answer.
    ///
    /// # Errors
    /// If there is none.
    pub(crate) fn one(
        &self,
        reading: &Reading<'_>,
        kind: &ResourceType,
        id: &str,
        query: &Query,
    ) -> Result<String, Fault> {
        let kept = self.find(reading, &kind.name, id)?;
        self.shown(reading, kind, &kept, query)
    }

    /// A resource that was found, as an answer.
    pub(crate) fn shown(
        &self,
        reading: &Reading<'_>,
        kind: &ResourceType,
        kept: &Kept,
        query: &Query,
    ) -> Result<String, Fault> {
        let page = Page { kept: std::slice::from_ref(kept), kind, query };
        let (linked, included) = self.gather(reading, &page)?;
        let mut document = Document::new(self.base, &query.fields);
        document.push("{\"data\":");
        document.resource(kind, kept, linked.first().unwrap_or(&BTreeMap::new()))?;
        self.included(&mut document, &included)?;
        document.push(",\"links\":{\"self\":\"");
        document.push(self.base);
        document.push(&crate::document::self_path(kind, &kept.id));
        document.push("\"}}");
        Ok(document.text)
    }

    /// All of a type, a page at a time.
    pub(crate) fn all(
        &self,
        reading: &Reading<'_>,
        kind: &ResourceType,
        query: &Query,
        target: &str,
    ) -> Result<String, Fault> {
        let listed = match rules::worked_out::all(&kind.name, query) {
            Some(listed) => listed,
            None => {
                let mut wanted = self.wanted(Origin::All { kind: &kind.name }, query);
                rules::refine(self, reading, kind, &mut wanted.filters)?;
                reading.list(&wanted)?
            }
        };
        self.listed(reading, kind, query, target, &listed)
    }

    /// What a relation leads to, as an answer.
    pub(crate) fn related(
        &self,
        reading: &Reading<'_>,
        owner: &Kept,
        relation: &Relation,
        query: &Query,
        target: &str,
    ) -> Result<String, Fault> {
        let kind = self.kind(&relation.to)?;
        let listed = self.follow(reading, owner, relation, query)?;
        if relation.way.is_many() {
            return self.listed(reading, kind, query, target, &listed);
        }
        match listed.kept.first() {
            Some(kept) => self.shown(reading, kind, kept, query),
            None => Ok(format!("{{\"data\":null,\"links\":{{\"self\":\"{}{target}\"}}}}", self.base)),
        }
    }

    /// Where a relation leads, as types and ids.
    pub(crate) fn linkage(
        &self,
        reading: &Reading<'_>,
        owner: &Kept,
        relation: &Relation,
        query: &Query,
        target: &str,
    ) -> Result<String, Fault> {
        let listed = self.follow(reading, owner, relation, query)?;
        let ends: Vec<End> = listed.kept.iter().map(end_of).collect();
        let mut document = Document::new(self.base, &query.fields);
        document.push("{\"data\":");
        document.ends(&ends, relation.way.is_many());
        if relation.way.is_many() {
            self.paging(&mut document, query, target, &listed);
        } else {
            document.push(&format!(",\"links\":{{\"self\":\"{}{target}\"}}", self.base));
        }
        document.push("}");
        Ok(document.text)
    }

    /// What a relation leads to.
    pub(crate) fn follow(
        &self,
        reading: &Reading<'_>,
        owner: &Kept,
        relation: &Relation,
        query: &Query,
    ) -> Result<Listed, Fault> {
        if let Some(listed) = analytics::follow(self, reading, owner, relation, query)? {
            return Ok(listed);
        }
        if let Some(listed) = rules::worked_out::follow(self, reading, owner, relation, query)? {
            return Ok(listed);
        }
        let end = end_of(owner);
        let origin = match &relation.way {
            Way::OneThatRefersBy(by) | Way::ManyThatReferBy(by) => {
                Origin::Referring { to: &end, kind: &relation.to, by }
            }
            _ => Origin::Referred { owner: owner.number, kind: &relation.to, by: &relation.name },
        };
        reading.list(&self.wanted(origin, query))
    }

    pub(crate) fn kind(&self, name: &str) -> Result<&ResourceType, Fault> {
        self.table.of(name).ok_or_else(|| Fault::Broken(format!("{name} is no type")))
    }

    fn wanted<'w>(&'w self, origin: Origin<'w>, query: &Query) -> Wanted<'w> {
        Wanted {
            filters: query.filters.clone(),
            sort: query.sort.clone(),
            apps: self.apps,
            after: query.after.clone(),
            most: query.limit,
            ..Wanted::from(origin)
        }
    }

    fn listed(
        &self,
        reading: &Reading<'_>,
        kind: &ResourceType,
        query: &Query,
        target: &str,
        listed: &Listed,
    ) -> Result<String, Fault> {
        let (linked, included) = self.gather(reading, &Page { kept: &listed.kept, kind, query })?;
        let none = BTreeMap::new();
        let mut document = Document::long(self.base, &query.fields);
        document.push("{\"data\":[");
        for (place, kept) in listed.kept.iter().enumerate() {
            if place > 0 {
                document.push(",");
            }
            document.resource(kind, kept, linked.get(place).unwrap_or(&none))?;
        }
        document.push("]");
        self.included(&mut document, &included)?;
        self.paging(&mut document, query, target, listed);
        document.push("}");
        Ok(document.text)
    }

    /// Links to this page and the next, and how many there are in all.
    fn paging(&self, document: &mut Document<'_>, query: &Query, target: &str, listed: &Listed) {
        document.push(",\"links\":{\"self\":");
        document.quoted(&format!("{}{target}", self.base));
        if let Some(next) = &listed.next {
            document.push(",\"next\":");
            document.quoted(&format!("{}{}", self.base, with_cursor(target, &cursor(next))));
        }
        let (total, limit) = (listed.total, query.limit);
        document.push(&format!("}},\"meta\":{{\"paging\":{{\"total\":{total},\"limit\":{limit}}}}}"));
    }

    /// Gathers what comes along with a page.
    fn gather(&self, reading: &Reading<'_>, page: &Page<'_>) -> Result<Gathered, Fault> {
        let mut included = Vec::new();
        let mut seen = BTreeSet::new();
        if page.query.include.is_empty() {
            return Ok((Vec::new(), included));
        }
        let mut linked = Vec::with_capacity(page.kept.len());
        for kept in page.kept {
            let mut of_one = BTreeMap::new();
            for relation in page.query.include.iter().filter_map(|name| page.kind.relation(name)) {
                let most = page.query.included_of(&relation.name);
                let some = Query { limit: most, ..Query::default() };
                let listed = self.follow(reading, kept, relation, &some)?;
                let paging = relation.way.is_many().then_some((listed.total, most));
                let ends = listed.kept.iter().map(end_of).collect();
                of_one.insert(relation.name.clone(), Linked { ends, paging });
                included.extend(listed.kept.into_iter().filter(|kept| seen.insert(end_of(kept))));
            }
            linked.push(of_one);
        }
        Ok((linked, included))
    }

    fn included(&self, document: &mut Document<'_>, included: &[Kept]) -> Result<(), Fault> {
        let none = BTreeMap::new();
        let mut separator = ",\"included\":[";
        for kept in included {
            document.push(separator);
            separator = ",";
            document.resource(self.kind(&kept.kind)?, kept, &none)?;
        }
        if separator == "," {
            document.push("]");
        }
        Ok(())
    }
}

/// The end that a relation to this resource has.
pub(crate) fn end_of(kept: &Kept) -> End {
    End { kind: kept.kind.clone(), id: kept.id.clone() }
}

/// The target of the next page.
fn with_cursor(target: &str, cursor: &str) -> String {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let rest = query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("cursor="));
    let pairs: Vec<&str> = rest.collect();
    let separator = if pairs.is_empty() { "" } else { "&" };
    format!("{path}?cursor={cursor}{separator}{}", pairs.join("&"))
}
