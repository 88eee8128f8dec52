//! What was typed to generate a key: kept as it was typed, so that a form that failed is shown again whole.

use super::shelf::Shelf;
use crate::console::refused::in_words;
use crate::console::{Faults, Form};
use counterfoil_authority::keys::{NewHalf, NewKeyRequest};
use counterfoil_core::catalog::{Catalog, KeyKind};
use counterfoil_core::half::PublicHalf;
use counterfoil_core::id::{KeyName, RoleName};
use counterfoil_core::refusal::Refusal;
use counterfoil_core::roles::Roles;

/// The fields that something can be wrong with, and the form itself.
const NAME: &str = "name";
const ROLES: &str = "roles";
const PUBLIC: &str = "publicKey";
const WHOLE: &str = "whole";

/// The half is made here.
pub(super) const HERE: &str = "issuer";
/// The half is made in the browser, by a module.
pub(super) const BROWSER: &str = "browser";
/// The half is made elsewhere, and its public half pasted.
pub(super) const PASTED: &str = "pasted";

/// What was typed.
#[derive(Clone, Debug, Default)]
pub(super) struct Typed {
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) roles: Vec<String>,
    pub(super) half: String,
    pub(super) public: String,
}

impl Typed {
    /// An empty form: no role is ticked.
    pub(super) fn nothing(kind: &KeyKind) -> Self {
        Self { kind: kind.name.to_string(), half: HERE.to_owned(), ..Self::default() }
    }

    pub(super) fn of(form: &Form) -> Self {
        let text = |name: &str| form.text(name).to_owned();
        Self {
            kind: text("kind"),
            name: text("name"),
            roles: form.all("role").map(str::to_owned).collect(),
            half: text("half"),
            public: text("publicKey"),
        }
    }

    /// The same without a public half that is none: it may be a private one, and that is shown to nobody.
    pub(super) fn shown_again(self) -> Self {
        let public = Some(self.public).filter(|text| is_shown_again(text)).unwrap_or_default();
        Self { public, ..self }
    }

    /// The kind that was chosen among those of a table; its first, if none was.
    pub(super) fn kind_on<'c>(&self, shelf: Shelf, catalog: &'c Catalog) -> Option<&'c KeyKind> {
        let chosen = shelf.kinds(catalog).find(|kind| kind.name.as_str() == self.kind);
        chosen.or_else(|| shelf.kinds(catalog).next())
    }

    /// What is asked for.
    ///
    /// # Errors
    /// Every field that says nothing usable.
    pub(super) fn read(&self, shelf: Shelf, kind: &KeyKind) -> Result<NewKeyRequest, Faults> {
        let mut faults = Faults::default();
        let name =
            KeyName::try_from(self.name.as_str()).map_err(|_| faults.add(NAME, name_fault(&self.name)));
        let roles = match shelf {
            Shelf::WithRoles => self.roles().map(Some).map_err(|said| faults.add(ROLES, said)),
            Shelf::OfMembers | Shelf::OfTeam => Ok(None),
        };
        let half = self.half().map_err(|said| faults.add(PUBLIC, said));
        match (name, roles, half) {
            (Ok(name), Ok(roles), Ok(half)) => {
                Ok(NewKeyRequest { kind: kind.name.clone(), name, roles, half })
            }
            _ => Err(faults),
        }
    }

    fn roles(&self) -> Result<Roles, String> {
        let named = self.roles.iter().map(|role| RoleName::try_from(role.as_str()));
        let roles = named.collect::<Result<Roles, _>>().map_err(|malformed| malformed.to_string())?;
        if roles.is_empty() {
            return Err("Choose at least one role: nothing is open without one.".to_owned());
        }
        Ok(roles)
    }

    fn half(&self) -> Result<NewHalf, String> {
        match self.half.as_str() {
            PASTED if self.public.is_empty() => Err("Paste the public half of your pair.".to_owned()),
            PASTED => {
                let public = PublicHalf::from_text(&self.public);
                public.map(NewHalf::Holder).map_err(|fault| fault.to_string())
            }
            BROWSER => {
                Err("This browser made no pair. Let the server make it, or paste a public half.".to_owned())
            }
            _ => Ok(NewHalf::Issuer),
        }
    }
}

