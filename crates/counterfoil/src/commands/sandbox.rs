//! The sandbox: behind this server's own gateway.

use crate::problem::Problem;
use counterfoil_sandbox::{Sandbox, Settings};
use counterfoil_server::Upstream;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

/// The folder of the data directory in which the sandbox remembers.
const FOLDER: &str = "sandbox";

/// The sandbox as this server's upstream: nobody else can come to it.
pub(super) fn within(data: &Path, public_url: &str) -> Result<Arc<Upstream>, Problem> {
    let sandbox = open(data, public_url)?;
    let serve = move |stream| {
        tokio::spawn(counterfoil_sandbox::serve(sandbox.clone(), stream));
    };
    Ok(Arc::new(Upstream::within("sandbox", serve)))
}

fn open(data: &Path, public_url: &str) -> Result<Sandbox, Problem> {
    let settings =
        Settings { folder: data.join(FOLDER), public_url: public_url.to_owned(), clock: SystemTime::now, fixtures: None };
    Sandbox::open(&settings).map_err(|fault| {
        let hint = format!("look at {}, which must be ours to write", settings.folder.display());
        Problem::new(fault.to_string(), hint)
    })
}
