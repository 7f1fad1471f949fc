//! What `apply` would send to accounts in which nothing is, for whoever makes it by other means: as JSON
//! documents, as a script of AWS CLI commands, as Terraform, as CloudFormation.
//!
//! The documents are those of [`crate::plan`] and of `planned` in [`crate::resource`], which `apply` goes
//! by, so nothing here can fall behind. Pure: nobody is asked.
//!
//! Deliberately absent: a way to change what is there already. Others' statements and rules cannot be kept
//! without reading them, and that is what `apply` does.

mod blueprint;
mod by_hand;
mod call;
mod cli;
mod cloudformation;
mod document;
mod identifier;
mod json;
mod terraform;

use crate::plan::PlanProblem;
use crate::topology::Topology;

use blueprint::Blueprint;

/// How it is rendered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A folder of JSON documents, and an index that says who sends which in which order.
    Json,
    /// A script of AWS CLI commands.
    Cli,
    /// Terraform.
    Terraform,
    /// CloudFormation, a template for each account and Region.
    CloudFormation,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Json, Self::Cli, Self::Terraform, Self::CloudFormation];

    /// As it is asked for.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Cli => "cli",
            Self::Terraform => "terraform",
            Self::CloudFormation => "cloudformation",
        }
    }

    /// Whether it is one file that is run, and not a folder.
    pub fn is_script(self) -> bool {
        self == Self::Cli
    }
}

/// A file of what was rendered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Inside the folder, with `/` between its parts.
    pub path: String,
    /// What it holds.
    pub text: String,
}

/// Renders it all.
///
/// # Errors
/// What `apply` could not do either: a document that is too long for AWS.
pub fn render(topology: &Topology, format: Format) -> Result<Vec<File>, Vec<PlanProblem>> {
    let blueprint = Blueprint::of(topology)?;
    Ok(match format {
        Format::Json => json::files(&blueprint),
        Format::Cli => vec![cli::script(&blueprint)],
        Format::Terraform => terraform::files(&blueprint),
        Format::CloudFormation => cloudformation::files(&blueprint),
    })
}
