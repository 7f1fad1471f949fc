//! Roles assumed one after the other, and the partition that they are in.
//!
//! Expected is, for each problem, what the caret points at, the message, and the way out.

use super::refuses;

#[test]
fn only_the_first_role_of_a_list_has_an_origin() {
    refuses(
        r#"[accounts.x]
id = "333333333333"
assume_role = [{ role = "arn:aws:iam::444444444444:role/A", from = "prod" }, { role = "arn:aws:iam::333333333333:role/Admin", from = "prod" }]"#,
        &[
            r#""prod" }] | `from` belongs to the first role of a list | each later role is assumed by the one before it"#,
        ],
    );
    refuses(
        r#"[accounts.x]
id = "333333333333"
assume_role = [{ role = "arn:aws:iam::444444444444:role/A" }, { role = "arn:aws:iam::333333333333:role/Admin", from_profile = "p" }]"#,
        &[
            r#""p" }] | `from_profile` belongs to the first role of a list | each later role is assumed by the one before it"#,
        ],
    );
}

#[test]
fn a_chained_role_lasts_an_hour_at_most() {
    refuses(
        r#"[accounts.x]
id = "333333333333"
assume_role = [{ role = "arn:aws:iam::444444444444:role/A", duration = "12h" }, { role = "arn:aws:iam::333333333333:role/Admin", duration = "61m" }]"#,
        &[
            r#""61m" }] | a role that another role assumes lasts at most `1h` | leave `duration` out: sessions are renewed by themselves"#,
        ],
    );
    refuses(
        r#"[accounts.x]
id = "333333333333"
assume_role = { role = "arn:aws:iam::333333333333:role/Admin", duration = "2h", from = "y" }
[accounts.y]
id = "444444444444"
assume_role = { role = "arn:aws:iam::444444444444:role/A", duration = "2h", from_profile = "p" }"#,
        &[
            r#""2h", from = "y" } | a role that another role assumes lasts at most `1h` | leave `duration` out: sessions are renewed by themselves"#,
        ],
    );
}

#[test]
fn only_a_base_identity_has_an_mfa_device() {
    refuses(
        r#"[accounts.x]
id = "333333333333"
assume_role = [{ role = "arn:aws:iam::444444444444:role/A", mfa_serial = "arn:aws:iam::444444444444:mfa/me" }, { role = "arn:aws:iam::333333333333:role/Admin", mfa_serial = "arn:aws:iam::333333333333:mfa/me" }]"#,
        &[
            r#""arn:aws:iam::333333333333:mfa/me" }] | a code cannot be asked for a role that another role assumes | the session of a role has no MFA device: put `mfa_serial` at the first role of the chain"#,
        ],
    );
}

