//! Values made of other values, and the plain ones: booleans, lists, entries by name, one or several.
//!
//! Texts with a form of their own (ids, names, ARNs) are in [`super::text`].

use schemars::{Schema, SchemaGenerator, json_schema};
use toml::de::DeValue;

use super::problem::Collector;
use super::source::Span;
use super::suggest::{alternatives, closest};
use super::table::{At, FromValue, Value, join, wrong_type};

impl FromValue for bool {
    fn read(path: &str, value: &Value<'_>, problems: &mut Collector) -> Option<Self> {
        let read = value.get_ref().as_bool();
        if read.is_none() {
            wrong_type(path, value, "a boolean", problems);
        }
        read
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "boolean"})
    }
}

/// Reads an integer of that range.
fn integer(
    path: &str,
    value: &Value<'_>,
    problems: &mut Collector,
    range: std::ops::RangeInclusive<i32>,
) -> Option<i32> {
    let Some(integer) = value.get_ref().as_integer() else {
        wrong_type(path, value, "an integer", problems);
        return None;
    };
    let read = i32::from_str_radix(integer.as_str(), integer.radix()).ok().filter(|n| range.contains(n));
    if read.is_none() {
        let (low, high) = range.into_inner();
        let message = match low == high {
            true => format!("`{path}` must be {low}"),
            false => format!("`{path}` must be from {low} to {high}"),
        };
        problems.add(&value.span(), message);
    }
    read
}

/// The version of the file's form.
#[derive(Debug, Clone, Copy)]
pub struct Version;

impl FromValue for Version {
    fn read(path: &str, value: &Value<'_>, problems: &mut Collector) -> Option<Self> {
        integer(path, value, problems, 1..=1).map(|_| Self)
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "integer", "const": 1})
    }
}

/// The priority of a rule: the higher number wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Priority(pub i32);

impl FromValue for Priority {
    fn read(path: &str, value: &Value<'_>, problems: &mut Collector) -> Option<Self> {
        integer(path, value, problems, 0..=i32::MAX).map(Self)
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "integer", "minimum": 0, "maximum": i32::MAX})
    }
}

/// A list.
#[derive(Debug, Clone)]
pub struct List<T> {
    /// What could be read of it.
    pub items: Vec<At<T>>,
    /// Whether that is all.
    pub complete: bool,
}

impl<T: FromValue> FromValue for List<T> {
    fn read(path: &str, value: &Value<'_>, problems: &mut Collector) -> Option<Self> {
        let DeValue::Array(array) = value.get_ref() else {
            wrong_type(path, value, "an array", problems);
            return None;
        };
        let read = |v: &Value<'_>| T::read(path, v, problems).map(|value| At { value, span: v.span() });
        let items: Vec<At<T>> = array.iter().filter_map(read).collect();
        Some(Self { complete: items.len() == array.len(), items })
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        let items = T::schema(generator);
        json_schema!({"type": "array", "items": items})
    }
}

/// One thing, or a list of them.
#[derive(Debug, Clone)]
pub struct OneOrMany<T>(pub Vec<At<T>>);

impl<T: FromValue> FromValue for OneOrMany<T> {
    fn read(path: &str, value: &Value<'_>, problems: &mut Collector) -> Option<Self> {
        match value.get_ref() {
            DeValue::Array(array) if array.is_empty() => {
                problems.add(&value.span(), format!("`{path}` is empty")).help("leave it out, or name one");
                None
            }
            DeValue::Array(_) => {
                let list = List::read(path, value, problems)?;
                list.complete.then_some(Self(list.items))
            }
            DeValue::Table(_) => {
                let one = T::read(path, value, problems)?;
                Some(Self(vec![At { value: one, span: value.span() }]))
            }
            _ => {
                wrong_type(path, value, "a table or an array of tables", problems);
                None
            }
        }
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        let one = T::schema(generator);
        json_schema!({"anyOf": [one, {"type": "array", "items": one, "minItems": 1}]})
    }
}

/// A table whose keys are names that the user chooses, in the order of the file.
#[derive(Debug, Clone)]
pub struct Entries<T>(pub Vec<Entry<T>>);

/// One of the [`Entries`].
#[derive(Debug, Clone)]
pub struct Entry<T> {
    /// The name that the user chose, and where it stands.
    pub name: At<String>,
    /// What it names; `None` if that was already reported as wrong.
    pub value: Option<T>,
    /// The place of the value.
    pub span: Span,
}

impl<T: FromValue> FromValue for Entries<T> {
    fn read(path: &str, value: &Value<'_>, problems: &mut Collector) -> Option<Self> {
        let DeValue::Table(table) = value.get_ref() else {
            wrong_type(path, value, "a table", problems);
            return None;
        };
        let mut entries = Vec::new();
        for (key, value) in table {
            let name = At { value: key.get_ref().to_string(), span: key.span() };
            let read = T::read(&join(path, &name.value), value, problems);
            entries.push(Entry { name, value: read, span: value.span() });
        }
        entries.sort_by_key(|entry| entry.name.span.start);
        Some(Self(entries))
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        let each = T::schema(generator);
        json_schema!({"type": "object", "additionalProperties": each})
    }
}

/// Declares a choice between words.
macro_rules! choice {
    ($(#[$doc:meta])* $name:ident { $($(#[$each:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name { $($(#[$each])* $variant,)+ }

        impl $name {
            /// As the file spells it.
            #[allow(dead_code, reason = "not every choice is handed on as text")]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }

        impl FromValue for $name {
            fn read(path: &str, value: &Value<'_>, problems: &mut Collector) -> Option<Self> {
                let text = value.get_ref().as_str();
                match text {
                    $(Some($word) => return Some(Self::$variant),)+
                    _ => {}
                }
                chosen_badly(path, value, &[$($word),+], problems);
                None
            }

            fn schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({"type": "string", "enum": [$($word),+]})
            }
        }
    };
}

fn chosen_badly(path: &str, value: &Value<'_>, words: &[&str], problems: &mut Collector) {
    let Some(text) = value.get_ref().as_str() else {
        return wrong_type(path, value, "a string", problems);
    };
    let message = format!("`{path}` must be {}", alternatives(words.iter().copied()));
    problems.add(&value.span(), message).suggest(closest(text, words.iter().copied()));
}

choice!(
    /// Whom the statements of a destination name.
    Grant {
        /// The role.
        Role = "role",
        /// The account of the source, with a condition on the role's ARN.
        AccountCondition = "account-condition",
    }
);

choice!(
    /// What happens to settings of a bucket that existed before.
    Settings {
        /// Differences are shown and left.
        Report = "report",
        /// Differences are corrected.
        Enforce = "enforce",
    }
);

choice!(
    /// The storage classes that S3 takes for replicas. OUTPOSTS, SNOW, EXPRESS_ONEZONE and
    /// FSX_OPENZFS are classes of other kinds of bucket.
    StorageClass {
        /// S3 Standard.
        Standard = "STANDARD",
        /// Infrequent access.
        StandardIa = "STANDARD_IA",
        /// Infrequent access in one zone.
        OnezoneIa = "ONEZONE_IA",
        /// Moves objects by how often they are read.
        IntelligentTiering = "INTELLIGENT_TIERING",
        /// Archive, read at once.
        GlacierIr = "GLACIER_IR",
        /// Archive, restored before it is read.
        Glacier = "GLACIER",
        /// The cheapest archive, restored in hours.
        DeepArchive = "DEEP_ARCHIVE",
        /// Not recommended by AWS any more, but taken.
        ReducedRedundancy = "REDUCED_REDUNDANCY",
    }
);
