//! The console: the pages that people use in a browser.
//!
//! A page is a row, a handler and a template:
//!
//! 1. A row in `routes/pages/` says what the page demands: `get("/console/teams/{issuerId}/audit",
//!    in_team!(AUDIT, audit::show), "Audit")`. The door has then proven the visitor, checked from where a `POST`
//!    comes, and sent whoever must prove themselves again to `/step-up` (`AUDIT.fresh()`).
//! 2. A handler takes the [`Visitor`], or with `in_team!` the [`TeamVisitor`] (`visitor.team`, `.member`, `.roles`,
//!    `.may(…)`; it is a `Visitor` too), and calls one use case with `visitor.request()`.
//! 3. A template struct holds `frame: Frame` from `visitor.frame("Title", Section::Audit)`, extends `frame.html` and
//!    fills `{% block main %}`; `{% block actions %}` stands beside the heading, `{% block scripts %}` loads modules:
//!    `<script type="module" src="{{ frame.asset("filter.js") }}"></script>`.
//! 4. `Ok(page(&visitor, StatusCode::OK, &template))`; after a `POST`, `Ok(visitor.moved("/console/…").noticed(…))`.
//!    A form that failed is shown again with [`Form::text`] of what was typed and 422.
//!
//! A [`Problem`] that a handler returns becomes a page with its sentence. Times are [`Moment`]s.

pub(crate) mod answer;
pub(crate) mod assets;
pub(crate) mod audit;
pub(crate) mod demand;
pub(crate) mod door;
pub(crate) mod faults;
pub(crate) mod form;
pub(crate) mod frame;
pub(crate) mod host;
pub(crate) mod keys;
pub(crate) mod labels;
pub(crate) mod moment;
pub(crate) mod notice;
pub(crate) mod operator;
pub(crate) mod overview;
pub(crate) mod part;
pub(crate) mod profile;
pub(crate) mod refused;
pub(crate) mod security;
pub(crate) mod settings;
pub(crate) mod single_sign_on;
pub(crate) mod start;
pub(crate) mod users;
pub(crate) mod visitor;
pub(crate) mod way_in;
pub(crate) mod whom_to_ask;

pub(crate) use answer::page;
pub(crate) use demand::PageDemand;
pub(crate) use faults::Faults;
pub(crate) use form::Form;
pub(crate) use frame::{Frame, Section};
pub(crate) use moment::Moment;
pub(crate) use notice::Notice;
pub(crate) use security::{device, history::proved_by};
pub(crate) use visitor::{TeamVisitor, Visitor};
