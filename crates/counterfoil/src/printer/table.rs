//! Tables for people: columns as wide as their widest cell, nothing else.

/// Rows under a head.
#[derive(Clone, Debug)]
pub(crate) struct Table<const COLUMNS: usize> {
    rows: Vec<[String; COLUMNS]>,
    empty: &'static str,
}

impl<const COLUMNS: usize> Table<COLUMNS> {
    /// A table with these column names; `empty` is said instead when it has no row.
    pub(crate) fn new(head: [&str; COLUMNS], empty: &'static str) -> Self {
        Self { rows: vec![head.map(str::to_uppercase)], empty }
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, cells: [String; COLUMNS]) {
        self.rows.push(cells.map(|cell| shown(&cell)));
    }

    /// The table as text.
    pub(crate) fn text(&self) -> String {
        if self.rows.len() == 1 {
            return self.empty.to_owned();
        }
        let widths: [usize; COLUMNS] = std::array::from_fn(|column| {
            self.rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0)
        });
        let lines = self.rows.iter().map(|row| line(row, &widths));
        lines.collect::<Vec<_>>().join("\n")
    }
}

fn line<const COLUMNS: usize>(row: &[String; COLUMNS], widths: &[usize; COLUMNS]) -> String {
    let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
    cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
}

/// A cell on one line, without anything that moves a terminal's cursor; a dash if it is empty.
fn shown(cell: &str) -> String {
    match cell {
        "" => "-".to_owned(),
        cell => cell.chars().map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_by_letters_and_nothing_trails() {
        let mut table = Table::new(["name", "roles"], "none");
        table.row(["Ünïcode".into(), "ADMIN".into()]);
        table.row(["x".into(), String::new()]);
        assert_eq!(table.text(), "NAME     ROLES\nÜnïcode  ADMIN\nx        -");
    }

    #[test]
    fn an_empty_table_says_so() {
        assert_eq!(Table::new(["name"], "There are no teams.").text(), "There are no teams.");
    }

    #[test]
    fn a_cell_can_not_move_the_cursor() {
        let mut table = Table::new(["name"], "none");
        table.row(["a\u{1b}[2J\nb".into()]);
        assert_eq!(table.text(), "NAME\na\u{fffd}[2J\u{fffd}b");
    }
}
