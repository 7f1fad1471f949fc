//! Further statements of a key policy, from a JSON file that the profile map names.
//!
//! They are kept word for word. Only what would keep the tool from knowing its own statements, and
//! what KMS refuses in any statement, is looked at: not what they allow.

use std::io::Read as _;
use std::path::Path;

use serde_json::Value;

use super::problem::{Collector, FileId};
use super::source::{Source, Span};
use super::table::At;

/// A key policy has at most 32 KiB; the rest is room for blanks.
const LARGEST: u64 = 256 * 1024;

/// The statements of the file; problems in it are reported with their place there.
pub fn read(map: &Path, file: &At<String>, marker: &str, problems: &mut Collector) -> Vec<Value> {
    let path = map.parent().unwrap_or(Path::new("")).join(&file.value);
    let shown = path.display().to_string();
    let text = match text(&path) {
        Ok(text) => text,
        Err(why) => {
            problems
                .add(&file.span, format!("cannot read `{shown}`: {why}"))
                .help("the path is relative to the profile map");
            return Vec::new();
        }
    };
    let source = Source::new(shown, text);
    let text = source.text().to_owned();
    let parsed: Result<Value, _> = serde_json::from_str(&text);
    let places = places(&text);
    match parsed {
        Err(error) => {
            let at = source.offset(error.line(), error.column());
            let id = problems.add_file(source);
            // Serde repeats the place at the end of the message.
            let message = error.to_string();
            let message = message.split(" at line ").next().unwrap_or_default();
            problems.add_in(id, Some(at..at + 1), format!("no JSON: {message}"));
            Vec::new()
        }
        Ok(document) => {
            let id = problems.add_file(source);
            let statements = statements(document);
            if statements.is_empty() {
                problems.add_in(id, Some(0..1), "there is no statement in this file");
            }
            check(&statements, &places, id, marker, problems);
            statements
        }
    }
}

fn text(path: &Path) -> Result<String, String> {
    let file = std::fs::File::open(path).map_err(|error| error.to_string())?;
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > LARGEST {
        return Err(format!("it is larger than {LARGEST} bytes, a key policy holds 32768"));
    }
    let text = String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// A list of statements, a policy with `Statement`, or one statement.
fn statements(document: Value) -> Vec<Value> {
    let list = |value| match value {
        Value::Array(list) => list,
        one => vec![one],
    };
    match document {
        Value::Object(mut members) if members.contains_key("Statement") => {
            members.remove("Statement").map(list).unwrap_or_default()
        }
        other => list(other),
    }
}

fn check(statements: &[Value], places: &[Span], file: FileId, marker: &str, problems: &mut Collector) {
    let mut seen: Vec<&str> = Vec::new();
    for (index, statement) in statements.iter().enumerate() {
        let place = places.get(index).cloned().unwrap_or(0..1);
        for (why, help) in wrong(statement, marker, &mut seen) {
            let message = format!("statement {} {why}", index + 1);
            let found = problems.add_in(file, Some(place.clone()), message);
            if let Some(help) = help {
                found.help(help);
            }
        }
    }
}

/// What is wrong with one statement, and what to do; `seen` are the Sids before it.
fn wrong<'a>(
    statement: &'a Value,
    marker: &str,
    seen: &mut Vec<&'a str>,
) -> Vec<(String, Option<&'static str>)> {
    let Value::Object(members) = statement else {
        return vec![("is no object".to_owned(), None)];
    };
    let mut found = Vec::new();
    if !matches!(members.get("Effect").and_then(Value::as_str), Some("Allow" | "Deny")) {
        found.push(("needs an `Effect` of `Allow` or `Deny`".to_owned(), None));
    }
    let pairs = [("Principal", "NotPrincipal"), ("Action", "NotAction"), ("Resource", "NotResource")];
    for (one, other) in pairs {
        if !members.contains_key(one) && !members.contains_key(other) {
            found.push((format!("needs `{one}` or `{other}`"), None));
        }
    }
    match members.get("Sid").and_then(Value::as_str) {
        None | Some("") => {
            let help = "by its `Sid` it is known again when it changes or goes";
            found.push(("needs a `Sid`".to_owned(), Some(help)));
        }
        Some(sid) if sid.starts_with(marker) => {
            let help = "that is how statements are marked that are not from this file";
            found.push((format!("has a `Sid` that begins with `{marker}`"), Some(help)));
        }
        Some(sid) if seen.contains(&sid) => {
            found.push((format!("has the `Sid` `{sid}` of another one"), None));
        }
        Some(sid) => seen.push(sid),
    }
    found
}

/// Where each statement of a JSON text begins: the objects that are no part of another one, or of
/// another one's lists but the first.
fn places(text: &str) -> Vec<Span> {
    // Open brackets; a statement is an object directly in `[`, in `{[` or in nothing.
    let mut open: Vec<u8> = Vec::new();
    let mut found: Vec<(usize, Span)> = Vec::new();
    let (mut in_string, mut escaped) = (false, false);
    for (at, byte) in text.bytes().enumerate() {
        if in_string {
            in_string = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'{' | b'[' => {
                if byte == b'{' && matches!(open[..], [] | [b'['] | [b'{', b'['] | [b'{']) {
                    found.push((open.len(), at..at + 1));
                }
                open.push(byte);
            }
            b'}' | b']' => {
                open.pop();
            }
            _ => {}
        }
    }
    let in_list = |open: &(usize, Span)| open.0 == 2 || (open.0 == 1 && text.trim_start().starts_with('['));
    let listed: Vec<Span> = found.iter().filter(|f| in_list(f)).map(|f| f.1.clone()).collect();
    if listed.is_empty() { found.into_iter().map(|f| f.1).take(1).collect() } else { listed }
}
