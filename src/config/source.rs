//! A file that was read: its text, and where a byte of it stands.
//!
//! External ids are blotted out here, before a problem can quote the line they stand on. Reading
//! the file is not done here.

use std::borrow::Cow;
use std::ops::Range;

/// A range of bytes in a [`Source`].
pub type Span = Range<usize>;

/// The name and the text of a file.
#[derive(Clone)]
pub struct Source {
    name: String,
    text: String,
    secrets: Vec<Span>,
}

impl Source {
    /// A file of that name with that text.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), text: text.into(), secrets: Vec::new() }
    }

    /// As the user named it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Everything in it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Never quote these bytes.
    pub fn hide(&mut self, span: Span) {
        self.secrets.push(span);
    }

    /// Replaces external ids by asterisks and characters that could steer a terminal by others, in
    /// place, so that every span keeps its meaning.
    pub fn blot(&mut self) {
        let mut bytes = std::mem::take(&mut self.text).into_bytes();
        let found = external_ids(&bytes);
        for span in self.secrets.drain(..).chain(found) {
            let end = span.end.min(bytes.len());
            for byte in bytes.get_mut(span.start..end).unwrap_or_default() {
                if !matches!(*byte, b'\n' | b'\r' | b'"' | b'\'') {
                    *byte = b'*';
                }
            }
        }
        // U+0080 to U+009F, two bytes each, are terminal controls that annotate-snippets lets through.
        for i in 1..bytes.len() {
            if bytes[i - 1] == 0xc2 && (0x80..0xa0).contains(&bytes[i]) {
                bytes[i] = 0xbf;
            }
        }
        self.text = String::from_utf8(bytes)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
    }

    /// The span moved to whole characters and cut at the end of its first line. The end of the file is
    /// the end of its last line.
    pub fn clip(&self, span: &Span) -> Span {
        let last = self.text.trim_end_matches(['\r', '\n']).len();
        let start = match span.start >= self.text.len() {
            true => last,
            false => self.text.floor_char_boundary(span.start),
        };
        let line_end = self.text[start..].find('\n').map_or(self.text.len(), |n| start + n);
        let end = self.text.ceil_char_boundary(span.end).min(line_end);
        start..end.max(start)
    }

    /// The lines that both bytes stand on and all between them.
    pub fn lines(&self, first: usize, last: usize) -> Span {
        let start = self.text[..self.text.floor_char_boundary(first)].rfind('\n').map_or(0, |n| n + 1);
        let last = self.text.floor_char_boundary(last.max(first));
        start..self.text[last..].find('\n').map_or(self.text.len(), |n| last + n)
    }

    /// Line and column of a byte, counted from one; the column counts characters.
    pub fn position(&self, offset: usize) -> (usize, usize) {
        let before = &self.text[..self.text.floor_char_boundary(offset)];
        let line_start = before.rfind('\n').map_or(0, |n| n + 1);
        let line = before.bytes().filter(|b| *b == b'\n').count() + 1;
        (line, before[line_start..].chars().count() + 1)
    }

    /// The first byte of a line (counted from one), moved on by columns (bytes, counted from one).
    pub fn offset(&self, line: usize, column: usize) -> usize {
        let start: usize = self.text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
        (start + column.saturating_sub(1)).min(self.text.len())
    }
}

/// Whatever follows `external_id =`, however it is written. A text search, because a file that is no
/// TOML has no tables to look in.
fn external_ids(bytes: &[u8]) -> Vec<Span> {
    let mut found = Vec::new();
    let lower = bytes.to_ascii_lowercase();
    let mut at = 0;
    while let Some(n) = find(&lower[at..], b"external") {
        at += n + b"external".len();
        let rest = &lower[at..];
        let gap = usize::from(rest.first().is_some_and(|b| matches!(b, b'_' | b'-' | b' ')));
        if !rest[gap..].starts_with(b"id") {
            continue;
        }
        let line = rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
        let Some(equals) = rest[..line].iter().position(|b| matches!(b, b'=' | b':')) else { continue };
        let blanks = rest[equals + 1..line].iter().take_while(|b| b.is_ascii_whitespace()).count();
        let start = at + equals + 1 + blanks;
        let end = value_end(&bytes[start..]) + start;
        found.push(start..end);
        at = end.max(at);
    }
    found
}

