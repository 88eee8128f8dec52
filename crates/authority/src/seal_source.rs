//! Where the seal key comes from.
//!
//! By default it is a file in the data directory, made on the first start. A rotation writes the
//! new key beside it first (`seal.key.new`), so that a crash at any moment leaves the key that is
//! in force in one of the two.

use crate::seal::SealKey;
use aws_lc_rs::rand::SystemRandom;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

const FILE: &str = "seal.key";

/// Where the seal key comes from.
#[derive(Clone)]
pub enum SealSource {
    /// A file that this program makes and may rotate.
    File(PathBuf),
    /// A value that was given from outside, and the name of what gave it, for messages.
    Given {
        /// What gave it, such as `COUNTERFOIL_SEAL_KEY`.
        by: String,
        /// 64 hexadecimal digits.
        value: Zeroizing<String>,
    },
}

/// Why there is no seal key.
#[derive(Debug, thiserror::Error)]
pub enum SealSourceFault {
    /// The file can't be read or written.
    #[error("the seal key file {path} can't be used: {fault}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        fault: io::Error,
    },
    /// It is not a key.
    #[error(
        "{from} does not hold a seal key: 64 hexadecimal digits are wanted, as `openssl rand -hex 32` makes them"
    )]
    Malformed {
        /// What was read.
        from: String,
    },
    /// It is another key than the one that is in force.
    #[error(
        "{from} holds another seal key than the one in force here (key {wanted}). Put the right one back; if it is lost for good, `counterfoil seal rotate --lost` makes a new one and erases the private halves that wait for their download"
    )]
    Wrong {
        /// What was read.
        from: String,
        /// The id of the key in force.
        wanted: String,
    },
    /// There is none, though one was in use.
    #[error(
        "the seal key file {path} is missing, but key {wanted} was in use here. Put it back; if it is lost for good, `counterfoil seal rotate --lost` makes a new one and erases the private halves that wait for their download"
    )]
    Missing {
        /// Where it should be.
        path: PathBuf,
        /// The id of the key in force.
        wanted: String,
    },
    /// The machine has no randomness.
    #[error("this machine gives no random bytes")]
    NoRandomness,
}

impl SealSource {
    /// The file in the data directory.
    #[must_use]
    pub fn in_data_dir(dir: &Path) -> Self {
        Self::File(dir.join(FILE))
    }

    /// The key in force; the first start makes one.
    ///
    /// `in_force` is the id that the store knows, or `None` if no key was ever in use there.
    ///
    /// # Errors
    /// If there is no key, or the wrong one.
    pub fn load(&self, in_force: Option<&str>) -> Result<SealKey, SealSourceFault> {
        match self {
            Self::Given { by, value } => check(parse(value, by)?, by, in_force),
            Self::File(path) => load_file(path, in_force),
        }
    }
}

fn load_file(path: &Path, in_force: Option<&str>) -> Result<SealKey, SealSourceFault> {
    let from = path.display().to_string();
    let beside = beside(path);
    if let Some(key) = read(&beside)?.filter(|key| Some(key.id()) == in_force) {
        put_in_place(&beside, path, key.id())?;
        return Ok(key);
    }
    match (read(path)?, in_force) {
        (Some(key), in_force) => check(key, &from, in_force),
        (None, Some(wanted)) => Err(SealSourceFault::Missing { path: path.into(), wanted: wanted.into() }),
        (None, None) => {
            let key = SealKey::generate(&SystemRandom::new()).map_err(|_| SealSourceFault::NoRandomness)?;
            match write_new(path, &key) {
                Err(SealSourceFault::Io { fault, .. }) if fault.kind() == io::ErrorKind::AlreadyExists => {
                    load_file(path, in_force)
                }
                written => written.map(|()| key),
            }
        }
    }
}

/// Writes a key beside the one in force, durably: the first step of a rotation. Loading it by its
/// id, once the store says that it is in force, puts it in the place of the old one.
///
/// # Errors
/// If it can't be written.
pub fn write_beside(path: &Path, key: &SealKey) -> Result<(), SealSourceFault> {
    let _turn = turn(path, "lock")?;
    let beside = beside(path);
    match fs::remove_file(&beside) {
        Err(fault) if fault.kind() != io::ErrorKind::NotFound => return Err(io_fault(&beside)(fault)),
        _ => {}
    }
    write_new(&beside, key)
}

