//! Stores that keep private halves.
//!
//! Whatever is put is read back and has to sign before it counts as kept, and nothing is put in the place of
//! another half unless that is said: a half that is overwritten is lost for good.

#[cfg(feature = "age")]
mod age;
#[cfg(feature = "cloud")]
mod aws;
#[cfg(feature = "cloud")]
mod azure;
#[cfg(feature = "cloud")]
mod cloud;
mod env;
mod exec;
mod file;
#[cfg(feature = "cloud")]
mod gcp;
#[cfg(feature = "gpg")]
mod gpg;
#[cfg(feature = "keyring")]
mod keyring;
mod listing;
mod means;
mod proof;
mod vault;

pub use listing::list;
pub use means::Means;
pub use proof::prove;

use crate::fault::Fault;
use crate::pem;
use crate::reference::Ref;
use counterfoil_core::half::PrivateHalf;
use zeroize::Zeroizing;

/// One place in one store: what a [`Ref`] names.
pub trait Store {
    /// What is kept there, as it is kept: [`crate::pem::read_half`] makes a half of it. Nothing, if the store says
    /// that it keeps nothing there.
    ///
    /// # Errors
    /// It can't be had, or nobody can say.
    fn find(&self) -> Result<Option<Kept>, Fault>;

    /// Keeps `pem` there, in place of whatever was there.
    ///
    /// # Errors
    /// It could not be kept. What was there before is untouched.
    fn replace(&self, pem: &str) -> Result<(), Fault>;

    /// Ends what is kept there.
    ///
    /// # Errors
    /// It is still there, or there was nothing.
    fn remove(&self) -> Result<(), Fault>;

    /// What is kept there.
    ///
    /// # Errors
    /// It is not there, or can't be had.
    fn get(&self) -> Result<Kept, Fault> {
        self.find()?.ok_or_else(|| {
            Fault::new(
                "nothing is kept there",
                "check the name; `counterfoil custody list STORE` shows what there is",
            )
        })
    }

    /// Keeps `pem` there, unless another half is there.
    ///
    /// # Errors
    /// Something else is there and was left there, or it could not be kept.
    fn put(&self, pem: &str) -> Result<(), Fault> {
        match self.find()? {
            None => self.replace(pem),
            Some(kept) if is_same(&kept, pem) => self.replace(pem),
            Some(_) => Err(another_is_there()),
        }
    }
}

/// What a store kept, and what it has to say of how it keeps it (a file that others can read).
pub struct Kept {
    /// The private half in whatever form it was put.
    pub bytes: Zeroizing<Vec<u8>>,
    /// Each a warning and what to do about it; `--strict` refuses them.
    pub warnings: Vec<Fault>,
}

impl Kept {
    fn plain(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self { bytes, warnings: Vec::new() }
    }
}

/// What is to become of another half that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// It stays, and that is a refusal.
    Stays,
    /// It is lost.
    IsReplaced,
}

/// The store that `reference` names a place in.
///
/// # Errors
/// This build lacks it, or its settings are missing.
pub fn open<'a>(reference: &'a Ref, means: &'a Means<'a>) -> Result<Box<dyn Store + 'a>, Fault> {
    Ok(match reference {
        Ref::File(path) => Box::new(file::File::new(means.surroundings.path(path))),
        Ref::Env(name) => Box::new(env::Variable::new(name, means.surroundings)),
        Ref::Exec(command) => Box::new(exec::Command::new(command, means.surroundings)),
        Ref::Vault { mount, path, field } => Box::new(vault::Secret::open(mount, path, field, means)?),
        #[cfg(feature = "keyring")]
        Ref::Keyring(name) => Box::new(keyring::Item::open(name)?),
        #[cfg(feature = "gpg")]
        Ref::Gpg(path) => Box::new(gpg::File::new(means.surroundings.path(path), means)),
        #[cfg(feature = "age")]
        Ref::Age(path) => Box::new(age::File::new(means.surroundings.path(path), means)),
        #[cfg(feature = "cloud")]
        Ref::Aws(id) => Box::new(aws::Secret::open(id, means)?),
        #[cfg(feature = "cloud")]
        Ref::Gcp { project, secret } => Box::new(gcp::Secret::open(project, secret, means)?),
        #[cfg(feature = "cloud")]
        Ref::Azure { vault, secret } => Box::new(azure::Secret::open(vault, secret, means)?),
        #[cfg(not(all(feature = "age", feature = "cloud", feature = "gpg", feature = "keyring")))]
        other => return Err(not_in_this_build(other.store())),
    })
}

/// Puts `half` there, reads it back and has it sign. What the store has to say of how it keeps it comes back.
///
/// # Errors
/// It is not kept there, or what is there is not this half.
pub fn keep(store: &dyn Store, half: &PrivateHalf, existing: Existing) -> Result<Vec<Fault>, Fault> {
    let pem = half.to_pem().map_err(|fault| Fault::new(fault, "this is the machine's failure; try again"))?;
    match existing {
        Existing::Stays => store.put(&pem)?,
        Existing::IsReplaced => store.replace(&pem)?,
    }
    let kept = store.get().map_err(|fault| fault.of("it was put there and can't be read back"))?;
    let (read, _) =
        pem::read_half(&kept.bytes).map_err(|fault| Fault::from(fault).of("what was read back"))?;
    prove(&read, &half.public())?;
    Ok(kept.warnings)
}

/// A store that this build was made without.
#[cfg(not(all(feature = "age", feature = "cloud", feature = "gpg", feature = "keyring")))]
fn not_in_this_build(store: &str) -> Fault {
    Fault::new(
        format!("the store {store}: is not in this build"),
        "take the released program, or build with --all-features; exec: reaches any store by its own program",
    )
}

fn is_same(kept: &Kept, pem: &str) -> bool {
    let read = |bytes: &[u8]| pem::read_half(bytes).ok().map(|(half, _)| half.public());
    read(&kept.bytes).is_some_and(|there| read(pem.as_bytes()) == Some(there))
}

fn another_is_there() -> Fault {
    Fault::new(
        "something else is kept there already, and was left as it is",
        "name another place, or say --replace if what is there may be lost",
    )
}