#[test]
fn nobody_gets_credentials_from_himself() {
    refuses(
        r#"[accounts.x]
id = "333333333333"
assume_role = { role = "arn:aws:iam::333333333333:role/Admin", from = "x" }"#,
        &[r#""x" } | account `x` takes its credentials from itself: `x` → `x`"#],
    );
    refuses(
        r#"[accounts.x]
id = "333333333333"
assume_role = { role = "arn:aws:iam::333333333333:role/Admin", from = "y" }
[accounts.y]
id = "444444444444"
assume_role = { role = "arn:aws:iam::444444444444:role/A", from = "x" }
[accounts.z]
id = "555555555555"
assume_role = { role = "arn:aws:iam::555555555555:role/A", from = "x" }"#,
        &[r#""y" } | account `x` takes its credentials from itself: `x` → `y` → `x`"#],
    );
}

#[test]
fn an_account_is_in_one_partition() {
    refuses(
        r#"[buckets.xxx]
account = "prod"
region = "cn-north-1"
key = "alias/x"
[buckets.yyy]
account = "prod"
region = "cn-north-1"
key = "alias/x""#,
        &[r#""cn-north-1" | account `prod` is in partition `aws-cn` by this"#],
    );
    refuses(
        r#"[accounts.x]
id = "333333333333"
assume_role = { role = "arn:aws-cn:iam::333333333333:role/A" }
[buckets.xxx]
account = "x"
region = "eu-west-1"
key = "alias/x""#,
        &[r#""eu-west-1" | account `x` is in partition `aws` by this"#],
    );
    refuses(
        r#"[accounts.x]
id = "333333333333"
assume_role = { role = "arn:aws-cn:iam::333333333333:role/A", from = "prod" }"#,
        &[r#""prod" } | a role of `aws-cn` cannot be assumed from `prod`, which is in `aws`"#],
    );
    refuses(
        r#"[accounts.x]
id = "333333333333"
assume_role = [{ role = "arn:aws-cn:iam::333333333333:role/A" }, { role = "arn:aws:iam::333333333333:role/Admin" }]"#,
        &[
            r#""arn:aws-cn:iam::333333333333:role/A" }, { role = "arn:aws:iam::333333333333:role/Admin" }] | a role of `aws` cannot be assumed by way of `aws-cn`"#,
        ],
    );
    refuses(
        r#"[accounts.x]
id = "333333333333"
assume_role = { role = "arn:aws-iso:iam::333333333333:role/A" }"#,
        &[
            r#""arn:aws-iso:iam::333333333333:role/A" } | `accounts.x.assume_role.role`: the partitions are `aws`, `aws-us-gov` and `aws-cn`, not `aws-iso`"#,
        ],
    );
}

#[test]
fn chains_end() {
    refuses(
        r#"[accounts.a10]
id = "333333333310"
assume_role = { role = "arn:aws:iam::333333333310:role/A", from = "prod" }
[accounts.a11]
id = "333333333311"
assume_role = { role = "arn:aws:iam::333333333311:role/A", from = "a10" }
[accounts.a12]
id = "333333333312"
assume_role = { role = "arn:aws:iam::333333333312:role/A", from = "a11" }
[accounts.a13]
id = "333333333313"
assume_role = { role = "arn:aws:iam::333333333313:role/A", from = "a12" }
[accounts.a14]
id = "333333333314"
assume_role = { role = "arn:aws:iam::333333333314:role/A", from = "a13" }
[accounts.a15]
id = "333333333315"
assume_role = { role = "arn:aws:iam::333333333315:role/A", from = "a14" }
[accounts.a16]
id = "333333333316"
assume_role = { role = "arn:aws:iam::333333333316:role/A", from = "a15" }
[accounts.a17]
id = "333333333317"
assume_role = { role = "arn:aws:iam::333333333317:role/A", from = "a16" }
[accounts.a18]
id = "333333333318"
assume_role = { role = "arn:aws:iam::333333333318:role/A", from = "a17" }
[accounts.a19]
id = "333333333319"
assume_role = { role = "arn:aws:iam::333333333319:role/A", from = "a18" }
[accounts.a20]
id = "333333333320"
assume_role = { role = "arn:aws:iam::333333333320:role/A", from = "a19" }
[accounts.a21]
id = "333333333321"
assume_role = { role = "arn:aws:iam::333333333321:role/A", from = "a20" }
[accounts.a22]
id = "333333333322"
assume_role = { role = "arn:aws:iam::333333333322:role/A", from = "a21" }
[accounts.a23]
id = "333333333323"
assume_role = { role = "arn:aws:iam::333333333323:role/A", from = "a22" }
[accounts.a24]
id = "333333333324"
assume_role = { role = "arn:aws:iam::333333333324:role/A", from = "a23" }
[accounts.a25]
id = "333333333325"
assume_role = { role = "arn:aws:iam::333333333325:role/A", from = "a24" }
[accounts.a26]
id = "333333333326"
assume_role = { role = "arn:aws:iam::333333333326:role/A", from = "a25" }
[accounts.a27]
id = "333333333327"
assume_role = { role = "arn:aws:iam::333333333327:role/A", from = "a26" }
[accounts.a28]
id = "333333333328"
assume_role = { role = "arn:aws:iam::333333333328:role/A", from = "a27" }
[accounts.a29]
id = "333333333329"
assume_role = { role = "arn:aws:iam::333333333329:role/A", from = "a28" }"#,
        &[
            r#"{ role = "arn:aws:iam::333333333326:role/A", from = "a25" } | 17 roles one after the other are too many: at most 16"#,
        ],
    );
}
