//! Naming what a misspelt word may have been meant to be.

use std::collections::BTreeSet;

/// The end of a sentence that names the nearest of `known`, or all if there are few.
pub(super) fn did_you_mean(word: &str, known: &[&str]) -> String {
    let near = known.iter().map(|name| (distance(word, name), *name)).min();
    match near {
        Some((steps, name)) if steps * 3 <= name.chars().count().max(3) => {
            format!("; did you mean `{name}`?")
        }
        _ => there_are(known),
    }
}

fn there_are(known: &[&str]) -> String {
    let distinct: BTreeSet<_> = known.iter().map(|name| format!("`{name}`")).collect();
    match distinct.len() {
        0 => String::new(),
        1 => format!("; there is only {}", Vec::from_iter(distinct).concat()),
        2..=16 => format!("; there are {}", Vec::from_iter(distinct).join(", ")),
        _ => String::new(),
    }
}

/// How many letters must be put in, left out, changed or swapped with a neighbour to make one word of the other.
fn distance(one: &str, another: &str) -> usize {
    let (one, another): (Vec<_>, Vec<_>) =
        (one.chars().take(64).collect(), another.chars().take(64).collect());
    let mut rows = vec![vec![0; another.len() + 1]; one.len() + 1];
    for (down, across) in
        (0..=one.len()).flat_map(|down| (0..=another.len()).map(move |across| (down, across)))
    {
        rows[down][across] = if down == 0 || across == 0 {
            down + across
        } else {
            let changed = usize::from(one[down - 1] != another[across - 1]);
            let step = rows[down - 1][across - 1] + changed;
            let step = step.min(rows[down - 1][across] + 1).min(rows[down][across - 1] + 1);
            let is_swap = down > 1
                && across > 1
                && one[down - 1] == another[across - 2]
                && one[down - 2] == another[across - 1];
            if is_swap { step.min(rows[down - 2][across - 2] + 1) } else { step }
        };
    }
    rows[one.len()][another.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_miss_is_named_and_a_far_one_is_not() {
        assert_eq!(did_you_mean("audiance", &["title", "audience"]), "; did you mean `audience`?");
        assert_eq!(did_you_mean("ADMNI", &["ADMIN"]), "; did you mean `ADMIN`?");
        assert_eq!(did_you_mean("colour", &["title", "name"]), "; there are `name`, `title`");
        assert_eq!(did_you_mean("colour", &["title", "title"]), "; there is only `title`");
        assert_eq!(did_you_mean("colour", &[]), "");
    }
}
