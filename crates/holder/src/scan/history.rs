//! Every object of a git history: of all branches, of stashes, and what nothing leads to any more.

use super::git::{Git, Input, Reading};
use super::haul::{Searcher, Whence};
use super::origin;
use super::source::{PIECE, Source};
use crate::fault::Fault;
use std::io;

/// Searches every object, and then finds out where what was found came in.
pub(super) fn search(searcher: &mut Searcher<'_>, git: &Git) -> Result<(), Fault> {
    let before = searcher.haul.findings.len();
    let all = ["cat-file", "--batch-all-objects", "--batch", "--unordered"];
    objects(searcher, git.reading(&all, Input::Nothing)?, &|_| None)?;
    origin::trace(git, &mut searcher.haul.findings[before..])
}

/// Searches what is staged, and nothing else.
pub(super) fn staged(searcher: &mut Searcher<'_>, git: &Git) -> Result<(), Fault> {
    let listed =
        git.output(&["diff", "--cached", "--raw", "--no-abbrev", "--no-renames", "-z", "--diff-filter=d"])?;
    let staged = staged_files(&listed);
    let names: String = staged.iter().map(|(object, _)| format!("{object}\n")).collect();
    let path = |number: usize| staged.get(number).map(|(_, path)| path.clone());
    objects(searcher, git.reading(&["cat-file", "--batch"], Input::Text(names.into_bytes()))?, &path)
}

/// Object and path of each file that is staged; a submodule has neither here.
fn staged_files(listed: &[u8]) -> Vec<(String, String)> {
    let text = String::from_utf8_lossy(listed);
    let mut fields = text.split('\0');
    let mut files = Vec::new();
    while let (Some(entry), Some(path)) = (fields.next(), fields.next()) {
        let words: Vec<_> = entry.split(' ').collect();
        if let [_, mode, _, object, ..] = words[..]
            && mode != "160000"
        {
            files.push((object.to_owned(), path.to_owned()));
        }
    }
    files
}

/// Reads what `cat-file --batch` says: a line with name, type and size, then so many bytes and a line's end.
fn objects(
    searcher: &mut Searcher<'_>,
    mut reading: Reading,
    path: &dyn Fn(usize) -> Option<String>,
) -> Result<(), Fault> {
    let mut output = reading.output()?;
    let mut source = Source::new(&mut output);
    for number in 0.. {
        let read = object(searcher, &mut source, &|| path(number));
        match read {
            Ok(true) => {}
            Ok(false) => break,
            Err(fault) => {
                let hint = "`git fsck` says what is missing or damaged";
                return Err(Fault::new(format!("the history could not be read: {fault}"), hint));
            }
        }
    }
    drop(source);
    drop(output);
    reading.end()
}

fn object(
    searcher: &mut Searcher<'_>,
    source: &mut Source<'_>,
    path: &dyn Fn() -> Option<String>,
) -> io::Result<bool> {
    let Some(head) = Head::read(source)? else { return Ok(false) };
    if head.kind == Kind::Missing {
        return Ok(true);
    }
    let whence = || Whence { path: path(), object: Some(head.name.to_string()) };
    let size = usize::try_from(head.size).unwrap_or(usize::MAX);
    if head.kind == Kind::Tree {
        io::copy(&mut source.take_reader(head.size), &mut io::sink())?;
    } else if size < PIECE {
        let view = source.peek(size + 1)?;
        searcher.whole(view.get(..size).ok_or(io::ErrorKind::UnexpectedEof)?, &whence);
        source.pass(size);
    } else {
        let mut object = source.take_reader(head.size);
        searcher.stream(&mut object, head.size, &whence)?;
        io::copy(&mut object, &mut io::sink())?;
    }
    source.peek(1)?;
    source.pass(1);
    Ok(true)
}

/// The line before an object.
struct Head {
    name: Name,
    kind: Kind,
    size: u64,
}

/// An object's name, without an allocation for each of a million.
struct Name([u8; 64], usize);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Names and modes; a private half does not fit into a file's name.
    Tree,
    Other,
    /// Named by somebody, and not there (a partial clone).
    Missing,
}

impl Head {
    fn read(source: &mut Source<'_>) -> io::Result<Option<Self>> {
        let mut wanted = 1;
        loop {
            let view = source.peek(wanted)?;
            if let Some(end) = memchr::memchr(b'\n', view) {
                let head = Self::parse(&view[..end]).ok_or(io::ErrorKind::InvalidData)?;
                source.pass(end + 1);
                return Ok(Some(head));
            }
            if view.is_empty() {
                return Ok(None);
            }
            if view.len() < wanted || wanted > 4096 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            wanted = view.len() + 1;
        }
    }

    fn parse(line: &[u8]) -> Option<Self> {
        let mut words = std::str::from_utf8(line).ok()?.split(' ');
        let name = Name::of(words.next()?);
        let kind = match words.next()? {
            "missing" => return Some(Self { name, kind: Kind::Missing, size: 0 }),
            "tree" => Kind::Tree,
            _ => Kind::Other,
        };
        Some(Self { name, kind, size: words.next()?.parse().ok()? })
    }
}

impl Name {
    fn of(text: &str) -> Self {
        let mut name = Self([0; 64], text.len().min(64));
        name.0[..name.1].copy_from_slice(&text.as_bytes()[..name.1]);
        name
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(std::str::from_utf8(&self.0[..self.1]).unwrap_or_default())
    }
}
