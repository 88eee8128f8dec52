//! Resources as the text that is answered. It is put together from texts, since a list of apps with all its links
//! is a megabyte.

use crate::fault::Fault;
use crate::store::{End, Kept};
use crate::table::{Relation, ResourceType, called};
use crate::used_again;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fmt::Write;

/// What is known of a relation of a resource that is shown.
#[derive(Clone, Debug)]
pub(crate) struct Linked {
    pub(crate) ends: Vec<End>,
    /// How many there are in all, and how many were asked for, if there can be several.
    pub(crate) paging: Option<(i64, usize)>,
}

/// What stands for a path; no address has it.
const BETWEEN: &str = "\u{0}";

/// A document that grows.
pub(crate) struct Document<'d> {
    pub(crate) text: String,
    base: &'d str,
    fields: &'d BTreeMap<String, Vec<String>>,
    /// By type, the text of relations of which nothing is known but where they are, in pieces: between them is the
    /// resource's path.
    pieces: BTreeMap<String, Vec<String>>,
}

impl<'d> Document<'d> {
    pub(crate) fn new(base: &'d str, fields: &'d BTreeMap<String, Vec<String>>) -> Self {
        Self::in_room(String::with_capacity(4096), base, fields)
    }

    /// One that may become long.
    pub(crate) fn long(base: &'d str, fields: &'d BTreeMap<String, Vec<String>>) -> Self {
        Self::in_room(used_again::room(), base, fields)
    }

    const fn in_room(text: String, base: &'d str, fields: &'d BTreeMap<String, Vec<String>>) -> Self {
        Self { text, base, fields, pieces: BTreeMap::new() }
    }

    pub(crate) fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// One text after the other: a long list has tens of thousands of links, and to format each takes longer than to send it.
    fn all(&mut self, texts: &[&str]) {
        texts.iter().for_each(|text| self.text.push_str(text));
    }

    /// Text in quotes.
    pub(crate) fn quoted(&mut self, text: &str) {
        let is_plain = text.bytes().all(|byte| byte >= 0x20 && byte != b'"' && byte != b'\\');
        if is_plain {
            self.text.push('"');
            self.text.push_str(text);
            self.text.push('"');
        } else {
            self.text.push_str(&Value::from(text).to_string());
        }
    }

    /// A resource, with what is known of its relations.
    ///
    /// # Errors
    /// If what was kept is not what was written.
    pub(crate) fn resource(
        &mut self,
        kind: &ResourceType,
        kept: &Kept,
        linked: &BTreeMap<String, Linked>,
    ) -> Result<(), Fault> {
        let start = self.text.len();
        self.push("{\"type\":");
        self.quoted(kind.called());
        self.push(",\"id\":");
        self.quoted(&kept.id);
        self.attributes(kind.called(), &kept.attributes)?;
        let path = self_path(kind, &kept.id);
        if linked.is_empty() {
            self.relations_alike(kind, &path);
        } else {
            self.relations(kind, &path, linked);
        }
        self.push(",\"links\":{\"self\":\"");
        self.push(self.base);
        self.push(&path);
        self.push("\"}}");
        debug_assert!(
            serde_json::from_str::<&RawValue>(&self.text[start..]).is_ok(),
            "{}",
            &self.text[start..]
        );
        Ok(())
    }

    fn attributes(&mut self, kind: &str, text: &str) -> Result<(), Fault> {
        let Some(wanted) = self.fields.get(kind) else {
            if text != "{}" {
                self.push(",\"attributes\":");
                self.push(text);
            }
            return Ok(());
        };
        let mut all: Map<String, Value> = serde_json::from_str(text)
            .map_err(|fault| Fault::Broken(format!("attributes of {kind}: {fault}")))?;
        all.retain(|name, _| wanted.contains(name));
        if !all.is_empty() {
            self.push(",\"attributes\":");
            let text = Value::Object(all).to_string();
            self.push(&text);
        }
        Ok(())
    }

    /// The relations of a resource of which nothing is known but where they are: of a long list they are most of the text,
    /// and alike for all of a type.
    fn relations_alike(&mut self, kind: &ResourceType, path: &str) {
        if !self.pieces.contains_key(&kind.name) {
            let mut alone = Self::new(self.base, self.fields);
            alone.relations(kind, BETWEEN, &BTreeMap::new());
            let pieces = alone.text.split(BETWEEN).map(str::to_owned).collect();
            self.pieces.insert(kind.name.clone(), pieces);
        }
        let Some(pieces) = self.pieces.get(&kind.name) else { return };
        for (place, piece) in pieces.iter().enumerate() {
            if place > 0 {
                self.text.push_str(path);
            }
            self.text.push_str(piece);
        }
    }

    fn relations(&mut self, kind: &ResourceType, path: &str, linked: &BTreeMap<String, Linked>) {
        let wanted = self.fields.get(kind.called());
        let is_wanted = |name: &String| wanted.is_none_or(|wanted| wanted.contains(name));
        let mut separator = ",\"relationships\":{";
        for relation in kind.relations.iter().filter(|it| !it.hidden && is_wanted(&it.name)) {
            self.push(separator);
            separator = ",";
            self.relation(path, relation, linked.get(&relation.name));
        }
        for link in kind.links.iter().filter(|link| is_wanted(link)) {
            self.push(separator);
            separator = ",";
            self.all(&["\"", link, "\":{\"links\":{\"related\":\"", self.base, path, "/", link, "\"}}"]);
        }
        if separator == "," {
            self.push("}");
        }
    }

    fn relation(&mut self, path: &str, relation: &Relation, linked: Option<&Linked>) {
        let (base, name) = (self.base, relation.name.as_str());
        self.all(&["\"", name, "\":{\"links\":{\"self\":\"", base, path, "/relationships/", name]);
        self.all(&["\",\"related\":\"", base, path, "/", name, "\"}"]);
        if let Some(linked) = linked {
            if let Some((total, limit)) = linked.paging {
                let _ = write!(self.text, ",\"meta\":{{\"paging\":{{\"total\":{total},\"limit\":{limit}}}}}");
            }
            self.push(",\"data\":");
            self.ends(&linked.ends, relation.way.is_many());
        }
        self.push("}");
    }

    /// Ends of a relation.
    pub(crate) fn ends(&mut self, ends: &[End], is_many: bool) {
        if is_many {
            self.push("[");
        }
        for (place, end) in ends.iter().enumerate() {
            if place > 0 {
                self.push(",");
            }
            self.push("{\"type\":");
            self.quoted(called(&end.kind));
            self.push(",\"id\":");
            self.quoted(&end.id);
            self.push("}");
        }
        match (is_many, ends.is_empty()) {
            (true, _) => self.push("]"),
            (false, true) => self.push("null"),
            (false, false) => {}
        }
    }
}

/// Where a resource is.
pub(crate) fn self_path(kind: &ResourceType, id: &str) -> String {
    if kind.path == "-" { format!("/v1/{}/{id}", kind.called()) } else { format!("{}/{id}", kind.path) }
}

/// The attributes of a resource as text, in the order of the table.
pub(crate) fn attributes_text(kind: &ResourceType, values: &Map<String, Value>) -> String {
    let mut text = String::from("{");
    for attribute in kind.attributes.iter().filter(|attribute| attribute.blank || !attribute.hidden) {
        if text.len() > 1 {
            text.push(',');
        }
        let given = values.get(&attribute.name).filter(|_| !attribute.blank);
        let value = given.unwrap_or(&attribute.usually);
        let _ = write!(text, "\"{}\":{value}", attribute.name);
    }
    text.push('}');
    text
}
