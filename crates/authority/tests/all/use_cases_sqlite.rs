//! The use cases on SQLite.

use crate::use_cases::{Place, use_cases_hold};

async fn place() -> Place {
    Place::on(None).await
}

use_cases_hold!(crate::use_cases_sqlite::place);
