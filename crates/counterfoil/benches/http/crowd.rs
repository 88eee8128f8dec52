//! A crowd at the door: so many good requests a second and so many forged ones, whether they are answered in time or
//! not.

use crate::house::Key;
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

impl Crowd {
    /// Lets them all come.
    pub(crate) fn storm(self, address: &str, keys: &[Key]) -> Told {
        let known: Vec<_> = keys.iter().map(|key| key.token(0)).collect();
        let key = |number: usize| &keys[number % keys.len()];
        let good = self.lines(self.good_a_second, |number| match number % 2 {
            0 => known[number / 2 % known.len()].clone(),
            _ => key(number).token(number),
        });
        let bad = self.lines(self.bad_a_second, |number| key(number).forged(number));
        let (good, bad) = thread::scope(|threads| {
            let send = |lines: Vec<Vec<String>>| -> Vec<_> {
                lines
                    .into_iter()
                    .map(|tokens| threads.spawn(move || self.one_line(address, &tokens)))
                    .collect()
            };
            let (good, bad) = (send(good), send(bad));
            let sum = |lines: Vec<thread::ScopedJoinHandle<'_, Tally>>| {
                lines.into_iter().map(|line| line.join().unwrap()).fold(Tally::default(), Tally::plus)
            };
            (sum(good), sum(bad))
        });
        Told { good, bad }
    }

    /// The tokens of each connection, one after the other.
    fn lines(self, a_second: usize, token: impl Fn(usize) -> String) -> Vec<Vec<String>> {
        let connections = a_second.div_ceil(A_CONNECTION);
        let mut lines = vec![Vec::new(); connections];
        (0..a_second * self.seconds).for_each(|number| lines[number / 2 % connections].push(token(number)));
        lines
    }

    /// One connection: each request when it is due, or as soon as the one before it is answered.
    fn one_line(self, address: &str, tokens: &[String]) -> Tally {
        let mut tally = Tally { asked: u32::try_from(tokens.len()).unwrap(), ..Tally::default() };
        let time = Duration::from_secs(self.seconds as u64);
        let (began, pause) = (Instant::now(), time / tally.asked.max(1));
        let mut line = None;
        for (number, token) in (0..).zip(tokens) {
            let due = began + pause * number;
            thread::sleep(due.saturating_duration_since(Instant::now()));
            if began.elapsed() > time {
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

/// The status, and whether it says when to come again.
fn ask(line: &mut Option<BufReader<TcpStream>>, address: &str, token: &str) -> io::Result<String> {
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
