//! Buckets, their names and the keys they name.
//!
//! Expected is, for each problem, what the caret points at, the message, and the way out.

use super::refuses;

#[test]
fn names_are_as_s3_takes_them() {
    refuses(
        r#"[buckets."Orders"]
account = "prod"
region = "eu-west-1"
key = "alias/x""#,
        &[
            r#""Orders"] | bucket `Orders`: a bucket name holds lower-case letters, digits, `-` and `.`, not `O`"#,
        ],
    );
    refuses(
        r#"[buckets.ab]
account = "prod"
region = "eu-west-1"
key = "alias/x""#,
        &["ab] | bucket `ab`: a bucket name has 3 to 63 characters, this one has 2"],
    );
    refuses(
        r#"[buckets."a_b"]
account = "prod"
region = "eu-west-1"
key = "alias/x""#,
        &[r#""a_b"] | bucket `a_b`: a bucket name holds lower-case letters, digits, `-` and `.`, not `_`"#],
    );
    refuses(
        r#"[buckets."10.0.0.1"]
account = "prod"
region = "eu-west-1"
key = "alias/x""#,
        &[r#""10.0.0.1"] | bucket `10.0.0.1`: a bucket name is not an IP address"#],
    );
    refuses(
        r#"[buckets.xn--a]
account = "prod"
region = "eu-west-1"
key = "alias/x""#,
        &["xn--a] | bucket `xn--a`: bucket names that begin with `xn--` are reserved"],
    );
    refuses(
        r#"[buckets."x-{account}"]
account = "prod"
region = "eu-west-1"
key = "alias/x""#,
        &[
            r#""x-{account}"] | bucket `x-{account}`: only `{account_id}` or `{region}` can be filled in here"#,
        ],
    );
    refuses(
        r#"[buckets."{bucket}"]
account = "prod"
region = "eu-west-1"
key = "alias/x""#,
        &[r#""{bucket}"] | bucket `{bucket}`: only `{account_id}` or `{region}` can be filled in here"#],
    );
    refuses(
        r#"[buckets."xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx-{account_id}"]
account = "prod"
region = "eu-west-1"
key = "alias/x""#,
        &[
            r#""xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx-{account_id}"] | bucket `xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx-{account_id}`: a bucket name has 3 to 63 characters, this one has 64 (filled in: `xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx-111111111111`)"#,
        ],
    );
}

#[test]
fn two_entries_are_two_buckets() {
    refuses(
        r#"[buckets."x-{account_id}"]
account = "prod"
region = "eu-west-1"
key = "alias/x"

[buckets."x-111111111111"]
account = "prod"
region = "eu-west-1"
key = "alias/x""#,
        &[r#""x-111111111111"] | two entries are of the bucket `x-111111111111`"#],
    );
}

#[test]
fn regions_look_like_regions() {
    refuses(
        r#"[buckets.xxx]
account = "prod"
region = "eu-west"
key = "alias/x""#,
        &[r#""eu-west" | `buckets.xxx.region`: a Region looks like `eu-west-1`"#],
    );
    refuses(
        r#"[buckets.xxx]
account = "prod"
region = "eu-west-1a"
key = "alias/x""#,
        &[r#""eu-west-1a" | `buckets.xxx.region`: a Region looks like `eu-west-1`"#],
    );
    refuses(
        r#"[buckets.xxx]
account = "prod"
region = "us-iso-east-1"
key = "alias/x""#,
        &[
            r#""us-iso-east-1" | `buckets.xxx.region`: the partitions are `aws`, `aws-us-gov` and `aws-cn`; this Region is in another"#,
        ],
    );
}

#[test]
fn accounts_exist() {
    refuses(
        r#"[buckets.xxx]
account = "prd"
region = "eu-west-1"
key = "alias/x""#,
        &[r#""prd" | there is no account `prd` in this map | did you mean `prod`?"#],
    );
    refuses(
        r#"[buckets.xxx]
account = "nobody"
region = "eu-west-1"
key = "alias/x""#,
        &[r#""nobody" | there is no account `nobody` in this map | add `[accounts.nobody]`"#],
    );
}

#[test]
fn keys_are_named_as_kms_names_them() {
    refuses(
        r#"[buckets.xxx]
account = "prod"
region = "eu-west-1"
key = "orders""#,
        &[
            r#""orders" | `buckets.xxx.key`: a key is named by its alias, its id or its ARN; write `alias/orders` for an alias"#,
        ],
    );
    refuses(
        r#"[buckets.xxx]
account = "prod"
region = "eu-west-1"
key = "a b""#,
        &[r#""a b" | `buckets.xxx.key`: a key is named by its alias (`alias/…`), its id or its ARN"#],
    );
    refuses(
        r#"[buckets.xxx]
account = "prod"
region = "eu-west-1"
key = "alias/aws/s3""#,
        &[
            r#""alias/aws/s3" | `buckets.xxx.key`: `alias/aws/…` names a key that AWS manages; it cannot serve other accounts"#,
        ],
    );
    refuses(
        r#"[buckets.xxx]
account = "prod"
region = "eu-west-1"
key = "alias/""#,
        &[r#""alias/" | `buckets.xxx.key`: an alias has 1 to 250 characters after `alias/`"#],
    );
    refuses(
        r#"[buckets.xxx]
account = "prod"
region = "eu-west-1"
key = "alias/a b""#,
        &[r#""alias/a b" | `buckets.xxx.key`: an alias holds letters, digits, `/`, `_` and `-`, not ` `"#],
    );
    refuses(
        r#"[buckets.xxx]
account = "prod"
region = "eu-west-1"
key = "arn:aws:kms:eu-west-1:111111111111:key/x""#,
        &[
            r#""arn:aws:kms:eu-west-1:111111111111:key/x" | `buckets.xxx.key`: a key id is a UUID or `mrk-` and 32 hexadecimal digits"#,
        ],
    );
    refuses(
        r#"[buckets.xxx]
account = "prod"
region = "eu-west-1"
key = "arn:aws:kms:eu-west-1:1111:key/1234abcd-12ab-34cd-56ef-1234567890ab""#,
        &[
            r#""arn:aws:kms:eu-west-1:1111:key/1234abcd-12ab-34cd-56ef-1234567890ab" | `buckets.xxx.key`: an account id has 12 digits"#,
        ],
    );
    refuses(
        r#"[buckets.xxx]
account = "prod"
region = "eu-west-1"
key = "arn:aws:s3:::x""#,
        &[
            r#""arn:aws:s3:::x" | `buckets.xxx.key`: this is an ARN of s3; expected one like `arn:aws:kms:eu-west-1:111111111111:key/…`"#,
        ],
    );
    refuses(
        r#"[buckets.xxx]
account = "prod"
region = "eu-west-1"
key = "arn:aws:kms:cn-north-1:111111111111:alias/x""#,
        &[
            r#""arn:aws:kms:cn-north-1:111111111111:alias/x" | `buckets.xxx.key`: this ARN says `aws`, but `cn-north-1` is in `aws-cn`"#,
        ],
    );
    refuses(
        r#"[buckets.xxx]
account = "prod"
region = "eu-west-1"
key = "alias/x"
source_keys = ["alias/y", "oops", "alias/aws/s3"]"#,
        &[
            r#""oops", "alias/aws/s3"] | `buckets.xxx.source_keys`: a key is named by its alias, its id or its ARN; write `alias/oops` for an alias"#,
            r#""alias/aws/s3"] | `buckets.xxx.source_keys`: `alias/aws/…` names a key that AWS manages; it cannot serve other accounts"#,
        ],
    );
}

#[test]
fn a_key_is_in_the_region_of_its_bucket() {
    refuses(
        r#"[buckets.xxx]
account = "prod"
region = "eu-west-1"
key = "arn:aws:kms:eu-west-2:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab""#,
        &[
            r#""arn:aws:kms:eu-west-2:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab" | this key is in `eu-west-2`, the bucket in `eu-west-1` | a bucket is under a key of its own Region"#,
        ],
    );
    refuses(
        r#"[buckets.xxx]
account = "prod"
region = "eu-west-1"
key = "alias/x"
source_keys = ["arn:aws:kms:us-east-1:111111111111:alias/y"]"#,
        &[
            r#""arn:aws:kms:us-east-1:111111111111:alias/y"] | this key is in `us-east-1`, the bucket in `eu-west-1` | a bucket is under a key of its own Region"#,
        ],
    );
}

#[test]
fn a_key_of_a_third_account_needs_its_entry() {
    refuses(
        r#"[buckets.xxx]
account = "prod"
region = "eu-west-1"
key = "arn:aws:kms:eu-west-1:333333333333:alias/x""#,
        &[
            r#""arn:aws:kms:eu-west-1:333333333333:alias/x" | no account of this map has the id `333333333333` | the key's policy is changed there: add an account entry with `id = "333333333333"`"#,
        ],
    );
}

#[test]
fn tags_are_as_aws_takes_them() {
    refuses(
        r#"[buckets.xxx]
account = "prod"
region = "eu-west-1"
key = "alias/x"
tags = { "aws:x" = "y", "" = "z", a = "b|c" }"#,
        &[
            r#""aws:x" = "y", "" = "z", a = "b|c" } | tags that begin with `aws:` are reserved by AWS"#,
            r#""" = "z", a = "b|c" } | the key of a tag has 1 to 128 characters, this one has 0"#,
            r#""b|c" } | the value of a tag holds letters, digits, blanks and `_.:/=+-@`, not `|`"#,
        ],
    );
    refuses(
        r#"[buckets.xxx]
account = "prod"
region = "eu-west-1"
key = "alias/x"
tags = { "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk" = "vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv" }"#,
        &[
            r#""kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk" = "vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv" } | the key of a tag has 1 to 128 characters, this one has 129"#,
            r#""vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv" } | the value of a tag has 0 to 256 characters, this one has 257"#,
        ],
    );
    refuses(
        r#"[buckets.xxx]
account = "prod"
region = "eu-west-1"
key = "alias/x"
tags = { t0 = "", t1 = "", t2 = "", t3 = "", t4 = "", t5 = "", t6 = "", t7 = "", t8 = "", t9 = "", t10 = "", t11 = "", t12 = "", t13 = "", t14 = "", t15 = "", t16 = "", t17 = "", t18 = "", t19 = "", t20 = "", t21 = "", t22 = "", t23 = "", t24 = "", t25 = "", t26 = "", t27 = "", t28 = "", t29 = "", t30 = "", t31 = "", t32 = "", t33 = "", t34 = "", t35 = "", t36 = "", t37 = "", t38 = "", t39 = "", t40 = "", t41 = "", t42 = "", t43 = "", t44 = "", t45 = "", t46 = "", t47 = "", t48 = "", t49 = "" }"#,
        &[
            r#"{ t0 = "", t1 = "", t2 = "", t3 = "", t4 = "", t5 = "", t6 = "", t7 = "", t8 = "", t9 = "", t10 = "", t11 = "", t12 = "", t13 = "", t14 = "", t15 = "", t16 = "", t17 = "", t18 = "", t19 = "", t20 = "", t21 = "", t22 = "", t23 = "", t24 = "", t25 = "", t26 = "", t27 = "", t28 = "", t29 = "", t30 = "", t31 = "", t32 = "", t33 = "", t34 = "", t35 = "", t36 = "", t37 = "", t38 = "", t39 = "", t40 = "", t41 = "", t42 = "", t43 = "", t44 = "", t45 = "", t46 = "", t47 = "", t48 = "", t49 = "" } | 50 tags are too many, at most 49 fit | AWS takes 50 on one resource, and one is `bucketbridge`"#,
        ],
    );
    refuses(
        r#"[buckets.xxx]
account = "prod"
region = "eu-west-1"
key = "alias/x"
tags = { t0 = "", t1 = "", t2 = "", t3 = "", t4 = "", t5 = "", t6 = "", t7 = "", t8 = "", t9 = "", t10 = "", t11 = "", t12 = "", t13 = "", t14 = "", t15 = "", t16 = "", t17 = "", t18 = "", t19 = "", t20 = "", t21 = "", t22 = "", t23 = "", t24 = "", t25 = "", t26 = "", t27 = "", t28 = "", t29 = "" }
[tags]
u0 = ""
u1 = ""
u2 = ""
u3 = ""
u4 = ""
u5 = ""
u6 = ""
u7 = ""
u8 = ""
u9 = ""
u10 = ""
u11 = ""
u12 = ""
u13 = ""
u14 = ""
u15 = ""
u16 = ""
u17 = ""
u18 = ""
u19 = """#,
        &[
            r#"{ t0 = "", t1 = "", t2 = "", t3 = "", t4 = "", t5 = "", t6 = "", t7 = "", t8 = "", t9 = "", t10 = "", t11 = "", t12 = "", t13 = "", t14 = "", t15 = "", t16 = "", t17 = "", t18 = "", t19 = "", t20 = "", t21 = "", t22 = "", t23 = "", t24 = "", t25 = "", t26 = "", t27 = "", t28 = "", t29 = "" } | 50 tags are too many, at most 49 fit | AWS takes 50 on one resource, and one is `bucketbridge`"#,
        ],
    );
    refuses(
        r#"[tags]
BucketBridge = "a"
[defaults.bucket]
tags = { bucketbridge = "b" }"#,
        &[
            r#"BucketBridge = "a" | the tag `BucketBridge` marks what `bucketbridge` made | give it another name"#,
            r#"bucketbridge = "b" } | the tag `bucketbridge` marks what `bucketbridge` made | give it another name"#,
        ],
    );
    refuses(
        r#"[tags]
Team = "a"
team = "b"
"x*" = """#,
        &[
            r#"team = "b" | IAM takes the tag `team` for the same as `Team`"#,
            r#""x*" = "" | the key of a tag holds letters, digits, blanks and `_.:/=+-@`, not `*`"#,
        ],
    );
}

#[test]
fn a_default_is_blamed_once_and_in_its_place() {
    refuses(
        r#"[defaults.bucket]
account = "prd"
region = "eu-west"
tags = { "a*" = "" }
[buckets.xxx]
key = "alias/x"
[buckets.yyy]
key = "alias/y""#,
        &[
            r#""prd" | there is no account `prd` in this map | did you mean `prod`?"#,
            r#""eu-west" | `defaults.bucket.region`: a Region looks like `eu-west-1`"#,
            r#""a*" = "" } | the key of a tag holds letters, digits, blanks and `_.:/=+-@`, not `*`"#,
        ],
    );
    refuses(
        r#"[defaults.bucket]
account = "nobody"
region = "eu-west-1"
key = "alias/x"
[buckets.xxx]
[buckets.yyy]"#,
        &[r#""nobody" | there is no account `nobody` in this map | add `[accounts.nobody]`"#],
    );
}
