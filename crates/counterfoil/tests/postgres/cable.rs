//! A cable to the database, which can be held so that nothing gets through and nothing ends.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

/// A cable.
pub(crate) struct Cable {
    address: SocketAddr,
    grip: Arc<Grip>,
}

/// Whether the cable is held.
#[derive(Default)]
struct Grip {
    is_held: Mutex<bool>,
    released: Condvar,
}

impl Cable {
    /// To the server of a database's URL.
    pub(crate) fn to(url: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (grip, target) = (Arc::new(Grip::default()), server_of(url).to_owned());
        let gripped = grip.clone();
        thread::spawn(move || {
            for near in listener.incoming() {
                connect(near.unwrap(), &target, &gripped);
            }
        });
        Self { address, grip }
    }

    /// The same database, by way of the cable.
    pub(crate) fn url(&self, direct: &str) -> String {
        direct.replacen(server_of(direct), &self.address.to_string(), 1)
    }

    /// From now on nothing gets through; connections stay, and new ones are taken.
    pub(crate) fn hold(&self) {
        *self.grip.is_held.lock().unwrap() = true;
    }

    pub(crate) fn release(&self) {
        *self.grip.is_held.lock().unwrap() = false;
        self.grip.released.notify_all();
    }
}

impl Grip {
    fn wait(&self) {
        let held = self.is_held.lock().unwrap();
        drop(self.released.wait_while(held, |is_held| *is_held).unwrap());
    }
}

/// `host:port` of `postgres://user:password@host:port/name`.
fn server_of(url: &str) -> &str {
    let rest = url.split_once("://").unwrap().1;
    let authority = rest.split('/').next().unwrap();
    authority.rsplit('@').next().unwrap()
}

fn connect(near: TcpStream, target: &str, grip: &Arc<Grip>) {
    let Ok(far) = TcpStream::connect(target) else { return };
    for (from, to) in [(near.try_clone().unwrap(), far.try_clone().unwrap()), (far, near)] {
        let grip = grip.clone();
        thread::spawn(move || carry(from, to, &grip));
    }
}

fn carry(mut from: TcpStream, mut to: TcpStream, grip: &Grip) {
    let mut bytes = [0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut bytes) {
        grip.wait();
        if to.write_all(&bytes[..count]).is_err() {
            break;
        }
    }
    grip.wait();
    let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
}
