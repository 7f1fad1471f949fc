//! The profile map of the demo.

/// Two links: one between named profiles, one into an account that is reached
/// by assuming a role.
pub const TEXT: &str = r#"# The demo's profile map: two links between three accounts.
version = 1

[accounts.prod]
id = "111111111111"
profile = "prod"

[accounts.backup]
id = "222222222222"
profile = "backup"

# No profile of its own: reached from prod by assuming a role there.
[accounts.archive]
id = "333333333333"
assume_role = { role = "arn:aws:iam::333333333333:role/ReplicationAdmin", from = "prod", external_id = "sandbox" }

[buckets.orders-prod]
account = "prod"
region = "ap-south-1"
key = "alias/orders-prod"

[buckets.orders-backup]
account = "backup"
region = "us-east-1"
key = "alias/orders-backup"

[buckets.invoices-prod]
account = "prod"
region = "ap-south-1"
key = "alias/invoices-prod"

[buckets.invoices-archive]
account = "archive"
region = "eu-west-1"
key = "alias/invoices-archive"

[links.orders]
from = "orders-prod"
to = "orders-backup"

[links.invoices]
from = "invoices-prod"
to = "invoices-archive"
"#;
