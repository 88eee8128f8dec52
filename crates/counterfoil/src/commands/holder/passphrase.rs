//! Asks a person for a passphrase, which is not shown while it is typed.

use counterfoil_holder::fault::Fault;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use zeroize::Zeroizing;

/// Asks on the terminal, whatever standard input and output are.
pub(super) fn ask(what_for: &str) -> Result<Zeroizing<String>, Fault> {
    let nobody = || {
        let hint = "set COUNTERFOIL_PASSPHRASE, or give --passphrase-file FILE";
        Fault::new(format!("{what_for} is wanted, and there is nobody to ask"), hint)
    };
    let terminal = OpenOptions::new().read(true).write(true).open("/dev/tty").map_err(|_| nobody())?;
    let quiet = Quiet::on(&terminal).map_err(|_| nobody())?;
    let mut line = Zeroizing::new(String::with_capacity(1024));
    let read = write!(&terminal, "{what_for}: ")
        .and_then(|()| BufReader::new(&terminal).read_line(&mut line))
        .and_then(|_| writeln!(&terminal));
    drop(quiet);
    read.map_err(|_| nobody())?;
    let typed = line.trim_end_matches(['\r', '\n']);
    if typed.is_empty() { Err(nobody()) } else { Ok(Zeroizing::new(typed.to_owned())) }
}

/// A terminal that shows nothing of what is typed, until this is dropped.
struct Quiet<'a> {
    terminal: &'a File,
    before: Termios,
}

impl<'a> Quiet<'a> {
    fn on(terminal: &'a File) -> rustix::io::Result<Self> {
        let before = tcgetattr(terminal)?;
        let mut quiet = before.clone();
        quiet.local_modes.remove(LocalModes::ECHO);
        tcsetattr(terminal, OptionalActions::Flush, &quiet)?;
        Ok(Self { terminal, before })
    }
}

impl Drop for Quiet<'_> {
    fn drop(&mut self) {
        let _ = tcsetattr(self.terminal, OptionalActions::Now, &self.before);
    }
}
