//! A profile map as it is written: comments, tables and keys, spelt as TOML spells them.
//!
//! Text of others may stand in a comment: it cannot end the line, nor steer a terminal.
//!
//! Deliberately absent: what is worth saying, and whether the map is in order. [`super::parse`] judges.

use toml_writer::{ToTomlKey as _, ToTomlValue, WriteTomlValue};

use super::source::printable;

/// As wide as the maps of the documentation.
const WIDTH: usize = 100;

/// A profile map that is being written.
#[derive(Debug, Clone, Default)]
pub struct Draft(String);

impl Draft {
    /// An empty line, unless the file begins or one is there already.
    pub fn gap(&mut self) {
        if !self.0.is_empty() && !self.0.ends_with("\n\n") {
            self.0.push('\n');
        }
    }

    /// A comment, in as many lines as it takes; one that begins with a blank is not folded.
    pub fn say(&mut self, text: &str) {
        let text = printable(text);
        if text.is_empty() {
            self.0.push_str("#\n");
        } else if text.starts_with(' ') {
            self.0.push_str(&format!("# {text}\n"));
        } else {
            self.fold(&text);
        }
    }

    fn fold(&mut self, line: &str) {
        let mut folded = String::from("#");
        for word in line.split(' ') {
            if folded.len() > 1 && folded.chars().count() + 1 + word.chars().count() > WIDTH {
                self.0.push_str(&folded);
                self.0.push('\n');
                folded = String::from("#");
            }
            folded.push(' ');
            folded.push_str(word);
        }
        self.0.push_str(&folded);
        self.0.push('\n');
    }

    /// The head of a table.
    pub fn table(&mut self, path: &[&str]) {
        let path: Vec<String> = path.iter().map(|key| key.to_toml_key()).collect();
        self.0.push_str(&format!("[{}]\n", path.join(".")));
    }

    /// A key of the table.
    pub fn set(&mut self, key: &str, value: impl WriteTomlValue) {
        let line = format!("{} = {}\n", key.to_toml_key(), value.to_toml_value());
        self.0.push_str(&line);
    }

    /// A key of the table, and what there is to say of it.
    pub fn explain(&mut self, key: &str, value: impl WriteTomlValue, said: &str) {
        let line = format!("{} = {}", key.to_toml_key(), value.to_toml_value());
        self.0.push_str(&format!("{line:<34} # {}\n", printable(said)));
    }

    /// The file.
    pub fn text(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_wrote_stays_a_comment() {
        let mut draft = Draft::default();
        draft.say("rule \u{1b}[31m\u{202e}x");
        draft.say("one\r\n[accounts.evil]");
        assert_eq!(draft.text(), "# rule \\u{1b}[31m\\u{202e}x\n# one\\u{d}\\u{a}[accounts.evil]\n");
    }

    #[test]
    fn names_and_values_are_spelt_as_toml_spells_them() {
        let mut draft = Draft::default();
        draft.table(&["buckets", "a.b"]);
        draft.set("prefix", "a\"\u{1}\n");
        let table: toml::Table = draft.text().parse().expect("TOML");
        assert_eq!(table["buckets"]["a.b"]["prefix"].as_str(), Some("a\"\u{1}\n"));
    }

    #[test]
    fn comments_fold_between_words() {
        let mut draft = Draft::default();
        draft.say("word ".repeat(30).trim());
        assert!(draft.text().lines().count() == 2 && draft.text().lines().all(|l| l.len() <= WIDTH));
    }
}
