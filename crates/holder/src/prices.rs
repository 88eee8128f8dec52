//! Prices on App Store Connect: what a product costs where ([`audit()`]), and a file of wishes brought about ([`plan()`],
//! [`apply()`]).
//!
//! Apps and in-app purchases have one schedule, which is replaced whole: a base territory, prices set by hand, and
//! prices that follow the base everywhere else. Subscriptions have a price of its own in each territory.

mod amount;
mod apply;
mod audit;
mod chart;
mod current;
mod files;
mod plan;
mod points;
mod product;
mod state;
mod store;
mod wish;

pub use amount::{Amount, Day};
pub use apply::{Outcome, apply};
pub use audit::{Audit, Beside, Row, audit};
pub use chart::chart;
pub use current::{Current, Origin, Price};
pub use files::{Power, Rates};
pub use plan::{Change, Plan, Step, plan};
pub use product::{Product, ProductKind};
pub use state::{Lock, State};
pub use store::Store;
pub use wish::{Others, Wish, Wishes};
