//! Links, alone and against one another.
//!
//! Expected is, for each problem, what the caret points at, the message, and the way out.

use super::refuses;

#[test]
fn both_buckets_have_entries() {
    refuses(
        r#"[links.x]
from = "ordres"
to = "copy"
prefix = "x""#,
        &[r#""ordres" | there is no bucket `ordres` in this map | did you mean `orders`?"#],
    );
    refuses(
        r#"[links.x]
from = "orders"
to = "nowhere"
prefix = "x""#,
        &[r#""nowhere" | there is no bucket `nowhere` in this map | add `[buckets.nowhere]`"#],
    );
    refuses(
        r#"[buckets."x-{account_id}"]
account = "prod"
region = "eu-west-1"
key = "alias/x"

[links.x]
from = "x-111111111111"
to = "copy""#,
        &[
            r#""x-111111111111" | a link names a bucket as its entry does, which is `x-{account_id}` | write `x-{account_id}`"#,
        ],
    );
}

#[test]
fn a_bucket_is_not_its_own_destination() {
    refuses(
        r#"[links.x]
from = "orders"
to = "orders""#,
        &[
            r#""orders" | a bucket cannot replicate to itself: `orders` | name another bucket; it may be in the same account and Region"#,
        ],
    );
}

#[test]
fn two_links_do_not_clash() {
    refuses(
        r#"[links.x]
from = "orders"
to = "copy""#,
        &[
            "x] | link `x` replicates the same objects as `orders` | give them different prefixes or tags, or remove one",
        ],
    );
    refuses(
        r#"[links.x]
from = "orders"
to = "copy"
prefix = ""
tags = {}"#,
        &[
            "x] | link `x` replicates the same objects as `orders` | give them different prefixes or tags, or remove one",
        ],
    );
    refuses(
        r#"[links.x]
from = "orders"
to = "copy"
tags = { a = "1", b = "2" }
[links.y]
from = "orders"
to = "copy"
tags = { b = "2", a = "1" }"#,
        &[
            "y] | link `y` replicates the same objects as `x` | give them different prefixes or tags, or remove one",
        ],
    );
}

#[test]
fn priorities_of_a_source_differ() {
    refuses(
        r#"[links.x]
from = "orders"
to = "copy"
prefix = "a"
priority = 1
[links.y]
from = "orders"
to = "copy"
prefix = "b"
priority = 1"#,
        &[
            "1 | link `x` has this priority too, and both leave `orders` | leave `priority` out, and priorities are assigned and stay",
        ],
    );
    refuses(
        "[defaults.link]
priority = 1",
        &[
            "1 | `priority` cannot be a default: two links of one source cannot share it | leave it out, and priorities are assigned and stay",
        ],
    );
}

#[test]
fn delete_markers_and_tag_filters_exclude_each_other() {
    refuses(
        r#"[links.x]
from = "orders"
to = "copy"
tags = { a = "b" }
delete_markers = true"#,
        &[
            "true | S3 does not replicate delete markers by a rule with a tag filter | filter by `prefix`, or leave `delete_markers` out",
        ],
    );
    refuses(
        r#"[defaults.link]
delete_markers = true
[links.x]
from = "orders"
to = "copy"
tags = { a = "b" }"#,
        &[
            "true | S3 does not replicate delete markers by a rule with a tag filter | filter by `prefix`, or leave `delete_markers` out",
        ],
    );
}

#[test]
fn filters_are_as_s3_takes_them() {
    refuses(
        r#"[links.x]
from = "orders"
to = "copy"
prefix = "ppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp""#,
        &[
            r#""ppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp" | `links.x.prefix`: an object key has at most 1024 bytes, this prefix has 1025"#,
        ],
    );
    refuses(
        r#"[links.x]
from = "orders"
to = "copy"
prefix = "a\u0007b""#,
        &[r#""a\u0007b" | `links.x.prefix`: control characters cannot be sent to S3 in a prefix"#],
    );
    refuses(
        r#"[links.x]
from = "orders"
to = "copy"
tags = { t0 = "", t1 = "", t2 = "", t3 = "", t4 = "", t5 = "", t6 = "", t7 = "", t8 = "", t9 = "", t10 = "" }"#,
        &[
            r#"{ t0 = "", t1 = "", t2 = "", t3 = "", t4 = "", t5 = "", t6 = "", t7 = "", t8 = "", t9 = "", t10 = "" } | 11 tags are too many, at most 10 fit"#,
        ],
    );
    refuses(
        r#"[links.x]
from = "orders"
to = "copy"
tags = { "aws:x" = "1" }"#,
        &[r#""aws:x" = "1" } | tags that begin with `aws:` are reserved by AWS"#],
    );
}

#[test]
fn owners_differ_only_across_accounts() {
    refuses(
        r#"[buckets.third]
account = "prod"
region = "eu-west-1"
key = "alias/third"
[links.x]
from = "orders"
to = "third"
owner_override = true"#,
        &[
            "true | both buckets are in one account: replicas have its owner already | leave `owner_override` out",
        ],
    );
}

#[test]
fn links_stay_within_a_partition() {
    refuses(
        r#"[buckets.far]
account = "far"
region = "cn-north-1"
key = "alias/x"

[accounts.far]
id = "333333333333"
[links.x]
from = "orders"
to = "far""#,
        &[r#""far" | S3 cannot replicate from partition `aws` (`orders`) to `aws-cn` (`far`)"#],
    );
}
