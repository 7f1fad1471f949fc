//! Who makes a request.
//!
//! Deliberately absent: whether the principal exists, and unique ids (`AROA…`): AWS shows an existing
//! principal by its ARN, so an id in a policy is one of a principal that was deleted.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use crate::arn::RoleArn;

/// An IAM user or role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entity {
    /// `aws`, `aws-cn`, `aws-us-gov`.
    pub partition: String,
    /// The account that it belongs to.
    pub account: String,
    /// Begins and ends with `/`. None where it is not known, as in the ARN of a session.
    pub path: Option<String>,
    /// Unique in its account, whatever the path.
    pub name: String,
}

impl Entity {
    /// Whether a path and name as in an ARN (`service-role/Name`) are those of this entity.
    pub(super) fn is_named(&self, path_and_name: &str) -> bool {
        let (path, name) = split_path(path_and_name);
        name == self.name && self.path.as_ref().is_none_or(|own| *own == path)
    }

    fn arn(&self, kind: &str, path: &str) -> String {
        format!("arn:{}:iam::{}:{kind}{path}{}", self.partition, self.account, self.name)
    }
}

/// An ARN of something that makes no requests.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this ARN does not name a principal: {0}")]
pub struct NoPrincipal(String);

/// The principal of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Caller {
    /// A session of a role: what S3 is when it replicates.
    RoleSession {
        /// The role that was assumed.
        role: Entity,
        /// The name of the session.
        session: String,
    },
    /// A role as such, as though it called without a session of it.
    Role(Entity),
    /// An IAM user.
    User(Entity),
    /// A session that an IAM user made with `GetFederationToken`.
    FederatedUser {
        /// `aws` or another partition.
        partition: String,
        /// The account of the session.
        account: String,
        /// The name of the session.
        name: String,
        /// The user who made it, where known.
        issuer: Option<Entity>,
    },
    /// The root user of an account.
    Root {
        /// `aws` or another partition.
        partition: String,
        /// The account.
        account: String,
    },
    /// An AWS service that calls as itself.
    Service(String),
    /// A web identity or SAML provider: it assumes roles.
    Federated(String),
    /// The canonical user id of an account.
    CanonicalUser(String),
    /// Nobody.
    Anonymous,
}

impl Caller {
    /// A session of a role. S3 names the sessions that replicate `s3-replication`.
    pub fn session_of(role: &RoleArn, session: &str) -> Self {
        let role = Entity {
            partition: role.partition.to_string(),
            account: role.account.to_string(),
            path: Some(role.path.clone()),
            name: role.name.clone(),
        };
        Self::RoleSession { role, session: session.to_owned() }
    }

    /// The account that the caller belongs to. Services, providers and nobody belong to none.
    pub fn account(&self) -> Option<&str> {
        self.home().map(|(_, account)| account)
    }

    /// Partition and account.
    pub(super) fn home(&self) -> Option<(&str, &str)> {
        match self {
            Self::RoleSession { role: entity, .. } | Self::Role(entity) | Self::User(entity) => {
                Some((&entity.partition, &entity.account))
            }
            Self::FederatedUser { partition, account, .. } | Self::Root { partition, account } => {
                Some((partition, account))
            }
            Self::Service(_) | Self::Federated(_) | Self::CanonicalUser(_) | Self::Anonymous => None,
        }
    }

    /// The value of `aws:PrincipalArn`: of a session, the ARN of its role.
    pub(super) fn principal_arn(&self) -> Option<String> {
        match self {
            Self::RoleSession { role, .. } | Self::Role(role) => Some(role.arn("role", role.path.as_ref()?)),
            Self::User(user) => Some(user.arn("user", user.path.as_ref()?)),
            Self::Root { partition, account } => Some(format!("arn:{partition}:iam::{account}:root")),
            Self::FederatedUser { partition, account, name, .. } => {
                Some(format!("arn:{partition}:sts::{account}:federated-user/{name}"))
            }
            Self::Service(_) | Self::Federated(_) | Self::CanonicalUser(_) | Self::Anonymous => None,
        }
    }

    /// The value of `aws:PrincipalType`.
    pub(super) fn principal_type(&self) -> Option<&'static str> {
        match self {
            Self::RoleSession { .. } | Self::Role(_) => Some("AssumedRole"),
            Self::User(_) => Some("User"),
            Self::FederatedUser { .. } => Some("FederatedUser"),
            Self::Root { .. } => Some("Account"),
            Self::Anonymous => Some("Anonymous"),
            Self::Service(_) | Self::Federated(_) | Self::CanonicalUser(_) => None,
        }
    }
}

impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RoleSession { role, session } => {
                let Entity { partition, account, name, .. } = role;
                write!(f, "arn:{partition}:sts::{account}:assumed-role/{name}/{session}")
            }
            Self::Service(name) | Self::Federated(name) | Self::CanonicalUser(name) => f.write_str(name),
            Self::Anonymous => f.write_str("anonymous"),
            Self::Role(role) => f.write_str(&role.arn("role", role.path.as_deref().unwrap_or("/"))),
            Self::User(user) => f.write_str(&user.arn("user", user.path.as_deref().unwrap_or("/"))),
            other => f.write_str(&other.principal_arn().unwrap_or_default()),
        }
    }
}

impl FromStr for Caller {
    type Err = NoPrincipal;

    /// Reads the ARN of a principal, the name of a service (`s3.amazonaws.com`), a canonical user id,
    /// or anything else as a provider.
    fn from_str(text: &str) -> Result<Self, NoPrincipal> {
        let fields: Vec<&str> = text.splitn(6, ':').collect();
        let ["arn", partition, service, _, account, resource] = fields[..] else {
            return Ok(Self::without_arn(text));
        };
        let (partition, account) = (partition.to_owned(), account.to_owned());
        let (kind, rest) = resource.split_once('/').unwrap_or((resource, ""));
        let entity = |path: Option<String>, name: &str| Entity {
            partition: partition.clone(),
            account: account.clone(),
            path,
            name: name.to_owned(),
        };
        let named = || {
            let (path, name) = split_path(rest);
            entity(Some(path), name)
        };
        match (service, kind) {
            ("iam", "root") => Ok(Self::Root { partition, account }),
            ("iam", "role") => Ok(Self::Role(named())),
            ("iam", "user") => Ok(Self::User(named())),
            ("iam", "oidc-provider" | "saml-provider") => Ok(Self::Federated(text.to_owned())),
            ("sts", "assumed-role") => {
                let (role, session) = rest.split_once('/').unwrap_or((rest, ""));
                Ok(Self::RoleSession { role: entity(None, role), session: session.to_owned() })
            }
            ("sts", "federated-user") => {
                Ok(Self::FederatedUser { partition, account, name: rest.to_owned(), issuer: None })
            }
            _ => Err(NoPrincipal(text.to_owned())),
        }
    }
}

impl Caller {
    fn without_arn(text: &str) -> Self {
        let canonical = text.len() >= 32 && text.bytes().all(|b| b.is_ascii_hexdigit());
        if canonical {
            Self::CanonicalUser(text.to_owned())
        } else if text.ends_with(".amazonaws.com") || text.ends_with(".amazonaws.com.cn") {
            Self::Service(text.to_owned())
        } else {
            Self::Federated(text.to_owned())
        }
    }
}

/// `a/b/Name` is the path `/a/b/` and the name `Name`.
fn split_path(text: &str) -> (String, &str) {
    match text.rsplit_once('/') {
        Some((path, name)) => (format!("/{path}/"), name),
        None => ("/".to_owned(), text),
    }
}
