//! By what a list is in order.

use super::list::Growing;
use crate::fault::Fault;
use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;
use std::fmt::Write;

/// The name under which statements know [`in_order`].
const IN_ORDER: &str = "in_order";

/// By what a list is in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// An attribute.
    Attribute(String),
    /// The numbers in what another says: version 1.10 comes after 1.9.
    Numbers(Box<Order>),
    /// The id.
    Id,
    /// An attribute of that to which a relation, written down here, leads.
    Of { by: String, attribute: String },
}

/// Lets statements of this connection put versions in order.
pub(super) fn prepare(connection: &Connection) -> Result<(), Fault> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function(IN_ORDER, 1, flags, |values| {
        Ok(values.get::<Option<String>>(0)?.map(|text| in_order(&text)))
    })?;
    Ok(())
}

/// What a list is sorted by.
pub(super) fn sorted_by(sql: &mut Growing, team: &str, order: &Order) -> String {
    match order {
        Order::Id => "r.id".to_owned(),
        Order::Numbers(order) => format!("{IN_ORDER}({})", sorted_by(sql, team, order)),
        Order::Attribute(name) => {
            let name = sql.value(name.clone());
            format!("(SELECT s.value FROM facets s WHERE s.number = r.number AND s.name = {name})")
        }
        Order::Of { by, attribute } => {
            let (team, by) = (sql.value(team.to_owned()), sql.value(by.clone()));
            let attribute = sql.value(attribute.clone());
            format!(
                "(SELECT s.value FROM links k JOIN resources o ON o.team = {team} AND o.type = k.target_type
                AND o.id = k.target_id JOIN facets s ON s.number = o.number AND s.name = {attribute}
                WHERE k.owner = r.number AND k.name = {by})"
            )
        }
    }
}

/// Text that is in order as the numbers in another are: each has its length before it.
fn in_order(text: &str) -> String {
    let mut written = String::with_capacity(text.len() + 8);
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, after) = rest.split_at(digits);
        if !number.is_empty() {
            let number = number.trim_start_matches('0');
            let _ = write!(written, "{:04}{number}", number.len());
        }
        let end = after.find(|it: char| it.is_ascii_digit()).unwrap_or(after.len());
        let (between, after) = after.split_at(end);
        written.push_str(between);
        rest = after;
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_in_order_by_their_numbers() {
        let sorted =
            ["", "1", "1.0", "1.0.1", "1.9", "1.10", "1.10 (2)", "1.10 (11)", "2", "10", "2026.11.22", "x"];
        for pair in sorted.windows(2) {
            assert!(in_order(pair[0]) < in_order(pair[1]), "{pair:?}");
        }
        assert_eq!(in_order("007"), in_order("7"));
        assert_eq!(in_order("٣"), "٣");
    }
}
