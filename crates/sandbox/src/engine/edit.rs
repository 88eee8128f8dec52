//! Changing where relations lead: what is sent to `/relationships/`.

use super::{House, end_of};
use crate::entity::{Ends, fits};
use crate::fault::Fault;
use crate::rules;
use crate::store::{End, Kept, Writing};
use crate::table::{Relation, Way};

/// How a relation is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Edit {
    Add,
    TakeAway,
    Replace,
}

impl Edit {
    pub(crate) const fn method(self) -> &'static str {
        match self {
            Self::Add => "POST",
            Self::TakeAway => "DELETE",
            Self::Replace => "PATCH",
        }
    }
}

impl House<'_> {
    /// Changes where a relation leads: adds, takes away, or replaces.
    ///
    /// # Errors
    /// If it can't be changed, or an end is not there.
    pub(crate) fn edit(
        &self,
        writing: &Writing<'_>,
        owner: &Kept,
        relation: &Relation,
        ends: &Ends,
        how: Edit,
    ) -> Result<(), Fault> {
        let is_fitting = relation.edit && (relation.way.is_many() || how == Edit::Replace);
        if !is_fitting {
            return Err(Fault::WrongMethod(how.method().to_owned()));
        }
        fits(ends, relation)?;
        let ends = &ends.towards(relation);
        for end in ends.all() {
            if how != Edit::TakeAway {
                self.must_be_there(writing, relation, end)?;
            }
        }
        rules::before_edit(self, writing, owner, relation, ends, how)?;
        match &relation.way {
            Way::OneWorkedOut | Way::ManyWorkedOut => {
                rules::edit_worked_out(writing, owner, relation, ends, how)
            }
            Way::OneThatRefersBy(by) | Way::ManyThatReferBy(by) => {
                self.edit_from_afar(writing, owner, relation, by, ends, how)
            }
            _ => self.edit_here(writing, owner, relation, ends, how),
        }
    }

    fn edit_here(
        &self,
        writing: &Writing<'_>,
        owner: &Kept,
        relation: &Relation,
        ends: &Ends,
        how: Edit,
    ) -> Result<(), Fault> {
        let name = &relation.name;
        match how {
            Edit::TakeAway => ends.all().iter().try_for_each(|end| writing.unlink(owner.number, name, end)),
            Edit::Add => {
                let there = writing.targets(owner.number, name)?.len();
                let placed = ends.all().iter().enumerate();
                placed.into_iter().try_for_each(|(place, end)| writing.link(owner, name, there + place, end))
            }
            Edit::Replace => {
                writing.unlink_all(owner.number, name)?;
                self.link_all(writing, owner, name, ends)
            }
        }
    }

    /// A resource that is there and may be seen.
    fn found(&self, writing: &Writing<'_>, end: &End) -> Result<Option<Kept>, Fault> {
        match self.find(writing, &end.kind, &end.id) {
            Ok(kept) => Ok(Some(kept)),
            Err(Fault::NoSuchResource { .. }) => Ok(None),
            Err(other) => Err(other),
        }
    }

    /// Changes a relation that is written down at the other ends.
    fn edit_from_afar(
        &self,
        writing: &Writing<'_>,
        owner: &Kept,
        relation: &Relation,
        by: &str,
        ends: &Ends,
        how: Edit,
    ) -> Result<(), Fault> {
        let is_part = self.kind(&relation.to)?.relation(by).is_some_and(|back| back.part);
        if how == Edit::Replace && !is_part && !relation.way.is_many() {
            self.unlink_from_afar(writing, owner, relation, by)?;
        }
        for (place, end) in ends.all().iter().enumerate() {
            match self.found(writing, end)? {
                Some(other) if is_part && how == Edit::TakeAway => {
                    rules::before_delete(self, writing, &other)?;
                    self.forget(writing, &other)?;
                }
                // Parts can't leave their whole: to replace them is to put them in order.
                Some(other) if is_part => writing.place(other.number, by, place)?,
                Some(other) if how == Edit::TakeAway => writing.unlink(other.number, by, &end_of(owner))?,
                Some(_) => self.told_by(writing, owner, relation, by, end)?,
                None => {}
            }
        }
        Ok(())
    }

    /// Has the one that refers to this refer to it no more.
    fn unlink_from_afar(
        &self,
        writing: &Writing<'_>,
        owner: &Kept,
        relation: &Relation,
        by: &str,
    ) -> Result<(), Fault> {
        let end = end_of(owner);
        while let Some(other) = writing.first_that_refers(&end, &relation.to, by)? {
            writing.unlink(other.number, by, &end)?;
        }
        Ok(())
    }
}
