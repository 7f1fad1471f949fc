//! Unknown keys, wrong types, and keys that are missing.
//!
//! Expected is, for each problem, what the caret points at, the message, and the way out.

use super::{refuses, refuses_whole};

#[test]
fn unknown_keys_are_named_everywhere() {
    refuses(
        r#"[acounts.x]
id = "333333333333""#,
        &["acounts.x] | unknown key `acounts` | did you mean `accounts`?"],
    );
    refuses(
        r#"[accounts.x]
id = "333333333333"
profil = "p""#,
        &[r#"profil = "p" | unknown key `profil` in `accounts.x` | did you mean `profile`?"#],
    );
    refuses(
        r#"[accounts.x]
id = "333333333333"
assume_role = { role = "arn:aws:iam::333333333333:role/Admin", session = "s" }"#,
        &[
            r#"session = "s" } | unknown key `session` in `accounts.x.assume_role` | the keys here are `role`, `from`, `from_profile`, `external_id`, `external_id_env`, `session_name`, `duration`, `source_identity`, `session_tags` or `mfa_serial`"#,
        ],
    );
    refuses(
        r#"[accounts.x]
id = "333333333333"
assume_role = [{ role = "arn:aws:iam::333333333333:role/Admin", roel = "s" }]"#,
        &[r#"roel = "s" }] | unknown key `roel` in `accounts.x.assume_role` | did you mean `role`?"#],
    );
    refuses(
        r#"[buckets.xxx]
account = "prod"
region = "eu-west-1"
key = "alias/x"
source_key = ["alias/y"]"#,
        &[
            r#"source_key = ["alias/y"] | unknown key `source_key` in `buckets.xxx` | did you mean `source_keys`?"#,
        ],
    );
    refuses(
        r#"[buckets.xxx]
account = "prod"
Region = "eu-west-1"
key = "alias/x""#,
        &[r#"Region = "eu-west-1" | unknown key `Region` in `buckets.xxx` | did you mean `region`?"#],
    );
    refuses(
        r#"[links.x]
from = "orders"
to = "copy"
prefix = "x"
rtc = true"#,
        &[
            "rtc = true | unknown key `rtc` in `links.x` | the keys here are `from`, `to`, `prefix`, `tags`, `priority`, `enabled`, `delete_markers`, `owner_override`, `storage_class`, `replication_time_control`, `metrics`, `replica_modifications`, `grant` or `check`",
        ],
    );
    refuses(
        r#"[roles]
boundary = "x""#,
        &[
            r#"boundary = "x" | unknown key `boundary` in `roles` | the keys here are `name`, `path`, `permissions_boundary` or `source_account_condition`"#,
        ],
    );
    refuses(
        r#"[keys."alias/copy"]
rotate = true"#,
        &[
            r#"rotate = true | unknown key `rotate` in `keys."alias/copy"` | the keys here are `account`, `region`, `create`, `manage`, `rotation`, `multi_region`, `replica_of`, `administrators`, `users` or `statements`"#,
        ],
    );
    refuses(
        r#"[defaults.buckets]
region = "eu-west-1""#,
        &["buckets] | unknown key `buckets` in `defaults` | did you mean `bucket`?"],
    );
    refuses(
        "[defaults.link]
enable = true",
        &["enable = true | unknown key `enable` in `defaults.link` | did you mean `enabled`?"],
    );
}

#[test]
fn wrong_types_say_what_is_expected() {
    refuses_whole(
        r#"version = "1""#,
        &[r#""1" | `version` is a string; expected an integer | write `1` without quotes"#],
    );
    refuses_whole("version = 2", &["2 | `version` must be 1"]);
    refuses_whole(
        "version = 1
marker = 7",
        &["7 | `marker` is an integer; expected a string | put it in quotes"],
    );
    refuses_whole(
        "version = 1
accounts = []",
        &["[] | `accounts` is an array; expected a table"],
    );
    refuses_whole(
        r#"version = 1
accounts.x = "1""#,
        &[r#""1" | `accounts.x` is a string; expected a table"#],
    );
    refuses(
        "[accounts.x]
id = 333333333333",
        &["333333333333 | `accounts.x.id` is an integer; expected a string | put it in quotes"],
    );
    refuses(
        r#"[accounts.x]
id = "333333333333"
assume_role = "arn:aws:iam::333333333333:role/Admin""#,
        &[
            r#""arn:aws:iam::333333333333:role/Admin" | `accounts.x.assume_role` is a string; expected a table or an array of tables"#,
        ],
    );
    refuses(
        r#"[accounts.x]
id = "333333333333"
assume_role = []"#,
        &["[] | `accounts.x.assume_role` is empty | leave it out, or name one"],
    );
    refuses(
        r#"[accounts.x]
id = "333333333333"
assume_role = ["arn:aws:iam::333333333333:role/Admin"]"#,
        &[
            r#""arn:aws:iam::333333333333:role/Admin"] | `accounts.x.assume_role` is a string; expected a table"#,
        ],
    );
    refuses(
        r#"[accounts.x]
id = "333333333333"
assume_role = { role = "arn:aws:iam::333333333333:role/Admin", session_tags = ["a"] }"#,
        &[r#"["a"] } | `accounts.x.assume_role.session_tags` is an array; expected a table"#],
    );
    refuses(
        r#"[buckets.xxx]
account = "prod"
region = "eu-west-1"
key = "alias/x"
source_keys = "alias/y"
bucket_key = "true"
create = 1
settings = "enforced"
tags = { a = 1 }"#,
        &[
            r#""alias/y" | `buckets.xxx.source_keys` is a string; expected an array | put it in brackets: `[…]`"#,
            r#""true" | `buckets.xxx.bucket_key` is a string; expected a boolean | write `true` without quotes"#,
            "1 | `buckets.xxx.create` is an integer; expected a boolean",
            r#""enforced" | `buckets.xxx.settings` must be `report` or `enforce` | did you mean `enforce`?"#,
            "1 } | `buckets.xxx.tags.a` is an integer; expected a string | put it in quotes",
        ],
    );
    refuses(
        r#"[links.x]
from = "orders"
to = "copy"
prefix = 1.5
priority = "3"
enabled = 1979-05-27"#,
        &[
            "1.5 | `links.x.prefix` is a float; expected a string | put it in quotes",
            r#""3" | `links.x.priority` is a string; expected an integer | write `3` without quotes"#,
            "1979-05-27 | `links.x.enabled` is a date; expected a boolean",
        ],
    );
    refuses(
        r#"[links.x]
from = "orders"
to = "copy"
prefix = "x"
priority = -1"#,
        &["-1 | `links.x.priority` must be from 0 to 2147483647"],
    );
    refuses(
        r#"[links.x]
from = "orders"
to = "copy"
prefix = "x"
priority = 2147483648"#,
        &["2147483648 | `links.x.priority` must be from 0 to 2147483647"],
    );
    refuses(
        r#"[links.x]
from = "orders"
to = "copy"
prefix = "x"
storage_class = "GLACIER-IR""#,
        &[
            r#""GLACIER-IR" | `links.x.storage_class` must be `STANDARD`, `STANDARD_IA`, `ONEZONE_IA`, `INTELLIGENT_TIERING`, `GLACIER_IR`, `GLACIER`, `DEEP_ARCHIVE` or `REDUCED_REDUNDANCY` | did you mean `GLACIER_IR`?"#,
        ],
    );
    refuses(
        r#"[links.x]
from = "orders"
to = "copy"
prefix = "x"
storage_class = "OUTPOSTS""#,
        &[
            r#""OUTPOSTS" | `links.x.storage_class` must be `STANDARD`, `STANDARD_IA`, `ONEZONE_IA`, `INTELLIGENT_TIERING`, `GLACIER_IR`, `GLACIER`, `DEEP_ARCHIVE` or `REDUCED_REDUNDANCY`"#,
        ],
    );
}

#[test]
fn required_keys_are_missed_where_they_belong() {
    refuses_whole("", &[" | `version` is missing | begin the file with `version = 1`"]);
    refuses_whole(
        "[accounts.x]",
        &[
            "[accounts.x] | `version` is missing | begin the file with `version = 1`",
            "[accounts.x] | `accounts.x` lacks `id`",
        ],
    );
    refuses(
        r#"[accounts.x]
id = "333333333333"
assume_role = { from = "prod" }"#,
        &[r#"{ from = "prod" } | `accounts.x.assume_role` lacks `role`"#],
    );
    refuses(
        "[buckets.xxx]",
        &[
            "[buckets.xxx] | `buckets.xxx` lacks `account` | write it there, or in `[defaults.bucket]` for all",
            "[buckets.xxx] | `buckets.xxx` lacks `region` | write it there, or in `[defaults.bucket]` for all",
            "[buckets.xxx] | `buckets.xxx` lacks `key` | write it there, or in `[defaults.bucket]` for all",
        ],
    );
    refuses("[links.x]", &["[links.x] | `links.x` lacks `from`", "[links.x] | `links.x` lacks `to`"]);
    refuses(
        r#"[links]
x = { to = "copy" }"#,
        &[r#"{ to = "copy" } | `links.x` lacks `from`"#],
    );
}

#[test]
fn a_misspelt_key_is_not_missed_as_well() {
    refuses_whole(
        r#"version = 1

[acounts.prod]
id = "111111111111"

[acounts.backup]
id = "222222222222"

[buckets.orders]
account = "prod"
region = "eu-west-1"
key = "alias/orders"

[buckets.copy]
account = "backup"
region = "us-east-1"
key = "alias/copy"

[links.orders]
from = "orders"
to = "copy""#,
        &["acounts.prod] | unknown key `acounts` | did you mean `accounts`?"],
    );
    refuses_whole(
        r#"version = 1

[accounts.prod]
id = "111111111111"

[accounts.backup]
id = "222222222222"

[bucket.orders]
account = "prod"
region = "eu-west-1"
key = "alias/orders"

[bucket.copy]
account = "backup"
region = "us-east-1"
key = "alias/copy"

[links.orders]
from = "orders"
to = "copy"
[keys."alias/orders"]
rotation = true"#,
        &["bucket.orders] | unknown key `bucket` | did you mean `buckets`?"],
    );
    refuses_whole(
        r#"verison = 1

[accounts.prod]
ID = "111111111111"

[accounts.backup]
id = "222222222222"

[buckets.orders]
acount = "prod"
region = "eu-west-1"
key = "alias/orders"

[buckets.copy]
acount = "backup"
region = "us-east-1"
key = "alias/copy"

[links.orders]
from = "orders"
ot = "copy""#,
        &[
            "verison = 1 | unknown key `verison` | did you mean `version`?",
            r#"ID = "111111111111" | unknown key `ID` in `accounts.prod` | did you mean `id`?"#,
            r#"acount = "prod" | unknown key `acount` in `buckets.orders` | did you mean `account`?"#,
            r#"acount = "backup" | unknown key `acount` in `buckets.copy` | did you mean `account`?"#,
            r#"ot = "copy" | unknown key `ot` in `links.orders` | did you mean `to`?"#,
        ],
    );
    refuses_whole(
        r#"version = 1

accounts = []
[buckets.orders]
account = "prod"
region = "eu-west-1"
key = "alias/orders"

[buckets.copy]
account = "backup"
region = "us-east-1"
key = "alias/copy"

[links.orders]
from = "orders"
to = "copy""#,
        &["[] | `accounts` is an array; expected a table"],
    );
}
