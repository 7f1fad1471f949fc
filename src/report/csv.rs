//! CSV: every record a row, one header. The first column says which table the record is of, named as
//! in JSON; a column that the table has not is empty.

use super::clean;
use super::grid::Grid;

/// All grids in one file.
pub fn render(grids: &[Grid]) -> String {
    let mut columns: Vec<&str> = Vec::new();
    for column in grids.iter().flat_map(|g| g.columns) {
        if !columns.contains(column) {
            columns.push(column);
        }
    }
    let mut out = ::csv::Writer::from_writer(Vec::new());
    let mut write = |record: Vec<String>| {
        // Cannot fail: the writer is memory, and every record has the same length.
        let _ = out.write_record(record);
    };
    write(std::iter::once("table").chain(columns.iter().copied()).map(str::to_owned).collect());
    for grid in grids {
        for row in &grid.rows {
            let cell = |column: &&str| {
                let at = grid.columns.iter().position(|c| c == column);
                at.and_then(|at| row.get(at)).map(|text| clean::line(text)).unwrap_or_default()
            };
            write(std::iter::once(grid.table.to_owned()).chain(columns.iter().map(cell)).collect());
        }
    }
    String::from_utf8(out.into_inner().unwrap_or_default()).unwrap_or_default()
}
