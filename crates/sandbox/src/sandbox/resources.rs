//! Looking at resources, making, changing and deleting them, as their path and the table say.

use super::Inner;
use super::answer::Answer;
use super::asked::Asked;
use crate::engine::{Edit, House};
use crate::entity::{Posted, linkage};
use crate::fault::Fault;
use crate::plain::Plain;
use crate::query::{Look, Query};
use crate::reports;
use crate::route::{Place, place};
use crate::store::Reading;
use crate::table::ResourceType;
use http::StatusCode;

impl Inner {
    pub(super) fn look(&self, house: House<'_>, asked: &Asked<'_>) -> Result<Answer, Fault> {
        if matches!(asked.path, reports::SALES | reports::FINANCE) {
            let report = |reading: &Reading<'_>| reports::report(&house, reading, asked.path, asked.query);
            return self.store.read(asked.team, report).map(Answer::report);
        }
        if let Some(plain) = Plain::at(asked.path) {
            let text = self.store.read(asked.team, |reading| plain.written(&house, reading))?;
            return Ok(Answer { kind: plain.content_type(), ..Answer::ok(text) });
        }
        let at = place(house.table, asked.path)?;
        let wrong = || Fault::WrongMethod(asked.method.to_string());
        let read = |kind: &ResourceType, look| Query::read(asked.query, house.table, kind, look);
        self.store.read(asked.team, |reading| match at {
            Place::All(kind) if kind.does.list => {
                house.all(reading, kind, &read(kind, Look::List)?, asked.target).map(Answer::ok)
            }
            Place::One(kind, id) if kind.does.get => {
                house.one(reading, kind, id, &read(kind, Look::One)?).map(Answer::ok)
            }
            Place::All(_) | Place::One(..) => Err(wrong()),
            Place::Related(kind, id, relation) => {
                let query = read(house.kind(&relation.to)?, Look::at(relation))?;
                let owner = house.find(reading, &kind.name, id)?;
                house.related(reading, &owner, relation, &query, asked.target).map(Answer::ok)
            }
            Place::Linkage(kind, id, relation) => {
                let look = if relation.way.is_many() { Look::Plain } else { Look::One };
                let query = read(house.kind(&relation.to)?, look)?;
                let owner = house.find(reading, &kind.name, id)?;
                house.linkage(reading, &owner, relation, &query, asked.target).map(Answer::ok)
            }
            Place::Unlisted => Ok(Answer::ok(nothing_here(house.base, asked.target))),
            Place::Below(kind, id, name) => {
                house.find(reading, &kind.name, id)?;
                let nothing = if name.ends_with('s') { nothing_here } else { no_one_here };
                Ok(Answer::ok(nothing(house.base, asked.target)))
            }
            Place::Unknown(id) => {
                let kind = asked.path.split('/').nth(2).unwrap_or_default().to_owned();
                Err(Fault::NoSuchResource { kind, id: id.to_owned() })
            }
        })
    }

    pub(super) fn post(&self, house: House<'_>, asked: &Asked<'_>) -> Result<Answer, Fault> {
        match place(house.table, asked.path)? {
            Place::All(kind) if kind.does.create => {
                let posted = Posted::read(asked.body)?;
                let body = self.store.write(asked.team, |writing| {
                    let made = house.create(writing, kind, &posted)?;
                    let shown = house.shown(writing, kind, &made.kept, &Query::default())?;
                    Ok((made, shown))
                });
                let (made, body) = body?;
                let path = crate::document::self_path(kind, &made.kept.id);
                let location = Some(format!("{}{path}", house.base));
                Ok(Answer { status: StatusCode::CREATED, location, ..Answer::ok(body) })
            }
            Place::Linkage(..) => self.edit(house, asked, Edit::Add),
            Place::Unlisted | Place::Below(..) | Place::Unknown(_) => {
                Err(Fault::NotHere(format!("POST {}", asked.path)))
            }
            _ => Err(Fault::WrongMethod(asked.method.to_string())),
        }
    }

    pub(super) fn patch(&self, house: House<'_>, asked: &Asked<'_>) -> Result<Answer, Fault> {
        match place(house.table, asked.path)? {
            Place::One(kind, id) if kind.does.update => {
                let posted = Posted::read(asked.body)?;
                let body = self.store.write(asked.team, |writing| {
                    let made = house.update(writing, kind, id, &posted)?;
                    house.shown(writing, kind, &made.kept, &Query::default())
                });
                body.map(Answer::ok)
            }
            Place::Linkage(..) => self.edit(house, asked, Edit::Replace),
            Place::Below(..) | Place::Unknown(_) => Err(Fault::NotHere(format!("PATCH {}", asked.path))),
            _ => Err(Fault::WrongMethod(asked.method.to_string())),
        }
    }

    pub(super) fn delete(&self, house: House<'_>, asked: &Asked<'_>) -> Result<Answer, Fault> {
        match place(house.table, asked.path)? {
            Place::One(kind, id) if kind.does.delete => {
                self.store.write(asked.team, |writing| house.delete(writing, kind, id))?;
                Ok(Answer::empty())
            }
            Place::Linkage(..) => self.edit(house, asked, Edit::TakeAway),
            Place::Below(..) | Place::Unknown(_) => Err(Fault::NotHere(format!("DELETE {}", asked.path))),
            _ => Err(Fault::WrongMethod(asked.method.to_string())),
        }
    }

    fn edit(&self, house: House<'_>, asked: &Asked<'_>, how: Edit) -> Result<Answer, Fault> {
        let Place::Linkage(kind, id, relation) = place(house.table, asked.path)? else {
            return Err(Fault::WrongMethod(asked.method.to_string()));
        };
        let ends = linkage(asked.body)?;
        self.store.write(asked.team, |writing| {
            let owner = house.find(writing, &kind.name, id)?;
            house.edit(writing, &owner, relation, &ends, how)
        })?;
        Ok(Answer::empty())
    }
}

const NOTE: &str = "The sandbox holds nothing of this kind; docs/sandbox.md says what it does";

/// A list of the published API that is not in the table: it is empty, and says so.
fn nothing_here(base: &str, target: &str) -> String {
    let shown = serde_json::Value::from(format!("{base}{target}"));
    format!(
        "{{\"data\":[],\"links\":{{\"self\":{shown}}},\"meta\":{{\"paging\":{{\"total\":0,\"limit\":50}},\"sandbox\":\"{NOTE}\"}}}}"
    )
}

/// The same, of one resource.
fn no_one_here(base: &str, target: &str) -> String {
    let shown = serde_json::Value::from(format!("{base}{target}"));
    format!("{{\"data\":null,\"links\":{{\"self\":{shown}}},\"meta\":{{\"sandbox\":\"{NOTE}\"}}}}")
}
