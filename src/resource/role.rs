//! The replication role of a source bucket: the identity that S3 assumes, and its trust policy.
//!
//! Its permissions are [`super::role_policy`]: a role is made bare first, since the documents of the
//! other account can name only a role that exists. Where the bucket's replication configuration
//! names a role already, that one is kept (S3 allows one for all rules), and its trust is left alone.
//!
//! Deliberately absent: attached policies and anything else on an adopted role.

use std::time::{Duration, SystemTime};

use aws_sdk_iam::types::Tag;
use serde_json::{Value, json};

use crate::arn::{BucketName, RoleArn};
use crate::aws::{Account, AwsError, Lane, Operation, Patience, Write};
use crate::iam::Document;
use crate::message::{Source, Told};
use crate::topology::{self, AccountName, Topology};
use crate::trail::{Pen, Place};

pub use super::role_name::{arn_by_map, default_name};

use super::insertion::{Insertion, insert};
use super::{Action, Change, Difference, Done, Kind, ResourceId, Seen, Step, Stop, TAG};

pub(super) type Iam = Lane<aws_sdk_iam::Client>;

/// IAM and the services that ask it agree after seconds; this leaves room.
const YOUNG: Duration = Duration::from_secs(300);

/// The description of a role that is made.
pub const DESCRIPTION: &str = "S3 replicates with this role; made by bucketbridge";

/// What is wanted.
#[derive(Debug, Clone)]
pub struct Desired {
    /// The account of the source bucket.
    pub account: AccountName,
    /// The name that the role has or will have.
    pub arn: RoleArn,
    /// Named by a replication configuration that was there before, with another name than ours.
    pub adopted: bool,
    boundary: Option<String>,
    trust: Value,
    tags: Vec<Tag>,
}

impl Desired {
    /// The tags of a role that is made.
    pub fn tags(&self) -> impl Iterator<Item = (&str, &str)> {
        self.tags.iter().map(|tag| (tag.key(), tag.value()))
    }
}

/// A role that exists.
#[derive(Debug, Clone, PartialEq)]
pub struct Live {
    arn: RoleArn,
    /// `None` for one that was made a moment ago.
    unique_id: Option<String>,
    made: Option<SystemTime>,
    trust: Document,
    boundary: Option<String>,
    /// Carries our tag.
    ours: bool,
}

impl Live {
    /// The ARN of a role that was read or made: what a policy may name as principal. A computed
    /// [`RoleArn`] does not pass for it:
    ///
    /// ```compile_fail
    /// fn needs(role: &bucketbridge::resource::role::Live) {}
    /// let name: bucketbridge::arn::RoleArn = "arn:aws:iam::111111111111:role/r".parse().unwrap();
    /// needs(&name);
    /// ```
    pub fn arn(&self) -> &RoleArn {
        &self.arn
    }

    /// Another team's role, by its own word. Its trust policy is not told.
    pub fn told(source: Told<'_, Source>) -> Self {
        Self {
            arn: source.role.arn.clone(),
            unique_id: source.role.unique_id.as_ref().map(ToString::to_string),
            made: None,
            trust: Document::default(),
            boundary: None,
            ours: false,
        }
    }

    /// Its unique id, `AROA…`; `None` for one that was made a moment ago.
    pub fn unique_id(&self) -> Option<&str> {
        self.unique_id.as_deref()
    }

    /// Its trust policy.
    pub fn trust(&self) -> &Document {
        &self.trust
    }

    /// Whether it carries our tag: this tool made it.
    pub fn is_ours(&self) -> bool {
        self.ours
    }

    /// What was looked at, for a plan that is saved.
    pub fn facts(&self) -> Value {
        json!({
            "ARN": self.arn,
            "unique id": self.unique_id,
            "trust policy": self.trust.value(),
            "permissions boundary": self.boundary,
        })
    }

    /// Whether IAM may not have spread it yet, so that "no such principal" passes by itself.
    pub fn is_young(&self) -> bool {
        self.is_younger_than(YOUNG)
    }

