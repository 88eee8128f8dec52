//! Where a server listens.

use super::*;
use counterfoil_server::listen::BindFault;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::PathBuf;
use tokio::net::UnixStream;

/// A folder of one test's own, gone with it.
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("counterfoil-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[tokio::test]
async fn port_0_is_reported_as_the_port_it_became() {
    let house = open(Limits::default()).await;
    assert_ne!(house.socket().port(), 0);
    let peer = house.say(&closing("/peer")).await;
    assert!(peer.contains("Peer { address: Some(127.0.0.1:"), "{peer}");
    assert!(peer.ends_with("tls: false, unix: false }"), "{peer}");
}

#[tokio::test]
async fn the_unspecified_ipv6_address_takes_ipv4_too_and_shows_it_plainly() {
    let house = open_at("[::]:0", Limits::default(), None, LONG).await;
    let mut stream = TcpStream::connect(("127.0.0.1", house.socket().port())).await.unwrap();
    stream.write_all(closing("/peer").as_bytes()).await.unwrap();
    let peer = rest(&mut stream).await;
    assert!(peer.contains("Peer { address: Some(127.0.0.1:"), "{peer}");
}

#[tokio::test]
async fn a_port_in_use_is_refused() {
    let house = open(Limits::default()).await;
    let fault = Listener::bind(&house.address).await.unwrap_err();
    assert_eq!(fault.to_string(), format!("can't listen at {}", house.address));
}

#[tokio::test]
async fn a_unix_socket_is_its_owners_and_goes_with_the_server() {
    let folder = Folder::new("unix");
    for (name, mode) in [("a.sock", 0o600), ("b.sock,mode=0666", 0o666)] {
        let house =
            open_at(&format!("unix:{}", folder.file(name).display()), Limits::default(), None, LONG).await;
        let path = folder.file(&name[..6]);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, mode);
        let mut stream = UnixStream::connect(&path).await.unwrap();
        stream.write_all(closing("/peer").as_bytes()).await.unwrap();
        assert_answer(&rest(&mut stream).await, 200, "Peer { address: None, tls: false, unix: true }");
        house.close().await;
        assert!(!path.exists());
    }
}

#[tokio::test]
async fn a_dead_servers_socket_is_replaced_a_live_ones_is_not() {
    let folder = Folder::new("stale");
    let path = folder.file("a.sock");
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let dead = fs::metadata(&path).unwrap().ino();
    let address = format!("unix:{}", path.display()).parse().unwrap();
    let live = Listener::bind(&address).await.unwrap();
    assert!(fs::metadata(&path).is_ok_and(|found| found.ino() != dead || found.mode() & 0o777 == 0o600));

    match Listener::bind(&address).await {
        Err(BindFault::Held { holder, .. }) => assert_eq!(holder, Some(std::process::id().cast_signed())),
        other => panic!("{other:?}"),
    }
    assert!(UnixStream::connect(&path).await.is_ok(), "the live one still listens");
    drop(live);
    assert!(!path.exists());
}

#[tokio::test]
async fn a_file_that_is_no_socket_is_left_alone() {
    let folder = Folder::new("plain");
    let path = folder.file("notes.txt");
    fs::write(&path, "keep me").unwrap();
    let fault = Listener::bind(&format!("unix:{}", path.display()).parse().unwrap()).await.unwrap_err();
    assert_eq!(fault.to_string(), format!("{} exists and is not a socket", path.display()));
    assert_eq!(fs::read_to_string(&path).unwrap(), "keep me");
}

#[tokio::test]
async fn a_socket_that_another_server_put_in_our_place_is_not_removed() {
    let folder = Folder::new("other");
    let path = folder.file("a.sock");
    let ours = Listener::bind(&format!("unix:{}", path.display()).parse().unwrap()).await.unwrap();
    let theirs = folder.file("b.sock");
    let _theirs = std::os::unix::net::UnixListener::bind(&theirs).unwrap();
    fs::rename(&theirs, &path).unwrap();
    drop(ours);
    assert!(path.exists());
}
