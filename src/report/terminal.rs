//! A page for a terminal: aligned, folded to its width, coloured where wanted, legible without.

use anstyle::{AnsiColor, Style};

use super::page::{Block, Item, Line, Page, Span, Table, Tone};
use super::{Look, clean, table};

/// The page, with a newline at its end.
pub fn render(page: &Page, look: Look) -> String {
    let pen = Pen { colour: look.colour };
    let parts: Vec<String> = page.blocks.iter().map(|block| self::block(block, page, look, pen)).collect();
    let mut out = String::new();
    for (at, part) in parts.iter().enumerate() {
        // A heading stands directly above what it is about; everything else has air around it.
        let is_heading = |at: usize| matches!(page.blocks[at], Block::Heading(_));
        let under_heading = at > 0 && is_heading(at - 1) && !is_heading(at);
        if at > 0 && !under_heading {
            out.push('\n');
        }
        out.push_str(part);
    }
    out
}

fn block(block: &Block, page: &Page, look: Look, pen: Pen) -> String {
    match block {
        Block::Summary(text, tone) => format!("{}\n", pen.paint(*tone, &clean::line(text))),
        Block::Heading(text) => format!("{}\n", pen.strong(&clean::line(text))),
        Block::Remark(text) => format!("{}\n", pen.paint(Tone::Faint, &clean::line(text))),
        Block::Table(table) => {
            // Tables of one sort look alike: where one has no room for ARNs, none shows them.
            let narrow = look.width.filter(|w| alike(page, table).any(|t| !table::fits(t, *w)));
            table::render(table, narrow, pen)
        }
        Block::Items(items) => list(items, pen),
    }
}

fn alike<'a>(page: &'a Page, table: &'a Table) -> impl Iterator<Item = &'a Table> {
    let tables = page.blocks.iter().filter_map(|block| match block {
        Block::Table(table) => Some(table),
        Block::Summary(..) | Block::Heading(_) | Block::Remark(_) | Block::Items(_) => None,
    });
    tables.filter(|other| std::ptr::eq(other.columns, table.columns))
}

/// Colours, or none.
#[derive(Clone, Copy)]
pub struct Pen {
    pub colour: bool,
}

impl Pen {
    fn style(self, style: Style, text: &str) -> String {
        if self.colour && style != Style::new() { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    pub fn strong(self, text: &str) -> String {
        self.style(Style::new().bold(), text)
    }

    pub fn paint(self, tone: Tone, text: &str) -> String {
        let style = match tone {
            Tone::Plain => Style::new(),
            Tone::Good => AnsiColor::Green.on_default(),
            Tone::Change => AnsiColor::Yellow.on_default(),
            Tone::Bad => AnsiColor::Red.on_default(),
            Tone::Faint => Style::new().dimmed(),
        };
        self.style(style, text)
    }
}

fn list(items: &[Item], pen: Pen) -> String {
    let mut widths: Vec<usize> = Vec::new();
    for item in items {
        for (at, word) in item.words.iter().enumerate() {
            let width = table::width(&clean::line(&word.text));
            match widths.get_mut(at) {
                Some(known) => *known = width.max(*known),
                None => widths.push(width),
            }
        }
    }
    let mut out = String::new();
    for item in items {
        out.push_str(&format!("  {}\n", words(&item.words, &widths, pen)));
        for line in &item.below {
            below(line, pen, &mut out);
        }
    }
    out
}

fn words(words: &[Span], widths: &[usize], pen: Pen) -> String {
    let mut out = String::new();
    for (at, (word, width)) in words.iter().zip(widths).enumerate() {
        let text = clean::line(&word.text);
        out.push_str(&pen.paint(word.tone, &text));
        if at + 1 < words.len() {
            // A mark belongs to the word after it.
            let gap = if *width <= 1 { 1 } else { 2 };
            out.push_str(&" ".repeat(width.saturating_sub(table::width(&text)) + gap));
        }
    }
    out
}

fn below(line: &Line, pen: Pen, out: &mut String) {
    let indent = " ".repeat(6 + 2 * line.level);
    let label = if line.label.is_empty() { String::new() } else { format!("{} ", line.label) };
    let mut lines = clean::lines(&line.text).into_iter();
    if line.is_code {
        lines.for_each(|code| out.push_str(&format!("{indent}{code}\n")));
        return;
    }
    let first = lines.next().unwrap_or_default();
    out.push_str(&format!("{indent}{}{first}\n", pen.paint(line.tone, &label)));
    for more in lines {
        out.push_str(&format!("{indent}  {more}\n"));
    }
}
