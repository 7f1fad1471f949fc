//! Calls that become the identity which an account entry means.
//!
//! `AssumeRole` is made by [`crate::aws`] alone, before there is an account to make calls in.

use crate::operation::Operation::{AssumeRole, GetCallerIdentity};
use crate::operation::row::On::{AssumedRole, NamedRole, TaggedRole};
use crate::operation::row::{Row, Section};

use super::{ALWAYS, need, row};

pub(super) const SIGN_IN: &[Row] = &[
    row(GetCallerIdentity, Section::SignIn, ALWAYS, &[], "always, first, in every account"),
    row(
        AssumeRole,
        Section::SignIn,
        ALWAYS,
        &[
            need("sts:AssumeRole", AssumedRole),
            need("sts:SetSourceIdentity", NamedRole),
            need("sts:TagSession", TaggedRole),
        ],
        "another entry is reached from this account (`from`, or the same profile); the last two where it has \
         `source_identity`, `session_tags`",
    ),
];