/// Moves a key that is not in force out of the way, without destroying it.
///
/// # Errors
/// If it can't be moved.
pub fn set_aside(path: &Path) -> Result<(), SealSourceFault> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".not-in-force");
    match fs::rename(path, path.with_file_name(name)) {
        Err(fault) if fault.kind() != io::ErrorKind::NotFound => Err(io_fault(path)(fault)),
        _ => Ok(()),
    }
}

/// Waits for its turn to rotate the key in this file: two rotations at once would write over each
/// other's new key. The turn ends when the file is dropped, or with the process.
///
/// # Errors
/// If the file can't be locked.
pub fn turn_to_rotate(path: &Path) -> Result<fs::File, SealSourceFault> {
    turn(path, "rotation")
}

fn turn(path: &Path, what: &str) -> Result<fs::File, SealSourceFault> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(what);
    let lock = path.with_file_name(name);
    let mut options = fs::OpenOptions::new();
    let opened = options.write(true).create(true).truncate(false).mode(0o600).open(&lock);
    opened.and_then(|file| file.lock().map(|()| file)).map_err(io_fault(&lock))
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    path.with_file_name(name)
}

/// Moves the new key over the old one, which is gone with that. If another process was faster, the
/// new key is in its place already, and must not be overwritten.
fn put_in_place(new: &Path, path: &Path, id: &str) -> Result<(), SealSourceFault> {
    let _turn = turn(path, "lock")?;
    if read(new)?.is_none_or(|key| key.id() != id) {
        return Ok(());
    }
    overwrite_with_zeros(path);
    fs::rename(new, path).map_err(io_fault(path))?;
    sync_folder(path).map_err(io_fault(path))
}

/// Overwrites the old key where it lies. On file systems that copy on write this may do nothing,
/// so a failure is no obstacle.
fn overwrite_with_zeros(path: &Path) {
    if let Ok(mut file) = fs::OpenOptions::new().write(true).open(path) {
        let _ = file.write_all(&[b'0'; 64]).and_then(|()| file.sync_data());
    }
}

fn write_new(path: &Path, key: &SealKey) -> Result<(), SealSourceFault> {
    let mut text = Zeroizing::new(String::with_capacity(65));
    for byte in key.expose() {
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
        }
    }
    text.push('\n');
    let mut file =
        fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(io_fault(path))?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(io_fault(path))?;
    sync_folder(path).map_err(io_fault(path))
}

fn sync_folder(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => fs::File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}

fn read(path: &Path) -> Result<Option<SealKey>, SealSourceFault> {
    match fs::read_to_string(path).map(Zeroizing::new) {
        Ok(text) => parse(&text, &path.display().to_string()).map(Some),
        Err(fault) if fault.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(fault) => Err(io_fault(path)(fault)),
    }
}

fn parse(text: &str, from: &str) -> Result<SealKey, SealSourceFault> {
    let malformed = || SealSourceFault::Malformed { from: from.into() };
    let digits = text.trim().as_bytes();
    if digits.len() != 64 {
        return Err(malformed());
    }
    let mut secret = Zeroizing::new([0; 32]);
    for (byte, pair) in secret.iter_mut().zip(digits.chunks_exact(2)) {
        for digit in pair {
            let value = char::from(*digit).to_digit(16).ok_or_else(malformed)?;
            *byte = *byte << 4 | u8::try_from(value).unwrap_or_default();
        }
    }
    Ok(SealKey::new(secret))
}

fn check(key: SealKey, from: &str, in_force: Option<&str>) -> Result<SealKey, SealSourceFault> {
    match in_force.filter(|wanted| *wanted != key.id()) {
        Some(wanted) => Err(SealSourceFault::Wrong { from: from.into(), wanted: wanted.into() }),
        None => Ok(key),
    }
}

fn io_fault(path: &Path) -> impl FnOnce(io::Error) -> SealSourceFault {
    let path = path.to_owned();
    move |fault| SealSourceFault::Io { path, fault }
}