    /// Whether it was made less than `age` ago. One made in the future, by our clock, is.
    pub fn is_younger_than(&self, age: Duration) -> bool {
        self.made.is_some_and(|made| made.elapsed().map_or(true, |since| since < age))
    }
}

/// The name that people know the role by.
pub fn resource_id(desired: &Desired) -> ResourceId {
    ResourceId { account: desired.account.clone(), kind: Kind::Role, name: desired.arn.name.clone() }
}

/// The Sid of our statement in a role's trust policy.
pub fn trust_sid(marker: &str) -> String {
    format!("{marker}Trust")
}

/// What is wanted of a source bucket's role. `configured` is the role that its replication
/// configuration names already.
pub fn desired(topology: &Topology, source: &BucketName, configured: Option<RoleArn>) -> Desired {
    let bucket = &topology.buckets[source];
    let account = topology.account(&bucket.account);
    let ours = arn_by_map(topology, source);
    let adopted = configured.as_ref().is_some_and(|arn| *arn != ours);
    let mut statement = json!({
        "Sid": trust_sid(&topology.marker),
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "sts:AssumeRole",
    });
    if topology.roles.source_account_condition {
        statement["Condition"] = json!({"StringEquals": {"aws:SourceAccount": account.id}});
    }
    let pairs = [(TAG, source.as_str())]
        .into_iter()
        .chain(topology.tags.iter().map(|(k, v)| (k.as_str(), v.as_str())));
    Desired {
        account: bucket.account.clone(),
        arn: configured.unwrap_or(ours),
        adopted,
        boundary: boundary(topology, account),
        trust: statement,
        // `build` fails on a missing field only.
        tags: pairs.filter_map(|(k, v)| Tag::builder().key(k).value(v).build().ok()).collect(),
    }
}

/// The permissions boundary of roles in an account, if the map sets one.
pub fn boundary(topology: &Topology, account: &topology::Account) -> Option<String> {
    let filled = |template: &String| {
        template
            .replace("{account_id}", account.id.as_str())
            .replace("{partition}", account.partition.as_str())
    };
    topology.roles.permissions_boundary.as_ref().map(filled)
}

/// Reads the role.
pub async fn observe(account: &Account, desired: &Desired) -> Seen<Live> {
    read(&account.iam(), &desired.arn).await
}

pub(super) async fn read(iam: &Iam, wanted: &RoleArn) -> Seen<Live> {
    let resource = format!("role {}", wanted.name);
    let request = iam.client.get_role().role_name(&wanted.name);
    let Some(role) =
        iam.find(Operation::GetRole, &resource, || request.clone().send()).await?.and_then(|a| a.role)
    else {
        return Ok(None);
    };
    let arn: RoleArn =
        role.arn.parse().map_err(|e| Stop::because(format!("IAM named {resource} {:?}: {e}", role.arn)))?;
    if arn != *wanted {
        return Err(Stop::new(
            format!("{resource} exists under another path: {arn}, not {wanted}"),
            "IAM allows one role of a name in an account: set `path` or `name` in `[roles]`",
        ));
    }
    let text = role.assume_role_policy_document.unwrap_or_default();
    Ok(Some(Live {
        arn,
        unique_id: Some(role.role_id),
        made: SystemTime::try_from(role.create_date).ok(),
        trust: parse(iam, Operation::GetRole, &resource, &text)?,
        ours: role.tags.unwrap_or_default().iter().any(|tag| tag.key() == TAG),
        boundary: role.permissions_boundary.and_then(|b| b.permissions_boundary_arn),
    }))
}

/// IAM gives documents back percent-encoded.
pub(super) fn parse(
    iam: &Iam,
    operation: Operation,
    resource: &str,
    text: &str,
) -> Result<Document, AwsError> {
    let plain = percent_encoding::percent_decode_str(text).decode_utf8_lossy();
    Document::parse(&plain).map_err(|e| iam.refuse(operation, &resource, e.to_string()))
}

