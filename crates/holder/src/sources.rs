//! Where a key comes from: the first source that names a private half is taken, whole.
//!
//! In this order: what was typed; a profile; `COUNTERFOIL_…`; the profile in use; the variables and files of fastlane,
//! codemagic and asc; the `private_keys` folders, where the key id that one of these named finds its file.
//! What was typed fills in or replaces single fields of whatever is taken.

mod folders;
mod variables;

use crate::custody::{self, Means};
use crate::fastlane;
use crate::fault::Fault;
use crate::pem;
use crate::profile::{Profile, Profiles};
use crate::reference::Ref;
use crate::surroundings::Surroundings;
use counterfoil_core::half::PrivateHalf;
use counterfoil_core::id::{IssuerId, KeyId};
use std::fmt;
use std::path::Path;
use zeroize::Zeroizing;

/// What was typed.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// `--key-id`.
    pub key_id: Option<String>,
    /// `--issuer-id`.
    pub issuer_id: Option<String>,
    /// `--private-key`.
    pub private_key: Option<String>,
    /// `--profile`.
    pub profile: Option<String>,
}

/// A source that says something of a key.
#[derive(Clone)]
pub struct Source {
    /// What it is, such as "profile `ci`".
    pub name: String,
    /// The key id, as it is written there.
    pub key_id: Option<String>,
    /// The issuer id, as it is written there; none for an individual key.
    pub issuer_id: Option<String>,
    /// Where the private half is, if it says so.
    pub half: Option<HalfAt>,
    /// Which server it is for, if it says so.
    pub url: Option<String>,
}

/// Where a source has the private half.
#[derive(Clone)]
pub enum HalfAt {
    /// In a store.
    Ref(Ref),
    /// In the source itself, such as a variable of that name.
    Here(String, Zeroizing<String>),
}

/// The source that is taken, and the others that were seen.
#[derive(Debug)]
pub struct Chosen {
    /// What is taken.
    pub source: Source,
    /// The names of the others that name a private half too, or a key id without one.
    pub others: Vec<String>,
}

/// A key in its holder's hands.
pub struct HeldKey {
    /// The key id.
    pub id: KeyId,
    /// The team; none for an individual key.
    pub issuer: Option<IssuerId>,
    /// What signs.
    pub half: PrivateHalf,
    /// What stands before the key id in the name of the file it came in.
    pub file_prefix: Option<String>,
}

impl HeldKey {
    /// The same key again, for another thread.
    ///
    /// # Errors
    /// The library failed.
    pub fn copied(&self) -> Result<Self, Fault> {
        let copy = self.half.to_pkcs8().and_then(|der| PrivateHalf::from_pkcs8(&der));
        let half = copy.map_err(|fault| Fault::new(fault, "this is the machine's failure; try again"))?;
        Ok(Self { half, file_prefix: self.file_prefix.clone(), ..*self })
    }
}

/// A key, and what is to be said of how it was found.
pub struct Found {
    /// The key.
    pub key: HeldKey,
    /// Warnings, each with what to do about it.
    pub warnings: Vec<Fault>,
}

/// Chooses the source.
///
/// # Errors
/// Nothing names a private half, or what comes first names it wrongly.
pub fn choose(wanted: &Wanted, surroundings: &Surroundings) -> Result<Chosen, Fault> {
    let mut chosen = None;
    let mut others = Vec::new();
    let mut named = typed(wanted)?;
    for candidate in candidates(wanted, surroundings) {
        match (candidate, &chosen) {
            (Err(fault), None) => return Err(fault),
            (Ok(source), None) if source.half.is_some() => chosen = Some(source),
            (Ok(source), None) => {
                named = filled_in(named, &source);
                others.push(format!("{} (names no private key)", source.name));
            }
            (Ok(source), Some(_)) => others.push(source.name),
            (Err(_), Some(_)) => {}
        }
    }
    match (chosen, folders::find(&named, surroundings)) {
        (Some(source), Ok(Some(file))) => {
            others.push(file.name);
            Ok(Chosen { source: replaced(source, wanted), others })
        }
        (Some(source), _) => Ok(Chosen { source: replaced(source, wanted), others }),
        (None, Ok(Some(source))) => Ok(Chosen { source: replaced(source, wanted), others }),
        (None, Err(fault)) => Err(fault),
        (None, Ok(None)) => Err(nothing(&named)),
    }
}

