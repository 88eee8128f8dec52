//! Calling an API with a key: a fresh token for each call that needs one, the server's clock, waiting when asked to.

use crate::clock::{self, Clocks};
use crate::fault::Fault;
use crate::http::{Answer, Call, Client, Url, asked_to_wait};
use crate::mint::{self, Minted, Order, span};
use crate::sources::HeldKey;
use counterfoil_core::catalog::Catalog;
use std::time::Duration;

/// How long a server may ask to wait before its answer is taken as it is.
const LONGEST_WAIT: Duration = Duration::from_secs(600);
const MOST_WAITS: usize = 5;
/// A token is not used in its last seconds: the way takes its time.
const SPARE: Duration = Duration::from_secs(20);

/// What calls are made with, whichever key calls.
#[derive(Clone, Copy)]
pub struct Tools<'a> {
    /// Makes the calls.
    pub client: &'a Client,
    /// What kinds of keys there are.
    pub catalog: &'a Catalog,
    /// Tells people what is waited for.
    pub say: &'a dyn Fn(&str),
}

/// A key at work.
pub struct Caller<'a> {
    tools: Tools<'a>,
    key: &'a HeldKey,
    order: Order,
    clocks: Clocks,
    minted: Option<(Url, Minted)>,
}

impl<'a> Caller<'a> {
    /// Calls with tokens as `order` has them.
    #[must_use]
    pub const fn new(key: &'a HeldKey, order: Order, clocks: Clocks, tools: Tools<'a>) -> Self {
        Self { tools, key, order, clocks, minted: None }
    }

    /// The client, for calls without a token.
    #[must_use]
    pub const fn client(&self) -> &'a Client {
        self.tools.client
    }

    /// The key that calls.
    #[must_use]
    pub const fn key(&self) -> &'a HeldKey {
        self.key
    }

    /// A token that is good for a call to `url` now.
    ///
    /// # Errors
    /// As [`mint::mint`].
    pub fn token(&mut self, url: &Url) -> Result<&str, Fault> {
        let now = self.clocks.server_time(url, clock::now());
        let is_good =
            |(at, minted): &(Url, Minted)| at.is_same_origin(url) && minted.expires > now.plus(SPARE);
        if !self.minted.as_ref().is_some_and(is_good) {
            let minted = mint::mint(self.key, &self.order, self.tools.catalog, now)?;
            self.minted = Some((url.clone(), minted));
        }
        Ok(self.minted.as_ref().map_or("", |(_, minted)| minted.token.as_str()))
    }

    /// How many seconds the server is ahead of this machine, as far as its answers told.
    #[must_use]
    pub fn ahead(&self, url: &Url) -> i64 {
        self.clocks.ahead(url, clock::now())
    }

    /// Calls. A 401 to a token of a wrong clock is tried again with the server's time; where the server asks to wait,
    /// it is waited for.
    ///
    /// # Errors
    /// There was no answer.
    pub fn call(&mut self, call: &Call<'_>) -> Result<Answer, Fault> {
        let mut waits = 0;
        let mut has_corrected = false;
        loop {
            let known = self.ahead(&call.url);
            let answer = self.once(call)?;
            let ahead = self.ahead(&call.url);
            if answer.status == 401 && ahead != known && !has_corrected {
                has_corrected = true;
                self.minted = None;
                (self.tools.say)(&difference(ahead));
                continue;
            }
            match self.wait(call, &answer) {
                Some(wait) if waits < MOST_WAITS => {
                    waits += 1;
                    (self.tools.say)(&format!("{} asks to wait for {}", call.url.host(), told(wait)));
                    std::thread::sleep(wait);
                }
                _ => return Ok(answer),
            }
        }
    }

    fn once(&mut self, call: &Call<'_>) -> Result<Answer, Fault> {
        let token = zeroize::Zeroizing::new(self.token(&call.url)?.to_owned());
        let asked = clock::now();
        let answer = self.tools.client.send(&Call { bearer: Some(&token), ..call.clone() })?;
        self.clocks.learn(&answer, asked, clock::now());
        Ok(answer)
    }

    /// 429 did nothing; a 503 may have, so only what looks is asked again.
    fn wait(&self, call: &Call<'_>, answer: &Answer) -> Option<Duration> {
        let may_again = answer.status == 429 || answer.status == 503 && matches!(call.method, "GET" | "HEAD");
        let now = self.clocks.server_time(&call.url, clock::now());
        let wait = asked_to_wait(answer, now).filter(|_| may_again)?;
        (wait <= LONGEST_WAIT).then(|| wait.max(Duration::from_millis(200)))
    }
}

fn told(wait: Duration) -> String {
    if wait.as_secs() == 0 { "a moment".into() } else { span::written(Duration::from_secs(wait.as_secs())) }
}

/// What is said of two clocks that differ.
#[must_use]
pub fn difference(ahead: i64) -> String {
    let (which, seconds) =
        if ahead < 0 { ("ahead of", ahead.unsigned_abs()) } else { ("behind", ahead.unsigned_abs()) };
    format!("this machine's clock is {seconds} s {which} the server's; tokens now say the server's time")
}
