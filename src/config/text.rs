//! Texts with a form of their own: what AWS would refuse is refused here, with its place.
//!
//! Each says its form once, as a check for the reader and as a pattern for editors. Whether a name
//! exists is not asked.

use std::time::Duration;

use schemars::{Schema, SchemaGenerator};
use serde_json::{Value as Json, json};

use super::problem::Collector;
use super::table::{FromValue, Value, wrong_type};
use crate::arn::{AccountId, Partition, Region, RoleArn};

/// A text with a form.
pub trait Text: Sized {
    /// Never quote it.
    const SECRET: bool = false;

    /// What editors may check: members of a JSON Schema of type string.
    fn pattern() -> Json;

    /// The text, or a lower-case fragment that says what is wrong with it.
    fn parse(text: &str) -> Result<Self, String>;
}

impl<T: Text> FromValue for T {
    fn read(path: &str, value: &Value<'_>, problems: &mut Collector) -> Option<Self> {
        if T::SECRET {
            problems.hide(&value.span());
        }
        let Some(text) = value.get_ref().as_str() else {
            wrong_type(path, value, "a string", problems);
            return None;
        };
        match T::parse(text) {
            Ok(read) => Some(read),
            Err(why) => {
                problems.add(&value.span(), format!("`{path}`: {why}"));
                None
            }
        }
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        let mut schema = Schema::default();
        schema.insert("type".to_owned(), json!("string"));
        if let Json::Object(members) = T::pattern() {
            members.into_iter().for_each(|(key, member)| {
                schema.insert(key, member);
            });
        }
        schema
    }
}

/// Declares a text: its wrapper (or, after `for`, a type of [`crate::arn`]), its pattern, its check.
macro_rules! text {
    ($(#[$doc:meta])* $name:ident($inner:ty), $pattern:tt, $check:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $name(pub $inner);
        text!(for $name, $pattern, |text: &str| $check(text).map(Self));
    };
    (for $name:ty, $pattern:tt, $parse:expr) => {
        impl Text for $name {
            fn pattern() -> Json {
                json!($pattern)
            }
            fn parse(text: &str) -> Result<Self, String> {
                $parse(text)
            }
        }
    };
}

text!(for String, {}, |text: &str| Ok(text.to_owned()));
text!(for AccountId, {"pattern": "^[0-9]{12}$"}, from_str);
text!(for RoleArn, {"pattern": "^arn:aws[a-z-]*:iam::[0-9]{12}:role/.+$"}, from_str);
text!(for Region, {"pattern": "^[a-z]+(-[a-z]+)+-[0-9]+$"}, region);

text!(
    /// What the Sids and rule ids of ours begin with. Letters and digits, because an IAM Sid holds nothing
    /// else.
    Marker(String), {"pattern": "^[A-Za-z][A-Za-z0-9]{2,19}$"},
    |text: &str| {
        let starts = text.starts_with(|c: char| c.is_ascii_alphabetic());
        held("a marker", text, 3..=20, |c| c.is_ascii_alphanumeric() && starts, "letters and digits, a letter first")
    }
);
text!(
    /// A profile of the AWS files.
    Profile(String), {"minLength": 1},
    |text: &str| held("the name of a profile", text, 1..=256, |c| !c.is_control() && c != ']', "no control characters and no `]`")
);
text!(
    /// The name of a session, in CloudTrail.
    SessionName(String), {"pattern": "^[A-Za-z0-9_+=,.@-]{2,64}$"},
    |text: &str| held("a session name", text, 2..=64, word, WORD)
);
text!(
    /// `sts:SourceIdentity`.
    SourceIdentity(String), {"pattern": "^[A-Za-z0-9_+=,.@-]{2,64}$"},
    |text: &str| match text.starts_with("aws:") {
        true => Err("a source identity does not begin with `aws:`".to_owned()),
        false => held("a source identity", text, 2..=64, word, WORD),
    }
);
text!(
    /// The serial number or the ARN of an MFA device.
    MfaSerial(String), {"pattern": "^[A-Za-z0-9_+=/:,.@-]{9,256}$"},
    |text: &str| held("the serial of an MFA device", text, 9..=256, |c| word(c) || "/:".contains(c), "letters, digits and `_+=/:,.@-`")
);
text!(
    /// How long a session lasts.
    Lifetime(Duration), {"examples": ["15m", "1h", "12h"]},
    lifetime
);
text!(
    /// The name of an environment variable.
    Variable(String), {"pattern": "^[A-Za-z_][A-Za-z0-9_]*$"},
    |text: &str| {
        let name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        match !text.starts_with(|c: char| c.is_ascii_digit()) && !text.is_empty() && text.chars().all(name) {
            true => Ok(text.to_owned()),
            // The value may be the external id itself: it is not repeated.
            false => Err("the name of a variable holds letters, digits and `_`".to_owned()),
        }
    }
);
text!(
    /// A role by its ARN, or roles by a glob over path and name.
    RolePattern(String), {"pattern": "^(/|arn:aws[a-z-]*:iam::[0-9]{12}:role/).+$"},
    |text: &str| {
        let held = held("a glob over roles", text, 2..=512, |c| word(c) || "/*?[]{}!".contains(c), "letters, digits, `_+=,.@-`, `/` and `*`");
        match text.starts_with('/') {
            true => held,
            false => text.parse::<RoleArn>().map(|_| text.to_owned()).map_err(|error| {
                format!("{error}; write the ARN of a role, or a glob over path and name that begins with `/`")
            }),
        }
    }
);
text!(
    /// The beginning of object keys.
    Prefix(String), {"maxLength": 1024},
    |text: &str| match text.len() {
        1025.. => Err(format!("an object key has at most 1024 bytes, this prefix has {}", text.len())),
        _ if text.contains(|c: char| c.is_control()) => Err("control characters cannot be sent to S3 in a prefix".to_owned()),
        _ => Ok(text.to_owned()),
    }
);
text!(
    /// The path of a role.
    RolePath(String), {"pattern": "^/([!-~]+/)?$"},
    |text: &str| match text {
        "/" => Ok(text.to_owned()),
        _ if !text.starts_with('/') || !text.ends_with('/') => Err("a path begins and ends with `/`".to_owned()),
        _ if text.starts_with("/aws-service-role/") => Err("`/aws-service-role/` is reserved by AWS".to_owned()),
        _ => held("a path", text, 1..=512, |c| c.is_ascii_graphic(), "printable ASCII characters without blanks"),
    }
);
text!(
    /// A principal of a key policy: an account, user, role or session, by its ARN.
    Principal(String), {"pattern": "^arn:aws[a-z-]*:(iam|sts)::[0-9]{12}:.+$"},
    principal
);

/// Shared by both parties of an assumed role; not a password, but treated as one.
#[derive(Clone)]
pub struct ExternalIdText(pub String);

impl Text for ExternalIdText {
    const SECRET: bool = true;

    fn pattern() -> Json {
        json!({"pattern": "^[A-Za-z0-9_+=,.@:/-]{2,1224}$"})
    }

    fn parse(text: &str) -> Result<Self, String> {
        let fits = |c: char| word(c) || "/:".contains(c);
        match (2..=1224).contains(&text.len()) && text.chars().all(fits) {
            true => Ok(Self(text.to_owned())),
            false => Err("an external id has 2 to 1224 letters, digits and `_+=,.@:/-`".to_owned()),
        }
    }
}

impl std::fmt::Debug for ExternalIdText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ExternalIdText(hidden)")
    }
}

