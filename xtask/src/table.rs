//! A plain table: columns of numbers to the right, all others to the left.

pub(crate) fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.chain([head[column].chars().count()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let is_number = |column: usize| rows.iter().all(|row| row[column].parse::<f64>().is_ok());
    let numbers: Vec<bool> = (0..head.len()).map(is_number).collect();
    let line = |cells: &[String]| {
        let cells = cells.iter().zip(&widths).zip(&numbers).map(|((cell, &width), &number)| {
            if number { format!("{cell:>width$}") } else { format!("{cell:<width$}") }
        });
        format!("  {}\n", cells.collect::<Vec<_>>().join("  ").trim_end())
    };
    let head: Vec<String> = head.iter().map(ToString::to_string).collect();
    let rule: Vec<String> = widths.iter().map(|&width| "-".repeat(width)).collect();
    [&head, &rule].into_iter().chain(rows).map(|cells| line(cells)).collect()
}

#[cfg(test)]
mod tests {
    use super::table;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell_and_numbers_stand_to_the_right() {
        let rows = [vec!["compare".into(), "5".into()], vec!["sync".into(), "120".into()]];
        assert_eq!(
            table(&["run", "writes"], &rows),
            "  run      writes\n  -------  ------\n  compare       5\n  sync        120\n"
        );
    }
}
