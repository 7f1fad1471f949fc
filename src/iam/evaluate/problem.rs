//! What is wrong with a statement or a document, apart from what it grants.
//!
//! Deliberately absent: words. A problem is data; whoever shows it has the words.

use serde::Serialize;

/// An element of a statement that a request is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Element {
    /// Who.
    Principal,
    /// All but these.
    NotPrincipal,
    /// Does what.
    Action,
    /// All but these.
    NotAction,
    /// With what.
    Resource,
    /// All but these.
    NotResource,
    /// When.
    Condition,
}

impl Element {
    /// As it stands in a statement.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Principal => "Principal",
            Self::NotPrincipal => "NotPrincipal",
            Self::Action => "Action",
            Self::NotAction => "NotAction",
            Self::Resource => "Resource",
            Self::NotResource => "NotResource",
            Self::Condition => "Condition",
        }
    }
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "problem", content = "what", rename_all = "snake_case")]
pub enum Problem {
    /// The statement is no JSON object.
    NotAnObject,
    /// The version of the language is neither `2012-10-17` nor `2008-10-17`.
    UnknownVersion(String),
    /// No `Effect`.
    MissingEffect,
    /// An `Effect` that is neither `Allow` nor `Deny`.
    InvalidEffect(String),
    /// Neither this element nor its opposite, where one has to be.
    Missing(Element),
    /// This element and its opposite.
    Both(Element),
    /// The value of this element has a form that the language does not know.
    Unreadable(Element),
    /// An element that the language does not know.
    UnknownElement(String),
    /// A `Principal` in a policy that belongs to a principal or an organization.
    PrincipalNotAllowed,
    /// A principal of a type other than `AWS`, `Service`, `Federated` and `CanonicalUser`.
    UnknownPrincipalType(String),
    /// A principal that is neither `*`, an account, nor the ARN of a principal.
    MalformedPrincipal(String),
    /// The unique id that a deleted principal leaves. It matches nobody, not even a principal made
    /// again under the same name.
    DeletedPrincipal(String),
    /// `NotPrincipal` with `Deny` hits callers that it names, unless it lists all their forms; use
    /// `ArnNotEquals` with `aws:PrincipalArn` instead.
    DenyNotPrincipal,
    /// An action without the form `service:Name`.
    MalformedAction(String),
    /// A resource that is neither `*` nor an ARN.
    ResourceNotArn(String),
    /// An ARN with fewer than six fields.
    IncompleteArn(String),
    /// A `*` or `?` where the ARN names the type of the resource.
    WildcardInResourceType(String),
    /// A variable before the fifth colon of the ARN, where none is resolved.
    VariableBeforeResource(String),
    /// The ARN of a key's alias: it never stands for the key
    /// (<https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html>).
    AliasArn(String),
    /// An operator that the language does not know.
    UnknownOperator(String),
    /// A variable in a policy of a version that takes it literally.
    VariableInOldVersion(String),
    /// Two statements with the same Sid.
    DuplicateSid(String),
}

/// What comes of a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Consequence {
    /// AWS refuses the document; one that is there nevertheless cannot be judged.
    Refused,
    /// What it says matches nothing.
    NeverMatches,
    /// It does something else than it seems to.
    Misleading,
}

impl Problem {
    /// What comes of it.
    pub fn consequence(&self) -> Consequence {
        match self {
            Self::DeletedPrincipal(_)
            | Self::AliasArn(_)
            | Self::WildcardInResourceType(_)
            | Self::VariableBeforeResource(_) => Consequence::NeverMatches,
            Self::DenyNotPrincipal
            | Self::VariableInOldVersion(_)
            | Self::IncompleteArn(_)
            | Self::DuplicateSid(_) => Consequence::Misleading,
            _ => Consequence::Refused,
        }
    }

    /// Whether nobody can say any more what the statement is about.
    pub(super) fn is_fatal(&self) -> bool {
        matches!(
            self,
            Self::NotAnObject
                | Self::MissingEffect
                | Self::InvalidEffect(_)
                | Self::Missing(_)
                | Self::Both(_)
                | Self::Unreadable(_)
                | Self::UnknownElement(_)
                | Self::UnknownPrincipalType(_)
                | Self::UnknownOperator(_)
        )
    }
}
