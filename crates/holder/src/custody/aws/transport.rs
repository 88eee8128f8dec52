//! Calls of AWS's library, made as the house makes its own.

use super::super::cloud::Courier;
use crate::fault::Fault;
use crate::http::{Answer, Call, Url};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use std::sync::Arc;

/// What AWS's library calls over; how long anybody waits is the courier's.
#[derive(Clone, Debug)]
pub(super) struct Transport {
    courier: Arc<Courier>,
}

impl Transport {
    pub(super) const fn new(courier: Arc<Courier>) -> Self {
        Self { courier }
    }

    async fn carry(&self, request: &HttpRequest) -> Result<HttpResponse, Fault> {
        let mut call = Call::new(request.method(), Url::parse(request.uri())?);
        let headers = request.headers().iter();
        call.headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        call.body = request.body().bytes().filter(|body| !body.is_empty());
        response(self.courier.carry(&call).await?)
    }
}

impl HttpClient for Transport {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Transport {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let transport = self.clone();
        HttpConnectorFuture::new(async move {
            transport.carry(&request).await.map_err(|fault| ConnectorError::io(Box::new(fault)))
        })
    }
}

fn response(answer: Answer) -> Result<HttpResponse, Fault> {
    let mut response = http::Response::new(SdkBody::from(answer.body));
    let odd = |_| Fault::new(format!("{} answered what can't be read", answer.url.host()), "try again");
    *response.status_mut() = answer.status.try_into().map_err(|_| odd(()))?;
    *response.headers_mut() = answer.headers;
    HttpResponse::try_from(response).map_err(|_| odd(()))
}
