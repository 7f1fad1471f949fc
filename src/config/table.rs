//! Reads a TOML table field by field and goes on after a problem, so that all of them are found.
//!
//! [`table!`] declares a table once: its fields are the allowed keys, the reader and the JSON Schema.
//! Serde is not used, because it stops at the first error. What a value means is not judged here.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::Collector;
use super::source::Span;
use super::suggest::{alternatives, closest};

/// A value of the file with its place.
pub type Value<'i> = Spanned<DeValue<'i>>;

/// What can be read from a value of the file.
pub trait FromValue: Sized {
    /// Reads it, or reports why it cannot be read. `path` is the dotted key.
    fn read(path: &str, value: &Value<'_>, problems: &mut Collector) -> Option<Self>;

    /// What editors may know of it.
    fn schema(generator: &mut SchemaGenerator) -> Schema;
}

/// A thing and where it stands in the file.
#[derive(Debug, Clone)]
pub struct At<T> {
    /// The thing.
    pub value: T,
    /// Its place.
    pub span: Span,
}

/// A field of a table.
#[derive(Debug, Clone, Default)]
pub enum Field<T> {
    /// Not in the file.
    #[default]
    Absent,
    /// In the file and already reported as wrong: nothing more is to be said.
    Bad,
    /// In the file.
    Given(At<T>),
}

impl<T> Field<T> {
    /// The value with its place.
    pub fn at(&self) -> Option<&At<T>> {
        match self {
            Self::Given(at) => Some(at),
            Self::Absent | Self::Bad => None,
        }
    }

    /// The value.
    pub fn get(&self) -> Option<&T> {
        self.at().map(|at| &at.value)
    }

    /// Whether the file says nothing.
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// Whether it was reported as wrong.
    pub fn is_bad(&self) -> bool {
        matches!(self, Self::Bad)
    }

    /// This field, or that of the defaults where the file says nothing here.
    pub fn or<'a>(&'a self, default: &'a Self) -> &'a Self {
        if self.is_absent() { default } else { self }
    }
}

// Fields share the schema of what they hold; whether they are required is said by `table!`.
impl<T: FromValue> JsonSchema for Field<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Field".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::schema(generator)
    }
}

/// A table that is being read.
pub struct Reader<'a, 'i> {
    path: &'a str,
    span: Span,
    table: &'a DeTable<'i>,
    /// Keys that are there in a misspelling.
    meant: Vec<String>,
}

impl<'a, 'i> Reader<'a, 'i> {
    /// Reports a value that is no table, and keys that are not among `keys`.
    pub fn open(
        path: &'a str,
        value: &'a Value<'i>,
        keys: &[&str],
        problems: &mut Collector,
    ) -> Option<Self> {
        let DeValue::Table(table) = value.get_ref() else {
            wrong_type(path, value, "a table", problems);
            return None;
        };
        let mut meant = Vec::new();
        for (key, value) in table {
            if keys.contains(&key.get_ref().as_ref()) {
                continue;
            }
            // It may be a misspelt `external_id`.
            if keys.contains(&"external_id") {
                problems.hide(&value.span());
            }
            let name = key.get_ref();
            let message = match path {
                "" => format!("unknown key `{name}`"),
                _ => format!("unknown key `{name}` in `{path}`"),
            };
            let found = problems.add(&key.span(), message);
            match closest(name, keys.iter().copied()) {
                Some(close) => {
                    meant.push(close.to_owned());
                    found.suggest(Some(close))
                }
                None => found.help(format!("the keys here are {}", alternatives(keys.iter().copied()))),
            };
        }
        Some(Self { path, span: value.span(), table, meant })
    }

    fn is_meant(&self, key: &str) -> bool {
        self.meant.iter().any(|meant| meant == key)
    }

    /// Reads one field.
    pub fn field<T: FromValue>(&self, key: &str, problems: &mut Collector) -> Field<T> {
        let Some(value) = self.table.get(key) else {
            return if self.is_meant(key) { Field::Bad } else { Field::Absent };
        };
        match T::read(&join(self.path, key), value, problems) {
            Some(read) => Field::Given(At { value: read, span: value.span() }),
            None => Field::Bad,
        }
    }

    /// Reports a field that is absent although `presence` says that it is required.
    pub fn demand(&self, key: &str, presence: &str, problems: &mut Collector) {
        if presence == "required" && !self.table.contains_key(key) && !self.is_meant(key) {
            let message = match self.path {
                "" => format!("`{key}` is missing"),
                path => format!("`{path}` lacks `{key}`"),
            };
            let found = problems.add(&self.span, message);
            if key == "version" {
                found.help("begin the file with `version = 1`");
            }
        }
    }
}

/// Declares a table of the file. Each field ends with `required` or with `default`, which means that it
/// may be left out.
macro_rules! table {
    ($(#[$meta:meta])* $name:ident {
        $($(#[$doc:meta])* $field:ident: $type:ty = $presence:ident,)+
    }) => {
        #[derive(Debug, Clone, Default, schemars::JsonSchema)]
        #[schemars(deny_unknown_fields)]
        $(#[$meta])*
        pub struct $name {
            $($(#[$doc])* #[schemars($presence)] pub $field: $crate::config::table::Field<$type>,)+
        }

        impl $crate::config::table::FromValue for $name {
            fn read(
                path: &str,
                value: &$crate::config::table::Value<'_>,
                problems: &mut $crate::config::problem::Collector,
            ) -> Option<Self> {
                const KEYS: &[&str] = &[$(stringify!($field)),+];
                let reader = $crate::config::table::Reader::open(path, value, KEYS, problems)?;
                $(reader.demand(stringify!($field), stringify!($presence), problems);)+
                Some(Self {
                    $($field: reader.field(stringify!($field), problems),)+
                })
            }

            fn schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                generator.subschema_for::<Self>()
            }
        }
    };
}
pub(crate) use table;

/// A dotted key, with quotes where TOML wants them.
pub fn join(path: &str, key: &str) -> String {
    let bare = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    let key = if bare { key.to_owned() } else { format!("\"{key}\"") };
    if path.is_empty() { key } else { format!("{path}.{key}") }
}

/// Reports a value of another type than the expected one.
pub fn wrong_type(path: &str, value: &Value<'_>, expected: &str, problems: &mut Collector) {
    let found = match value.get_ref() {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "an integer",
        DeValue::Float(_) => "a float",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "an array",
        DeValue::Table(_) => "a table",
    };
    let problem = problems.add(&value.span(), format!("`{path}` is {found}; expected {expected}"));
    match (value.get_ref(), expected) {
        (
            DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) | DeValue::Datetime(_),
            "a string",
        ) => {
            problem.help("put it in quotes");
        }
        (DeValue::String(text), "a boolean") if matches!(text.as_ref(), "true" | "false") => {
            problem.help(format!("write `{text}` without quotes"));
        }
        (DeValue::String(text), "an integer") if text.parse::<i64>().is_ok() => {
            problem.help(format!("write `{text}` without quotes"));
        }
        (DeValue::String(_), "an array") => {
            problem.help("put it in brackets: `[…]`");
        }
        _ => {}
    }
}
