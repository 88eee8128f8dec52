//! `prices`, against the sandbox behind the server's own gateway.

use super::hand::{Hand, assert_no_key, ran};
use super::refusing::Fake;
use crate::installation::{PATIENCE, Ran, Serving};
use serde_json::{Value, json};
use std::process::Stdio;
use std::time::{Duration, Instant};

const TRAINS: &str = "6448311070";
const COINS: &str = "6500000001";
const PLUS: &str = "6510000101";

/// A holder with a store to set prices in.
struct Desk {
    hand: Hand,
    server: Serving,
}

impl Desk {
    fn new() -> Self {
        let hand = Hand::new();
        let server = hand.installation.serve(&["--upstream", "sandbox"]);
        Self { hand, server }
    }

    fn command(&self, arguments: &[&str]) -> std::process::Command {
        let url = self.server.document["publicUrl"].as_str().unwrap();
        self.hand.command(&[&["prices"], arguments, &["--url", url]].concat())
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        ran(self.command(arguments))
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let ran = self.run(&[arguments, &["--json"]].concat());
        assert_eq!(ran.code, 0, "{arguments:?}: {ran:?}");
        ran.document()
    }

    /// The row of a territory.
    fn row(&self, product: &str, territory: &str) -> Value {
        let audit = self.json(&["audit", product, "--base", "USA"]);
        let found = audit["rows"].as_array().unwrap().iter().find(|row| row["territory"] == territory);
        found.cloned().unwrap_or_default()
    }

    fn file(&self, name: &str, text: &str) {
        self.hand.file(name, text);
    }

    /// What is kept of runs that are not finished.
    fn states(&self) -> Vec<String> {
        let folder = self.hand.home().join(".local/state/counterfoil/prices");
        let entries = std::fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path());
        let states = entries.filter(|path| path.extension().is_some_and(|ending| ending == "json"));
        states.filter_map(|path| std::fs::read_to_string(path).ok()).collect()
    }
}

#[test]
fn prices_stand_beside_the_base_as_a_table_as_values_and_as_a_picture() {
    let desk = Desk::new();
    desk.file("rates.toml", "base = \"USD\"\n[rates]\nEUR = 0.92\nGBP = 0.79\nINR = 84.0\n");
    desk.file("power.json", "{\"power\":{\"USA\":1.0,\"IND\":0.25}}");
    let files = ["--rates", "rates.toml", "--power", "power.json"];
    let audit = desk.json(&[&["audit", TRAINS], &files[..]].concat());
    let rows = audit["rows"].as_array().unwrap();
    assert_eq!((rows.len(), &audit["base"], &audit["currency"]), (175, &json!("USA"), &json!("USD")));
    assert_eq!(
        (&rows[0]["territory"], &rows[0]["origin"], &rows[0]["besideBase"]),
        (&json!("USA"), &json!("BASE"), &json!(1.0))
    );
    let indian = rows.iter().find(|row| row["territory"] == "IND").unwrap();
    assert_eq!((&indian["currency"], &indian["origin"]), (&json!("INR"), &json!("AUTOMATIC")));
    assert!(indian["besideFelt"].as_f64().unwrap() > 3.0, "{indian}");
    let by_name =
        desk.run(&[&["audit", "com.example.trains"], &files[..], &["--csv", "--svg", "prices.svg"]].concat());
    assert_eq!(by_name.code, 0, "{by_name:?}");
    assert_eq!(by_name.stdout.lines().count(), 176);
    assert!(by_name.stdout.starts_with("territory,currency,price,origin,"), "{by_name:?}");
    assert!(by_name.stdout.lines().nth(1).unwrap().starts_with("USA,USD,"), "{by_name:?}");
    let svg = std::fs::read_to_string(desk.hand.installation.beside("prices.svg")).unwrap();
    assert!(svg.starts_with("<svg ") && svg.contains(">IND</text>"), "{svg}");
    desk.run(&["audit", TRAINS, "--svg", "prices.svg"]).assert_refused(1, "can't write prices.svg");
    let table = desk.run(&["audit", TRAINS]);
    assert!(table.stdout.contains("TERRITORY") && table.stderr.contains("without --rates"), "{table:?}");
    desk.run(&["audit", "no.such.product"]).assert_refused(1, "there is no product no.such.product");
    desk.run(&["audit", "../users"]).assert_refused(1, "`../users` is no id of a product");
    assert_no_key(&desk.hand.pem(), &table);
}

