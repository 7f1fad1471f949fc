//! How each step ended.

use serde::Serialize;

use crate::resource::{Awaits, Blocked, ResourceId};

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It was as wanted; nothing was written.
    Kept,
    /// It did not exist and was made.
    Made,
    /// It existed and was changed.
    Changed,
    /// It existed and is gone.
    Removed,
    /// A call failed; what had been done before it stays, and the next apply goes on from there.
    Failed,
    /// A step that it needs failed, so it was not started.
    Blocked,
    /// It waits for a message of another team, wholly or for some links.
    Awaited,
}

impl Outcome {
    /// As tables and JSON print it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Made => "made",
            Self::Changed => "changed",
            Self::Removed => "removed",
            Self::Failed => "failed",
            Self::Blocked => "blocked",
            Self::Awaited => "awaited",
        }
    }
}

/// What became of one step.
#[derive(Debug, Clone, Serialize)]
pub struct StepOutcome {
    /// Which resource.
    #[serde(flatten)]
    pub id: ResourceId,
    /// How it ended.
    pub outcome: Outcome,
    /// Of the thing itself, or of the thing that the policy or configuration is on; `None` when it
    /// is not known.
    pub arn: Option<String>,
    /// Why it failed: the whole message.
    pub error: Option<String>,
    /// What to do about it.
    pub hint: Option<String>,
    /// The step that failed first.
    pub blocked_by: Option<ResourceId>,
    /// The message of another team that it waits for.
    pub awaits: Option<Awaits>,
    /// Wall time, waits included. 0 for kept and blocked steps.
    pub seconds: f64,
    /// What a person should know about it.
    pub notes: Vec<String>,
}

impl StepOutcome {
    /// It does not go on, or not for all links.
    pub fn stands_still(&mut self, blocked: &Blocked) {
        match &blocked.awaits {
            Some(awaits) => {
                self.outcome = Outcome::Awaited;
                self.awaits = Some(awaits.clone());
            }
            None => {
                self.outcome = Outcome::Blocked;
                self.blocked_by = Some(blocked.by.clone());
            }
        }
    }
}
