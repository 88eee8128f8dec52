//! The binary on PostgreSQL, which `COUNTERFOIL_TEST_POSTGRES` names.

#[path = "../all/crash.rs"]
mod crash;
mod database;
#[path = "../all/http.rs"]
mod http;
#[path = "../all/installation.rs"]
mod installation;
mod servers;
#[path = "../all/token.rs"]
mod token;
