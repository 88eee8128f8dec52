//! A list of resources as a table: whatever they are, in the columns that fit a terminal.

use serde_json::Value;

const MOST_COLUMNS: usize = 6;
const WIDEST: usize = 40;

/// The table, or nothing if this is no list of resources.
pub(super) fn table(document: &Value) -> Option<String> {
    let rows = document["data"].as_array()?;
    let columns = columns(rows);
    let head = std::iter::once("ID".to_owned()).chain(columns.iter().map(|column| column.to_uppercase()));
    let mut lines = vec![head.collect::<Vec<_>>()];
    lines.extend(rows.iter().map(|row| {
        let id = cell(&row["id"]);
        std::iter::once(id).chain(columns.iter().map(|column| cell(&row["attributes"][column]))).collect()
    }));
    if rows.is_empty() { Some("The list is empty.".into()) } else { Some(laid_out(&lines)) }
}

/// The attributes that are short texts, numbers or truths in some row, in the order in which they come.
fn columns(rows: &[Value]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for attributes in rows.iter().filter_map(|row| row["attributes"].as_object()) {
        for (name, value) in attributes {
            if !matches!(value, Value::Object(_) | Value::Null) && !names.contains(name) {
                names.push(name.clone());
            }
        }
    }
    names.truncate(MOST_COLUMNS);
    names
}

/// One line of a value, without anything that moves a terminal's cursor.
fn cell(value: &Value) -> String {
    let text = match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().map(cell).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    };
    let plain: String = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    if plain.chars().count() <= WIDEST {
        return plain;
    }
    plain.chars().take(WIDEST - 1).chain(['…']).collect()
}

fn laid_out(lines: &[Vec<String>]) -> String {
    let columns = lines.first().map_or(0, Vec::len);
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<_> = (0..columns).map(width).collect();
    let line = |line: &Vec<String>| {
        let cells = line.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    lines.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_list_is_laid_out_in_columns_whatever_it_is_of() {
        let list = json!({"data": [
            {"id": "1", "attributes": {"name": "Ünïcode", "roles": ["A", "B"], "inner": {"x": 1}}},
            {"id": "22", "attributes": {"name": "x\u{1b}[2J", "size": 7}},
        ]});
        assert_eq!(
            table(&list).unwrap(),
            "ID  NAME     ROLES  SIZE\n1   Ünïcode  A, B   -\n22  x [2J    -      7"
        );
        assert_eq!(table(&json!({"data": []})).unwrap(), "The list is empty.");
        assert_eq!(table(&json!({"data": {"id": "1"}})), None);
    }
}
