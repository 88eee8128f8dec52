//! Keeping resources as they are given, with what only the issuer may say: nothing is checked.

use super::{Draft, House};
use crate::entity::{Ends, Entity};
use crate::fault::Fault;
use crate::store::{End, Kept, Writing};
use serde_json::Value;
use std::collections::BTreeMap;

/// What a resource refers to: relation, type, id.
pub(crate) type Refers<'r> = [(&'r str, &'r str, &'r str)];

impl House<'_> {
    /// Keeps a resource as it is given.
    ///
    /// # Errors
    /// If there is no such type, or what it is a part of is not there.
    pub(crate) fn keep_given(
        &self,
        writing: &Writing<'_>,
        kind: &str,
        id: Option<&str>,
        attributes: &Value,
        refers: &Refers<'_>,
    ) -> Result<Kept, Fault> {
        let kind = self.kind(kind)?;
        let mut relations: BTreeMap<String, Ends> = BTreeMap::new();
        for (name, to, id) in refers {
            let end = End { kind: (*to).to_owned(), id: (*id).to_owned() };
            let is_many = kind.relation(name).is_some_and(|relation| relation.way.is_many());
            match relations.get_mut(*name) {
                Some(Ends::Many(ends)) => ends.push(end),
                _ => {
                    let ends = if is_many { Ends::Many(vec![end]) } else { Ends::One(Some(end)) };
                    relations.insert((*name).to_owned(), ends);
                }
            }
        }
        let attributes = attributes.as_object().cloned().unwrap_or_default();
        let entity = Entity { kind: kind.name.clone(), id: None, attributes: attributes.clone(), relations };
        let whole = kind.wholes().find_map(|part| entity.one(&part.name)).cloned();
        let whole = whole.map(|end| self.find(writing, &end.kind, &end.id)).transpose()?;
        self.keep(writing, kind, Draft { id: id.map(str::to_owned), attributes, entity }, whole.as_ref())
    }
}
