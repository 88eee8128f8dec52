//! `aws:SECRET_ID`: a secret in AWS Secrets Manager, by name or ARN, through AWS's own library.

mod transport;

use super::cloud::{self, Courier};
use super::{Kept, Means, Store};
use crate::fault::Fault;
use crate::http;
use crate::surroundings::Surroundings;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};
use std::error::Error;
use tokio::runtime::Runtime;
use transport::Transport;
use zeroize::Zeroizing;

const NOT_THERE: &str = "ResourceNotFoundException";

pub(super) struct Secret<'a> {
    id: &'a str,
    service: Service,
}

impl<'a> Secret<'a> {
    pub(super) fn open(id: &'a str, means: &Means<'_>) -> Result<Self, Fault> {
        let region_of_arn = id.strip_prefix("arn:").and_then(|rest| rest.split(':').nth(2));
        Ok(Self { id, service: Service::open(region_of_arn, means.surroundings)? })
    }
}

impl Store for Secret<'_> {
    fn find(&self) -> Result<Option<Kept>, Fault> {
        let asked = self.service.client.get_secret_value().secret_id(self.id).send();
        let answer = match self.service.runtime.block_on(asked) {
            Err(error) if error.code() == Some(NOT_THERE) => return Ok(None),
            answer => answer.map_err(|error| fault(&error))?,
        };
        let text = answer.secret_string.map(String::into_bytes);
        let bytes = text.or_else(|| Some(answer.secret_binary?.into_inner()));
        Ok(bytes.map(|bytes| Kept::plain(Zeroizing::new(bytes))))
    }

    /// A new version, under the name AWSCURRENT; the one before stays as AWSPREVIOUS.
    fn replace(&self, pem: &str) -> Result<(), Fault> {
        let client = &self.service.client;
        let put = client.put_secret_value().secret_id(self.id).secret_string(pem).send();
        match self.service.runtime.block_on(put) {
            Err(error) if error.code() == Some(NOT_THERE) => {}
            answer => return answer.map(|_| ()).map_err(|error| fault(&error)),
        }
        let create = client.create_secret().name(self.id).secret_string(pem).send();
        self.service.runtime.block_on(create).map(|_| ()).map_err(|error| fault(&error))
    }

    /// At once and for good, as the other stores do. AWS itself calls it done where there was nothing.
    fn remove(&self) -> Result<(), Fault> {
        self.get()?;
        let delete =
            self.service.client.delete_secret().secret_id(self.id).force_delete_without_recovery(true);
        self.service.runtime.block_on(delete.send()).map(|_| ()).map_err(|error| fault(&error))
    }
}

/// The names of all secrets of the region.
pub(super) fn list(means: &Means<'_>) -> Result<Vec<String>, Fault> {
    let service = Service::open(None, means.surroundings)?;
    let pages = service.client.list_secrets().max_results(100).into_paginator().send();
    let pages = service.runtime.block_on(pages.try_collect()).map_err(|error| fault(&error))?;
    let secrets = pages.into_iter().flat_map(|page| page.secret_list.unwrap_or_default());
    Ok(secrets.filter_map(|secret| Some(format!("aws:{}", secret.name?))).collect())
}

struct Service {
    client: Client,
    runtime: Runtime,
}

impl Service {
    fn open(region_of_arn: Option<&str>, around: &Surroundings) -> Result<Self, Fault> {
        let runtime = http::runtime()?;
        let settings = runtime.block_on(settings(region_of_arn, around));
        if settings.region().is_none_or(|region| region.as_ref().is_empty()) {
            return Err(Fault::new(
                "no region of AWS is named",
                "set AWS_REGION, such as eu-central-1, or give the secret's ARN",
            ));
        }
        Ok(Self { client: Client::new(&settings), runtime })
    }
}

/// As AWS's own programs find them: variables, profiles, single sign-on, web identities, containers, machines.
async fn settings(region_of_arn: Option<&str>, around: &Surroundings) -> SdkConfig {
    let loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(Transport::new(Courier::new(around)));
    match region_of_arn.filter(|region| !region.is_empty()) {
        Some(region) => loader.region(Region::new(region.to_owned())).load().await,
        None => loader.load().await,
    }
}

fn fault<E: ProvideErrorMetadata + Error + 'static>(error: &SdkError<E>) -> Fault {
    if let SdkError::ServiceError(answer) = error {
        let place = answer.err().code().map_or_else(|| "AWS".to_owned(), |code| format!("AWS ({code})"));
        let said = answer.err().message().unwrap_or_default();
        return cloud::answered(&place, answer.raw().status().as_u16(), said);
    }
    if let Some(error) = cloud::causes(error).find_map(|cause| cause.downcast_ref()) {
        return no_identity(error);
    }
    cloud::wrapped(error).unwrap_or_else(|| {
        Fault::new(format!("AWS: {}", cloud::told(error)), "docs/custody.md says which settings count")
    })
}

fn no_identity(error: &CredentialsError) -> Fault {
    if let Some(fault) = cloud::wrapped(error) {
        return fault.of("the identity for AWS can't be had");
    }
    let hint = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE; a profile of single sign-on wants \
                `aws sso login`";
    match error {
        CredentialsError::CredentialsNotLoaded(_) => Fault::new("there is no identity for AWS", hint),
        _ => Fault::new(format!("the identity for AWS can't be had: {}", cloud::told(error)), hint),
    }
}
