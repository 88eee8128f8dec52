//! The files that pages load: part of the program, named by what is in them, so that a browser keeps them for
//! ever.

use crate::call::Call;
use crate::error::Problem;
use crate::reply::Reply;
use aws_lc_rs::digest::{SHA256, digest};
use bytes::Bytes;
use http::{HeaderValue, StatusCode};
use std::fmt::Write;
use std::sync::LazyLock;

/// Where they are.
const PLACE: &str = "/console/assets/";

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_bytes!(concat!("../../assets/", $name)))),*]
    };
}

/// Every file. One that is added here is served, and found by [`href`].
static FILES: &[(&str, &[u8])] = files![
    "browser-key.js",
    "console.css",
    "copy.js",
    "dialog.js",
    "download.js",
    "filter.js",
    "icons.svg",
    "mark.svg",
    "passkey.js",
    "save.js",
    "strength.js",
    "times.js",
];

/// A file as it is served.
struct Asset {
    name: &'static str,
    href: String,
    kind: HeaderValue,
    body: Bytes,
}

static ASSETS: LazyLock<Vec<Asset>> =
    LazyLock::new(|| FILES.iter().map(|(name, body)| Asset::of(name, body)).collect());

impl Asset {
    fn of(name: &'static str, body: &'static [u8]) -> Self {
        let (stem, extension) = name.split_once('.').unwrap_or((name, ""));
        let hash = digest(&SHA256, body);
        let hash = hash.as_ref().iter().take(6).fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        });
        let href = format!("{PLACE}{stem}-{hash}.{extension}");
        Self { name, href, kind: kind(extension), body: Bytes::from_static(body) }
    }
}

fn kind(extension: &str) -> HeaderValue {
    HeaderValue::from_static(match extension {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        _ => "application/octet-stream",
    })
}

/// Where a file is; nowhere, if there is none of that name: a test finds every name that a template uses.
pub(crate) fn href(name: &str) -> &'static str {
    ASSETS.iter().find(|asset| asset.name == name).map_or("", |asset| asset.href.as_str())
}

/// A file, for as long as a browser likes.
pub(crate) async fn get(call: Call) -> Result<Reply, Problem> {
    let found = ASSETS.iter().find(|asset| asset.href == call.path).ok_or(Problem::NoSuchPath)?;
    let reply = Reply::of(StatusCode::OK, found.kind.clone(), found.body.clone());
    Ok(reply.kept("public, max-age=31536000, immutable"))
}
