//! What a text must be before it is read as JSON at all: shallow, with plain keys and whole numbers.
//!
//! A key that is escaped, or is none of ours by its letters, could be read differently by two programs, or
//! mean something to the parser itself.
//!
//! Deliberately absent: syntax. That is the parser's.

use super::malformed::Malformed;

/// A handoff has four levels.
const DEEPEST: usize = 6;

/// Longer than any key.
const LONGEST_KEY: usize = 32;

/// # Errors
/// What no handoff has.
pub fn scan(text: &str) -> Result<(), Malformed> {
    let bytes = text.as_bytes();
    let (mut at, mut depth) = (0, 0_usize);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                let end = string_end(bytes, at + 1);
                let inside = bytes.get(at + 1..end).unwrap_or_default();
                at = end;
                let next = bytes[end.min(bytes.len())..].iter().skip(1).find(|b| !b.is_ascii_whitespace());
                if next == Some(&b':') && !is_key(inside) {
                    return Err(Malformed::Key);
                }
            }
            b'{' | b'[' => {
                depth += 1;
                if depth > DEEPEST {
                    return Err(Malformed::Deep);
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'-' | b'+' | b'.' => return Err(Malformed::Number),
            _ => {}
        }
        at += 1;
    }
    Ok(())
}

/// Where the quote is that ends a string, or the end of the text.
fn string_end(bytes: &[u8], mut at: usize) -> usize {
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

fn is_key(inside: &[u8]) -> bool {
    (1..=LONGEST_KEY).contains(&inside.len()) && inside.iter().all(|b| b.is_ascii_lowercase() || *b == b'_')
}