#[test]
fn a_file_of_prices_is_planned_asked_for_and_brought_about_once() {
    let desk = Desk::new();
    let text = format!(
        "[[product]]\nid = \"{TRAINS}\"\nprice = \"6.99\"\n[product.territories]\nDEU = \"9.99\"\n\
         [[product]]\nid = \"{COINS}\"\nbase = \"USA\"\nprice = 1.99\n"
    );
    desk.file("prices.toml", &text);
    let before = desk.row(TRAINS, "USA");
    let plan = desk.json(&["plan", "prices.toml"]);
    assert_eq!(plan["calls"], 2, "{plan}");
    assert_eq!(plan["products"][0]["changes"][0]["territory"], "DEU");
    assert_eq!(plan["products"][0]["changes"][1]["to"], "6.99");
    assert_eq!(plan["products"][0]["calls"][0]["path"], "/v1/appPriceSchedules");
    let unasked = desk.run(&["apply", "prices.toml"]);
    unasked.assert_refused(1, "2 calls change prices at http://localhost:");
    assert!(unasked.stderr.contains("DEU"), "{unasked:?}");
    assert_eq!(desk.row(TRAINS, "USA"), before, "nothing was changed");
    assert_eq!(desk.json(&["apply", "prices.toml", "--yes"]), json!({ "calls": 2, "before": 0 }));
    assert_eq!(desk.row(TRAINS, "USA")["price"], "6.99");
    assert_eq!(desk.row(TRAINS, "DEU")["price"], "9.99");
    assert_eq!(desk.row(COINS, "USA")["price"], "1.99");
    assert_eq!(desk.states(), [""; 0]);
    let again = desk.run(&["apply", "prices.toml"]);
    assert_eq!((again.code, again.stdout.as_str()), (0, "Everything is as the file says.\n"), "{again:?}");
    assert!(desk.run(&["plan", "prices.toml"]).stdout.ends_with("Nothing would change.\n"));
}

#[test]
fn the_file_of_the_documentation_can_be_planned_on_the_demonstration() {
    let page = include_str!("../../../../../docs/prices.md");
    let (_, from) = page.split_once("# prices.toml\n").unwrap();
    let (file, _) = from.split_once("```").unwrap();
    let begins = "start = \"2027-03-01\"";
    assert!(file.contains(begins), "{file}");
    let desk = Desk::new();
    desk.file("prices.toml", &file.replace(begins, "start = \"2099-03-01\""));
    let plan = desk.json(&["plan", "prices.toml"]);
    let changes = |product: usize| plan["products"][product]["changes"].as_array().unwrap();
    let there: Vec<&Value> = changes(0).iter().map(|change| &change["territory"]).collect();
    assert_eq!(there, ["DEU", "IND", "USA"]);
    assert!(changes(0).iter().all(|change| change["start"] == "2099-03-01"), "{plan}");
    assert_eq!((changes(1).len(), &plan["calls"]), (175, &json!(176)));
}

#[test]
fn a_price_that_begins_later_leaves_todays_as_it_is() {
    let desk = Desk::new();
    let start = "2099-01-01";
    let text =
        format!("[[product]]\nid = \"{TRAINS}\"\nstart = \"{start}\"\n[product.territories]\nJPN = 790\n");
    desk.file("prices.toml", &text);
    let before = desk.row(TRAINS, "JPN");
    desk.json(&["apply", "prices.toml", "--yes"]);
    let after = desk.row(TRAINS, "JPN");
    assert_eq!(
        (&after["price"], &after["next"], &after["nextFrom"]),
        (&before["price"], &json!("790"), &json!(start))
    );
    assert_eq!(desk.json(&["plan", "prices.toml"])["calls"], 0);
    let text =
        format!("[[product]]\nid = \"{PLUS}\"\nstart = \"{start}\"\n[product.territories]\nUSA = 7.99\n");
    desk.file("plus.toml", &text);
    assert_eq!(desk.json(&["apply", "plus.toml", "--yes"])["calls"], 1);
    assert_eq!(desk.json(&["plan", "plus.toml"])["calls"], 0);
    desk.file("plus.toml", &text.replace("7.99", "8.99"));
    assert_eq!(desk.json(&["apply", "plus.toml", "--yes"])["calls"], 2, "one is taken back, one is set");
    assert_eq!(desk.row(PLUS, "USA")["next"], "8.99");
}

#[test]
fn what_can_not_be_is_refused_before_anything_is_changed() {
    let desk = Desk::new();
    for (text, words) in [
        (
            format!("[[product]]\nid = \"{TRAINS}\"\nprice = 6.98"),
            "6.98 is no price that can be chosen in USA",
        ),
        (
            format!("[[product]]\nid = \"{TRAINS}\"\n[product.territories]\nXYZ = 1"),
            "there are no prices in XYZ",
        ),
        (format!("[[product]]\nid = \"{PLUS}\"\nprice = 6.99"), "it has no base territory"),
        ("[[product]]\nid = \"1\"\nprice = 6.99".to_owned(), "there is no product 1"),
        ("[[prodct]]".to_owned(), "this is no file of prices"),
    ] {
        desk.file("prices.toml", &text);
        desk.run(&["apply", "prices.toml", "--yes"]).assert_refused(1, words);
    }
    assert_eq!(desk.states(), [""; 0]);
}

