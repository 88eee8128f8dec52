//! Calls through proxies.

use super::hand::{Hand, assert_no_key, ran};
use super::refusing::Fake;
use crate::installation::{Ran, Serving};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;

/// A proxy that leads to one server, whatever host is asked for, and remembers how it was asked.
struct Proxy {
    place: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    fn to(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let place = listener.local_addr().unwrap().to_string();
        let (server, asked) = (server.to_owned(), Arc::default());
        let heard = Arc::clone(&asked);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (server, heard) = (server.clone(), Arc::clone(&heard));
                // A client that breaks off has said what it had to say.
                thread::spawn(move || lead(client, &server, &heard).ok());
            }
        });
        Self { place, asked }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn lead(mut client: TcpStream, server: &str, heard: &Mutex<Vec<String>>) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        client.read_exact(&mut byte)?;
        head.extend(byte);
    }
    heard.lock().unwrap().push(String::from_utf8_lossy(&head).into_owned());
    let server = TcpStream::connect(server)?;
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
    let (from_client, to_server) = (client.try_clone()?, server.try_clone()?);
    let up = thread::spawn(move || carry(from_client, to_server));
    carry(server, client);
    up.join().map_err(|_| io::Error::other("the way up broke"))
}

fn carry(mut from: TcpStream, mut to: TcpStream) {
    let _ = io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Write);
}

/// A server that says by TLS that it is this host, and the file of who vouches for it.
fn serving_as(hand: &Hand, host: &str) -> (Serving, String) {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let ca = authority.self_signed(&key).unwrap().pem();
    let issuer = Issuer::new(authority, key);
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new([host.to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    for (name, text) in [("ca.pem", ca), ("chain.pem", leaf.pem()), ("key.pem", key.serialize_pem())] {
        hand.file(name, &text);
    }
    let tls = ["--tls-cert", "chain.pem", "--tls-key", "key.pem", "--public-url", "https://api.example"];
    let serve = ["serve", "--json", "--listen", "127.0.0.1:0"];
    let serving = Serving::launch(hand.installation.command(&[&serve[..], &tls].concat()));
    (serving, hand.installation.beside("ca.pem").display().to_string())
}

fn call(hand: &Hand, url: &str, variables: &[(&str, &str)]) -> Ran {
    let mut command: Command = hand.command(&["request", "GET", url, "--timeout", "20s"]);
    command.envs(variables.iter().copied());
    ran(command)
}

#[test]
fn https_goes_through_a_tunnel_and_the_proxy_learns_a_name_and_no_token() {
    let hand = Hand::new();
    let (serving, ca) = serving_as(&hand, "api.example");
    let proxy = Proxy::to(serving.listen());
    let named = format!("http://ann:p%40ss@{}", proxy.place);
    let url = "https://api.example/v1/users";
    let ran = call(&hand, url, &[("HTTPS_PROXY", &named), ("SSL_CERT_FILE", &ca)]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stdout.contains("ada@acme.example"), "{ran:?}");
    let head = "CONNECT api.example:443 HTTP/1.1\r\nHost: api.example:443\r\nProxy-Authorization: Basic YW5uOnBAc3M=\r\n\r\n";
    assert_eq!(proxy.asked(), [head]);
    assert_no_key(&hand.pem(), &ran);
    let other =
        call(&hand, "https://other.example/v1/users", &[("HTTPS_PROXY", &named), ("SSL_CERT_FILE", &ca)]);
    other.assert_refused(1, "https://other.example did not prove who it is");
    assert!(!other.stderr.contains("p%40ss") && !other.stderr.contains("p@ss"), "{other:?}");
}

#[test]
fn a_proxy_that_is_to_be_reached_by_tls_is_told_nothing_in_clear() {
    let hand = Hand::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let named = format!("https://ann:secret@{}", listener.local_addr().unwrap());
    let first = thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        let mut first = [0];
        client.read_exact(&mut first).unwrap();
        client.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
        first
    });
    let ran = call(&hand, "https://api.example/v1/users", &[("HTTPS_PROXY", &named)]);
    ran.assert_refused(1, "the proxy that HTTPS_PROXY names can't be reached: ");
    assert_eq!(first.join().unwrap(), [22], "the beginning of a handshake");
}

#[test]
fn http_is_asked_of_the_proxy_by_the_whole_url() {
    let hand = Hand::new();
    let proxy = Fake::start(&["200 OK\n\n{\"data\":1}"]);
    let named = proxy.url.replace("http://", "http://ann:secret@");
    let ran = call(&hand, "http://api.example:8080/v1/apps?limit=1", &[("http_proxy", &named)]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "{\"data\":1}"), "{ran:?}");
    let asked = proxy.asked().remove(0).to_lowercase();
    assert!(asked.starts_with("get http://api.example:8080/v1/apps?limit=1 http/1.1\r\n"), "{asked}");
    for field in ["host: api.example:8080\r\n", "proxy-authorization: basic yw5uonnly3jlda==\r\n"] {
        assert!(asked.contains(field), "{field}: {asked}");
    }
}

#[test]
fn what_a_proxy_refuses_is_told_with_the_variable_that_names_it() {
    let hand = Hand::new();
    for (answer, words, hint) in [
        (
            "407 Proxy Authentication Required\n\n",
            "api.example: it answers 407",
            "put name and password into",
        ),
        ("403 Forbidden\n\n", "api.example: it answers 403", "NO_PROXY"),
        ("what?\n\n", "names broke off: it does not speak HTTP", "try again"),
    ] {
        let refusing = Fake::start(&[answer]);
        let ran = call(&hand, "https://api.example/v1/apps", &[("HTTPS_PROXY", &refusing.url)]);
        ran.assert_refused(1, words);
        assert!(ran.stderr.contains(hint), "{ran:?}");
    }
    let nobody = call(&hand, "https://api.example/v1/apps", &[("HTTPS_PROXY", "http://127.0.0.1:1")]);
    nobody.assert_refused(1, "the proxy that HTTPS_PROXY names can't be reached");
    let socks = call(&hand, "https://api.example/v1/apps", &[("ALL_PROXY", "socks5://127.0.0.1:1")]);
    socks.assert_refused(1, "ALL_PROXY names a SOCKS proxy");
}

#[test]
fn this_machine_is_called_without_a_proxy() {
    let hand = Hand::new();
    let server = hand.installation.serve(&[]);
    let url = format!("{}/v1/users", server.url());
    let nowhere = [("HTTPS_PROXY", "http://127.0.0.1:1"), ("HTTP_PROXY", "http://127.0.0.1:1")];
    assert_eq!(call(&hand, &url, &nowhere).code, 0);
}
