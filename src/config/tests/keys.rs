//! Key entries, and which key is a replica of which.
//!
//! Expected is, for each problem, what the caret points at, the message, and the way out.

use super::refuses;

#[test]
fn an_entry_speaks_of_a_key_in_use() {
    refuses(
        r#"[keys."alias/order"]
rotation = true"#,
        &[r#""alias/order"] | no bucket is under the key `alias/order` | did you mean `alias/orders`?"#],
    );
    refuses(
        r#"[keys."alias/nothing"]"#,
        &[
            r#""alias/nothing"] | no bucket is under the key `alias/nothing` | name it in `key` or `source_keys` of a bucket, or remove the entry"#,
        ],
    );
    refuses(
        r#"[keys."orders"]"#,
        &[
            r#""orders"] | key `orders`: a key is named by its alias, its id or its ARN; write `alias/orders` for an alias"#,
        ],
    );
    refuses(
        r#"[keys."alias/orders"]
account = "backup""#,
        &[
            r#""alias/orders"] | no bucket is under the key `alias/orders` of this account and Region | name it in `key` or `source_keys` of a bucket, or remove the entry"#,
        ],
    );
    refuses(
        r#"[keys."alias/orders"]
region = "us-east-1""#,
        &[
            r#""alias/orders"] | no bucket is under the key `alias/orders` of this account and Region | name it in `key` or `source_keys` of a bucket, or remove the entry"#,
        ],
    );
    refuses(
        r#"[keys."alias/orders"]
account = "prd""#,
        &[r#""prd" | there is no account `prd` in this map | did you mean `prod`?"#],
    );
    refuses(
        r#"[keys."arn:aws:kms:eu-west-1:111111111111:alias/orders"]
region = "eu-west-1""#,
        &[r#""eu-west-1" | the ARN says whose the key is and where | leave `account` and `region` out"#],
    );
    refuses(
        r#"[keys."arn:aws:kms:eu-west-1:333333333333:alias/orders"]"#,
        &[
            r#""arn:aws:kms:eu-west-1:333333333333:alias/orders"] | no account of this map has the id `333333333333` | the key's policy is changed there: add an account entry with `id = "333333333333"`"#,
        ],
    );
}

#[test]
fn a_key_has_one_entry() {
    refuses(
        r#"[keys."alias/orders"]

[keys."arn:aws:kms:eu-west-1:111111111111:alias/orders"]"#,
        &[
            r#""arn:aws:kms:eu-west-1:111111111111:alias/orders"] | two entries speak of the key `alias/orders` of account `prod` in `eu-west-1` | narrow them with `account` and `region`, or make them one"#,
        ],
    );
}

#[test]
fn principals_are_arns_of_the_partition() {
    refuses(
        r#"[keys."alias/orders"]
administrators = ["*", "arn:aws:iam::111111111111:role/*", "111111111111", "arn:aws:iam::111111111111:group/x", "arn:aws-cn:iam::111111111111:root"]"#,
        &[
            r#""*", "arn:aws:iam::111111111111:role/*", "111111111111", "arn:aws:iam::111111111111:group/x", "arn:aws-cn:iam::111111111111:root"] | `keys."alias/orders".administrators`: name an account, user, role or session by its ARN, such as `arn:aws:iam::111111111111:role/Admin`"#,
            r#""arn:aws:iam::111111111111:role/*", "111111111111", "arn:aws:iam::111111111111:group/x", "arn:aws-cn:iam::111111111111:root"] | `keys."alias/orders".administrators`: a principal is one ARN, without wildcards and blanks"#,
            r#""111111111111", "arn:aws:iam::111111111111:group/x", "arn:aws-cn:iam::111111111111:root"] | `keys."alias/orders".administrators`: name an account, user, role or session by its ARN, such as `arn:aws:iam::111111111111:role/Admin`"#,
            r#""arn:aws:iam::111111111111:group/x", "arn:aws-cn:iam::111111111111:root"] | `keys."alias/orders".administrators`: name an account, user, role or session by its ARN, such as `arn:aws:iam::111111111111:role/Admin`"#,
            r#""arn:aws-cn:iam::111111111111:root"] | this principal is of `aws-cn`, the key of `aws`"#,
        ],
    );
    refuses(
        r#"[keys."alias/orders"]
users = ["arn:aws:iam::1111:root", "arn:aws:sts::111111111111:session/x", "s3.amazonaws.com", "arn:aws:iam::111111111111:role/"]"#,
        &[
            r#""arn:aws:iam::1111:root", "arn:aws:sts::111111111111:session/x", "s3.amazonaws.com", "arn:aws:iam::111111111111:role/"] | `keys."alias/orders".users`: an account id has 12 digits"#,
            r#""arn:aws:sts::111111111111:session/x", "s3.amazonaws.com", "arn:aws:iam::111111111111:role/"] | `keys."alias/orders".users`: name an account, user, role or session by its ARN, such as `arn:aws:iam::111111111111:role/Admin`"#,
            r#""s3.amazonaws.com", "arn:aws:iam::111111111111:role/"] | `keys."alias/orders".users`: name an account, user, role or session by its ARN, such as `arn:aws:iam::111111111111:role/Admin`"#,
            r#""arn:aws:iam::111111111111:role/"] | `keys."alias/orders".users`: name an account, user, role or session by its ARN, such as `arn:aws:iam::111111111111:role/Admin`"#,
        ],
    );
}

#[test]
fn a_replica_has_a_primary_elsewhere() {
    refuses(
        r#"[buckets.far]
account = "prod"
region = "us-east-1"
key = "alias/far"

[keys."alias/far"]
replica_of = "alias/order"
[keys."alias/orders"]
multi_region = true"#,
        &[
            r#""alias/order" | this map has no key `alias/order` of account `prod` in another Region | did you mean `alias/orders`?"#,
        ],
    );
    refuses(
        r#"[buckets.far]
account = "prod"
region = "us-east-1"
key = "alias/far"

[keys."alias/far"]
replica_of = "alias/orders""#,
        &[
            r#""alias/orders" | `alias/orders` is not made as a multi-Region key | write `multi_region = true` in the entry of `alias/orders`"#,
        ],
    );
    refuses(
        r#"[buckets.far]
account = "prod"
region = "us-east-1"
key = "alias/far"

[keys."alias/far"]
replica_of = "alias/far""#,
        &[
            r#""alias/far" | `alias/far` of account `prod` is in `us-east-1` too | a replica is in another Region than its primary key; `region` narrows an entry to one"#,
        ],
    );
    refuses(
        r#"[buckets.far]
account = "prod"
region = "us-east-1"
key = "alias/far"

[keys."alias/far"]
replica_of = "alias/orders"
rotation = true
multi_region = false
[keys."alias/orders"]
multi_region = true"#,
        &[
            "true | KMS rotates a replica together with its primary key | set `rotation` in the entry of `alias/orders`",
            "false | a replica is a multi-Region key | leave `multi_region` out",
        ],
    );
    refuses(
        r#"[buckets.far]
account = "prod"
region = "us-east-1"
key = "alias/far"

[keys."alias/far"]
replica_of = "alias/orders"
[keys."alias/orders"]
multi_region = true
replica_of = "alias/far""#,
        &[
            r#""alias/orders" | `alias/orders` is a replica itself | name the primary key"#,
            r#""alias/far" | `alias/far` is a replica itself | name the primary key"#,
        ],
    );
    refuses(
        r#"[buckets.far]
account = "prod"
region = "us-east-1"
key = "alias/far"

[buckets.off]
account = "prod"
region = "eu-west-2"
key = "alias/orders"

[keys."alias/far"]
replica_of = "alias/orders"
[keys."alias/orders"]
multi_region = true"#,
        &[
            r#""alias/orders" | `alias/orders` may be `alias/orders` of account `prod` in `eu-west-1` or `alias/orders` of account `prod` in `eu-west-2` | name the one that is meant by its ARN"#,
        ],
    );
    refuses(
        r#"[buckets.far]
account = "prod"
region = "us-east-1"
key = "alias/far"

[keys."alias/far"]
replica_of = "1234abcd-12ab-34cd-56ef-1234567890ab"
[keys."1234abcd-12ab-34cd-56ef-1234567890ab"]
account = "prod"
region = "eu-west-2""#,
        &[
            r#""1234abcd-12ab-34cd-56ef-1234567890ab" | `1234abcd-12ab-34cd-56ef-1234567890ab` is the id of a key of one Region | the id of a multi-Region key begins with `mrk-`; a key cannot be made one later"#,
        ],
    );
    refuses(
        r#"[buckets.off]
account = "prod"
region = "us-east-1"
key = "1234abcd-12ab-34cd-56ef-1234567890ab"

[keys."1234abcd-12ab-34cd-56ef-1234567890ab"]
replica_of = "alias/orders"
[keys."alias/orders"]
multi_region = true"#,
        &[
            r#""1234abcd-12ab-34cd-56ef-1234567890ab"] | `1234abcd-12ab-34cd-56ef-1234567890ab` is the id of a key of one Region, not of a replica | the id of a multi-Region key begins with `mrk-`"#,
        ],
    );
    refuses(
        r#"[buckets.off]
account = "prod"
region = "us-east-1"
key = "mrk-1234abcd12ab34cd56ef1234567890ab"

[keys."mrk-1234abcd12ab34cd56ef1234567890ab"]
replica_of = "arn:aws:kms:eu-west-1:111111111111:key/mrk-0000abcd12ab34cd56ef1234567890ab"
[keys."arn:aws:kms:eu-west-1:111111111111:key/mrk-0000abcd12ab34cd56ef1234567890ab"]"#,
        &[
            r#""arn:aws:kms:eu-west-1:111111111111:key/mrk-0000abcd12ab34cd56ef1234567890ab" | a replica has the id of its primary key, these two differ"#,
        ],
    );
}

#[test]
fn a_primary_that_is_missed_is_not_useless_as_well() {
    refuses(
        r#"[buckets.far]
account = "prod"
region = "us-east-1"
key = "alias/far"

[keys."alias/far"]
replica_of = "alias/mian"
[keys."alias/main"]
account = "prod"
region = "eu-west-2"
multi_region = true"#,
        &[
            r#""alias/mian" | this map has no key `alias/mian` of account `prod` in another Region | did you mean `alias/main`?"#,
        ],
    );
    refuses(
        r#"[buckets.far]
account = "prod"
region = "us-east-1"
key = "alias/far"

[keys."alias/far"]
replica_of = "alias/a b"
[keys."alias/main"]
account = "prod"
region = "eu-west-2"
multi_region = true"#,
        &[
            r#""alias/a b" | `keys."alias/far".replica_of`: an alias holds letters, digits, `/`, `_` and `-`, not ` `"#,
        ],
    );
}

#[test]
fn a_key_does_not_become_multi_region() {
    refuses(
        r#"[buckets.off]
account = "prod"
region = "eu-west-1"
key = "1234abcd-12ab-34cd-56ef-1234567890ab"

[keys."1234abcd-12ab-34cd-56ef-1234567890ab"]
multi_region = true"#,
        &[
            "true | a key of one Region cannot be made a multi-Region key later | leave `multi_region` out: the ids of multi-Region keys begin with `mrk-`",
        ],
    );
}
