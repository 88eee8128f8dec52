//! Under which URL the server is reached, also for commands that run beside it and make links.

use crate::problem::{Problem, at_file};
use crate::settings::{PublicUrl, Settings};
use counterfoil_server::listen::Address;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// The last public URL of a server with this data directory.
const FILE: &str = "public-url";

/// What `serve` is reached under: what was said, else `localhost` with the port that was taken
/// (passkeys need a name, not an address).
pub(crate) fn of_server(settings: &Settings, taken: &Address) -> String {
    match (&settings.public_url, taken) {
        (Some(url), _) => url.as_str().to_owned(),
        (None, Address::Tcp(address)) => {
            let (scheme, usual) = if settings.tls.is_some() { ("https", 443) } else { ("http", 80) };
            match address.port() {
                port if port == usual => format!("{scheme}://localhost"),
                port => format!("{scheme}://localhost:{port}"),
            }
        }
        (None, Address::Unix { .. }) => "http://localhost".to_owned(),
    }
}

/// Whether nobody but this machine can follow links made with the default URL.
pub(crate) fn is_a_guess(settings: &Settings, taken: &Address) -> bool {
    let local = matches!(taken, Address::Tcp(address) if address.ip().is_loopback());
    settings.public_url.is_none() && !local
}

/// Notes the URL for the commands that make links beside the server.
pub(crate) fn note(dir: &Path, url: &str) -> Result<(), Problem> {
    let path = dir.join(FILE);
    let fresh = dir.join(format!("{FILE}.new"));
    let written = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&fresh)
        .and_then(|mut file| writeln!(file, "{url}"))
        .and_then(|()| fs::rename(&fresh, &path));
    written.map_err(|fault| at_file("write", &path, &fault))
}

/// For links made beside the server: what was said, else what the server noted, else the default.
pub(crate) fn for_links(settings: &Settings) -> String {
    let noted = || fs::read_to_string(settings.data.join(FILE)).ok();
    let noted = || noted().and_then(|text| PublicUrl::parse(text.trim()).ok());
    let url = settings.public_url.clone().or_else(noted);
    url.map_or_else(|| of_server(settings, &settings.listen), |url| url.as_str().to_owned())
}
