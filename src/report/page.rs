//! A report as people read it, before anybody has decided between a terminal and Markdown.
//!
//! A summary comes first, then headings with lists and tables under them. Text is raw here: whoever
//! renders a page cleans and escapes it, so that no view can forget to.

use super::count;

/// Blocks, top to bottom.
#[derive(Debug, Default)]
pub struct Page {
    pub blocks: Vec<Block>,
}

impl Page {
    /// Begins with one line that says it all.
    pub fn summary(text: impl Into<String>, tone: Tone) -> Self {
        Self { blocks: vec![Block::Summary(text.into(), tone)] }
    }

    pub fn heading(&mut self, text: impl Into<String>) {
        self.blocks.push(Block::Heading(text.into()));
    }

    /// A line in passing.
    pub fn remark(&mut self, text: impl Into<String>) {
        self.blocks.push(Block::Remark(text.into()));
    }

    /// A table without rows is left out.
    pub fn table(&mut self, table: Table) {
        if !table.rows.is_empty() {
            self.blocks.push(Block::Table(table));
        }
    }

    /// A list without items is left out.
    pub fn items(&mut self, items: Vec<Item>) {
        if !items.is_empty() {
            self.blocks.push(Block::Items(items));
        }
    }
}

/// A part of a page.
#[derive(Debug)]
pub enum Block {
    Summary(String, Tone),
    Heading(String),
    Remark(String),
    Table(Table),
    Items(Vec<Item>),
}

/// What a text is about. It becomes a colour where there are colours, and nothing elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tone {
    #[default]
    Plain,
    Good,
    Change,
    Bad,
    Faint,
}

/// A piece of text.
#[derive(Debug, Clone, Default)]
pub struct Span {
    pub text: String,
    pub tone: Tone,
    /// A name, id or ARN: something to be copied.
    pub is_name: bool,
}

impl Span {
    pub fn word(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    pub fn toned(text: impl Into<String>, tone: Tone) -> Self {
        Self { text: text.into(), tone, is_name: false }
    }

    pub fn name(text: impl Into<String>) -> Self {
        Self { text: text.into(), is_name: true, ..Self::default() }
    }

    /// A duration that is known.
    pub fn seconds(seconds: Option<f64>) -> Self {
        Self::word(seconds.map(count::seconds).unwrap_or_default())
    }
}

/// A column of a table.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    pub title: &'static str,
    pub is: Is,
}

/// How a column behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Is {
    Word,
    /// What the row goes by, when its ARN is put below the table.
    Name,
    /// Moves below the table rather than being cut, so that it can be copied.
    Arn,
    Number,
}

/// Rows that have as many cells as there are columns.
#[derive(Debug)]
pub struct Table {
    pub columns: &'static [Column],
    pub rows: Vec<Vec<Span>>,
}

/// An entry of a list: a line of words that stand below those of the other entries, and what belongs
/// to it.
#[derive(Debug, Default)]
pub struct Item {
    pub words: Vec<Span>,
    pub below: Vec<Line>,
}

/// A line under an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// How deep, from 0.
    pub level: usize,
    /// `error`, `hint`, `note`, `+`; may be empty.
    pub label: &'static str,
    pub text: String,
    pub tone: Tone,
    /// Lines to be copied as they are.
    pub is_code: bool,
}

impl Line {
    pub fn new(label: &'static str, text: impl Into<String>, tone: Tone) -> Self {
        Self { level: 0, label, text: text.into(), tone, is_code: false }
    }

    pub fn code(text: impl Into<String>) -> Self {
        Self { is_code: true, ..Self::new("", text, Tone::Plain) }
    }

    pub fn at(self, level: usize) -> Self {
        Self { level, ..self }
    }

    pub fn error(text: impl Into<String>) -> Self {
        Self::new("error:", text, Tone::Bad)
    }

    pub fn hint(text: impl Into<String>) -> Self {
        Self::new("hint:", text, Tone::Change)
    }

    pub fn note(text: impl Into<String>) -> Self {
        Self::new("note:", text, Tone::Faint)
    }

    /// The notes of a resource.
    pub fn notes(notes: &[String]) -> impl Iterator<Item = Self> {
        notes.iter().map(Self::note)
    }
}
