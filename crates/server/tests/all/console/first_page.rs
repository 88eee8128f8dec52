//! The first page comes at once, and weighs little.

use crate::town::Town;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

#[tokio::test]
async fn the_first_page_weighs_less_than_60_kib_with_all_that_it_loads() {
    let town = Town::build().await;
    let page = town.get("/sign-in").send().await.ok();
    let text = page.text();
    let assets: BTreeSet<&str> = text
        .split('"')
        .filter(|word| word.starts_with("/console/assets/"))
        .map(|word| word.split('#').next().unwrap())
        .collect();
    let mut weight = page.bytes.len();
    for asset in &assets {
        weight += town.get(asset).with("accept-encoding", "gzip, br").send().await.ok().bytes.len();
    }
    assert!(assets.len() >= 5 && weight < 60 * 1024, "{weight} bytes: {assets:?}");
}

#[tokio::test]
async fn the_first_page_takes_less_than_50_ms() {
    let town = Town::build().await;
    let team = town.team("Rivets").await;
    let owner = town.signed_in(team.person).await;
    let mut times = Vec::new();
    for _ in 0..9 {
        let started = Instant::now();
        town.get(&format!("/console/teams/{}", team.id)).by(&owner).send().await.ok();
        times.push(started.elapsed());
    }
    times.sort();
    assert!(times[4] < Duration::from_millis(50), "{times:?}");
}
