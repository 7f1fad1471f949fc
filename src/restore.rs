//! Puts a document back as it was saved before a run changed it.
//!
//! Deliberately absent: deciding whether that is wise. The difference is shown, and a person agrees.

use crate::apply::outcome::{Outcome, StepOutcome};
use crate::aws::{Account, Patience};
use crate::resource::merge::{Target, merge, savable};
use crate::resource::place::{self, Text};
use crate::resource::{Action, Change, Difference, Done, ResourceId, Stop};
use crate::topology::AccountName;
use crate::trail::{Backup, Pen, Place};

/// A document that was saved, beside what is there now.
#[derive(Debug)]
pub struct Restoration {
    /// What putting it back would do.
    pub change: Change,
    place: Place,
    what: String,
    saved: Option<Text>,
    found: Option<Text>,
}

/// Reads what is there now.
///
/// # Errors
/// What is wrong with the backup, or with what is there; what the call failed with; or that AWS would
/// not save the document again.
pub async fn look(account: &Account, name: &AccountName, backup: &Backup) -> Result<Restoration, Stop> {
    let place = backup.place.clone();
    let (kind, resource, what) = place::words(&place);
    let unfit = |why: String| Stop::because(format!("the backup of {what} cannot be used: {why}"));
    let saved =
        backup.document.as_ref().map(|value| Text::saved(&place, value)).transpose().map_err(unfit)?;
    if saved.is_none() && matches!(place, Place::KeyPolicy { .. } | Place::TrustPolicy { .. }) {
        return Err(unfit("every key and every role has one, and it holds none".to_owned()));
    }
    let found = place::read(account, &place, &what).await?;
    let details = match (&found, &saved) {
        (None, None) => Vec::new(),
        (Some(found), None) => {
            let mut details = Text::between(Some(found), None);
            details.push(Difference::dropped("the document", "there was none when it was saved"));
            details
        }
        (found, Some(_)) => Text::between(found.as_ref(), saved.as_ref()),
    };
    let action = match (&found, details.is_empty()) {
        (_, true) => Action::Keep,
        (None, false) => Action::Create,
        (Some(_), false) => Action::Update,
    };
    if let (Some(Text::Policy(policy)), false) = (&saved, action == Action::Keep) {
        savable(&what, policy, &Default::default())?;
    }
    let id = ResourceId { account: name.clone(), kind, name: resource };
    let notes = vec![format!("saved {}", backup.saved)];
    Ok(Restoration { change: Change { id, action, details, notes, awaits: None }, place, what, saved, found })
}

impl Restoration {
    /// It is as it was saved.
    pub fn kept(&self) -> StepOutcome {
        StepOutcome {
            id: self.change.id.clone(),
            outcome: Outcome::Kept,
            arn: None,
            error: None,
            hint: None,
            blocked_by: None,
            awaits: None,
            seconds: 0.0,
            notes: Vec::new(),
        }
    }

    /// How putting it back ended.
    pub fn ended(&self, done: Result<Done<()>, Stop>) -> StepOutcome {
        match done {
            Ok(done) => StepOutcome { outcome: Outcome::Changed, notes: done.notes, ..self.kept() },
            Err(stop) => StepOutcome {
                outcome: if stop.untried { Outcome::Blocked } else { Outcome::Failed },
                error: Some(stop.message),
                hint: stop.hint,
                ..self.kept()
            },
        }
    }
}

/// Puts it back. The pen's basis is the document that was looked at: one that has changed since stops
/// it.
///
/// # Errors
/// What a call failed with; a document that has changed since it was shown.
pub async fn put_back(account: &Account, pen: &Pen, restoration: &Restoration) -> Result<Done<()>, Stop> {
    let Restoration { place, what, saved, found, .. } = restoration;
    let want = |now: Option<&Text>| match (now, saved) {
        // In whatever form AWS gives it back.
        (Some(now), Some(saved)) if now.same(saved) => Ok(Some(now.clone())),
        _ => Ok(saved.clone()),
    };
    let target = Target {
        what: what.clone(),
        place: place.clone(),
        ours: Default::default(),
        planned: Some(found.as_ref()),
        patience: Patience::repeatable(),
    };
    let merged = merge(
        account,
        pen,
        target,
        want,
        || place::read(account, place, what),
        |document, digests| place::write(account, pen, place, what, document, digests),
    )
    .await?;
    Ok(Done { live: (), notes: merged.notes })
}
