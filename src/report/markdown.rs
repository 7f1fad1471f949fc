//! A page as Markdown (GitHub's dialect), for a pull request or a change ticket.
//!
//! Text from outside cannot break out of its cell, list or code span.

use super::clean;
use super::page::{Block, Is, Item, Line, Page, Span, Table};

/// The page, with a newline at its end.
pub fn render(page: &Page) -> String {
    page.blocks.iter().map(block).collect::<Vec<_>>().join("\n")
}

fn block(block: &Block) -> String {
    match block {
        Block::Summary(text, _) => format!("**{}**\n", escape(text)),
        Block::Heading(text) => format!("### {}\n", escape(text)),
        Block::Remark(text) => format!("{}\n", escape(text)),
        Block::Table(table) => self::table(table),
        Block::Items(items) => items.iter().map(item).collect(),
    }
}

fn table(table: &Table) -> String {
    let row = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let mut out = row(table.columns.iter().map(|c| escape(c.title)).collect());
    let rule = |is: Is| if is == Is::Number { "---:" } else { "---" };
    out.push_str(&row(table.columns.iter().map(|c| rule(c.is).to_owned()).collect()));
    for cells in &table.rows {
        // Inside a table a bar ends the cell even in a code span, so it is escaped there too.
        out.push_str(&row(cells
            .iter()
            .map(|s| if s.is_name { span(s).replace('|', "\\|") } else { span(s) })
            .collect()));
    }
    out
}

fn item(item: &Item) -> String {
    let words: Vec<String> = item.words.iter().map(span).filter(|w| !w.is_empty()).collect();
    let mut out = format!("- {}\n", words.join(" "));
    item.below.iter().for_each(|line| out.push_str(&below(line)));
    out
}

fn below(line: &Line) -> String {
    let indent = "  ".repeat(line.level + 1);
    if line.is_code {
        let fence = "`".repeat(longest_run(&line.text).max(2) + 1);
        let lines = clean::lines(&line.text).iter().map(|l| format!("{indent}{l}\n")).collect::<String>();
        return format!("\n{indent}{fence}\n{lines}{indent}{fence}\n\n");
    }
    let text = code(&clean::line(&line.text));
    match line.label {
        "" => format!("{indent}- {}\n", escape(&line.text)),
        // An element of a document is code; a message is prose.
        "+" | "-" | "~" => format!("{indent}- `{}` {text}\n", line.label),
        label => format!("{indent}- {label} {}\n", escape(&line.text)),
    }
}

fn span(span: &Span) -> String {
    let text = clean::line(&span.text);
    match (text.is_empty(), span.is_name || is_mark(&text)) {
        (true, _) => String::new(),
        (false, true) => code(&text),
        (false, false) => escape(&text),
    }
}

fn is_mark(text: &str) -> bool {
    matches!(text, "+" | "-" | "~" | "=" | "!" | "?")
}

/// A code span whose fence is longer than any run of backticks inside.
fn code(text: &str) -> String {
    let fence = "`".repeat(longest_run(text) + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// Of backticks.
fn longest_run(text: &str) -> usize {
    let mut longest = 0;
    let mut run = 0;
    for c in text.chars() {
        run = if c == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

/// Prose: every character that Markdown might act on is taken at its word.
fn escape(text: &str) -> String {
    let mut out = String::new();
    for c in clean::line(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '~' => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_in_its_place() {
        assert_eq!(
            escape("a|b\n`c` <d> [e](f) *g* & h\\"),
            "a\\|b; \\`c\\` \\<d\\> \\[e\\](f) \\*g\\* &amp; h\\\\"
        );
        assert_eq!(code("a`b``c"), "```a`b``c```");
        assert_eq!(code("`a`"), "`` `a` ``");
    }
}
