//! A page for a terminal: aligned, folded to its width, coloured where wanted, legible without.

use anstyle::{AnsiColor, Style};

use super::fold::fold;
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
        Block::Heading(text) => lines(text, look, |line| pen.strong(line)),
        Block::Remark(text) => lines(text, look, |line| pen.paint(Tone::Faint, line)),
        Block::Table(table) => {
            // Tables of one sort look alike: where one has no room for ARNs, none shows them.
            let narrow = look.width.filter(|w| alike(page, table).any(|t| !table::fits(t, *w)));
            table::render(table, narrow, pen)
        }
        Block::Items(items) => list(items, look, pen),
    }
}

/// What lines after the first of a text are further in by: further than what belongs to it would be.
const HANGING: usize = 4;

fn lines(text: &str, look: Look, paint: impl Fn(&str) -> String) -> String {
    folded(&clean::line(text), look, 0, 0).iter().map(|line| paint(line)).fold(String::new(), |out, line| {
        let indent = if out.is_empty() { String::new() } else { " ".repeat(HANGING) };
        format!("{out}{indent}{line}\n")
    })
}

/// A text that begins after an indent and something else, in lines; those after the first hang.
fn folded(text: &str, look: Look, indent: usize, taken: usize) -> Vec<String> {
    let Some(width) = look.width else { return vec![text.to_owned()] };
    let room = |taken: usize| width.saturating_sub(indent + taken);
    fold(text, room(taken), room(HANGING))
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

fn list(items: &[Item], look: Look, pen: Pen) -> String {
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
        out.push_str(&format!("  {}\n", words(&item.words, &widths, look, pen)));
        for line in &item.below {
            below(line, look, pen, &mut out);
        }
    }
    out
}

fn words(words: &[Span], widths: &[usize], look: Look, pen: Pen) -> String {
    let mut out = String::new();
    let mut taken = 0;
    for (at, (word, width)) in words.iter().zip(widths).enumerate() {
        let text = clean::line(&word.text);
        if at + 1 < words.len() {
            // A mark belongs to the word after it.
            let gap = if *width <= 1 { 1 } else { 2 };
            out.push_str(&pen.paint(word.tone, &text));
            out.push_str(&" ".repeat(width.saturating_sub(table::width(&text)) + gap));
            taken += table::width(&text).max(*width) + gap;
        } else {
            let painted =
                folded(&text, look, 2, taken).iter().map(|line| pen.paint(word.tone, line)).collect();
            out.push_str(&hanging(painted, 2));
        }
    }
    out
}

/// Lines below each other, those after the first further in.
fn hanging(lines: Vec<String>, indent: usize) -> String {
    lines.join(&format!("\n{}", " ".repeat(indent + HANGING)))
}

fn below(line: &Line, look: Look, pen: Pen, out: &mut String) {
    let depth = 6 + 2 * line.level;
    let indent = " ".repeat(depth);
    let label = if line.label.is_empty() { String::new() } else { format!("{} ", line.label) };
    let mut lines = clean::lines(&line.text).into_iter();
    if line.is_code {
        lines.for_each(|code| out.push_str(&format!("{indent}{code}\n")));
        return;
    }
    let first = folded(&lines.next().unwrap_or_default(), look, depth, table::width(&label));
    out.push_str(&format!("{indent}{}{}\n", pen.paint(line.tone, &label), hanging(first, depth)));
    for more in lines {
        out.push_str(&format!("{indent}  {}\n", hanging(folded(&more, look, depth, 2), depth)));
    }
}