/// How the role differs from what is wanted.
pub fn diff(desired: Desired, live: Seen<Live>) -> Step<Desired, Live> {
    let mut details = Vec::new();
    let mut notes = Vec::new();
    let action = match &live {
        Err(_) => Action::Update,
        Ok(None) => {
            details.push(Difference::added("trust policy: statement", desired.trust.clone()));
            details.extend(desired.boundary.clone().map(|b| Difference::added("permissions boundary", b)));
            Action::Create
        }
        Ok(Some(live)) if desired.adopted => {
            notes.push(format!("{} is the role of the rules that are there already; it is kept", live.arn));
            notes.extend(trusted_too(&live.trust, &desired.trust));
            Action::Keep
        }
        Ok(Some(live)) => {
            details.extend(live.trust.lacks(std::slice::from_ref(&desired.trust)).into_iter().map(
                |mut d| {
                    d.field = format!("trust policy: {}", d.field);
                    d
                },
            ));
            if desired.boundary.is_some() && desired.boundary != live.boundary {
                details.push(Difference {
                    field: "permissions boundary".to_owned(),
                    before: live.boundary.clone().map(Value::from),
                    after: desired.boundary.clone().map(Value::from),
                });
            }
            notes.extend(trusted_too(&live.trust, &desired.trust));
            if details.is_empty() { Action::Keep } else { Action::Update }
        }
    };
    let live = match live {
        Ok(Some(live)) if desired.adopted && !admits_s3(&live.trust) => Err(Stop::new(
            format!(
                "the replication configuration names role {}, whose trust policy does not let S3 assume it",
                desired.arn
            ),
            "nothing replicates with it: let `s3.amazonaws.com` do `sts:AssumeRole` in its trust policy, or delete \
             the replication configuration to have a role made",
        )),
        Ok(None) if desired.adopted => Err(Stop::new(
            format!("the replication configuration names role {}, which does not exist", desired.arn),
            "nothing replicates with it: make the role again, or delete the replication configuration",
        )),
        other => other,
    };
    let change = Change { id: resource_id(&desired), action, details, notes, awaits: None };
    Step { change, desired, live }
}

/// The trust policy and the ARN of the permissions boundary that the role will have, as far as they can be
/// foreseen.
///
/// # Errors
/// Why the step cannot be done, so that nothing is foreseen.
pub fn planned(step: &Step<Desired, Live>) -> Result<(Document, Option<String>), Stop> {
    let Step { desired, live, .. } = step;
    let found = live.as_ref().map_err(Clone::clone)?.as_ref();
    let boundary = found.and_then(|live| live.boundary.clone());
    match found {
        // Rules of others depend on it, so it stays as it is.
        Some(live) if desired.adopted => Ok((live.trust.clone(), boundary)),
        found => {
            let trust = found.map(|live| live.trust.clone()).unwrap_or_default();
            let trust = trust.merged(std::slice::from_ref(&desired.trust));
            Ok((trust, desired.boundary.clone().or(boundary)))
        }
    }
}

/// Who else may assume the role is somebody's decision, and gets what we grant to it.
fn trusted_too(trust: &Document, ours: &Value) -> Option<String> {
    let s3 = json!({"Service": "s3.amazonaws.com"});
    let others: Vec<String> = trust
        .statements()
        .iter()
        .filter(|s| s["Effect"] == "Allow" && s["Principal"] != s3 && s["Sid"] != ours["Sid"])
        .map(|s| s["Principal"].to_string())
        .collect();
    (!others.is_empty())
        .then(|| format!("others may assume it, too, and get what is granted to it: {}", others.join(", ")))
}

/// Whether some statement lets S3 assume the role, conditions left aside.
fn admits_s3(trust: &Document) -> bool {
    let holds = |value: &Value, wanted: &[&str]| {
        let texts = value.as_array().map_or_else(|| vec![value], |many| many.iter().collect());
        texts
            .iter()
            .any(|text| text.as_str().is_some_and(|t| wanted.contains(&t.to_ascii_lowercase().as_str())))
    };
    trust.statements().iter().any(|s| {
        let anybody = s["Principal"] == "*" || s.get("NotPrincipal").is_some();
        s["Effect"] == "Allow"
            && (anybody || holds(&s["Principal"]["Service"], &["s3.amazonaws.com"]))
            && (s.get("NotAction").is_some()
                || holds(&s["Action"], &["sts:assumerole", "sts:*", "*", "sts:assume*"]))
    })
}

