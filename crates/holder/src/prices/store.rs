//! Calls to App Store Connect, whose refusals become faults.

use crate::caller::Caller;
use crate::fault::Fault;
use crate::http::{Answer, Call, Url};
use crate::pages::{Gathered, gather};
use serde_json::Value;

/// App Store Connect, called with a key.
pub struct Store<'c, 'a> {
    caller: &'c mut Caller<'a>,
    base: &'c Url,
}

impl<'c, 'a> Store<'c, 'a> {
    /// The one at `base`.
    pub const fn new(caller: &'c mut Caller<'a>, base: &'c Url) -> Self {
        Self { caller, base }
    }

    /// Scheme, host and port.
    #[must_use]
    pub fn origin(&self) -> String {
        self.base.origin()
    }

    /// A document; nothing if it is not there.
    pub(super) fn find(&mut self, path: &str) -> Result<Option<Value>, Fault> {
        let answer = self.caller.call(&Call::new("GET", self.base.with(path)?))?;
        match (answer.status, answer.json()) {
            (404, _) => Ok(None),
            (_, Some(document)) if answer.is_success() => Ok(Some(document)),
            _ => Err(refusal("GET", &answer)),
        }
    }

    /// A whole list, whatever its pages.
    pub(super) fn list(&mut self, path: &str) -> Result<Value, Fault> {
        match gather(self.caller, &Call::new("GET", self.base.with(path)?), &|_, _| {})? {
            Gathered::Whole(whole) => Ok(whole),
            Gathered::Stopped(answer) => Err(refusal("GET", &answer)),
        }
    }

    /// Changes something. What is to be deleted and is gone counts as deleted.
    pub(super) fn change(&mut self, method: &str, path: &str, body: Option<&Value>) -> Result<(), Fault> {
        let body = body.map(Value::to_string);
        let call =
            Call { body: body.as_deref().map(str::as_bytes), ..Call::new(method, self.base.with(path)?) };
        let answer = self.caller.call(&call)?;
        let is_gone = method == "DELETE" && answer.status == 404;
        if answer.is_success() || is_gone { Ok(()) } else { Err(refusal(method, &answer)) }
    }
}

/// What the server says, in one line.
fn refusal(method: &str, answer: &Answer) -> Fault {
    let document = answer.json().unwrap_or_default();
    let said = ["detail", "title", "code"].iter().find_map(|name| document["errors"][0][*name].as_str());
    let said: String = said
        .unwrap_or("it does not say why")
        .chars()
        .filter(|letter| !letter.is_control())
        .take(300)
        .collect();
    let message = format!("{method} {} is answered with {}: {said}", answer.url.path(), answer.status);
    let hint = match answer.status {
        401 | 403 => "`counterfoil doctor` says what the key may do; prices need a role that opens `pricing`",
        429 => "the hour's calls are spent; run it again later, and it goes on where it stopped",
        _ => "mend that, then run it again: what was done stays done",
    };
    Fault::new(message, hint)
}
