//! A report as plain records: what CSV writes.

/// Records of one sort. Columns never depend on the data, so that a script may rely on them.
#[derive(Debug)]
pub struct Grid {
    /// The key of the same records in JSON.
    pub table: &'static str,
    pub columns: &'static [&'static str],
    /// As many cells as columns.
    pub rows: Vec<Vec<String>>,
}

/// A cell that may be empty.
pub fn optional(cell: &Option<impl ToString>) -> String {
    cell.as_ref().map(ToString::to_string).unwrap_or_default()
}

/// Several texts in one cell.
pub fn several(cells: impl IntoIterator<Item = impl ToString>) -> String {
    cells.into_iter().map(|c| c.to_string()).collect::<Vec<_>>().join("; ")
}
