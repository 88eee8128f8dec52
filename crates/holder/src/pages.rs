//! Lists that come in pages, as one document.

use crate::caller::Caller;
use crate::fault::Fault;
use crate::http::{Answer, Call, Url};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What following `links.next` came to.
pub enum Gathered {
    /// Every page, in one document.
    Whole(Value),
    /// A page that was refused, or was no list.
    Stopped(Answer),
}

/// Follows `links.next` to the end, on the same host only; `progress` is told how many there are, and of how many.
///
/// # Errors
/// There was no answer, or a link leads to another host or in circles.
pub fn gather(
    caller: &mut Caller<'_>,
    first: &Call<'_>,
    progress: &dyn Fn(usize, Option<u64>),
) -> Result<Gathered, Fault> {
    let mut whole: Option<Value> = None;
    let mut visited = BTreeSet::new();
    let mut call = first.clone();
    loop {
        if !visited.insert(call.url.to_string()) {
            return Err(Fault::new(
                "the list's pages lead in circles",
                "ask for single pages, without --all",
            ));
        }
        let answer = caller.call(&call)?;
        let page = answer.json().filter(|page| answer.is_success() && page["data"].is_array());
        let Some(mut page) = page else { return Ok(Gathered::Stopped(answer)) };
        let next = page.pointer("/links/next").and_then(Value::as_str).map(str::to_owned);
        match &mut whole {
            None => whole = Some(page),
            Some(whole) => ["data", "included"].iter().for_each(|list| append(whole, &mut page, list)),
        }
        let Some(gathered) = whole.as_mut() else { return Ok(Gathered::Stopped(answer)) };
        progress(length(gathered), gathered.pointer("/meta/paging/total").and_then(Value::as_u64));
        let Some(next) = next else { return Ok(Gathered::Whole(closed(gathered.take()))) };
        call.url = same_host(&first.url, &next)?;
    }
}

fn append(whole: &mut Value, page: &mut Value, list: &str) {
    let Some(more) = page[list].as_array_mut().map(std::mem::take) else { return };
    match whole[list].as_array_mut() {
        Some(there) => there.extend(more),
        None => whole[list] = Value::Array(more),
    }
}

fn length(whole: &Value) -> usize {
    whole["data"].as_array().map_or(0, Vec::len)
}

/// What is whole has no next page.
fn closed(mut whole: Value) -> Value {
    let count = length(&whole);
    if let Some(links) = whole["links"].as_object_mut() {
        links.remove("next");
    }
    if whole.pointer("/meta/paging").is_some_and(Value::is_object) {
        whole["meta"]["paging"]["limit"] = json!(count);
    }
    whole
}

/// The token goes to nobody else, whatever a link says.
fn same_host(first: &Url, next: &str) -> Result<Url, Fault> {
    let url = Url::parse(next)?;
    if url.is_same_origin(first) {
        return Ok(url);
    }
    Err(Fault::new(
        format!("the next page is said to be on another host, {}; the token does not go there", url.origin()),
        "if both are the same server, mend its public URL, or call the other one yourself",
    ))
}