/// A rule's sentence, beside the field that it is about.
pub(super) fn fault_of(catalog: &Catalog, refusal: &Refusal) -> Faults {
    let field = match refusal {
        Refusal::RolesMissing
        | Refusal::GrantsMore { .. }
        | Refusal::RoleUnknown { .. }
        | Refusal::RoleNotForKind { .. } => ROLES,
        Refusal::PublicHalfTaken => PUBLIC,
        _ => WHOLE,
    };
    Faults::one(field, in_words(catalog, refusal))
}

/// That this form has made a key before, from other words.
pub(super) fn sent_before() -> Faults {
    let said = "This form made a key before, from what stood in it then. Press Generate once more to make another one.";
    Faults::one(WHOLE, said)
}

/// What is too short for a private half, says that it is a public one, or is one.
fn is_shown_again(text: &str) -> bool {
    const SHORT: usize = 40;
    let says_so = text.starts_with("-----BEGIN PUBLIC KEY-----") && !text.contains("PRIVATE");
    text.len() < SHORT || says_so || PublicHalf::from_text(text).is_ok()
}

fn name_fault(name: &str) -> String {
    match name.chars().count() {
        0 => "Give the key a name, for your own reference.".to_owned(),
        length @ 31.. => format!("A name has at most 30 characters; this one has {length}."),
        _ => "A name has no characters that can't be seen, and none that change how it is read.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(name: &str, roles: &[&str], half: &str, public: &str) -> Typed {
        Typed {
            name: name.to_owned(),
            roles: roles.iter().map(|role| (*role).to_owned()).collect(),
            half: half.to_owned(),
            public: public.to_owned(),
            ..Typed::default()
        }
    }

    #[test]
    fn each_fault_stands_beside_its_field_and_all_at_once() {
        let catalog = Catalog::appstore();
        let kind = Shelf::WithRoles.kinds(&catalog).next().unwrap();
        let faults = typed("", &[], PASTED, "").read(Shelf::WithRoles, kind).unwrap_err();
        assert_eq!(faults.of(NAME), "Give the key a name, for your own reference.");
        assert_eq!(faults.of(ROLES), "Choose at least one role: nothing is open without one.");
        assert_eq!(faults.of(PUBLIC), "Paste the public half of your pair.");
        let long = typed(&"é".repeat(31), &["lower"], BROWSER, "").read(Shelf::WithRoles, kind).unwrap_err();
        assert_eq!(long.of(NAME), "A name has at most 30 characters; this one has 31.");
        assert!(long.of(ROLES).contains("a role must be"), "{}", long.of(ROLES));
        assert!(long.of(PUBLIC).contains("made no pair"));
    }

    #[test]
    fn a_private_half_that_is_pasted_is_refused_and_not_repeated() {
        let catalog = Catalog::appstore();
        let kind = Shelf::OfTeam.kinds(&catalog).next().unwrap();
        let pem = "-----BEGIN PRIVATE KEY-----\nMIGTAgEA\n-----END PRIVATE KEY-----";
        let faults = typed("CI", &[], PASTED, pem).read(Shelf::OfTeam, kind).unwrap_err();
        let said = faults.of(PUBLIC);
        assert!(said.contains("private") && !said.contains("MIGTAgEA"), "{said}");
    }

    #[test]
    fn what_may_be_a_private_half_is_not_shown_again() {
        for (text, is_shown) in [
            ("not a key", true),
            ("-----BEGIN PUBLIC KEY-----\ndamaged and longer than forty characters", true),
            ("-----BEGIN PRIVATE KEY-----\nMIGTAgEAMBMGByqGSM49AgEGCCqGSM49", false),
            ("-----BEGIN PUBLIC KEY-----\n-----BEGIN PRIVATE KEY-----\nMIGTAgEA", false),
            ("MIGTAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBHkwdwIBAQQg", false),
        ] {
            let public = typed("CI", &[], PASTED, text).shown_again().public;
            assert_eq!(public == text, is_shown, "{text}");
            assert_eq!(public.is_empty(), !is_shown, "{text}");
        }
    }

    #[test]
    fn tables_whose_keys_have_no_roles_ask_for_none() {
        let catalog = Catalog::appstore();
        for shelf in [Shelf::OfMembers, Shelf::OfTeam] {
            let kind = shelf.kinds(&catalog).next().unwrap();
            let new = typed("CI", &["ADMIN"], HERE, "").read(shelf, kind).unwrap();
            assert_eq!(new.roles, None);
        }
    }
}
