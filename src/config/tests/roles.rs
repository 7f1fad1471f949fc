//! Replication roles and what IAM says of their names.
//!
//! Expected is, for each problem, what the caret points at, the message, and the way out.

use super::{refuses, refuses_whole};

#[test]
fn names_fit_every_source() {
    refuses(
        r#"[roles]
name = "r-{bucket}-{link}""#,
        &[
            r#""r-{bucket}-{link}" | `roles.name`: only `{bucket}`, `{account_id}` or `{region}` can be filled in here | leave it out, and a name that always fits is computed"#,
        ],
    );
    refuses(
        r#"[roles]
name = "r/{bucket}""#,
        &[
            r#""r/{bucket}" | `roles.name`: a role name holds letters, digits and `_+=,.@-`, not `/` (`r/orders`) | leave it out, and a name that always fits is computed"#,
        ],
    );
    refuses(
        r#"[roles]
name = "rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr{bucket}""#,
        &[
            r#""rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr{bucket}" | `roles.name`: a role name has 1 to 64 characters, this one has 66, 2 too many (`rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrorders`) | leave it out, and a name that always fits is computed"#,
        ],
    );
    refuses_whole(
        r#"version = 1
[roles]
name = "{nope}""#,
        &[r#""{nope}" | `roles.name`: only `{bucket}`, `{account_id}` or `{region}` can be filled in here"#],
    );
    refuses(
        r#"[buckets.third]
account = "prod"
region = "eu-west-1"
key = "alias/third"
[links.x]
from = "third"
to = "copy"

[roles]
name = "replication""#,
        &[
            r#""replication" | in account `prod` the buckets `orders` and `third` would share the role `replication` | put `{bucket}` into the name: each source bucket has a role of its own"#,
        ],
    );
}

#[test]
fn paths_begin_and_end_with_a_slash() {
    refuses(
        r#"[roles]
path = "x/""#,
        &[r#""x/" | `roles.path`: a path begins and ends with `/`"#],
    );
    refuses(
        r#"[roles]
path = "/x""#,
        &[r#""/x" | `roles.path`: a path begins and ends with `/`"#],
    );
    refuses(
        r#"[roles]
path = "/a b/""#,
        &[r#""/a b/" | `roles.path`: a path holds printable ASCII characters without blanks"#],
    );
    refuses(
        r#"[roles]
path = "/aws-service-role/x/""#,
        &[r#""/aws-service-role/x/" | `roles.path`: `/aws-service-role/` is reserved by AWS"#],
    );
}

#[test]
fn boundaries_are_policies_of_the_account() {
    refuses(
        r#"[roles]
permissions_boundary = "Boundary""#,
        &[
            r#""Boundary" | `roles.permissions_boundary`: the ARN of a policy looks like `arn:{partition}:iam::{account_id}:policy/Name`"#,
        ],
    );
    refuses(
        r#"[roles]
permissions_boundary = "arn:aws:iam::{account_id}:role/x""#,
        &[
            r#""arn:aws:iam::{account_id}:role/x" | `roles.permissions_boundary`: the ARN of a policy looks like `arn:{partition}:iam::{account_id}:policy/Name`"#,
        ],
    );
    refuses(
        r#"[roles]
permissions_boundary = "arn:aws:iam::222222222222:policy/x""#,
        &[
            r#""arn:aws:iam::222222222222:policy/x" | `roles.permissions_boundary`: a role of account `111111111111` cannot be bounded by a policy of another account; write `{account_id}`"#,
        ],
    );
    refuses(
        r#"[roles]
permissions_boundary = "arn:aws-cn:iam::{account_id}:policy/x""#,
        &[
            r#""arn:aws-cn:iam::{account_id}:policy/x" | `roles.permissions_boundary`: account `111111111111` is in partition `aws`; write `{partition}`"#,
        ],
    );
    refuses(
        r#"[roles]
permissions_boundary = "arn:{partition}:iam::{account}:policy/x""#,
        &[
            r#""arn:{partition}:iam::{account}:policy/x" | `roles.permissions_boundary`: only `{account_id}` or `{partition}` can be filled in here"#,
        ],
    );
    refuses(
        r#"[roles]
permissions_boundary = "arn:aws:iam::aws:policy/""#,
        &[
            r#""arn:aws:iam::aws:policy/" | `roles.permissions_boundary`: the ARN of a policy looks like `arn:{partition}:iam::{account_id}:policy/Name`"#,
        ],
    );
}