impl Chosen {
    /// Fetches the private half and reads the ids.
    ///
    /// # Errors
    /// What is wrong with the first of them that is.
    pub fn open(&self, means: &Means<'_>) -> Result<Found, Fault> {
        let kept = self.source.fetch(means)?;
        let mut warnings = kept.warnings;
        let (half, repairs) =
            pem::read_half(kept.bytes.as_slice()).map_err(|fault| Fault::from(fault).of(&kept.place))?;
        warnings.extend(repairs.iter().map(|repair| repaired(&kept.place, repair)));
        let file_name = self.source.file_name();
        let id =
            self.source.key_id.clone().or(kept.key_id).or_else(|| Some(file_name.as_ref()?.1.to_string()));
        let id = key_id(id.as_deref(), &self.source)?;
        let issuer = self.source.issuer_id.clone().or(kept.issuer_id);
        let issuer = issuer.as_deref().map(issuer_id).transpose()?;
        warnings.extend(file_name.as_ref().and_then(|(_, named)| other_file(*named, id)));
        let file_prefix = file_name.map(|(prefix, _)| prefix);
        Ok(Found { key: HeldKey { id, issuer, half, file_prefix }, warnings })
    }
}

/// What a source's place held.
pub struct Fetched {
    /// The private half in whatever form it is kept.
    pub bytes: Zeroizing<Vec<u8>>,
    /// What the place is called.
    pub place: String,
    /// The ids that stood beside it, in fastlane's file.
    pub key_id: Option<String>,
    /// As above.
    pub issuer_id: Option<String>,
    /// What the store said.
    pub warnings: Vec<Fault>,
}

impl Source {
    /// Fetches the private half as it is kept.
    ///
    /// # Errors
    /// It is not there.
    pub fn fetch(&self, means: &Means<'_>) -> Result<Fetched, Fault> {
        let (place, bytes, warnings) = match &self.half {
            Some(HalfAt::Ref(reference)) => {
                let kept = custody::open(reference, means)?.get()?;
                (reference.to_string(), kept.bytes, kept.warnings)
            }
            Some(HalfAt::Here(place, text)) => {
                (place.clone(), Zeroizing::new(text.as_bytes().to_vec()), Vec::new())
            }
            None => return Err(Fault::new(format!("{} names no private key", self.name), WHERE)),
        };
        if !fastlane::is_json(&bytes) {
            return Ok(Fetched { bytes, place, key_id: None, issuer_id: None, warnings });
        }
        let file = fastlane::read(&bytes).map_err(|fault| fault.of(&place))?;
        let bytes = Zeroizing::new(file.key.as_bytes().to_vec());
        Ok(Fetched { bytes, place, key_id: file.key_id, issuer_id: file.issuer_id, warnings })
    }

    /// What stands before the key id in the file's name, and the key id there.
    #[must_use]
    pub fn file_name(&self) -> Option<(String, KeyId)> {
        match &self.half {
            Some(HalfAt::Ref(Ref::File(path) | Ref::Gpg(path) | Ref::Age(path))) => key_file_name(path),
            _ => None,
        }
    }
}

const WHERE: &str = "give --private-key REF (file:AuthKey_….p8, env:VARIABLE, keyring:NAME…), a profile, or set \
                     COUNTERFOIL_PRIVATE_KEY; docs/holder.md lists every place that is looked at";

/// `AuthKey_2X9R4HXF34.p8` and the like, whatever is appended to it.
fn key_file_name(path: &Path) -> Option<(String, KeyId)> {
    let (prefix, rest) = path.file_name()?.to_str()?.split_once('_')?;
    let (id, ending) = rest.split_once('.')?;
    let is_one = ending.starts_with("p8") && prefix.bytes().all(|byte| byte.is_ascii_alphabetic());
    is_one.then_some((prefix.to_owned(), KeyId::try_from(id).ok()?))
}

fn typed(wanted: &Wanted) -> Result<Source, Fault> {
    let half = wanted
        .private_key
        .as_deref()
        .map(Ref::try_from)
        .transpose()
        .map_err(|fault| Fault::from(fault).of("--private-key"))?;
    Ok(Source {
        name: "what was typed".into(),
        key_id: wanted.key_id.clone(),
        issuer_id: wanted.issuer_id.clone(),
        half: half.map(HalfAt::Ref),
        url: None,
    })
}

/// All sources but the folders, in their order, each as far as it says anything.
fn candidates(wanted: &Wanted, surroundings: &Surroundings) -> Vec<Result<Source, Fault>> {
    let mut found = Vec::new();
    let profiles = Profiles::read(surroundings);
    let named = |name: &str, by: &str| {
        let profiles = profiles.as_ref().map_err(Fault::clone)?;
        of_profile(name, profiles.named(name)?, by)
    };
    if let Some(name) = &wanted.profile {
        found.push(named(name, "--profile"));
    } else if wanted.private_key.is_some() {
        found.push(typed(wanted));
    }
    if let Some(name) = surroundings.text("COUNTERFOIL_PROFILE").filter(|_| wanted.profile.is_none()) {
        found.push(named(name, "COUNTERFOIL_PROFILE"));
    }
    found.extend(variables::ours(surroundings));
    match &profiles {
        Ok(Profiles { profile: Some(name), .. }) => found.push(named(name, "`counterfoil profile use`")),
        Ok(_) => {}
        Err(fault) => found.push(Err(fault.clone())),
    }
    found.extend(variables::of_others(surroundings));
    found
}

