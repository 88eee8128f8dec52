//! `gcp:projects/P/secrets/S`: the latest version of a secret in Google Cloud's Secret Manager, through Google's own
//! library.

mod identity;

use super::{Kept, Means, Store, cloud};
use crate::fault::Fault;
use crate::http;
use crate::surroundings::Surroundings;
use google_cloud_auth::errors::CredentialsError;
use google_cloud_gax::client_builder::ClientBuilder;
use google_cloud_gax::exponential_backoff::{ExponentialBackoff, ExponentialBackoffBuilder};
use google_cloud_gax::paginator::ItemPaginator as _;
use google_cloud_gax::retry_policy::{Aip194Strict, RetryPolicyExt as _};
use google_cloud_secretmanager_v1::Error;
use google_cloud_secretmanager_v1::client::SecretManagerService;
use google_cloud_secretmanager_v1::model::replication::Automatic;
use google_cloud_secretmanager_v1::model::{Replication, Secret as Made, SecretPayload};
use std::time::Duration;
use tokio::runtime::Runtime;
use zeroize::Zeroizing;

/// Longer than any answer takes, with what the library asks before it.
const LONGEST: Duration = Duration::from_secs(60);

pub(super) struct Secret<'a> {
    project: &'a str,
    secret: &'a str,
    service: Service,
}

impl<'a> Secret<'a> {
    pub(super) fn open(project: &'a str, secret: &'a str, means: &Means<'_>) -> Result<Self, Fault> {
        Ok(Self { project, secret, service: Service::open(means.surroundings)? })
    }

    fn name(&self) -> String {
        format!("projects/{}/secrets/{}", self.project, self.secret)
    }

    /// Nothing, if there is no such secret.
    fn add_version(&self, pem: &str) -> Result<Option<()>, Fault> {
        let payload = SecretPayload::new().set_data(pem.as_bytes().to_vec());
        let add = self.service.client.add_secret_version().set_parent(self.name()).set_payload(payload);
        self.service.ask(add.send()).map(|added| added.map(|_| ()))
    }
}

impl Store for Secret<'_> {
    fn find(&self) -> Result<Option<Kept>, Fault> {
        let access = self.service.client.access_secret_version();
        let latest = access.set_name(format!("{}/versions/latest", self.name()));
        let Some(answer) = self.service.ask(latest.send())? else { return Ok(None) };
        let payload =
            answer.payload.ok_or_else(|| Fault::new("Google Cloud gave no secret", "check the endpoint"))?;
        Ok(Some(Kept::plain(Zeroizing::new(payload.data.to_vec()))))
    }

    /// A new version; older ones stay until they are destroyed.
    fn replace(&self, pem: &str) -> Result<(), Fault> {
        if self.add_version(pem)?.is_some() {
            return Ok(());
        }
        let everywhere = Replication::new().set_automatic(Automatic::new());
        let create = self.service.client.create_secret().set_parent(format!("projects/{}", self.project));
        let create = create.set_secret_id(self.secret).set_secret(Made::new().set_replication(everywhere));
        self.service.ask(create.send())?.ok_or_else(|| not_there("the project"))?;
        self.add_version(pem)?.ok_or_else(|| not_there("the secret that was just made"))
    }

    fn remove(&self) -> Result<(), Fault> {
        let delete = self.service.client.delete_secret().set_name(self.name());
        self.service.ask(delete.send())?.ok_or_else(|| not_there("the secret"))
    }
}

