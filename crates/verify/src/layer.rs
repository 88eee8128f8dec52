//! A layer for any tower service: what may not pass is answered as App Store Connect would, what may goes on
//! with who asks beside it.

mod headers;
mod lane;

use crate::answer::{self, Asked, Door};
use crate::clock::Now;
use crate::verdict::{Outcome, Verdict};
use crate::verifier::{Presented, Request as Question, Verifier};
use headers::{Credential, REQUEST_ID, RequestId};
use http::header::CACHE_CONTROL;
use http::{HeaderValue, Request, Response};
use lane::Lane;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tower_layer::Layer;
use tower_service::Service;

/// Puts a [`Verifier`] before a service.
///
/// A request that may pass goes on with [`Allowed`](crate::Allowed) among its extensions, and with the
/// `X-Counterfoil-*` header fields that say the same; without the token, and without anything of that name
/// that the client sent. Its answer gets `X-Rate-Limit`. Others never reach the service.
///
/// The path that is judged is the request's own, byte for byte: put the layer outside of whatever rewrites
/// paths, methods or header fields.
#[derive(Clone)]
pub struct VerifyLayer(Arc<Post>);

/// What guards a service. Made by [`VerifyLayer`].
#[derive(Clone, Debug)]
pub struct Verify<S> {
    inner: S,
    post: Arc<Post>,
}

/// What all clones of a layer share.
struct Post {
    verifier: Arc<Verifier>,
    lane: Lane,
    see: Option<String>,
}

impl VerifyLayer {
    /// Of this verifier. As many signatures are checked at once as the machine has processors, and each of
    /// them may keep some thousand waiting: no more than wait for two tenths of a second.
    #[must_use]
    pub fn new(verifier: Arc<Verifier>) -> Self {
        Self(Arc::new(Post { verifier, lane: Lane::usual(), see: None }))
    }

    /// With so many signatures checked at once, and so many waiting; those beyond are answered 503.
    #[must_use]
    pub fn with_lane(self, at_once: usize, waiting: usize) -> Self {
        Self(Arc::new(Post { lane: Lane::new(at_once, waiting), ..self.post() }))
    }

    /// With a link for teams that lack an agreement; without it, the catalog's.
    #[must_use]
    pub fn with_terms_at(self, url: &str) -> Self {
        Self(Arc::new(Post { see: Some(url.to_owned()), ..self.post() }))
    }

    fn post(&self) -> Post {
        let Post { verifier, lane, see } = &*self.0;
        Post { verifier: verifier.clone(), lane: lane.clone(), see: see.clone() }
    }
}

impl<S> Layer<S> for VerifyLayer {
    type Service = Verify<S>;

    fn layer(&self, inner: S) -> Verify<S> {
        Verify { inner, post: self.0.clone() }
    }
}

impl<S, B, R> Service<Request<B>> for Verify<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Send,
    B: Send + 'static,
    R: From<Vec<u8>> + Send + 'static,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<R>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        // The one that is ready goes with the request; a clone waits to be ready for the next.
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        let post = self.post.clone();
        Box::pin(async move {
            let verdict = match post.judge(&mut request).await {
                Ok(verdict) => verdict,
                Err(refused) => return Ok(refused.map(R::from)),
            };
            let mut response = inner.call(request).await?;
            answer::tell(&verdict, response.headers_mut());
            Ok(response)
        })
    }
}

impl Post {
    /// The verdict on a request that may pass, and is made ready for the service; else the answer.
    async fn judge<B>(&self, request: &mut Request<B>) -> Result<Verdict, Response<Vec<u8>>> {
        let id = RequestId::of(request.headers());
        let credential = match Credential::of(request.headers()) {
            Ok(credential) => credential,
            Err(name) => return Err(closed(answer::header_given_twice(name, &id), &id)),
        };
        let target = request.uri().path_and_query().map_or("", |target| target.as_str());
        let question = Question {
            method: request.method().as_str(),
            target,
            token: credential.presented(),
            id: &id,
            from: "",
        };
        let now = Now::read();
        let verdict = match self.verifier.decide_known(&question, now) {
            Ok(verdict) => verdict,
            Err(wanting) => self.lane.decide(&self.verifier, question, wanting).await,
        };
        let see = self.see.clone().or_else(|| self.verifier.catalog().access.terms_url.clone());
        let asked = Asked { door: Door::Gateway, id: &id, see: see.as_deref(), now: Now::read().wall };
        if let Some(refused) = answer::refusal(&verdict, &asked) {
            return Err(closed(refused, &id));
        }
        Self::let_in(request, &verdict);
        Ok(verdict)
    }

    fn let_in<B>(request: &mut Request<B>, verdict: &Verdict) {
        let Outcome::Allowed(allowed) = &verdict.outcome else { return };
        headers::identify(request.headers_mut(), allowed);
        request.extensions_mut().insert(allowed.clone());
    }
}

/// What every refusal says: what the request was called, and that nobody shall keep this for another.
fn closed(mut refused: Response<Vec<u8>>, id: &str) -> Response<Vec<u8>> {
    let headers = refused.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(&REQUEST_ID, id);
    }
    refused
}

impl fmt::Debug for Post {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Post").field("verifier", &self.verifier).finish_non_exhaustive()
    }
}

impl fmt::Debug for VerifyLayer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

impl Credential<'_> {
    fn presented(&self) -> Presented<'_> {
        match self {
            Self::Nothing => Presented::Nothing,
            Self::OtherScheme => Presented::OtherScheme,
            Self::Bearer(token) => Presented::Bearer(token),
        }
    }
}