const WORD: &str = "letters, digits and `_+=,.@-`";

fn word(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_+=,.@-".contains(c)
}

/// The text, if its length and its characters are right.
fn held(
    what: &str,
    text: &str,
    length: std::ops::RangeInclusive<usize>,
    fits: impl Fn(char) -> bool,
    holds: &str,
) -> Result<String, String> {
    let count = text.chars().count();
    if !length.contains(&count) {
        return Err(format!(
            "{what} has {} to {} characters, this one has {count}",
            length.start(),
            length.end()
        ));
    }
    match text.chars().all(fits) {
        true => Ok(text.to_owned()),
        false => Err(format!("{what} holds {holds}")),
    }
}

fn from_str<T: std::str::FromStr<Err: std::fmt::Display>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error: T::Err| error.to_string())
}

fn region(text: &str) -> Result<Region, String> {
    // AWS's isolated partitions; an ARN of theirs would come out wrong.
    if text.split('-').nth(1).is_some_and(|part| part.starts_with("iso")) {
        return Err(
            "the partitions are `aws`, `aws-us-gov` and `aws-cn`; this Region is in another".to_owned()
        );
    }
    from_str(text)
}

fn lifetime(text: &str) -> Result<Duration, String> {
    let range = Duration::from_secs(15 * 60)..=Duration::from_secs(12 * 60 * 60);
    text.parse::<jiff::SignedDuration>()
        .ok()
        .and_then(|signed| Duration::try_from(signed).ok())
        .filter(|duration| range.contains(duration) && duration.subsec_nanos() == 0)
        .ok_or_else(|| "a session lasts from `15m` to `12h`".to_owned())
}

fn principal(text: &str) -> Result<String, String> {
    const FORMS: &str = "name an account, user, role or session by its ARN, such as \
                         `arn:aws:iam::111111111111:role/Admin`";
    let fields: Vec<&str> = text.splitn(6, ':').collect();
    let ["arn", partition, service, "", account, resource] = fields[..] else {
        return Err(FORMS.to_owned());
    };
    from_str::<Partition>(partition)?;
    from_str::<AccountId>(account)?;
    if text.contains(|c: char| matches!(c, '*' | '?') || c.is_whitespace() || c.is_control()) {
        return Err("a principal is one ARN, without wildcards and blanks".to_owned());
    }
    let named = |kind: &str| resource.strip_prefix(kind).is_some_and(|name| !name.is_empty());
    let known = match service {
        "iam" => resource == "root" || named("user/") || named("role/"),
        "sts" => named("assumed-role/") || named("federated-user/"),
        _ => false,
    };
    if known { Ok(text.to_owned()) } else { Err(FORMS.to_owned()) }
}
