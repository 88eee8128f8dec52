//! What others would use in our place, set up as well as we know how.

use crate::machine::{Process, Server, await_listener, free_address, pinned};
use counterfoil_core::half::PublicHalf;
use std::fs;
use tempfile::TempDir;

/// A program with its configuration, which listens somewhere.
pub(crate) struct Rival {
    pub(crate) server: Server,
    _dir: TempDir,
}

/// HAProxy, which checks the signature of each token under this half and then answers 200 itself. It looks at neither
/// issuer, audience nor time.
pub(crate) fn haproxy(processor: usize, half: &PublicHalf) -> Rival {
    let (dir, address) = (tempfile::tempdir().unwrap(), free_address());
    let pem = dir.path().join("half.pem");
    fs::write(&pem, half.to_pem()).unwrap();
    let configuration = format!(
        "global
    nbthread 1
defaults
    mode http
    timeout client 60s
    timeout connect 60s
    timeout server 60s
frontend keys
    bind {address}
    http-request set-var(txn.token) http_auth_bearer
    http-request deny deny_status 401 unless {{ var(txn.token),jwt_header_query('$.alg') -m str ES256 }}
    http-request deny deny_status 401 unless {{ var(txn.token),jwt_verify(\"ES256\",\"{}\") 1 }}
    http-request return status 200
",
        pem.display()
    );
    let file = dir.path().join("haproxy.cfg");
    fs::write(&file, configuration).unwrap();
    let process = Process::start(pinned(processor, "haproxy").args(["-db", "-q", "-f"]).arg(&file));
    await_listener(&address);
    Rival { server: Server { name: "haproxy", address, process }, _dir: dir }
}

/// nginx, which passes everything on to an upstream over connections that it keeps.
pub(crate) fn nginx(processor: usize, upstream: &str) -> Rival {
    let (dir, address) = (tempfile::tempdir().unwrap(), free_address());
    let at = dir.path().display();
    let configuration = format!(
        "daemon off;
master_process off;
pid {at}/nginx.pid;
error_log {at}/error.log;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {at}/body;
    proxy_temp_path {at}/proxy;
    fastcgi_temp_path {at}/fastcgi;
    uwsgi_temp_path {at}/uwsgi;
    scgi_temp_path {at}/scgi;
    keepalive_requests 1000000000;
    upstream behind {{
        server {upstream};
        keepalive 64;
        keepalive_requests 1000000000;
    }}
    server {{
        listen {address};
        location / {{
            proxy_pass http://behind;
            proxy_http_version 1.1;
            proxy_set_header Connection \"\";
        }}
    }}
}}
"
    );
    let file = dir.path().join("nginx.conf");
    fs::write(&file, configuration).unwrap();
    let process = Process::start(
        pinned(processor, "nginx").arg("-c").arg(&file).arg("-e").arg(dir.path().join("error.log")),
    );
    await_listener(&address);
    Rival { server: Server { name: "nginx", address, process }, _dir: dir }
}
