//! Text from outside, made harmless: AWS's messages, other people's Sids, names of buckets.
//!
//! What a terminal would obey is shown as an escape instead. Deliberately absent: escaping for a
//! format's own syntax; that is the format's.

/// Whether a terminal might obey the character, or show the text in another order than it stands.
pub fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
}

/// One line: unsafe characters as `\u{1b}`, lines joined by `; `.
pub fn line(text: &str) -> String {
    lines(text).iter().map(|l| l.trim_start()).collect::<Vec<_>>().join("; ")
}

/// Its lines, without the empty ones, each with unsafe characters as `\u{1b}`. Leading spaces stay,
/// since they show what belongs to what.
pub fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::trim_end).filter(|l| !l.is_empty()).map(visible).collect()
}

fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\t' => out.push(' '),
            c if is_unsafe(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_shown() {
        assert_eq!(line("a\u{1b}[31mb\u{202e}"), "a\\u{1b}[31mb\\u{202e}");
        assert_eq!(line("one\r\n\n  two\n"), "one; two");
        assert_eq!(line("schön → 日本"), "schön → 日本");
    }
}