/// How long the value at the beginning of `rest` may be; rather too long than too short.
fn value_end(rest: &[u8]) -> usize {
    for quotes in [&b"\"\"\""[..], b"'''"] {
        if let Some(inside) = rest.strip_prefix(quotes) {
            return find(inside, quotes).map_or(rest.len(), |n| n + 2 * quotes.len());
        }
    }
    let line = rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
    let Some(quote) = rest.first().copied().filter(|b| matches!(b, b'"' | b'\'')) else {
        return rest[..line].iter().position(|b| matches!(b, b',' | b'}' | b' ' | b'\r')).unwrap_or(line);
    };
    let mut escaped = false;
    for (i, byte) in rest[..line].iter().enumerate().skip(1) {
        if !escaped && *byte == quote {
            return i + 1;
        }
        escaped = !escaped && quote == b'"' && *byte == b'\\';
    }
    line
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

/// Text of the file as it may stand in a message: characters that could steer a terminal are spelt
/// out, as `\u{1b}`.
pub fn printable(text: &str) -> Cow<'_, str> {
    let steers = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    if !text.contains(steers) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().fold(String::new(), |mut out, c| {
        match steers(c) {
            true => out.extend(c.escape_unicode()),
            false => out.push(c),
        }
        out
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blotted(text: &str) -> String {
        let mut source = Source::new("x", text);
        source.blot();
        assert_eq!(source.text().len(), text.len());
        source.text().to_owned()
    }

    #[test]
    fn external_ids_are_blotted_out_in_every_spelling() {
        assert_eq!(blotted("external_id = \"s3cret\"\nx = 1"), "external_id = \"******\"\nx = 1");
        assert_eq!(blotted("{ external_id='a b', from = 'x' }"), "{ external_id='***', from = 'x' }");
        assert_eq!(blotted("external_id = secret, x"), "external_id = ******, x");
        assert_eq!(blotted("external_id = \"a\\\"b\" # c"), "external_id = \"**\"*\" # c");
        assert_eq!(blotted("external_id = \"open\nx = \"y\""), "external_id = \"****\nx = \"y\"");
        assert_eq!(blotted("external_id = '''\na\nb'''\nc"), "external_id = '''\n*\n*'''\nc");
        assert_eq!(blotted("External-ID = \"a\""), "External-ID = \"*\"");
        assert_eq!(blotted("external_id_env = \"A\""), "external_id_env = \"*\"");
        assert_eq!(blotted("# an external audit: yes"), "# an external audit: yes");
        assert_eq!(blotted("external_id"), "external_id");
    }

    #[test]
    fn positions_count_characters() {
        let source = Source::new("x", "a\nä = 1\n");
        assert_eq!(source.position(0), (1, 1));
        assert_eq!(source.position(4), (2, 2));
        assert_eq!(source.position(99), (3, 1));
        assert_eq!(source.offset(2, 1), 2);
        assert_eq!(source.clip(&(0..99)), 0..1);
        assert_eq!(source.clip(&(99..99)), 8..8);
        assert_eq!(source.lines(4, 4), 2..8);
        assert_eq!(source.lines(0, 4), 0..8);
    }

    #[test]
    fn nothing_steers_the_terminal() {
        assert_eq!(printable("a\u{1b}[31m\u{202e}b"), "a\\u{1b}[31m\\u{202e}b");
        assert_eq!(printable("prüfung"), "prüfung");
        assert_eq!(blotted("\u{9b}31m"), "\u{bf}31m");
    }
}
