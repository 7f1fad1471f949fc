//! What is wrong with a profile map: collected while it is read, shown all at once.
//!
//! A [`Collector`] takes problems as they are found; [`Problems`] is what the user gets, in the order
//! of the file, each with its line and a caret. How bad a problem is is not graded: any of them stops.

use std::fmt;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use serde::Serialize;

use super::source::{Source, Span, printable};

/// One problem, for machines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The profile map, or the file that it names.
    pub file: String,
    /// Counted from one; zero where the file could not be read.
    pub line: usize,
    /// In characters, counted from one; zero where the file could not be read.
    pub column: usize,
    /// A lower-case fragment.
    pub message: String,
    /// The way out, where there is one.
    pub help: Option<String>,
}

/// A problem as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    file: usize,
    span: Option<Span>,
    message: String,
    help: Option<String>,
    also: Option<(Span, String)>,
}

impl Found {
    /// Says the way out.
    pub fn help(&mut self, help: impl Into<String>) -> &mut Self {
        self.help = Some(printable(&help.into()).into_owned());
        self
    }

    /// Offers the name that was probably meant, if one is close.
    pub fn suggest(&mut self, close: Option<&str>) -> &mut Self {
        match close {
            Some(name) => self.help(format!("did you mean `{name}`?")),
            None => self,
        }
    }

    /// Points at a second place of the same file.
    pub fn also(&mut self, span: &Span, label: impl Into<String>) -> &mut Self {
        self.also = Some((span.clone(), label.into()));
        self
    }
}

/// Takes problems while a profile map is read.
pub struct Collector {
    files: Vec<Source>,
    found: Vec<Found>,
}

/// A file of a [`Collector`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileId(usize);

impl Collector {
    /// For problems of this file, and of files that it names.
    pub fn new(file: Source) -> Self {
        Self { files: vec![file], found: Vec::new() }
    }

    /// Problems may be in this file too.
    pub fn add_file(&mut self, file: Source) -> FileId {
        self.files.push(file);
        FileId(self.files.len() - 1)
    }

    /// A problem at a place of the profile map.
    pub fn add(&mut self, span: &Span, message: impl Into<String>) -> &mut Found {
        self.add_in(FileId(0), Some(span.clone()), message)
    }

    /// A problem of another file, or of a file as a whole.
    pub fn add_in(&mut self, file: FileId, span: Option<Span>, message: impl Into<String>) -> &mut Found {
        let message = printable(&message.into()).into_owned();
        self.found.push(Found { file: file.0, span, message, help: None, also: None });
        let last = self.found.len() - 1;
        &mut self.found[last]
    }

    /// Never quote this part of the profile map.
    pub fn hide(&mut self, span: &Span) {
        if let Some(file) = self.files.first_mut() {
            file.hide(span.clone());
        }
    }

    /// How many there are so far; a caller compares two counts.
    pub fn count(&self) -> usize {
        self.found.len()
    }

    /// Hands the value over if there is no problem, and otherwise the problems in the order of the
    /// file. A value that serves several entries (a default) is blamed once.
    pub fn finish<T>(mut self, value: Option<T>) -> Result<T, Problems> {
        if let (Some(value), true) = (value, self.found.is_empty()) {
            return Ok(value);
        }
        self.files.iter_mut().for_each(Source::blot);
        let mut found = self.found;
        found.sort_by_key(|f| (f.file, f.span.as_ref().map(|s| (s.start, s.end))));
        let mut kept: Vec<Found> = Vec::new();
        for one in found {
            let here = |k: &&Found| (k.file, &k.span) == (one.file, &one.span);
            if !kept.iter().rev().take_while(here).any(|k| k.message == one.message) {
                kept.push(one);
            }
        }
        Err(Problems { files: self.files, found: kept })
    }
}

/// Everything that is wrong with a profile map; never empty.
#[derive(Clone)]
pub struct Problems {
    files: Vec<Source>,
    found: Vec<Found>,
}

impl Problems {
    /// A file that could not even be read.
    pub fn unreadable(file: &str, message: impl Into<String>, help: impl Into<String>) -> Self {
        let mut found = Collector::new(Source::new(file, ""));
        found.add_in(FileId(0), None, message).help(help);
        Self { files: found.files, found: found.found }
    }

    /// One after the other, in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = Problem> {
        self.found.iter().filter_map(|found| {
            let source = self.files.get(found.file)?;
            let (line, column) = match &found.span {
                Some(span) => source.position(source.clip(span).start),
                None => (0, 0),
            };
            Some(Problem {
                file: printable(source.name()).into_owned(),
                line,
                column,
                message: found.message.clone(),
                help: found.help.clone(),
            })
        })
    }

    /// How many there are.
    #[expect(clippy::len_without_is_empty, reason = "never empty")]
    pub fn len(&self) -> usize {
        self.found.len()
    }

    /// Each with its line, a caret and the way out.
    pub fn render(&self, colour: bool) -> String {
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        let one = |found: &Found| self.files.get(found.file).map(|s| render_one(&renderer, s, found));
        self.found.iter().filter_map(one).collect::<Vec<_>>().join("\n\n")
    }
}

fn render_one(renderer: &Renderer, source: &Source, found: &Found) -> String {
    let name = printable(source.name());
    let title = Level::ERROR.primary_title(found.message.as_str());
    let help = found.help.as_deref().map(|help| Level::HELP.message(help));
    let mut group = match &found.span {
        None => annotate_snippets::Group::with_title(title),
        Some(span) => {
            let span = source.clip(span);
            let also = found.also.as_ref().map(|(span, label)| (source.clip(span), label));
            let other = also.as_ref().map_or(span.start, |(span, _)| span.start);
            // Only these lines are handed over: a large file with many problems is drawn quickly.
            let lines = source.lines(span.start.min(other), span.start.max(other));
            let within = |span: &Span| span.start - lines.start..span.end - lines.start;
            let snippet =
                Snippet::source(&source.text()[lines.clone()])
                    .line_start(source.position(lines.start).0)
                    .path(name)
                    .annotation(AnnotationKind::Primary.span(within(&span)))
                    .annotations(also.iter().map(|(span, label)| {
                        AnnotationKind::Context.span(within(span)).label(label.as_str())
                    }));
            title.element(snippet)
        }
    };
    if let Some(help) = help {
        group = group.element(help);
    }
    renderer.render(&[group])
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

// By hand: the derived form would print whole files.
impl fmt::Debug for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Problems {}
