//! The places that the new half goes to.

use super::state::{Destination, State, Step};
use crate::custody::{self, Existing, Means};
use crate::fault::Fault;
use crate::pem;
use crate::reference::Ref;
use counterfoil_core::half::{PrivateHalf, PublicHalf};
use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};

/// What may be put where: the old half gives way, any other is a refusal. Nothing is changed by looking.
///
/// # Errors
/// The place can't be written, or something else is there.
pub(super) fn looked_at(
    text: &str,
    old: Option<&PublicHalf>,
    new: Option<&PublicHalf>,
    means: &Means<'_>,
) -> Result<Destination, Fault> {
    let place = Ref::try_from(absolute(text, means)?.as_str())?;
    if !place.can_be_written() {
        return Err(Fault::new(format!("{place} can't be written"), "name another REF; nothing was made"));
    }
    may_be_written(&place, means).map_err(|fault| fault.of(&place))?;
    let held_old = match found(&place, means) {
        Ok(None) => false,
        Ok(Some(there)) if Some(&there.public()) == old => true,
        Ok(Some(there)) if Some(&there.public()) == new => false,
        Ok(Some(_)) => return Err(another_is_there(&place)),
        // Whether the command failed or has nothing, nobody can say.
        Err(_) if matches!(place, Ref::Exec(_)) => false,
        Err(fault) => return Err(fault.of(&place)),
    };
    Ok(Destination { place: place.to_string(), state: Step::Waiting, held_old })
}

/// A REF that means the same in every folder: who resumes may be in another one.
///
/// # Errors
/// It is no REF.
pub(super) fn absolute(text: &str, means: &Means<'_>) -> Result<String, Fault> {
    let path = |path: PathBuf| means.surroundings.path(path);
    Ok(match Ref::try_from(text)? {
        Ref::File(at) => Ref::File(path(at)),
        Ref::Gpg(at) => Ref::Gpg(path(at)),
        Ref::Age(at) => Ref::Age(path(at)),
        other => other,
    }
    .to_string())
}

/// Puts the half there, reads it back and has it sign.
///
/// # Errors
/// It is not kept there.
pub(super) fn keep(
    destination: &Destination,
    old: Option<&PublicHalf>,
    half: &PrivateHalf,
    means: &Means<'_>,
) -> Result<(), Fault> {
    let place = Ref::try_from(destination.place.as_str())?;
    let store = custody::open(&place, means)?;
    let gives_way =
        destination.held_old && found(&place, means)?.is_some_and(|there| Some(&there.public()) == old);
    let existing = if gives_way { Existing::IsReplaced } else { Existing::Stays };
    custody::keep(store.as_ref(), half, existing).map(|_| ()).map_err(|fault| fault.of(&place))
}

/// Reads the half back and has it sign.
///
/// # Errors
/// It is not there any more.
pub(super) fn read_back(
    destination: &Destination,
    public: &PublicHalf,
    means: &Means<'_>,
) -> Result<PrivateHalf, Fault> {
    let place = Ref::try_from(destination.place.as_str())?;
    let half = found(&place, means).map_err(|fault| fault.of(&place))?.ok_or_else(|| {
        Fault::new(
            format!("{place} lost the new half"),
            "`counterfoil custody copy` it there from another place",
        )
    })?;
    custody::prove(&half, public).map_err(|fault| fault.of(&place))?;
    Ok(half)
}

/// The new half, if one of the places that were begun with has it.
///
/// # Errors
/// Nobody can say: one of them does not answer.
pub(super) fn new_half(
    state: &State,
    public: &PublicHalf,
    means: &Means<'_>,
) -> Result<Option<PrivateHalf>, Fault> {
    let mut silent = None;
    for destination in state.destinations.iter().filter(|destination| destination.state != Step::Waiting) {
        let place = Ref::try_from(destination.place.as_str())?;
        // A command whose put never ended may have nothing to get.
        let may_be_empty = matches!(place, Ref::Exec(_)) && destination.state == Step::Storing;
        match found(&place, means) {
            Ok(Some(half)) if half.public() == *public => return Ok(Some(half)),
            Err(fault) if !may_be_empty => silent = Some(fault.of(&place)),
            _ => {}
        }
    }
    silent.map_or(Ok(None), Err)
}

/// Takes the new half away from where it was put.
///
/// # Errors
/// It is still there.
pub(super) fn take_away(
    destination: &Destination,
    public: &PublicHalf,
    means: &Means<'_>,
) -> Result<(), Fault> {
    let place = Ref::try_from(destination.place.as_str())?;
    let is_ours = found(&place, means)?.is_some_and(|half| half.public() == *public);
    if is_ours { custody::open(&place, means)?.remove() } else { Ok(()) }
}

/// What is there, as a half.
pub(super) fn found(place: &Ref, means: &Means<'_>) -> Result<Option<PrivateHalf>, Fault> {
    let Some(kept) = custody::open(place, means)?.find()? else { return Ok(None) };
    Ok(Some(pem::read_half(&kept.bytes)?.0))
}

fn another_is_there(place: &Ref) -> Fault {
    Fault::new(
        format!("{place} keeps another half, which is not the old key's"),
        "name another place, or `counterfoil custody remove` what is there; nothing was made",
    )
}

/// Of files it is tried, beside the place itself. Other stores say so when they are written to.
fn may_be_written(place: &Ref, means: &Means<'_>) -> Result<(), Fault> {
    let (Ref::File(path) | Ref::Gpg(path) | Ref::Age(path)) = place else { return Ok(()) };
    let path = means.surroundings.path(path);
    if fs::symlink_metadata(&path).is_ok_and(|kind| kind.is_symlink()) {
        return Err(Fault::new(
            "private halves are not written through links",
            "name the file that it leads to",
        ));
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    let trial = folder.join(format!(".counterfoil.{}.trial", std::process::id()));
    let made = OpenOptions::new().write(true).create_new(true).open(&trial);
    made.map_err(|fault| Fault::at("write into", folder, &fault))?;
    fs::remove_file(&trial).map_err(|fault| Fault::at("remove", &trial, &fault))
}
