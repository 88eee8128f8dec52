//! Who calls Google Cloud: a token in a variable, or Application Default Credentials.

use crate::fault::Fault;
use crate::surroundings::Surroundings;
use google_cloud_auth::credentials::{
    Builder, CacheableResource, Credentials, CredentialsProvider, EntityTag, anonymous,
};
use google_cloud_auth::errors::CredentialsError;
use http::header::AUTHORIZATION;
use http::{Extensions, HeaderMap, HeaderValue};

/// What to do where there is no identity.
pub(super) const HINT: &str =
    "run `gcloud auth application-default login`, or name a file with GOOGLE_APPLICATION_CREDENTIALS";

/// The identity to call with. Where one `may_be_absent`, a machine's own is not looked for.
pub(super) fn find(around: &Surroundings, may_be_absent: bool) -> Result<Credentials, Fault> {
    if let Some(token) = around.text("CLOUDSDK_AUTH_ACCESS_TOKEN") {
        return Given::of(token).map(Credentials::from);
    }
    if may_be_absent && !has_file(around) {
        return Ok(anonymous::Builder::new().build());
    }
    let found = Builder::default().build();
    found.map_err(|error| Fault::new(format!("there is no identity for Google Cloud: {error}"), HINT))
}

fn has_file(around: &Surroundings) -> bool {
    let usual = "~/.config/gcloud/application_default_credentials.json";
    around.variable("GOOGLE_APPLICATION_CREDENTIALS").is_some() || around.path(usual).exists()
}

/// A token that was given, as it is.
struct Given {
    header: HeaderValue,
    tag: EntityTag,
}

impl Given {
    fn of(token: &str) -> Result<Self, Fault> {
        let header = HeaderValue::try_from(format!("Bearer {}", token.trim())).map_err(|_| {
            Fault::new(
                "CLOUDSDK_AUTH_ACCESS_TOKEN is no token",
                "set it to what `gcloud auth print-access-token` prints",
            )
        });
        let mut header = header?;
        header.set_sensitive(true);
        Ok(Self { header, tag: EntityTag::new() })
    }
}

impl CredentialsProvider for Given {
    async fn headers(&self, _: Extensions) -> Result<CacheableResource<HeaderMap>, CredentialsError> {
        let data = HeaderMap::from_iter([(AUTHORIZATION, self.header.clone())]);
        Ok(CacheableResource::New { entity_tag: self.tag.clone(), data })
    }

    async fn universe_domain(&self) -> Option<String> {
        None
    }
}

impl std::fmt::Debug for Given {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("[token]")
    }
}
