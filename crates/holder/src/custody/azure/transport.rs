//! Calls of Azure's library, made as the house makes its own.

use super::super::cloud::{self, Courier};
use crate::fault::Fault;
use crate::http::{Answer, Call, Url};
use async_trait::async_trait;
use azure_core::error::{Error, ErrorKind};
use azure_core::http::headers::{AUTHORIZATION, HeaderName, HeaderValue, Headers, WWW_AUTHENTICATE};
use azure_core::http::{AsyncRawResponse, Body, HttpClient, Request, StatusCode};
use std::sync::Arc;

/// What Azure's library calls over: a vault, and whoever gives tokens for it.
#[derive(Debug)]
pub(super) struct Transport {
    courier: Arc<Courier>,
    vault: Url,
    /// What stands in for the vault.
    named: Option<Url>,
}

impl Transport {
    pub(super) fn new(courier: Arc<Courier>, vault: Url, named: Option<Url>) -> Self {
        Self { courier, vault, named }
    }

    async fn carry(&self, request: &Request) -> Result<AsyncRawResponse, Fault> {
        let url = Url::parse(request.url().as_str())?;
        if self.named.is_some() && url.is_same_origin(&self.vault) && token(request).is_none() {
            return Ok(challenge(self.vault.host()));
        }
        let mut call = Call::new(request.method().as_str(), self.way(request, url)?);
        let headers = request.headers().iter();
        call.headers =
            headers.map(|(name, value)| (name.as_str().to_owned(), value.as_str().to_owned())).collect();
        match request.body() {
            Body::Bytes(bytes) => call.body = Some(&bytes[..]).filter(|bytes| !bytes.is_empty()),
            Body::SeekableStream(_) => return Err(Fault::new("a stream is no secret", "give it whole")),
        }
        self.courier.carry(&call).await.map(response)
    }

    /// Where a request goes. The token stays with this vault: a list that goes on elsewhere is not followed.
    fn way(&self, request: &Request, url: Url) -> Result<Url, Fault> {
        let is_to_vault = url.is_same_origin(&self.vault);
        let is_to_named = self.named.as_ref().is_some_and(|named| url.is_same_origin(named));
        if !is_to_vault && !is_to_named && token(request).is_some() {
            return Err(Fault::new(format!("the vault sends us on to {}", url.origin()), "check the vault"));
        }
        match &self.named {
            Some(named) if is_to_vault => named.with(url.target()),
            _ => Ok(url),
        }
    }
}

#[async_trait]
impl HttpClient for Transport {
    /// Only what is far away is worth another try: beside a machine that is none of Azure's nobody ever answers.
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let is_beside_us = request.url().host_str().is_some_and(cloud::is_beside_us);
        let kind = if is_beside_us { ErrorKind::Other } else { ErrorKind::Io };
        self.carry(request).await.map_err(|fault| Error::new(kind, fault))
    }
}

fn token(request: &Request) -> Option<&str> {
    request.headers().get_optional_str(&AUTHORIZATION)
}

/// What a vault says to a first request, which the library sends without a token and without a body, to learn for what
/// it needs one. An endpoint that asks nobody would take that for the whole request.
fn challenge(vault: &str) -> AsyncRawResponse {
    let resource = vault.split_once('.').map_or("vault.azure.net", |(_, cloud)| cloud);
    let mut headers = Headers::new();
    headers.insert(WWW_AUTHENTICATE, HeaderValue::from(format!("Bearer resource=\"https://{resource}\"")));
    AsyncRawResponse::from_bytes(StatusCode::Unauthorized, headers, Vec::new())
}

fn response(answer: Answer) -> AsyncRawResponse {
    let mut headers = Headers::new();
    for (name, value) in &answer.headers {
        if let Ok(value) = value.to_str() {
            headers.insert(HeaderName::from(name.as_str().to_owned()), HeaderValue::from(value.to_owned()));
        }
    }
    AsyncRawResponse::from_bytes(StatusCode::from(answer.status), headers, answer.body)
}
