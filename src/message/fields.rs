//! Takes the fields of a JSON object one by one: each is there once, has its form, and none is left over.
//!
//! Deliberately absent: what fields there are. That is [`super::body`] and [`super::head`].

use std::collections::BTreeSet;
use std::fmt::Display;
use std::str::FromStr;

use serde_json::{Map, Value};

use super::malformed::Malformed;
use super::text::visible;

/// No text of a handoff is longer, in bytes.
const LONGEST: usize = 2048;

/// The fields of an object that are not taken yet.
pub struct Fields {
    at: String,
    map: Map<String, Value>,
}

impl Fields {
    /// Of the whole message.
    pub fn new(map: Map<String, Value>) -> Self {
        Self { at: String::new(), map }
    }

    /// A text.
    pub fn text<T: FromStr<Err: Display>>(&mut self, key: &str) -> Result<T, Malformed> {
        let text = self.string(key)?;
        text.parse().map_err(|why| self.wrong(key, why))
    }

    /// A text that may be absent; `null` is not absent.
    pub fn optional<T: FromStr<Err: Display>>(&mut self, key: &str) -> Result<Option<T>, Malformed> {
        if self.map.contains_key(key) { self.text(key).map(Some) } else { Ok(None) }
    }

    /// An ARN that names one thing: no wildcard, no variable, and no second way to write it.
    pub fn arn<T: FromStr<Err: Display> + Display>(&mut self, key: &str) -> Result<T, Malformed> {
        let text = self.string(key)?;
        if text.contains(['*', '?']) || text.contains("${") {
            return Err(self.wrong(key, "an ARN in a handoff holds no wildcard and no variable"));
        }
        if !text.chars().all(|c| c.is_ascii_graphic()) {
            return Err(self.wrong(key, "an ARN holds printable ASCII characters without blanks"));
        }
        let arn: T = text.parse().map_err(|why| self.wrong(key, why))?;
        if arn.to_string() == text { Ok(arn) } else { Err(self.wrong(key, "this ARN has a field too many")) }
    }

    /// `true` or `false`.
    pub fn flag(&mut self, key: &str) -> Result<bool, Malformed> {
        match self.take(key)? {
            Value::Bool(flag) => Ok(flag),
            _ => Err(self.wrong(key, "expected `true` or `false`")),
        }
    }

    /// Texts in ascending order, each once.
    pub fn set<T>(&mut self, key: &str, most: usize) -> Result<BTreeSet<T>, Malformed>
    where
        T: FromStr<Err: Display> + Ord,
    {
        let Value::Array(items) = self.take(key)? else { return Err(self.wrong(key, "expected a list")) };
        if items.is_empty() || items.len() > most {
            return Err(
                self.wrong(key, format!("a list of 1 to {most} is expected, this one has {}", items.len()))
            );
        }
        let mut set = BTreeSet::new();
        for (at, item) in items.into_iter().enumerate() {
            let key = format!("{key}.{at}");
            let item = self.checked(&key, item)?.parse().map_err(|why| self.wrong(&key, why))?;
            if set.last().is_some_and(|last| *last >= item) {
                return Err(self.wrong(&key, "it is there twice, or not in ascending order"));
            }
            set.insert(item);
        }
        Ok(set)
    }

    /// An object within this one.
    pub fn section<T>(
        &mut self,
        key: &str,
        read: impl FnOnce(&mut Self) -> Result<T, Malformed>,
    ) -> Result<T, Malformed> {
        let Value::Object(map) = self.take(key)? else { return Err(self.wrong(key, "expected an object")) };
        let mut fields = Self { at: self.path(key), map };
        let section = read(&mut fields)?;
        fields.end()?;
        Ok(section)
    }

    /// Refuses what was not taken.
    pub fn end(self) -> Result<(), Malformed> {
        match self.map.keys().next() {
            Some(key) => Err(self.wrong(key, "there is no such field here")),
            None => Ok(()),
        }
    }

    /// Says what is wrong with a field.
    pub fn wrong(&self, key: &str, why: impl Display) -> Malformed {
        Malformed::Field { at: self.path(key), why: why.to_string() }
    }

    fn path(&self, key: &str) -> String {
        if self.at.is_empty() { key.to_owned() } else { format!("{}.{key}", self.at) }
    }

    fn take(&mut self, key: &str) -> Result<Value, Malformed> {
        self.map.remove(key).ok_or_else(|| self.wrong(key, "it is missing"))
    }

    fn string(&mut self, key: &str) -> Result<String, Malformed> {
        let value = self.take(key)?;
        self.checked(key, value)
    }

    fn checked(&self, key: &str, value: Value) -> Result<String, Malformed> {
        let Value::String(text) = value else { return Err(self.wrong(key, "expected a text")) };
        if text.len() > LONGEST {
            return Err(self.wrong(key, format!("it has {} bytes, more than {LONGEST}", text.len())));
        }
        visible(&text).map_err(|why| self.wrong(key, why))?;
        Ok(text)
    }
}
