//! Stores that keep private halves.

mod env;
mod file;

use crate::fault::Fault;
use crate::reference::Ref;
use crate::surroundings::Surroundings;
use zeroize::Zeroizing;

/// One place in one store: what a [`Ref`] names.
pub trait Store {
    /// What is kept there, as it is kept: [`crate::pem::read_half`] makes a half of it.
    ///
    /// # Errors
    /// It is not there, or can't be had.
    fn get(&self) -> Result<Kept, Fault>;

    /// Keeps `pem` there, in place of what was there.
    ///
    /// # Errors
    /// It could not be kept. What was there before is untouched.
    fn put(&self, pem: &str) -> Result<(), Fault>;

    /// Ends what is kept there.
    ///
    /// # Errors
    /// It is still there, or there was nothing.
    fn remove(&self) -> Result<(), Fault>;
}

/// What a store kept, and what it has to say of how it keeps it (a file that others can read).
pub struct Kept {
    /// The private half in whatever form it was put.
    pub bytes: Zeroizing<Vec<u8>>,
    /// Each a warning and what to do about it; `--strict` refuses them.
    pub warnings: Vec<Fault>,
}

/// What opening a store may need beside its REF.
pub struct Means<'a> {
    /// Variables and folders.
    pub surroundings: &'a Surroundings,
    /// Asks for a passphrase, saying what for.
    pub passphrase: &'a dyn Fn(&str) -> Result<Zeroizing<String>, Fault>,
}

/// The store that `reference` names a place in.
///
/// # Errors
/// This build lacks it, or its settings are missing.
pub fn open<'a>(reference: &'a Ref, means: &'a Means<'a>) -> Result<Box<dyn Store + 'a>, Fault> {
    match reference {
        Ref::File(path) => Ok(Box::new(file::File::new(means.surroundings.path(path)))),
        Ref::Env(name) => Ok(Box::new(env::Variable::new(name, means.surroundings))),
        other => Err(Fault::new(
            format!("the store {}: is not in this build", other.store()),
            "use file: or env:, or a build with that store",
        )),
    }
}
