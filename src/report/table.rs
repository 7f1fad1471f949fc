//! A table on a terminal. ARNs are never cut: where the table would not fit, they stand below it.

use tabled::builder::Builder;
use tabled::grid::util::string::get_text_width;
use tabled::settings::object::Columns;
use tabled::settings::peaker::Priority;
use tabled::settings::style::{HorizontalLine, Style};
use tabled::settings::{Alignment, Width};

use super::clean;
use super::page::{Column, Is, Span, Table};
use super::terminal::Pen;

/// Columns that a text takes.
pub fn width(text: &str) -> usize {
    get_text_width(text)
}

/// Whether the whole table has room.
pub fn fits(table: &Table, width: usize) -> bool {
    let whole = draw(table, |_| true, None, Pen { colour: false });
    whole.lines().all(|line| self::width(line) <= width)
}

/// The table. `narrow` is the width of a terminal that has no room for all of it: ARNs stand below
/// the table then.
pub fn render(table: &Table, narrow: Option<usize>, pen: Pen) -> String {
    let Some(width) = narrow else { return draw(table, |_| true, None, pen) };
    let mut out = draw(table, |column| column.is != Is::Arn, Some(width), pen);
    out.push_str(&arns(table, width));
    out
}

fn draw(table: &Table, shown: impl Fn(&Column) -> bool, width: Option<usize>, pen: Pen) -> String {
    let columns: Vec<(usize, &Column)> = table.columns.iter().enumerate().filter(|(_, c)| shown(c)).collect();
    let mut builder = Builder::new();
    builder.push_record(columns.iter().map(|(_, c)| pen.strong(c.title)));
    for row in &table.rows {
        let cell = |(at, _): &(usize, &Column)| row.get(*at).map(|s| painted(s, pen)).unwrap_or_default();
        builder.push_record(columns.iter().map(cell));
    }
    let mut drawn = builder.build();
    drawn.with(Style::empty().vertical('│').horizontals([(1, HorizontalLine::new('─').intersection('┼'))]));
    for (at, (_, column)) in columns.iter().enumerate() {
        if column.is == Is::Number {
            drawn.modify(Columns::one(at), Alignment::right());
        }
    }
    if let Some(width) = width {
        drawn.with(Width::wrap(width).keep_words(true).priority(Priority::max(true)));
    }
    let mut out = String::new();
    for line in drawn.to_string().lines() {
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

fn painted(span: &Span, pen: Pen) -> String {
    pen.paint(span.tone, &clean::line(&span.text))
}

/// `name  arn`, or on two lines where even that is too wide.
fn arns(table: &Table, width: usize) -> String {
    let is = |is: Is| table.columns.iter().position(|c| c.is == is);
    let (Some(name), Some(arn)) = (is(Is::Name), is(Is::Arn)) else { return String::new() };
    let mut pairs: Vec<(String, String)> = Vec::new();
    for row in &table.rows {
        let text = |at: usize| row.get(at).map(|s| clean::line(&s.text)).unwrap_or_default();
        let pair = (text(name), text(arn));
        // A key and its policy have the same name and the same ARN.
        if !pair.1.is_empty() && !pairs.contains(&pair) {
            pairs.push(pair);
        }
    }
    let Some(widest) = pairs.iter().map(|(name, _)| self::width(name)).max() else { return String::new() };
    let fits = pairs.iter().all(|(_, arn)| 1 + widest + 2 + self::width(arn) <= width);
    let mut out = format!("\n {}\n", table.columns[arn].title);
    for (name, arn) in pairs {
        let gap = " ".repeat(widest - self::width(&name) + 2);
        match fits {
            true => out.push_str(&format!(" {name}{gap}{arn}\n")),
            false => out.push_str(&format!(" {name}\n   {arn}\n")),
        }
    }
    out
}
