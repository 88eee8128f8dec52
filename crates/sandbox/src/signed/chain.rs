//! The chain of certificates: a root, an intermediate, and the leaf whose private half signs.
//!
//! The halves of the root and of the intermediate are forgotten as soon as the chain is made: nothing else can ever
//! be signed in their name.

use crate::fault::Fault;
use crate::root::{DAY, ORGANIZATION, keep, set_validity};
use crate::{ids, pem};
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DistinguishedName, DnType, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384,
};
use std::fs;
use std::io;
use std::path::Path;
use std::time::SystemTime;

const FILE: &str = "app-store-signing.pem";
/// What marks a leaf that signs receipts and transactions.
const MARK_OF_LEAF: &[u64] = &[1, 2, 840, 113_635, 100, 6, 11, 1];
/// What marks the intermediate above such leaves.
const MARK_OF_INTERMEDIATE: &[u64] = &[1, 2, 840, 113_635, 100, 6, 2, 1];
/// Both marks hold a DER NULL.
const NULL: &[u8] = &[5, 0];

/// A chain with the private half of its leaf.
pub(super) struct Chain {
    /// The leaf's private half, PKCS#8 in DER.
    pub(super) pair: Vec<u8>,
    /// Leaf, intermediate and root, in DER.
    pub(super) certificates: [Vec<u8>; 3],
}

impl Chain {
    /// Reads the chain that is kept in this folder; makes it, if there is none. Of several that make it at once, one
    /// keeps its own and the others read that.
    pub(super) fn open(folder: &Path, now: SystemTime) -> Result<Self, Fault> {
        let path = folder.join(FILE);
        match fs::read_to_string(&path) {
            Ok(text) => return Self::read(&text),
            Err(fault) if fault.kind() == io::ErrorKind::NotFound => {}
            Err(fault) => return Err(unreadable(&fault)),
        }
        let made = Self::make(now).map_err(|fault| Fault::Broken(fault.to_string()))?;
        let fresh = folder.join(format!("{FILE}.{}", ids::uuid()));
        let kept = keep(&fresh, &path, &made);
        let _ = fs::remove_file(&fresh);
        kept.and_then(|()| fs::read_to_string(&path))
            .map_err(|fault| unreadable(&fault))
            .and_then(|text| Self::read(&text))
    }

    /// A new chain, as it is kept.
    fn make(now: SystemTime) -> Result<String, rcgen::Error> {
        let root_pair = KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384)?;
        let root_params = authority("Counterfoil Sandbox Root", now, 25);
        let root = root_params.self_signed(&root_pair)?;
        let root_issuer = Issuer::new(root_params, root_pair);

        let middle_pair = KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384)?;
        let mut middle_params = authority("Counterfoil Sandbox App Store Intermediate", now, 20);
        middle_params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        middle_params.custom_extensions.push(mark(MARK_OF_INTERMEDIATE));
        let middle = middle_params.signed_by(&middle_pair, &root_issuer)?;
        let middle_issuer = Issuer::new(middle_params, middle_pair);

        let pair = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let mut params = named("Counterfoil Sandbox App Store Signing", now, 15);
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.custom_extensions.push(mark(MARK_OF_LEAF));
        let leaf = params.signed_by(&pair, &middle_issuer)?;
        Ok([pair.serialize_pem(), leaf.pem(), middle.pem(), root.pem()].concat())
    }

    fn read(text: &str) -> Result<Self, Fault> {
        let damaged = || Fault::Broken(format!("{FILE} is damaged; without it, a new one is made"));
        let blocks: Vec<&str> = text.split_inclusive("-----END CERTIFICATE-----").collect();
        let certificate = |place: usize| {
            blocks.get(place).and_then(|block| pem::read(block, "CERTIFICATE")).ok_or_else(damaged)
        };
        let pair = pem::read(text, "PRIVATE KEY").ok_or_else(damaged)?;
        Ok(Self { pair, certificates: [certificate(0)?, certificate(1)?, certificate(2)?] })
    }
}

fn authority(name: &str, now: SystemTime, years: u32) -> CertificateParams {
    let mut params = named(name, now, years);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn named(name: &str, now: SystemTime, years: u32) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.distinguished_name.push(DnType::OrganizationName, ORGANIZATION);
    params.use_authority_key_identifier_extension = true;
    set_validity(&mut params, now - DAY, now + DAY * 365 * years);
    params
}

fn mark(oid: &[u64]) -> CustomExtension {
    CustomExtension::from_oid_content(oid, NULL.to_vec())
}

fn unreadable(fault: &io::Error) -> Fault {
    Fault::Broken(format!("{FILE}: {fault}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, UNIX_EPOCH};

    fn now() -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_795_262_400)
    }

    #[test]
    fn a_chain_is_made_once_and_kept_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let first = Chain::open(folder.path(), now()).unwrap();
        let again = Chain::open(folder.path(), now()).unwrap();
        assert_eq!(first.certificates, again.certificates);
        assert!(first.pair == again.pair, "the same half");
        let kept: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
        assert_eq!(kept.len(), 1, "no draft is left: {kept:?}");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(folder.path().join(FILE)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn of_several_that_make_it_at_once_all_have_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let roots: Vec<Vec<u8>> = std::thread::scope(|scope| {
            let open = || Chain::open(folder.path(), now()).unwrap().certificates[2].clone();
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(open)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(roots.windows(2).all(|two| two[0] == two[1]));
    }

    #[test]
    fn a_damaged_file_is_named_and_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let whole = Chain::make(now()).unwrap();
        let half = whole.split_at(whole.len() / 2).0;
        for text in
            ["", "x", half, &whole.replace("CERTIFICATE", "PRIVATE KEY"), &whole.replace("PRIVATE", "X")]
        {
            fs::write(folder.path().join(FILE), text).unwrap();
            let fault = Chain::open(folder.path(), now()).err().unwrap().to_string();
            assert!(fault.starts_with("app-store-signing.pem is damaged"), "{fault}");
            assert_eq!(fs::read_to_string(folder.path().join(FILE)).unwrap(), text);
        }
    }
}
