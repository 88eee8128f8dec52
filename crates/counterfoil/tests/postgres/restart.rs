//! A server that is started while its database is away.

use crate::cable::Cable;
use crate::database::Database;
use crate::installation::Installation;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(30);

/// Ended when dropped.
struct Ending(Child);

impl Drop for Ending {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_server_restarted_while_the_database_is_away_refuses_until_it_is_back() {
    let database = Database::make();
    let cable = Cable::to(&database.url);
    let machine = Installation::on(cable.url(&database.url));
    machine.bootstrap(&[]);
    machine.serve(&[]).stop();
    cable.hold();
    let address = free_address();
    let mut command = machine.command(&["serve", "--listen", &address]);
    let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let _ending = Ending(child);
    until(&address, "/readyz", "503");
    assert_eq!(status(&address, "/livez"), "200");
    assert_eq!(status(&address, "/authorize"), "503");
    cable.release();
    until(&address, "/readyz", "200");
    assert_eq!(status(&address, "/v1/apiKeys"), "401");
}

#[test]
fn a_database_that_was_never_reached_ends_the_server_with_a_hint() {
    let machine = Installation::on(format!("postgres://nobody@{}/nothing", free_address()));
    machine.run(&["serve", "--listen", "127.0.0.1:0"]).assert_refused(1, "the store can't be reached");
}

fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

fn until(address: &str, path: &str, expected: &str) {
    let begun = Instant::now();
    while status(address, path) != expected {
        assert!(begun.elapsed() < PATIENCE, "{path} is not {expected}");
        thread::sleep(Duration::from_millis(50));
    }
}

/// The status of the answer; empty, if there is none.
fn status(address: &str, path: &str) -> String {
    let Ok(mut stream) = TcpStream::connect(address) else { return String::new() };
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    let mut answer = String::new();
    let asked = stream.write_all(request.as_bytes()).and_then(|()| stream.read_to_string(&mut answer));
    match asked {
        Ok(_) => answer.split(' ').nth(1).unwrap_or_default().to_owned(),
        Err(_) => String::new(),
    }
}