/// Makes the role, or brings its trust policy and boundary to what is wanted.
pub async fn apply(
    account: &Account,
    pen: &Pen,
    desired: &Desired,
    live: Option<Live>,
) -> Result<Done<Live>, Stop> {
    let iam = account.iam();
    match live {
        None => create(account, &iam, pen, desired).await,
        Some(live) => update(account, &iam, pen, desired, live).await,
    }
}

async fn create(account: &Account, iam: &Iam, pen: &Pen, desired: &Desired) -> Result<Done<Live>, Stop> {
    let resource = format!("role {}", desired.arn.name);
    let trust = Document::of(vec![desired.trust.clone()]);
    let request = iam
        .client
        .create_role()
        .role_name(&desired.arn.name)
        .path(&desired.arn.path)
        .description(DESCRIPTION)
        .assume_role_policy_document(trust.text())
        .set_permissions_boundary(desired.boundary.clone())
        .set_tags(Some(desired.tags.clone()));
    let write = Write::new(Operation::CreateRole, &resource);
    match iam.write(pen, write, Patience::repeatable(), || request.clone().send()).await {
        Ok(_) => Ok(Done::quietly(Live {
            arn: desired.arn.clone(),
            unique_id: None,
            made: Some(SystemTime::now()),
            trust,
            boundary: desired.boundary.clone(),
            ours: true,
        })),
        // A try whose answer was lost, or another run: names make it one role.
        Err(error) if error.is("EntityAlreadyExists") => match read(iam, &desired.arn).await? {
            Some(live) => update(account, iam, pen, desired, live).await,
            None => Err(error.into()),
        },
        Err(error) => Err(error.into()),
    }
}

async fn update(
    account: &Account,
    iam: &Iam,
    pen: &Pen,
    desired: &Desired,
    mut live: Live,
) -> Result<Done<Live>, Stop> {
    let resource = format!("role {}", desired.arn.name);
    let insertion = Insertion {
        place: Place::TrustPolicy { role: desired.arn.clone() },
        resource: resource.clone(),
        what: what(&desired.arn),
        ours: vec![desired.trust.clone()],
        planned: Some(Some(&live.trust)),
        patience: Patience::repeatable(),
    };
    let merged = insert(account, pen, insertion, |_| Ok(())).await?;
    live.trust = merged.live;
    if let Some(boundary) = &desired.boundary
        && live.boundary.as_ref() != Some(boundary)
    {
        let request = iam
            .client
            .put_role_permissions_boundary()
            .role_name(&desired.arn.name)
            .permissions_boundary(boundary);
        let write = Write::new(Operation::PutRolePermissionsBoundary, &resource);
        iam.write(pen, write, Patience::repeatable(), || request.clone().send()).await?;
        live.boundary = Some(boundary.clone());
    }
    Ok(Done { live, notes: merged.notes })
}

/// For people.
pub(super) fn what(role: &RoleArn) -> String {
    format!("the trust policy of role {}", role.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Changing the algorithm orphans every role made so far.
    #[test]
    fn the_default_name_is_frozen() {
        let of = |bucket: &str| default_name(&bucket.parse().expect("a bucket name"));
        assert_eq!(of("orders-prod"), "bucketbridge-orders-prod");
        let longest_that_fits = "a".repeat(51);
        assert_eq!(of(&longest_that_fits), format!("bucketbridge-{longest_that_fits}"));
        let name = of("a-bucket-with-a-name-of-sixty-three-characters-which-is-the-mos");
        assert_eq!(name, "bucketbridge-a-bucket-with-a-name-of-sixty-three-char-8a88f1cd1d");
        assert!(name.len() <= 64);
    }
}