/// The secrets of the project that `part` names: `projects/P`, or `P`.
pub(super) fn list(part: &str, means: &Means<'_>) -> Result<Vec<String>, Fault> {
    let named = part.trim_matches('/').trim_start_matches("projects/");
    let project =
        Some(named).filter(|named| !named.is_empty()).or(means.surroundings.text("GOOGLE_CLOUD_PROJECT"));
    let project = project.ok_or_else(|| Fault::new("no project is named", "say gcp:projects/PROJECT"))?;
    let service = Service::open(means.surroundings)?;
    let listed = async {
        let list = service.client.list_secrets().set_parent(format!("projects/{project}")).set_page_size(250);
        let (mut names, mut secrets) = (Vec::new(), list.by_item());
        while let Some(secret) = secrets.next().await {
            // Google's own name has the project's number.
            let name = secret?.name;
            names
                .extend(name.rsplit('/').next().map(|name| format!("gcp:projects/{project}/secrets/{name}")));
        }
        Ok::<_, Error>(names)
    };
    service.ask(listed)?.ok_or_else(|| not_there("the project"))
}

struct Service {
    client: SecretManagerService,
    runtime: Runtime,
}

impl Service {
    /// An endpoint that was named may be one that asks nobody who he is.
    fn open(around: &Surroundings) -> Result<Self, Fault> {
        let named = around.text("COUNTERFOIL_GCP_ENDPOINT");
        let runtime = http::runtime()?;
        // The library keeps tokens fresh by tasks of its own, for which it must be within a runtime.
        let client = within(&runtime, async {
            let builder = SecretManagerService::builder()
                .with_credentials(identity::find(around, named.is_some())?)
                .with_attempt_timeout(Duration::from_secs(30))
                .with_backoff_policy(backoff())
                .with_retry_policy(Aip194Strict.with_attempt_limit(3));
            let builder = named.into_iter().fold(builder, ClientBuilder::with_endpoint);
            let unready =
                |error| Fault::new(format!("Google Cloud: {}", cloud::told(&error)), cloud::CHECK_IDENTITY);
            builder.build().await.map_err(unready)
        });
        Ok(Self { client: client?, runtime })
    }

    /// What is answered; nothing, if there is no such thing.
    fn ask<T>(&self, call: impl Future<Output = Result<T, Error>>) -> Result<Option<T>, Fault> {
        within(&self.runtime, async {
            match call.await {
                Err(error) if error.http_status_code() == Some(404) => Ok(None),
                answer => answer.map(Some).map_err(|error| fault(&error)),
            }
        })
    }
}

/// Between tries; somebody waits.
fn backoff() -> ExponentialBackoff {
    let (first, longest) = (Duration::from_millis(200), Duration::from_secs(2));
    ExponentialBackoffBuilder::new().with_initial_delay(first).with_maximum_delay(longest).clamp()
}

fn within<T>(runtime: &Runtime, call: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
    let late = |_| Fault::new("Google Cloud did not answer within 1m", "try again; check the proxy");
    runtime.block_on(async { tokio::time::timeout(LONGEST, call).await.map_err(late)? })
}

fn not_there(what: &str) -> Fault {
    cloud::answered("Google Cloud", 404, &format!("{what} is not there"))
}

fn fault(error: &Error) -> Fault {
    if error.is_authentication() {
        // Around what happened first the library says at length, and more than once, what could be done.
        let first = cloud::causes(error).find(|cause| !is_around(*cause));
        let said = first.or_else(|| cloud::causes(error).last()).map(cloud::told).unwrap_or_default();
        return Fault::new(format!("there is no identity for Google Cloud: {said}"), identity::HINT);
    }
    match (error.http_status_code(), error.status()) {
        (Some(status), Some(said)) => cloud::answered("Google Cloud", status, &said.message),
        (Some(status), None) => cloud::answered("Google Cloud", status, ""),
        (None, _) => Fault::new(
            format!("Google Cloud can't be reached: {}", cloud::told(error)),
            "check HTTPS_PROXY, and whether this machine may reach Google Cloud",
        ),
    }
}

/// Whether an error says of another only that there is no identity.
fn is_around(cause: &(dyn std::error::Error + 'static)) -> bool {
    cause.is::<CredentialsError>() || cause.downcast_ref().is_some_and(Error::is_authentication)
}
