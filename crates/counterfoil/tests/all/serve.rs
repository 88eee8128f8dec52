//! `serve`: from the first start to the end.

use crate::crash::{Rounds, crash};
use crate::installation::{Installation, PATIENCE, Serving};
use serde_json::json;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixDatagram;
use std::time::{Duration, Instant};

#[test]
fn the_first_start_makes_everything_and_prints_a_link_that_a_person_sees() {
    let installation = Installation::new();
    let serving = installation.serve(&[]);
    let link = serving.document["setUpUrl"].as_str().unwrap().to_owned();
    assert!(
        link.starts_with(&format!("{}/set-up?link=", serving.document["publicUrl"].as_str().unwrap())),
        "{link}"
    );
    let log = serving.stop();
    assert!(log.contains(&format!("\n\n      {link}\n\n")), "{log}");
}

#[test]
fn the_link_is_renewed_at_each_start_and_the_old_one_is_good_no_more() {
    let installation = Installation::new();
    let first = installation.serve(&[]);
    let path = |serving: &Serving| {
        let link = serving.document["setUpUrl"].as_str().unwrap();
        link[serving.document["publicUrl"].as_str().unwrap().len()..].to_owned()
    };
    let old = path(&first);
    assert_eq!(first.get(&old, None).status, 200);
    first.stop();
    let second = installation.serve(&[]);
    assert_ne!(path(&second), old);
    assert_eq!(second.get(&path(&second), None).status, 200);
    assert_ne!(second.get(&old, None).status, 200);
}

#[test]
fn the_default_public_url_names_localhost_and_the_port() {
    let installation = Installation::new();
    let serving = installation.serve(&[]);
    let port = serving.listen().rsplit(':').next().unwrap();
    assert_eq!(serving.document["publicUrl"], json!(format!("http://localhost:{port}")));
}

#[test]
fn a_second_server_on_the_same_data_is_refused_and_the_first_is_named() {
    let installation = Installation::new();
    let serving = installation.serve(&[]);
    let ran = installation.run(&["serve", "--listen", "127.0.0.1:0"]);
    ran.assert_refused(1, "");
    let holder = format!("is served already, by process {} since 2", serving.pid());
    assert!(ran.stderr.contains(&holder), "{ran:?}");
    assert_eq!(serving.get("/readyz", None).status, 200);
}

#[test]
fn a_server_that_was_killed_leaves_no_lock_behind() {
    let installation = Installation::new();
    installation.serve(&[]).kill();
    installation.serve(&[]).stop();
}

#[test]
fn nothing_acknowledged_is_lost_when_it_is_killed_under_writes() {
    crash(&Installation::new(), Rounds::usually(12));
}

#[test]
fn a_port_in_use_is_told_with_what_to_do() {
    let installation = Installation::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let ran = installation.run(&["serve", "--listen", &address]);
    ran.assert_refused(1, &format!("can't listen at {address}"));
    assert!(ran.stderr.contains("another program listens there"), "{ran:?}");
}

#[test]
fn a_data_directory_that_can_not_be_made_is_told() {
    let installation = Installation::new();
    let ran = installation.run(&["serve", "--listen", "127.0.0.1:0", "--data", "/dev/null/data"]);
    assert!(ran.code == 1 && ran.stderr.contains("hint: "), "{ran:?}");
}

#[test]
fn a_directory_that_holds_other_things_is_not_taken_over() {
    let installation = Installation::new();
    std::fs::write(installation.beside("somebody's.txt"), "").unwrap();
    set_mode(&installation.beside(""), 0o755);
    let ran = installation.run(&["serve", "--listen", "127.0.0.1:0", "--data", "."]);
    ran.assert_refused(1, ". is open to others and holds other things");
}

