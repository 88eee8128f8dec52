//! TLS: what is spoken, and certificates that change.

use super::http2::{ask, request, speak};
use super::sockets::Folder;
use super::*;
use counterfoil_server::listen::TlsFault;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::fs;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// A certificate for `localhost` that vouches for itself, with its key.
struct Pair {
    certificate: CertificateDer<'static>,
    certificate_pem: String,
    key_pem: String,
}

impl Pair {
    fn new() -> Self {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        Self {
            certificate: made.cert.der().clone(),
            certificate_pem: made.cert.pem(),
            key_pem: made.signing_key.serialize_pem(),
        }
    }

    fn write(&self, folder: &Folder) {
        fs::write(folder.file("cert.pem"), &self.certificate_pem).unwrap();
        fs::write(folder.file("key.pem"), &self.key_pem).unwrap();
    }
}

fn load(folder: &Folder) -> Result<Tls, TlsFault> {
    Tls::load(&folder.file("cert.pem"), &folder.file("key.pem"))
}

async fn open_tls(folder: &Folder, limits: Limits) -> House {
    let tls = load(folder).unwrap().look_every(millis(20));
    open_at("127.0.0.1:0", limits, Some(tls), LONG).await
}

/// A connection that trusts `pair` and nothing else.
async fn greet(house: &House, pair: &Pair, alpn: &[u8]) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(pair.certificate.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![alpn.to_vec()];
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, house.connect().await).await
}

/// Waits until the server shows `pair`.
async fn until_shown(house: &House, pair: &Pair) {
    let deadline = Instant::now() + LONG;
    while greet(house, pair, b"http/1.1").await.is_err() {
        assert!(Instant::now() < deadline, "the new certificate is not shown");
        tokio::time::sleep(millis(20)).await;
    }
}

#[tokio::test]
async fn both_versions_of_http_are_spoken_as_agreed() {
    let (folder, pair) = (Folder::new("alpn"), Pair::new());
    pair.write(&folder);
    let house = open_tls(&folder, Limits::default()).await;
    let mut stream = greet(&house, &pair, b"http/1.1").await.unwrap();
    stream.write_all(closing("/peer").as_bytes()).await.unwrap();
    let answer = rest(&mut stream).await;
    assert!(answer.ends_with("tls: true, unix: false }"), "{answer}");

    let stream = greet(&house, &pair, b"h2").await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let (mut client, _) = speak(stream).await;
    assert_eq!(ask(&mut client, request("GET", "/", "")).await, (200, "fine".to_owned()));
}

#[tokio::test]
async fn a_new_certificate_is_picked_up_while_old_connections_go_on() {
    let (folder, old, new) = (Folder::new("reload"), Pair::new(), Pair::new());
    old.write(&folder);
    let house = open_tls(&folder, Limits::default()).await;
    let mut kept = greet(&house, &old, b"http/1.1").await.unwrap();
    assert!(greet(&house, &new, b"http/1.1").await.is_err());
    new.write(&folder);
    until_shown(&house, &new).await;
    assert!(greet(&house, &old, b"http/1.1").await.is_err());
    kept.write_all(closing("/").as_bytes()).await.unwrap();
    assert_answer(&rest(&mut kept).await, 200, "fine");
}

#[tokio::test]
async fn a_pair_that_can_not_be_used_leaves_the_old_one_in_force() {
    let (folder, old, new) = (Folder::new("bad"), Pair::new(), Pair::new());
    old.write(&folder);
    let house = open_tls(&folder, Limits::default()).await;
    for certificate in
        ["", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", &new.certificate_pem]
    {
        fs::write(folder.file("cert.pem"), certificate).unwrap();
        tokio::time::sleep(millis(150)).await;
        assert!(greet(&house, &old, b"http/1.1").await.is_ok(), "{certificate:.30}");
    }
    fs::remove_file(folder.file("cert.pem")).unwrap();
    tokio::time::sleep(millis(150)).await;
    assert!(greet(&house, &old, b"http/1.1").await.is_ok());
    new.write(&folder);
    until_shown(&house, &new).await;
}

#[tokio::test]
async fn a_pair_that_can_not_be_used_is_refused_at_the_start_without_a_word_of_the_key() {
    let (folder, pair, other) = (Folder::new("refused"), Pair::new(), Pair::new());
    pair.write(&folder);
    fs::write(folder.file("key.pem"), &other.key_pem).unwrap();
    assert!(matches!(load(&folder), Err(TlsFault::Unusable { .. })));
    let key = other.key_pem.replace("PRIVATE KEY", "SOMETHING");
    fs::write(folder.file("key.pem"), &key).unwrap();
    let fault = load(&folder).err().unwrap();
    assert_eq!(
        fault.to_string(),
        format!("{} holds no private key in PEM form", folder.file("key.pem").display())
    );
    assert!(!format!("{fault:?}").contains(key.lines().nth(1).unwrap()));
    fs::remove_file(folder.file("key.pem")).unwrap();
    assert!(matches!(load(&folder), Err(TlsFault::Unreadable { .. })));
}

#[tokio::test]
async fn a_handshake_that_never_comes_is_cut_off() {
    let (folder, pair) = (Folder::new("handshake"), Pair::new());
    pair.write(&folder);
    let house = open_tls(&folder, Limits { handshake: millis(300), ..Limits::default() }).await;
    let mut silent = house.connect().await;
    let waited = time_to_close(&mut silent).await;
    assert!((millis(250)..millis(2000)).contains(&waited), "{waited:?}");
    assert_eq!(house.figures.now().handshakes_failed, 1);
    let mut stream = greet(&house, &pair, b"http/1.1").await.unwrap();
    stream.write_all(closing("/").as_bytes()).await.unwrap();
    assert_answer(&rest(&mut stream).await, 200, "fine");
}

#[tokio::test]
async fn a_connection_that_ends_between_requests_says_so_to_its_peer() {
    let (folder, pair) = (Folder::new("goodbye"), Pair::new());
    pair.write(&folder);
    for (idle, first) in [(millis(300), "/"), (millis(300), "/nowhere"), (LONG, "/"), (LONG, "/nowhere")] {
        let house = open_tls(&folder, Limits { idle, ..Limits::default() }).await;
        let mut stream = greet(&house, &pair, b"http/1.1").await.unwrap();
        stream.write_all(keeping(first).as_bytes()).await.unwrap();
        one_answer(&mut stream, if first == "/" { "fine" } else { "" }).await;
        if idle == LONG {
            house.stop.send(()).unwrap();
        }
        // An end that nobody announced could be one that somebody else made, and is an error.
        let end = timeout(LONG, stream.read_to_end(&mut Vec::new())).await.unwrap();
        assert_eq!(end.ok(), Some(0), "{first} after {idle:?}");
    }
}
