//! The sandbox on a connection: what of a body is read, and what is not.

use crate::desk::{COFFEE, Desk, ids, to};
use crate::uploads::{commit, picture, reserve, send, set};
use counterfoil_sandbox::Limits;
use serde_json::json;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, split};
use tokio::time::timeout;

/// Longer than anything here takes.
const LONG: Duration = Duration::from_secs(20);

fn connected(desk: &Desk) -> DuplexStream {
    let (ours, theirs) = tokio::io::duplex(64 * 1024);
    tokio::spawn(counterfoil_sandbox::serve(desk.sandbox().clone(), theirs));
    ours
}

/// The status of what is answered to a part of a file, while this many bytes are sent.
async fn status(desk: &Desk, path: &str, length: usize, sent: usize) -> u16 {
    status_of(desk, "PUT", path, length, sent).await
}

async fn status_of(desk: &Desk, method: &str, path: &str, length: usize, sent: usize) -> u16 {
    let (mut reading, mut writing) = split(connected(desk));
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
    );
    let send = async move {
        writing.write_all(head.as_bytes()).await.unwrap();
        // Who was answered already closes the connection.
        let _ = writing.write_all(&vec![b'x'; sent]).await;
        writing
    };
    let sending = tokio::spawn(send);
    let mut first = [0; 12];
    timeout(LONG, reading.read_exact(&mut first)).await.expect("an answer in time").unwrap();
    sending.abort();
    std::str::from_utf8(&first[9..]).unwrap().parse().unwrap()
}

/// Where the one part of a file of so many bytes is to be sent.
fn reserved(desk: &Desk, size: usize) -> String {
    let version = ids(&desk.found(&format!("/v1/apps/{COFFEE}/appStoreVersions")))[1].clone();
    let data = json!({
        "type": "routingAppCoverages",
        "attributes": { "fileSize": size, "fileName": "here.geojson" },
        "relationships": { "appStoreVersion": to("appStoreVersions", &version) },
    });
    let made = desk.post("/v1/routingAppCoverages", data);
    let url = made.body["data"]["attributes"]["uploadOperations"][0]["url"].as_str().unwrap();
    url.strip_prefix("https://keys.example").unwrap().to_owned()
}

#[tokio::test]
async fn a_body_that_nobody_waits_for_is_not_read() {
    let desk = Desk::new();
    let path = reserved(&desk, 10);
    let other = format!("{}/2", path.strip_suffix("/1").unwrap());
    for path in ["/sandbox/uploads/0123456789abcdef0123456789abcdef/1", "/sandbox/uploads/", &other] {
        assert_eq!(status(&desk, path, 1_000_000_000, 0).await, 404, "{path}");
    }
}

#[tokio::test]
async fn a_part_is_taken_up_to_a_length_and_no_further() {
    let desk = Desk::new();
    let path = reserved(&desk, 10);
    assert_eq!(status(&desk, &path, 9 * 1024 * 1024, 9 * 1024 * 1024).await, 413);
    assert_eq!(status(&desk, &path, 9, 9).await, 400);
    assert_eq!(status(&desk, &path, 10, 10).await, 200);
}

#[tokio::test]
async fn what_lies_open_reads_no_body_but_of_parts() {
    let desk = Desk::new();
    let path = reserved(&desk, 10);
    for method in ["POST", "PATCH", "DELETE"] {
        assert_eq!(status_of(&desk, method, &path, 1_000_000_000, 0).await, 405, "{method}");
    }
    assert_eq!(status_of(&desk, "GET", "/sandbox/root.cer", 1_000_000_000, 0).await, 200);
}

/// Where a picture of so many bytes can be looked at.
fn shown(desk: &Desk, set: &str, length: usize) -> String {
    let bytes = picture(length);
    let reserved = reserve(desk, set, json!(length), "a.png");
    send(desk, &reserved.body["data"], &bytes);
    let done = commit(desk, &reserved.id(), json!({ "uploaded": true }));
    let template = done["imageAsset"]["templateUrl"].as_str().unwrap();
    template.strip_prefix("https://keys.example").unwrap().to_owned().replace(['{', '}'], "x")
}

/// Asks for it and reads no more of the answer than its status; the connection stays as it is.
async fn begun(desk: &Desk, path: &str) -> (u16, DuplexStream) {
    let mut stream = connected(desk);
    let head = format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut first = [0; 12];
    timeout(LONG, stream.read_exact(&mut first)).await.expect("an answer in time").unwrap();
    (std::str::from_utf8(&first[9..]).unwrap().parse().unwrap(), stream)
}

#[tokio::test]
async fn long_answers_to_strangers_have_only_so_much_room_as_long_as_they_are_read() {
    let desk = Desk::within(Limits { on_the_way: 4, ..Limits::default() });
    let set = set(&desk);
    let (long, short) = (shown(&desk, &set, 3 << 20), shown(&desk, &set, 1000));
    let (status, slow) = begun(&desk, &long).await;
    assert_eq!(status, 200);
    assert_eq!(begun(&desk, &long).await.0, 503, "somebody reads one slowly, and two have no room");
    assert_eq!(begun(&desk, &short).await.0, 200, "what is short takes none");
    drop(slow);
    let again = async {
        while begun(&desk, &long).await.0 != 200 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(LONG, again).await.expect("who breaks off gives the room back");
}
