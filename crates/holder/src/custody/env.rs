//! `env:VAR`: a variable, which can only be read.

use super::{Kept, Store};
use crate::fault::Fault;
use crate::surroundings::Surroundings;
use zeroize::Zeroizing;

pub(super) struct Variable<'a> {
    name: &'a str,
    surroundings: &'a Surroundings,
}

impl<'a> Variable<'a> {
    pub(super) fn new(name: &'a str, surroundings: &'a Surroundings) -> Self {
        Self { name, surroundings }
    }

    fn read_only(&self) -> Fault {
        Fault::new(
            format!("env:{} can't be written: a process can't change its parent's variables", self.name),
            "name another REF; `counterfoil custody get --base64 REF` prints one line for a CI variable",
        )
    }
}

impl Store for Variable<'_> {
    fn find(&self) -> Result<Option<Kept>, Fault> {
        let value = self.surroundings.variable(self.name);
        Ok(value.map(|value| Kept::plain(Zeroizing::new(value.as_encoded_bytes().to_vec()))))
    }

    fn get(&self) -> Result<Kept, Fault> {
        self.find()?.ok_or_else(|| {
            Fault::new(
                format!("the variable {} is not set, or empty", self.name),
                "set it to the PEM or its base64; CI systems hide secrets from builds of forks",
            )
        })
    }

    fn put(&self, _: &str) -> Result<(), Fault> {
        Err(self.read_only())
    }

    fn replace(&self, _: &str) -> Result<(), Fault> {
        Err(self.read_only())
    }

    fn remove(&self) -> Result<(), Fault> {
        Err(self.read_only())
    }
}
