//! What signs developers' certificates and profiles in the place of Apple: a certificate authority that is made at
//! the first start, and believed by nobody.

mod der;
mod kind;
mod message;
pub(crate) mod public;
mod request;
mod revoked;

pub(crate) use kind::Kind;
pub(crate) use public::{REVOKED_FILE, ROOT_FILE};
pub(crate) use request::Request;

use crate::ids;
use crate::root::{DAY, ORGANIZATION, Root, RootFault, set_validity};
use crate::store::Revoked;
use bytes::Bytes;
use message::Signer;
use rcgen::{
    CertificateParams, CrlDistributionPoint, CustomExtension, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose, PublicKeyData, SerialNumber,
};
use revoked::RevocationList;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// The file of the sandbox's folder that keeps the authority.
const FILE: &str = "developer-root.pem";
/// What the authority is called. It is a part of what is kept: see [`Root::open`].
const NAME: &str = "Counterfoil Sandbox Developer Root";
/// How long a certificate is good.
pub(crate) const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);
/// By which attribute a name says which team or thing it is about.
const USER_ID: &[u64] = &[0, 9, 2342, 19_200_300, 100, 1, 1];

/// The authority.
pub(crate) struct Developers {
    root: Root,
    signer: Signer,
    revoked: RevocationList,
}

/// Whose a certificate is, and what for.
pub(crate) struct Subject<'s> {
    pub(crate) kind: &'s Kind,
    /// The ten signs of the team.
    pub(crate) team: &'s str,
    /// The pass type or the merchant that it is for.
    pub(crate) of: Option<&'s str>,
}

/// A certificate that was signed.
pub(crate) struct Issued {
    pub(crate) certificate: Vec<u8>,
    /// In upper-case hexadecimal digits.
    pub(crate) serial: String,
    pub(crate) expires: SystemTime,
}

impl Developers {
    /// Opens the authority that this folder keeps, or makes it.
    ///
    /// # Errors
    /// If it can't be read, or can't be made and kept.
    pub(crate) fn open(folder: &Path, now: SystemTime) -> Result<Self, RootFault> {
        let root = Root::open(folder, FILE, NAME, now)?;
        let signer = signer(&root, now)?;
        Ok(Self { root, signer, revoked: RevocationList::default() })
    }

    /// Signs a certificate for the key of a request. `revoked_at` is where it is told which are good no more.
    pub(crate) fn certify(
        &self,
        key: &impl PublicKeyData,
        subject: &Subject<'_>,
        revoked_at: String,
        now: SystemTime,
    ) -> Result<Issued, rcgen::Error> {
        let serial = fresh_serial();
        let expires = now + YEAR;
        let mut params = CertificateParams::default();
        params.distinguished_name = subject.name();
        params.serial_number = Some(SerialNumber::from_slice(&serial));
        params.is_ca = IsCa::ExplicitNoCa;
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::CodeSigning];
        // Addresses in certificates are ASCII.
        let revoked_at = Some(revoked_at).filter(|url| url.is_ascii());
        params.crl_distribution_points =
            revoked_at.into_iter().map(|url| CrlDistributionPoint { uris: vec![url] }).collect();
        params.custom_extensions = subject.kind.marks.iter().map(|oid| mark(oid)).collect();
        set_validity(&mut params, now, expires);
        let certificate = params.signed_by(key, &self.root.issuer())?.der().to_vec();
        Ok(Issued { certificate, serial: ids::hex(&serial).to_uppercase(), expires })
    }

    /// Wraps something as a signed message, as profiles are.
    pub(crate) fn sign(&self, content: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        self.signer.sign(content, self.root.certificate())
    }

    /// The authority's certificate, as DER.
    pub(crate) fn certificate(&self) -> &[u8] {
        self.root.certificate()
    }

    /// The list of the certificates that are good no more, as DER.
    pub(crate) fn revocation_list(
        &self,
        revoked: Vec<Revoked>,
        now: SystemTime,
    ) -> Result<Bytes, rcgen::Error> {
        self.revoked.of(revoked, &self.root, now)
    }
}

impl Subject<'_> {
    fn name(&self) -> DistinguishedName {
        let mut name = DistinguishedName::new();
        let common = match self.of {
            Some(of) => format!("{}: {of}", self.kind.common),
            None => format!("{}: {TEAM_NAME} ({})", self.kind.common, self.team),
        };
        name.push(DnType::CustomDnType(USER_ID.to_vec()), self.of.unwrap_or(self.team));
        name.push(DnType::CommonName, common);
        name.push(DnType::OrganizationalUnitName, self.team);
        name.push(DnType::OrganizationName, TEAM_NAME);
        name
    }
}

/// What every team is called: the sandbox is not told their names.
pub(crate) const TEAM_NAME: &str = "Sandbox Team";

/// An extension that says nothing but that it is there.
fn mark(oid: &[u64]) -> CustomExtension {
    const NULL: &[u8] = &[5, 0];
    CustomExtension::from_oid_content(oid, NULL.to_vec())
}

/// A serial number of a certificate.
type Serial = [u8; 16];

/// Sixteen bytes that are a positive number.
fn fresh_serial() -> Serial {
    let mut serial: Serial = ids::random();
    serial[0] = serial[0] & 0x3f | 0x40;
    serial
}

/// A serial number as it is shown; nothing if it is none of ours, as those of certificates that came by import may be.
fn from_hex(text: &str) -> Option<Serial> {
    let is_ours = text.len() == 2 * size_of::<Serial>() && text.bytes().all(|it| it.is_ascii_hexdigit());
    is_ours.then(|| u128::from_str_radix(text, 16).ok().map(u128::to_be_bytes)).flatten()
}

/// What signs messages, for as long as the process lasts.
fn signer(root: &Root, now: SystemTime) -> Result<Signer, RootFault> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "Counterfoil Sandbox Profile Signing");
    params.distinguished_name.push(DnType::OrganizationName, ORGANIZATION);
    params.serial_number = Some(SerialNumber::from_slice(&fresh_serial()));
    params.is_ca = IsCa::ExplicitNoCa;
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    set_validity(&mut params, now - DAY, now + YEAR * 10);
    let certificate = params.signed_by(&key, &root.issuer())?.der().to_vec();
    Ok(Signer { certificate, key })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::UNIX_EPOCH;

    #[test]
    fn serial_numbers_are_read_as_they_are_shown_and_others_are_passed_over() {
        let serial = fresh_serial();
        assert_eq!(from_hex(&ids::hex(&serial).to_uppercase()), Some(serial));
        for other in
            ["", "00", "7", "words", "+0000000000000000000000000000001", &"é".repeat(16), &"0".repeat(4000)]
        {
            assert_eq!(from_hex(other), None, "{other}");
        }
    }

    #[test]
    fn an_address_that_no_certificate_can_have_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let now = UNIX_EPOCH + DAY * 20_000;
        let developers = Developers::open(folder.path(), now).unwrap();
        let subject =
            Subject { kind: Kind::named("DEVELOPMENT").unwrap(), team: "TEAM", of: Some("für mich") };
        let key = KeyPair::generate().unwrap();
        for (url, is_there) in [("http://a.example/x.crl", true), ("http://ä.example/x.crl", false)] {
            let issued = developers.certify(&key, &subject, url.to_owned(), now).unwrap();
            let found = issued.certificate.windows(url.len()).any(|window| window == url.as_bytes());
            assert_eq!(found, is_there, "{url}");
        }
    }
}