fn set_mode(path: &std::path::Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_stop_lets_a_request_in_flight_finish_and_exits_0() {
    for signal in ["TERM", "INT"] {
        let installation = Installation::new();
        let serving = installation.serve(&[]);
        let mut slow = TcpStream::connect(serving.listen()).unwrap();
        slow.set_read_timeout(Some(PATIENCE)).unwrap();
        let head = "POST /v1/burn HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nContent-Type: application/json\r\n\r\n{";
        slow.write_all(head.as_bytes()).unwrap();
        std::thread::sleep(Duration::from_millis(200));
        serving.signal(signal);
        std::thread::sleep(Duration::from_millis(200));
        slow.write_all(b"}").unwrap();
        let mut answer = String::new();
        slow.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 401 "), "{signal}: {answer:?}");
        let (status, log) = serving.wait();
        assert_eq!(status.code(), Some(0), "{signal}: {log}");
    }
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let installation = Installation::new();
    let serving = installation.serve(&[]);
    let mut stuck = TcpStream::connect(serving.listen()).unwrap();
    stuck.write_all(b"POST /v1/burn HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n").unwrap();
    std::thread::sleep(Duration::from_millis(200));
    serving.signal("TERM");
    std::thread::sleep(Duration::from_millis(300));
    let told = Instant::now();
    serving.signal("TERM");
    let (status, log) = serving.wait();
    assert_eq!(status.code(), Some(1), "{log}");
    assert!(told.elapsed() < Duration::from_secs(2), "{:?}", told.elapsed());
}

#[test]
fn a_restart_keeps_everything() {
    let installation = Installation::new();
    let made = installation.bootstrap(&[]);
    let first = installation.serve(&[]);
    let body = json!({"data": {"type": "apiKeys", "attributes": {"nickname": "kept", "keyType": "TEAM", "roles": ["SALES"]}}});
    let kept = first.ask("POST", "/v1/apiKeys", Some(&made.key), Some(&body));
    assert_eq!(kept.status, 201, "{kept:?}");
    let path = format!("/v1/apiKeys/{}", kept.text("/data/id"));
    let before = first.get(&path, Some(&made.key)).json();
    first.stop();
    let second = installation.serve(&[]);
    let after = second.get(&path, Some(&made.key)).json();
    assert_eq!(before["data"]["attributes"], after["data"]["attributes"]);
}

#[test]
fn a_unix_socket_is_listened_at_and_goes_with_the_server() {
    let installation = Installation::new();
    let socket = installation.beside("cf.sock");
    let listen = format!("unix:{}", socket.display());
    let serving = Serving::start(installation.command(&[
        "serve",
        "--json",
        "--listen",
        &format!("{listen},mode=0660"),
    ]));
    assert_eq!(serving.listen(), listen);
    assert_eq!(serving.get("/livez", None).status, 200);
    serving.stop();
    assert!(!socket.exists());
}

#[test]
fn the_service_manager_is_told_when_it_is_ready_and_when_it_stops() {
    let installation = Installation::new();
    let path = installation.beside("notify.sock");
    let manager = UnixDatagram::bind(&path).unwrap();
    manager.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut command = installation.command(&["serve", "--json", "--listen", "127.0.0.1:0"]);
    command.env("NOTIFY_SOCKET", &path);
    let serving = Serving::start(command);
    let told = || {
        let mut bytes = [0; 64];
        let length = manager.recv(&mut bytes).unwrap();
        String::from_utf8_lossy(&bytes[..length]).into_owned()
    };
    assert_eq!(told(), "READY=1");
    serving.stop();
    assert_eq!(told(), "STOPPING=1");
}

#[test]
fn logs_are_json_objects_when_asked_for() {
    let installation = Installation::new();
    installation.serve(&[]).stop();
    let log = installation.serve(&["--log-format", "json"]).stop();
    let objects = log.lines().filter(|line| line.starts_with('{'));
    let objects: Vec<serde_json::Value> = objects.map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(
        objects.iter().any(|object| object["message"] == "Serving." && object["store"] == "SQLite"),
        "{log}"
    );
}

#[test]
fn a_certificate_without_a_fitting_key_is_refused() {
    let installation = Installation::new();
    let (one, other) = (certificate(), certificate());
    std::fs::write(installation.beside("c.pem"), one.0).unwrap();
    std::fs::write(installation.beside("k.pem"), other.1).unwrap();
    let tls = ["serve", "--listen", "127.0.0.1:0", "--tls-cert", "c.pem", "--tls-key", "k.pem"];
    installation.run(&tls).assert_refused(1, "the certificate in c.pem and the key in k.pem can't be used");
    std::fs::write(installation.beside("k.pem"), "nothing").unwrap();
    installation.run(&tls).assert_refused(1, "k.pem holds no private key in PEM form");
}

fn certificate() -> (String, String) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    (made.cert.pem(), made.signing_key.serialize_pem())
}