#[test]
fn a_run_that_was_killed_goes_on_without_asking_again() {
    let desk = Desk::new();
    let text = format!("[[product]]\nid = \"{PLUS}\"\nbase = \"USA\"\nprice = 8.99\nothers = \"follow\"\n");
    desk.file("prices.toml", &text);
    let all = desk.json(&["plan", "prices.toml"])["calls"].as_u64().unwrap();
    assert!(all > 100, "{all}");
    let mut command = desk.command(&["apply", "prices.toml", "--yes"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let began = Instant::now();
    let done =
        |state: &String| serde_json::from_str::<Value>(state).is_ok_and(|it| it["done"].as_u64() > Some(5));
    while !desk.states().iter().any(done) {
        assert!(began.elapsed() < PATIENCE && child.try_wait().unwrap().is_none(), "it never came that far");
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let went_on = desk.run(&["apply", "prices.toml", "--json"]);
    assert_eq!(went_on.code, 0, "{went_on:?}");
    assert!(went_on.stderr.contains("This goes on where it stopped"), "{went_on:?}");
    let outcome = went_on.document();
    let (made, before) = (outcome["calls"].as_u64().unwrap(), outcome["before"].as_u64().unwrap());
    // The call that was under way may have happened, or not.
    assert!((all - 1..=all).contains(&(made + before)) && before > 5, "{outcome}");
    assert_eq!(desk.json(&["plan", "prices.toml"])["calls"], 0);
    assert_eq!(desk.states(), [""; 0]);
    assert_eq!(desk.row(PLUS, "DEU")["origin"], "MANUAL");
}

/// The answers that lead to setting the one price of the subscription 7.
fn answers() -> Vec<String> {
    let territory = json!({ "type": "territories", "id": "USA", "attributes": { "currency": "USD" } });
    let to = |kind: &str, id: &str| json!({ "data": { "type": kind, "id": id } });
    let point = |id: &str, price: &str| {
        json!({
            "type": "subscriptionPricePoints", "id": id, "attributes": { "customerPrice": price },
            "relationships": { "territory": to("territories", "USA") },
        })
    };
    let price = json!({
        "type": "subscriptionPrices", "id": "now", "attributes": { "startDate": null, "preserved": false },
        "relationships": {
            "subscriptionPricePoint": to("subscriptionPricePoints", "a"), "territory": to("territories", "USA"),
        },
    });
    let product = json!({ "data": { "type": "subscriptions", "id": "7", "attributes": { "name": "Plus" } } });
    let prices = json!({ "data": [price], "included": [point("a", "4.99"), territory] });
    let points = json!({ "data": [point("a", "4.99"), point("b", "5.99")], "included": [territory] });
    let missing = || "404 Not Found\n\n{}".to_owned();
    let found = |document: Value| format!("200 OK\n\n{document}");
    vec![missing(), missing(), found(product), found(prices), found(points)]
}

fn applied(hand: &Hand, last: &[&str]) -> (Ran, Vec<String>) {
    hand.file("prices.toml", "[[product]]\nid = \"7\"\n[product.territories]\nUSA = 5.99\n");
    let answers = answers();
    let all: Vec<&str> = answers.iter().map(String::as_str).chain(last.iter().copied()).collect();
    let fake = Fake::start(&all);
    let ran = ran(hand.command(&["prices", "apply", "prices.toml", "--yes", "--url", &fake.url]));
    let asked = fake.asked();
    (ran, asked.into_iter().skip(answers.len()).collect())
}

#[test]
fn a_limit_is_waited_for_where_the_server_says_how_long_and_else_left_for_later() {
    let hand = Hand::new();
    let (ran, asked) = applied(&hand, &["429 Too Many\nRetry-After: 1\n\n{}", "201 Created\n\n{}"]);
    assert_eq!((ran.code, asked.len()), (0, 2), "{ran:?}");
    assert!(ran.stderr.contains("asks to wait for 1s"), "{ran:?}");
    let body: Value = serde_json::from_str(asked[1].lines().last().unwrap()).unwrap();
    assert_eq!(body["data"]["relationships"]["subscriptionPricePoint"]["data"]["id"], "b");
    let (ran, asked) = applied(&hand, &["429 Too Many\n\n{\"errors\":[{\"detail\":\"The hour is spent\"}]}"]);
    ran.assert_refused(
        1,
        "USA: 5.99 USD: POST /v1/subscriptionPrices is answered with 429: The hour is spent",
    );
    assert!(ran.stderr.contains("goes on where it stopped"), "{ran:?}");
    assert_eq!(asked.len(), 1);
}
