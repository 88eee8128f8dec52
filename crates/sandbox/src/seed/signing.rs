//! What apps of the demonstration are signed with.

use super::Garden;
use crate::entity::{Ends, Entity, Posted};
use crate::fault::Fault;
use crate::store::{End, Kept, Origin, Wanted};
use rcgen::{CertificateParams, KeyPair};
use serde_json::{Value, json};
use std::collections::BTreeMap;

impl Garden<'_> {
    /// A certificate to develop with and one to distribute with, and a profile with each. The halves that the
    /// certificates are for are forgotten at once.
    pub(super) fn signing(&self) -> Result<(), Fault> {
        let bundle = self.some("bundleIds", |_| true)?;
        let phones = self.some("devices", |it| it.attributes.contains("\"platform\":\"IOS\""))?;
        for (of, profile, name, devices) in [
            ("DEVELOPMENT", "IOS_APP_DEVELOPMENT", "Sandbox Development", phones.as_slice()),
            ("DISTRIBUTION", "IOS_APP_STORE", "Sandbox Store", &[]),
        ] {
            let attributes = json!({ "certificateType": of, "csrContent": request()? });
            let certificate = self.make("certificates", &attributes, BTreeMap::new())?;
            let attributes = json!({ "name": name, "profileType": profile });
            let certificate = End { kind: certificate.kind, id: certificate.id };
            let relations = BTreeMap::from([
                ("bundleId".to_owned(), Ends::One(bundle.first().cloned())),
                ("certificates".to_owned(), Ends::Many(vec![certificate])),
                ("devices".to_owned(), Ends::Many(devices.to_vec())),
            ]);
            self.make("profiles", &attributes, relations)?;
        }
        Ok(())
    }

    fn some(&self, kind: &str, is_wanted: fn(&Kept) -> bool) -> Result<Vec<End>, Fault> {
        let listed = self.writing.list(&Wanted::from(Origin::All { kind }))?.kept;
        let wanted = listed.into_iter().filter(is_wanted);
        Ok(wanted.map(|kept| End { kind: kept.kind, id: kept.id }).collect())
    }

    /// Makes something as a client would.
    fn make(&self, kind: &str, attributes: &Value, relations: BTreeMap<String, Ends>) -> Result<Kept, Fault> {
        let attributes = attributes.as_object().cloned().unwrap_or_default();
        let data = Entity { kind: kind.to_owned(), id: None, attributes, relations };
        let posted = Posted { data, included: Vec::new() };
        Ok(self.house.create(self.writing, self.house.kind(kind)?, &posted)?.kept)
    }
}

/// A request for a certificate.
fn request() -> Result<String, Fault> {
    let written = || CertificateParams::default().serialize_request(&KeyPair::generate()?)?.pem();
    written().map_err(|fault: rcgen::Error| Fault::Broken(format!("a request can't be made: {fault}")))
}
