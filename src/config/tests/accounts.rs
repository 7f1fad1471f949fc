//! Accounts and the ways to reach them.
//!
//! Expected is, for each problem, what the caret points at, the message, and the way out.

use super::{refuses, refuses_whole};

#[test]
fn ids_have_twelve_digits() {
    refuses(
        r#"[accounts.x]
id = "12345678901""#,
        &[r#""12345678901" | `accounts.x.id`: an account id has 12 digits"#],
    );
    refuses(
        r#"[accounts.x]
id = "1234-5678-9012""#,
        &[r#""1234-5678-9012" | `accounts.x.id`: an account id has 12 digits"#],
    );
    refuses(
        r#"[accounts.x]
id = "111111111111""#,
        &[
            r#""111111111111" | `accounts.prod` has this id too | let all buckets of an account name one entry"#,
        ],
    );
}

#[test]
fn a_wrong_id_does_not_make_its_buckets_wrong() {
    refuses_whole(
        r#"version = 1

[accounts.prod]
id = "11111111111"

[accounts.backup]
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
        &[r#""11111111111" | `accounts.prod.id`: an account id has 12 digits"#],
    );
    refuses_whole(
        r#"version = 1

[accounts.prod]
id = "11111111111"

[accounts.backup]
id = "222222222222"

[buckets.orders]
account = "prod"
region = "eu-west-1"
key = "alias/orders"

[buckets.copy]
account = "backup"
region = "us-east-1"
key = "arn:aws:kms:us-east-1:111111111111:alias/x"

[links.orders]
from = "orders"
to = "copy""#,
        &[r#""11111111111" | `accounts.prod.id`: an account id has 12 digits"#],
    );
    refuses_whole(
        r#"version = 1

[accounts.prod]
id = "11111111111"
assume_role = { role = "arn:aws:iam::333333333333:role/Admin" }

[accounts.backup]
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
to = "copy"
[keys."alias/orders"]
rotation = true"#,
        &[r#""11111111111" | `accounts.prod.id`: an account id has 12 digits"#],
    );
}

#[test]
fn an_account_is_reached_in_one_way() {
    refuses(
        r#"[accounts.x]
id = "333333333333"
profile = "p"
assume_role = { role = "arn:aws:iam::333333333333:role/Admin" }"#,
        &[
            r#"{ role = "arn:aws:iam::333333333333:role/Admin" } | account `x` has both `profile` and `assume_role` | if the profile's credentials assume the role, write `from_profile` in `assume_role`"#,
        ],
    );
    refuses(
        r#"[accounts.x]
id = "333333333333"
profile = """#,
        &[r#""" | `accounts.x.profile`: the name of a profile has 1 to 256 characters, this one has 0"#],
    );
    refuses(
        r#"[accounts.x]
id = "333333333333"
profile = "a]b""#,
        &[r#""a]b" | `accounts.x.profile`: the name of a profile holds no control characters and no `]`"#],
    );
    refuses(
        r#"[accounts.x]
id = "333333333333"
assume_role = { role = "arn:aws:iam::333333333333:role/Admin", from = "prod", from_profile = "p" }"#,
        &[r#""p" } | a role is assumed with `from` or with `from_profile`, not with both"#],
    );
    refuses(
        r#"[accounts.x]
id = "333333333333"
assume_role = { role = "arn:aws:iam::333333333333:role/Admin", from = "prd" }"#,
        &[r#""prd" } | there is no account `prd` in this map | did you mean `prod`?"#],
    );
    refuses(
        r#"[accounts.x]
id = "333333333333"
assume_role = { role = "arn:aws:iam::333333333333:role/Admin", from = "nobody" }"#,
        &[r#""nobody" } | there is no account `nobody` in this map | add `[accounts.nobody]`"#],
    );
    refuses(
        r#"[accounts.x]
id = "333333333333"
assume_role = { role = "arn:aws:iam::333333333333:role/Admin", external_id = "ab", external_id_env = "AB" }"#,
        &[r#""AB" } | there is one external id: `external_id` or `external_id_env`"#],
    );
}

#[test]
fn the_last_role_is_in_the_account() {
    refuses(
        r#"[accounts.x]
id = "333333333333"
assume_role = { role = "arn:aws:iam::444444444444:role/Admin" }"#,
        &[
            r#""arn:aws:iam::444444444444:role/Admin" } | this role is in account `444444444444`, the entry says `333333333333`"#,
        ],
    );
    refuses(
        r#"[accounts.x]
id = "333333333333"
assume_role = [{ role = "arn:aws:iam::333333333333:role/Admin" }, { role = "arn:aws:iam::444444444444:role/Admin" }]"#,
        &[
            r#""arn:aws:iam::444444444444:role/Admin" }] | this role is in account `444444444444`, the entry says `333333333333`"#,
        ],
    );
    refuses(
        r#"[accounts.x]
id = "333333333333"
assume_role = { role = "arn:aws:iam::333333333333:user/Admin" }"#,
        &[
            r#""arn:aws:iam::333333333333:user/Admin" } | `accounts.x.assume_role.role`: this ARN does not name a role (`…:role/Name`)"#,
        ],
    );
    refuses(
        r#"[accounts.x]
id = "333333333333"
assume_role = { role = "arn:aws:sts::333333333333:assumed-role/Admin/x" }"#,
        &[
            r#""arn:aws:sts::333333333333:assumed-role/Admin/x" } | `accounts.x.assume_role.role`: this is an ARN of sts; expected one like `arn:aws:iam::111111111111:role/Name`"#,
        ],
    );
    refuses(
        r#"[accounts.x]
id = "333333333333"
assume_role = { role = "Admin" }"#,
        &[
            r#""Admin" } | `accounts.x.assume_role.role`: an ARN of this kind looks like `arn:aws:iam::111111111111:role/Name`"#,
        ],
    );
}

#[test]
fn sessions_are_as_sts_takes_them() {
    refuses(
        r#"[accounts.x]
id = "333333333333"
assume_role = { role = "arn:aws:iam::333333333333:role/Admin", session_name = "a b" }"#,
        &[
            r#""a b" } | `accounts.x.assume_role.session_name`: a session name holds letters, digits and `_+=,.@-`"#,
        ],
    );
    refuses(
        r#"[accounts.x]
id = "333333333333"
assume_role = { role = "arn:aws:iam::333333333333:role/Admin", session_name = "a" }"#,
        &[
            r#""a" } | `accounts.x.assume_role.session_name`: a session name has 2 to 64 characters, this one has 1"#,
        ],
    );
    refuses(
        r#"[accounts.x]
id = "333333333333"
assume_role = { role = "arn:aws:iam::333333333333:role/Admin", duration = "14m" }"#,
        &[r#""14m" } | `accounts.x.assume_role.duration`: a session lasts from `15m` to `12h`"#],
    );
    refuses(
        r#"[accounts.x]
id = "333333333333"
assume_role = { role = "arn:aws:iam::333333333333:role/Admin", duration = "13h" }"#,
        &[r#""13h" } | `accounts.x.assume_role.duration`: a session lasts from `15m` to `12h`"#],
    );
    refuses(
        r#"[accounts.x]
id = "333333333333"
assume_role = { role = "arn:aws:iam::333333333333:role/Admin", duration = "1 fortnight" }"#,
        &[r#""1 fortnight" } | `accounts.x.assume_role.duration`: a session lasts from `15m` to `12h`"#],
    );
    refuses(
        r#"[accounts.x]
id = "333333333333"
assume_role = { role = "arn:aws:iam::333333333333:role/Admin", duration = 3600 }"#,
        &["3600 } | `accounts.x.assume_role.duration` is an integer; expected a string | put it in quotes"],
    );
    refuses(
        r#"[accounts.x]
id = "333333333333"
assume_role = { role = "arn:aws:iam::333333333333:role/Admin", source_identity = "aws:me" }"#,
        &[
            r#""aws:me" } | `accounts.x.assume_role.source_identity`: a source identity does not begin with `aws:`"#,
        ],
    );
    refuses(
        r#"[accounts.x]
id = "333333333333"
assume_role = { role = "arn:aws:iam::333333333333:role/Admin", source_identity = "a b" }"#,
        &[
            r#""a b" } | `accounts.x.assume_role.source_identity`: a source identity holds letters, digits and `_+=,.@-`"#,
        ],
    );
    refuses(
        r#"[accounts.x]
id = "333333333333"
assume_role = { role = "arn:aws:iam::333333333333:role/Admin", mfa_serial = "short" }"#,
        &[
            r#""short" } | `accounts.x.assume_role.mfa_serial`: the serial of an MFA device has 9 to 256 characters, this one has 5"#,
        ],
    );
    refuses(
        r#"[accounts.x]
id = "333333333333"
assume_role = { role = "arn:aws:iam::333333333333:role/Admin", mfa_serial = "arn:aws:iam::1:mfa/a b" }"#,
        &[
            r#""arn:aws:iam::1:mfa/a b" } | `accounts.x.assume_role.mfa_serial`: the serial of an MFA device holds letters, digits and `_+=/:,.@-`"#,
        ],
    );
    refuses(
        r#"[accounts.x]
id = "333333333333"
assume_role = { role = "arn:aws:iam::333333333333:role/Admin", external_id_env = "A-B" }"#,
        &[
            r#""A-B" } | `accounts.x.assume_role.external_id_env`: the name of a variable holds letters, digits and `_`"#,
        ],
    );
    refuses(
        r#"[accounts.x]
id = "333333333333"
assume_role = { role = "arn:aws:iam::333333333333:role/Admin", session_tags = { "aws:a" = "b", "c" = "d?" } }"#,
        &[
            r#""aws:a" = "b", "c" = "d?" } } | tags that begin with `aws:` are reserved by AWS"#,
            r#""d?" } } | the value of a tag holds letters, digits, blanks and `_.:/=+-@`, not `?`"#,
        ],
    );
    refuses(
        r#"[accounts.x]
id = "333333333333"
assume_role = { role = "arn:aws:iam::333333333333:role/Admin", session_tags = { Team = "a", team = "b" } }"#,
        &[r#"team = "b" } } | IAM takes the tag `team` for the same as `Team`"#],
    );
}
