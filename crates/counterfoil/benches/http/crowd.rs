//! A crowd at the door: so many good requests a second and so many forged ones, whether they are answered in time or
//! not.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

/// How many a second one connection asks at most.
const A_CONNECTION: usize = 100;
/// How long an answer may take; who waits longer was not served.
const PATIENCE: Duration = Duration::from_secs(1);

/// How many of whom.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Crowd {
    /// Half of them come with the same few tokens again and again, half with one that was never seen.
    pub(crate) good_a_second: usize,
    /// Tokens that would be good but for their signatures, none of which comes twice.
    pub(crate) bad_a_second: usize,
    pub(crate) seconds: usize,
}

/// What became of all.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) good: Tally,
    pub(crate) bad: Tally,
}

/// What became of the requests of one sort.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// How many were due.
    pub(crate) asked: u32,
    /// How many got their 200 in time.
    pub(crate) served: u32,
    /// All answers, by what they were.
    pub(crate) answers: BTreeMap<String, u32>,
}

/// What they come with.
#[derive(Debug)]
pub(crate) struct Tokens {
    /// Good ones that come again and again.
    pub(crate) known: Vec<String>,
    /// Good ones that come once.
    pub(crate) new: Vec<String>,
    /// Bad ones that come once.
    pub(crate) forged: Vec<String>,
}

impl Crowd {
    /// How many new tokens are needed.
    pub(crate) const fn new_tokens(self) -> usize {
        self.good_a_second * self.seconds / 2
    }

    /// How many forged tokens are needed.
    pub(crate) const fn forged_tokens(self) -> usize {
        self.bad_a_second * self.seconds
    }

    /// Lets them all come.
    pub(crate) fn storm(self, address: &str, tokens: &Tokens) -> Told {
        let known = tokens.known.iter().cycle();
        let good = tokens.new.iter().zip(known).flat_map(|(new, known)| [new, known]);
        let good = lines(self.good_a_second, good);
        let bad = lines(self.bad_a_second, tokens.forged.iter());
        let (good, bad) = thread::scope(|threads| {
            let send = |lines: Vec<Vec<_>>| -> Vec<_> {
                lines.into_iter().map(|line| threads.spawn(move || self.one_line(address, &line))).collect()
            };
            let (good, bad) = (send(good), send(bad));
            (sum(good), sum(bad))
        });
        Told { good, bad }
    }
    /// One connection: each request when it is due, or as soon as the one before it is answered.
    fn one_line(self, address: &str, tokens: &[&String]) -> Tally {
        let mut tally = Tally { asked: u32::try_from(tokens.len()).unwrap(), ..Tally::default() };
        let time = Duration::from_secs(self.seconds as u64);
        let (began, pause) = (Instant::now(), time / tally.asked.max(1));
        let mut line = None;
        for (number, token) in (0..).zip(tokens) {
            let due = began + pause * number;
            thread::sleep(due.saturating_duration_since(Instant::now()));
            // Whoever is so late was not served; those after him wait behind him.
            if due.elapsed() > PATIENCE {
                break;
            }
            match ask(&mut line, address, token) {
                Ok(answer) => tally.count(answer, due.elapsed()),
                Err(fault) => {
                    line = None;
                    *tally.answers.entry(format!("none: {}", fault.kind())).or_default() += 1;
                }
            }
        }
        tally
    }
}

/// The tokens of each connection, one after the other.
fn lines<'t>(a_second: usize, tokens: impl Iterator<Item = &'t String>) -> Vec<Vec<&'t String>> {
    let connections = a_second.div_ceil(A_CONNECTION);
    let mut lines = vec![Vec::new(); connections];
    // Two by two, so that each connection has some of either sort.
    tokens.enumerate().for_each(|(number, token)| lines[number / 2 % connections].push(token));
    lines
}

fn sum(lines: Vec<thread::ScopedJoinHandle<'_, Tally>>) -> Tally {
    lines.into_iter().map(|line| line.join().unwrap()).fold(Tally::default(), Tally::plus)
}

impl Told {
    /// That the good were let in or asked to come again, and the bad refused or asked to come again.
    pub(crate) fn expect_promised_answers(&self) {
        let only = |tally: &Tally, promised: &[&str]| {
            let other = tally.answers.keys().find(|answer| !promised.contains(&answer.as_str()));
            assert_eq!(other, None, "{self:?}");
        };
        only(&self.good, &["200", "503 later"]);
        only(&self.bad, &["401", "503 later"]);
    }
}

impl Tally {
    fn count(&mut self, answer: String, took: Duration) {
        if answer == "200" && took < PATIENCE {
            self.served += 1;
        }
        *self.answers.entry(answer).or_default() += 1;
    }

    fn plus(mut self, other: Self) -> Self {
        other
            .answers
            .into_iter()
            .for_each(|(answer, count)| *self.answers.entry(answer).or_default() += count);
        Self { asked: self.asked + other.asked, served: self.served + other.served, answers: self.answers }
    }
}

/// Asks once, on a connection that is kept: the status, and whether it says when to come again.
pub(crate) fn ask(line: &mut Option<BufReader<TcpStream>>, address: &str, token: &str) -> io::Result<String> {
    let line = match line {
        Some(line) => line,
        None => line.insert(connect(address)?),
    };
    let request = format!(
        "GET /authorize HTTP/1.1\r\nHost: localhost\r\nX-Original-Method: GET\r\nX-Original-URI: /v1/apps\r\nAuthorization: Bearer {token}\r\n\r\n"
    );
    line.get_mut().write_all(request.as_bytes())?;
    let (mut status, mut later, mut length) = (String::new(), false, 0);
    loop {
        let mut field = String::new();
        if line.read_line(&mut field)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let field = field.trim_end().to_ascii_lowercase();
        if field.is_empty() {
            break;
        } else if let Some(said) = field.strip_prefix("http/1.1 ") {
            said.chars().take(3).for_each(|digit| status.push(digit));
        } else if let Some(said) = field.strip_prefix("content-length: ") {
            length = said.parse().unwrap_or(0);
        }
        later |= field.starts_with("retry-after: ");
    }
    io::copy(&mut line.take(length), &mut io::sink())?;
    Ok(status + if later { " later" } else { "" })
}

fn connect(address: &str) -> io::Result<BufReader<TcpStream>> {
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    Ok(BufReader::new(stream))
}
