//! A home, a current folder, keys in them, and nothing else around.

use aws_lc_rs::rand::SystemRandom;
use counterfoil_core::half::{PrivateHalf, PublicHalf};
use counterfoil_holder::custody::Means;
use counterfoil_holder::fault::Fault;
use counterfoil_holder::sources::{self, Chosen, Found, Wanted};
use counterfoil_holder::surroundings::Surroundings;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use tempfile::TempDir;

pub(crate) const ISSUER: &str = "57246542-96fe-1a63-e053-0824d011072a";

pub(crate) struct Place {
    temp: TempDir,
    variables: Vec<(String, String)>,
}

pub(crate) struct Pair {
    pub(crate) pem: String,
    pub(crate) public: PublicHalf,
}

pub(crate) fn pair() -> Pair {
    let half = PrivateHalf::generate(&SystemRandom::new()).unwrap();
    Pair { pem: half.to_pem().unwrap().to_string(), public: half.public() }
}

impl Place {
    pub(crate) fn new() -> Self {
        let temp = tempfile::tempdir().unwrap();
        fs::create_dir(temp.path().join("home")).unwrap();
        fs::create_dir(temp.path().join("work")).unwrap();
        let home = temp.path().join("home").to_str().unwrap().to_owned();
        Self { temp, variables: vec![("HOME".into(), home)] }
    }

    /// A path below the current folder, or beside it with `../`.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.temp.path().join("work").join(name)
    }

    pub(crate) fn set(&mut self, variable: &str, value: &str) -> &mut Self {
        self.variables.push((variable.into(), value.into()));
        self
    }

    /// What is set.
    #[cfg(feature = "cloud")]
    pub(crate) fn variables(&self) -> &[(String, String)] {
        &self.variables
    }

    /// A file for its owner alone.
    pub(crate) fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        path
    }

    pub(crate) fn surroundings(&self) -> Surroundings {
        Surroundings::new(self.variables.clone(), self.path(""))
    }

    pub(crate) fn choose(&self, wanted: &Wanted) -> Result<Chosen, Fault> {
        sources::choose(wanted, &self.surroundings())
    }

    pub(crate) fn find(&self, wanted: &Wanted) -> Result<Found, Fault> {
        let surroundings = self.surroundings();
        let nobody = |_: &str| Err(Fault::new("nobody to ask", ""));
        let chosen = sources::choose(wanted, &surroundings)?;
        chosen.open(&Means::new(&surroundings, &nobody))
    }
}

/// What was typed: `key_id`, `issuer_id`, `private_key`, `profile`, each empty for none.
pub(crate) fn typed(fields: [&str; 4]) -> Wanted {
    let [key_id, issuer_id, private_key, profile] =
        fields.map(|text| Some(text.to_owned()).filter(|text| !text.is_empty()));
    Wanted { key_id, issuer_id, private_key, profile }
}
