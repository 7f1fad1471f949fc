//! The exit codes, one enum: what a script may rely on.
//!
//! The table in the README is this one; a test compares them.

use std::process::ExitCode;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Everything asked for is done, or nothing had to be.
    Done,
    /// Something failed; for `apply`: a step failed or was blocked.
    Failed,
    /// The command line or the profile map is wrong.
    Usage,
    /// `plan --exit-code`: something would change.
    Pending,
    /// A check found a problem; for `apply`: all steps well, but a link is not `replicated`; for
    /// `status`: drift; for `doctor`: a link that is not known to replicate.
    Problem,
    /// Interrupted by a signal.
    Interrupted,
}

impl Exit {
    /// All of them, in the order of their numbers.
    pub const ALL: [Exit; 6] =
        [Self::Done, Self::Failed, Self::Usage, Self::Pending, Self::Problem, Self::Interrupted];

    /// The number that the process ends with.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Pending => 3,
            Self::Problem => 4,
            Self::Interrupted => 130,
        }
    }

    /// One line for people.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Done => "done, or nothing to do",
            Self::Failed => {
                "something failed (`apply`, `remove`: a step failed or was blocked; `plan`, `status`: something could not be read)"
            }
            Self::Usage => "usage, or problems in the profile map",
            Self::Pending => "changes pending (`plan --exit-code`)",
            Self::Problem => {
                "a check found a problem (`apply`: all steps well, but a link is not `replicated`; `status`: drift; `doctor`: not \
                 everything replicates)"
            }
            Self::Interrupted => "interrupted",
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit.code())
    }
}
