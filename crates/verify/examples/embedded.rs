//! An API in a process of its own, with the verdicts inside: nothing is asked over the network for a request.
//!
//! ```console
//! $ counterfoil replica add edge-1                # shows a credential, once
//! $ export COUNTERFOIL_FEED=http://localhost:8787 COUNTERFOIL_REPLICA=…
//! $ cargo run -p counterfoil-verify --features feed,tower --example embedded
//! 127.0.0.1:40123
//! $ curl -H "Authorization: Bearer $TOKEN" http://127.0.0.1:40123/v1/apps
//! ```

#![expect(clippy::print_stdout, reason = "it says where it listens, and how the following goes")]

use counterfoil_core::catalog::Catalog;
use counterfoil_verify::feed::{Follower, Source};
use counterfoil_verify::layer::VerifyLayer;
use counterfoil_verify::{Allowed, Settings, Verifier};
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use std::convert::Infallible;
use std::error::Error;
use std::sync::Arc;
use tokio::net::TcpListener;
use tower::{Layer, service_fn};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // It refuses everything until the feed has told it what there is. The catalog comes from there, too.
    let verifier = Arc::new(Verifier::new(Arc::new(Catalog::appstore()), Settings::default()));
    let source = Source::new(&variable("COUNTERFOIL_FEED")?, &variable("COUNTERFOIL_REPLICA")?)?;
    tokio::spawn(report(Follower::spawn(source, verifier.clone())?));

    let api = VerifyLayer::new(verifier).layer(service_fn(hello));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        let api = TowerToHyperService::new(api.clone());
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), api));
    }
}

/// The API itself. It is only ever called for requests that may pass, and finds out here who asks.
async fn hello(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let allowed = request.extensions().get::<Allowed>();
    let key = allowed.map(|allowed| allowed.key().to_string()).unwrap_or_default();
    Ok(Response::new(Full::from(format!("Hello, {key}\n"))))
}

/// Says whenever the following goes otherwise than before. It goes on by itself, whatever it says.
async fn report(mut follower: Follower) {
    let mut said = None;
    while let Some(state) = follower.changed().await {
        let now = state.trouble.map(|trouble| trouble.to_string());
        if now != said {
            println!("{}", now.as_deref().unwrap_or("The feed is followed"));
        }
        said = now;
    }
}

fn variable(name: &str) -> Result<String, String> {
    std::env::var(name).map_err(|_| format!("{name} is not set; see the beginning of this file"))
}
