//! What is wrong with the file before any entry is understood.
//!
//! Expected is, for each problem, what the caret points at, the message, and the way out.

use super::{refuses, refuses_whole};

#[test]
fn a_file_of_another_kind_is_not_quoted_as_a_whole() {
    refuses_whole(
        r#"{
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
  "a": 1,
}"#,
        &[
            "{ | this is not TOML: invalid key-value pair, expected key",
            ": 1, | this is not TOML: key with no value, expected `=`",
            ": 1, | this is not TOML: key with no value, expected `=`",
            ": 1, | this is not TOML: key with no value, expected `=`",
            ": 1, | this is not TOML: key with no value, expected `=`",
            ": 1, | this is not TOML: key with no value, expected `=`",
            ": 1, | this is not TOML: key with no value, expected `=`",
            ": 1, | this is not TOML: key with no value, expected `=`",
            ": 1, | this is not TOML: key with no value, expected `=`",
            ": 1, | this is not TOML: key with no value, expected `=`",
            ": 1, | this is not TOML: key with no value, expected `=`",
            ": 1, | this is not TOML: key with no value, expected `=`",
            ": 1, | this is not TOML: key with no value, expected `=`",
            ": 1, | this is not TOML: key with no value, expected `=`",
            ": 1, | this is not TOML: key with no value, expected `=`",
            ": 1, | this is not TOML: key with no value, expected `=`",
            ": 1, | this is not TOML: key with no value, expected `=`",
            ": 1, | this is not TOML: key with no value, expected `=`",
            ": 1, | this is not TOML: key with no value, expected `=`",
            ": 1, | this is not TOML: key with no value, expected `=`",
            ": 1, | this is not TOML, and further lines are not either",
        ],
    );
}

#[test]
fn slips_of_syntax_come_all_at_once_and_alone() {
    refuses_whole(
        r#"version = 
[accounts.x
id = "1"
key = "open"#,
        &[" | this is not TOML: a value is missing", " | this is not TOML: unclosed table, expected `]`"],
    );
    refuses_whole(
        "version = 1
x = {a = 1 b = 2}
region = eu-west-1",
        &[
            "1 b = 2} | this is not TOML: string values must be quoted, expected literal string",
            "eu-west-1 | this is not TOML: string values must be quoted, expected literal string",
        ],
    );
}

#[test]
fn a_key_that_is_there_twice_hides_nothing_else() {
    refuses_whole(
        r#"version = 1
version = 1
marker = "x""#,
        &[
            "version = 1 | `version` is there twice",
            r#""x" | `marker`: a marker has 3 to 20 characters, this one has 1"#,
        ],
    );
    refuses(
        r#"[accounts.prod]
id = "333333333333""#,
        &["prod] | `prod` is there twice", r#"id = "333333333333" | `id` is there twice"#],
    );
    refuses(
        r#"[links.x]
from = "orders"
from = "copy"
to = "nowhere""#,
        &[
            r#"from = "copy" | `from` is there twice"#,
            r#""nowhere" | there is no bucket `nowhere` in this map | add `[buckets.nowhere]`"#,
        ],
    );
}

#[test]
fn the_marker_is_letters_and_digits() {
    refuses_whole(
        r#"version = 1
marker = "a-b""#,
        &[r#""a-b" | `marker`: a marker holds letters and digits, a letter first"#],
    );
    refuses_whole(
        r#"version = 1
marker = "1abc""#,
        &[r#""1abc" | `marker`: a marker holds letters and digits, a letter first"#],
    );
    refuses_whole(
        r#"version = 1
marker = "ab""#,
        &[r#""ab" | `marker`: a marker has 3 to 20 characters, this one has 2"#],
    );
    refuses_whole(
        r#"version = 1
marker = "abcdefghijklmnopqrstu""#,
        &[r#""abcdefghijklmnopqrstu" | `marker`: a marker has 3 to 20 characters, this one has 21"#],
    );
}

#[test]
fn names_of_entries_can_be_used_in_patterns() {
    refuses(
        r#"[accounts."a*"]
id = "333333333333""#,
        &[
            r#""a*"] | the name of the account `a*` holds one of `*?[]{}!\,`, a backtick or a control character"#,
        ],
    );
    refuses(
        r#"[accounts.""]
id = "333333333333""#,
        &[r#"""] | the name of the account `` is empty"#],
    );
    refuses(
        r#"[accounts." a"]
id = "333333333333""#,
        &[r#"" a"] | the name of the account ` a` begins or ends with a blank"#],
    );
    refuses(
        r#"[links."nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"]
from = "orders"
to = "copy"
prefix = "x""#,
        &[
            r#""nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"] | the name of the link `nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn` is longer than 128 characters"#,
        ],
    );
    refuses(
        r#"[links."a\u001bb"]
from = "orders"
to = "copy"
prefix = "x""#,
        &[
            r#""a\u001bb"] | the name of the link `a\u{1b}b` holds one of `*?[]{}!\,`, a backtick or a control character"#,
        ],
    );
}
