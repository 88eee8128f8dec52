//! Counterfoil over HTTP: the API and its doors ([`app()`]), and the listener that strangers come to
//! ([`listen`]).

mod api;
mod app;
mod call;
mod console;
mod cookies;
pub mod dates;
mod demand;
mod entity;
mod error;
mod flow;
mod gateway;
mod intake;
mod json;
pub mod listen;
mod mail;
mod metrics;
mod oidc;
mod openapi;
mod opening;
mod origin;
mod page;
mod proof;
mod query;
mod reply;
mod request_id;
mod resource;
mod routes;
mod seldom;
mod small_budget;
mod trust;

pub use app::{Answering, ApiSettings, App, app};
pub use gateway::stream::AnswerBody;
pub use gateway::upstream::{Upstream, UpstreamFault, UpstreamSettings};
pub use mail::{MailFault, MailSettings, StartTls, send_mail};
pub use oidc::{ProviderFault, ProviderSettings, ProviderUrl, SignOn};
pub use opening::Opening;
pub use routes::{PageRow, page_rows};
pub use trust::{KeptAddresses, NotAProxy, TrustedProxies};