fn of_profile(name: &str, profile: &Profile, by: &str) -> Result<Source, Fault> {
    let half = Ref::try_from(profile.private_key.as_str());
    Ok(Source {
        name: format!("profile `{name}`, by {by}"),
        key_id: Some(profile.key_id.clone()),
        issuer_id: profile.issuer_id.clone(),
        half: Some(HalfAt::Ref(half.map_err(|fault| Fault::from(fault).of(format!("profile `{name}`")))?)),
        url: profile.url.clone(),
    })
}

/// What is known so far, and, where nothing is, what `source` says.
fn filled_in(known: Source, source: &Source) -> Source {
    if known.key_id.is_some() {
        return known;
    }
    let issuer_id = known.issuer_id.or_else(|| source.issuer_id.clone());
    Source { name: source.name.clone(), key_id: source.key_id.clone(), issuer_id, ..known }
}

/// The source with what was typed in place of what it says.
fn replaced(source: Source, wanted: &Wanted) -> Source {
    let typed_half = wanted.private_key.as_deref().and_then(|text| Ref::try_from(text).ok()).map(HalfAt::Ref);
    Source {
        key_id: wanted.key_id.clone().or(source.key_id),
        issuer_id: wanted.issuer_id.clone().or(source.issuer_id),
        half: typed_half.or(source.half),
        ..source
    }
}

fn nothing(named: &Source) -> Fault {
    match &named.key_id {
        Some(id) => {
            Fault::new(format!("there is no private key for {id} in any place that is looked at"), WHERE)
        }
        None => Fault::new("no private key was found in any place that is looked at", WHERE),
    }
}

/// The key id, or what was given in its place.
fn key_id(text: Option<&str>, source: &Source) -> Result<KeyId, Fault> {
    let see =
        "the key id is shown beside the key's name and is in the file's name, AuthKey_<ID>.p8; give --key-id";
    let text = text.ok_or_else(|| Fault::new(format!("{} names no key id", source.name), see))?;
    KeyId::try_from(text.trim()).map_err(|_| {
        let shown: String = text.chars().filter(|letter| !letter.is_control()).take(40).collect();
        let what = what_is_it(text).map_or(String::new(), |what| format!("; it looks like {what}"));
        Fault::new(format!("`{shown}` is no key id, which has 10 characters of A–Z and 0–9{what}"), see)
    })
}

/// The issuer id, or what was given in its place.
fn issuer_id(text: &str) -> Result<IssuerId, Fault> {
    IssuerId::try_from(text.trim()).map_err(|_| {
        let shown: String = text.chars().filter(|letter| !letter.is_control()).take(60).collect();
        let what = what_is_it(text).map_or(String::new(), |what| format!("; it looks like {what}"));
        Fault::new(
            format!("`{shown}` is no issuer id, which is a UUID{what}"),
            "the issuer id stands above the table of keys, one for the whole team; give --issuer-id",
        )
    })
}

/// What people take for an id.
#[must_use]
pub fn what_is_it(text: &str) -> Option<&'static str> {
    let text = text.trim();
    let all = |test: fn(&u8) -> bool| !text.is_empty() && text.as_bytes().iter().all(test);
    if text.starts_with(['$', '%']) || text.contains("${") {
        Some("a variable that was not filled in")
    } else if text.contains('@') {
        Some("an e-mail address")
    } else if IssuerId::try_from(text).is_ok() {
        Some("an issuer id")
    } else if all(u8::is_ascii_digit) {
        Some("an app's number")
    } else if KeyId::try_from(text).is_ok() {
        Some("a key id, or the id of a developer team")
    } else if KeyId::try_from(text.to_ascii_uppercase().as_str()).is_ok() {
        Some("a key id in small letters")
    } else if text.ends_with(".p8") {
        Some("the name of a file")
    } else if text.contains('.') && !text.contains(' ') {
        Some("a bundle id")
    } else if all(|byte| byte.is_ascii_graphic() || *byte == b' ') && !text.contains('-') {
        Some("the key's name")
    } else {
        None
    }
}

fn repaired(place: &str, repair: &pem::Repair) -> Fault {
    let text = repair.to_string();
    let (what, mend) = text.split_once("; ").unwrap_or((&text, "store it again"));
    Fault::new(format!("the private key in {place} was repaired: {what}"), mend)
}

fn other_file(named: KeyId, id: KeyId) -> Option<Fault> {
    (named != id).then(|| {
        Fault::new(
            format!("the file's name says that it is the private key of {named}, and the key id is {id}"),
            "give the key id that belongs to the file, or the other file",
        )
    })
}

impl fmt::Debug for Source {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = match &self.half {
            Some(HalfAt::Ref(reference)) => reference.to_string(),
            Some(HalfAt::Here(name, _)) => name.clone(),
            None => "nowhere".into(),
        };
        write!(out, "{} ({:?}, {:?}, {place})", self.name, self.key_id, self.issuer_id)
    }
}
