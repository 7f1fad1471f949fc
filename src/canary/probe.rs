//! One canary after the other for links that share it: put, wait, judge, once more if that is fair.

use std::time::Duration;

use aws_sdk_s3::types::ReplicationStatus;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::aws::{AwsError, Operation};
use crate::event::{Event, Events};
use crate::topology::{Link, LinkName};

use super::broom::{self, PREFIX, Put};
use super::compare::{self, Judged};
use super::object::{self, Canary, Variant};
use super::result::{LOOK, LinkResult, LinkStatus, NO_RULE};
use super::{CheckOptions, Side, run};

/// A role that was made less than this ago may still be refused for no lasting reason.
pub const YOUNG: Duration = Duration::from_secs(60);

/// Between two looks at the source object: growing, and never long enough to lose much at the end.
const FIRST_LOOK: Duration = Duration::from_millis(100);
const LONGEST_LOOK: Duration = Duration::from_secs(15);

/// A new rule may take a moment to select objects: a change of the configuration takes "a while" to reach
/// all of S3 (<https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketReplication.html>), and nothing
/// says when an object has its status. One that has none after this long was passed over.
const SELECTION: Duration = Duration::from_secs(20);

/// Links of one source bucket with the same filter.
pub struct Probe<'a> {
    pub links: &'a [(&'a LinkName, &'a Link)],
    pub from: &'a Side<'a>,
    /// Every bucket that the canary may reach and where it can be removed.
    pub reached: &'a [Side<'a>],
    /// Rules to more than one destination take it: S3's status is then that of all of them together.
    pub shared: bool,
    pub options: &'a CheckOptions,
    pub events: &'a Events,
    pub stop: &'a CancellationToken,
    pub role_is_young: bool,
}

/// What S3 has made of a canary.
#[derive(Debug, PartialEq)]
enum Verdict {
    /// Done, or failed for at least one destination.
    Settled(ReplicationStatus),
    /// Still pending at the deadline.
    Pending,
    /// Never selected by any rule.
    Unselected,
    /// Removed by somebody while it was waited for.
    Gone,
    Interrupted,
}

impl Probe<'_> {
    /// Proves the links and writes what it finds into `results`, which are in their order.
    pub async fn prove(&self, results: &mut [LinkResult]) {
        let variants: &[Variant] = match self.options.variants {
            true => &[Variant::Plain, Variant::Multipart, Variant::Tagged],
            false => &[Variant::Plain],
        };
        let mut put = Put::default();
        let mut settled = true;
        for variant in variants {
            settled &= self.prove_variant(*variant, &mut put, results).await;
        }
        self.say("removing the canary");
        let mut left = broom::sweep(self.prefix(), &put, self.from, self.reached, settled).await;
        if self.options.variants {
            left.extend(broom::sweep_uploads(self.prefix(), &put, self.from).await);
        }
        for result in results {
            result.problems.extend(left.iter().cloned());
        }
    }

    fn prefix(&self) -> &str {
        self.links.first().map_or("", |(_, link)| &link.prefix)
    }

    fn say(&self, state: &str) {
        for (link, _) in self.links {
            self.events.send(Event::Canary { link: (*link).clone(), state: state.to_owned() });
        }
    }

    /// Whether S3 is done with the canaries that were put.
    async fn prove_variant(&self, variant: Variant, put: &mut Put, results: &mut [LinkResult]) -> bool {
        let mut second_try = false;
        loop {
            let canary = match self.put(variant, put).await {
                Ok(canary) => canary,
                Err(error) => {
                    // Without an answer it may have been put all the same: the broom looks.
                    conclude(
                        results,
                        variant,
                        LinkStatus::NotRun,
                        vec![format!("the canary could not be put: {error}")],
                    );
                    return !error.is_uncertain();
                }
            };
            put.canaries.push(canary.clone());
            let begun = Instant::now();
            let verdict = match self.wait(&canary, begun).await {
                Ok(verdict) => verdict,
                Err(error) => {
                    conclude(
                        results,
                        variant,
                        LinkStatus::NotRun,
                        vec![format!("the canary could not be followed: {error}")],
                    );
                    return false;
                }
            };
            let failed = matches!(verdict, Verdict::Settled(ReplicationStatus::Failed) | Verdict::Unselected);
            if failed && self.role_is_young && !second_try {
                self.say("refused, but the role is new: trying once more");
                second_try = true;
                continue;
            }
            let settled = matches!(verdict, Verdict::Settled(_));
            for ((_, link), result) in self.links.iter().zip(results) {
                let seconds = begun.elapsed().as_secs_f64();
                self.conclude_link(variant, &canary, &verdict, link, seconds, result).await;
            }
            return settled;
        }
    }

    async fn put(&self, variant: Variant, put: &mut Put) -> Result<Canary, AwsError> {
        let mut tags: Vec<(String, String)> =
            self.links.first().map(|(_, link)| link.tags.clone().into_iter().collect()).unwrap_or_default();
        if variant == Variant::Tagged {
            tags.push(("bucketbridge-canary".to_owned(), "tagged".to_owned()));
        }
        self.say("putting the canary");
        let key = format!("{}{PREFIX}{}{}", self.prefix(), run::name(self.options.timeout), variant.suffix());
        put.keys.insert(key.clone());
        object::put(self.from, &key, &tags, variant).await
    }

    async fn wait(&self, canary: &Canary, begun: Instant) -> Result<Verdict, AwsError> {
        let s3 = self.from.s3();
        let request = s3
            .client
            .head_object()
            .bucket(self.from.name())
            .key(&canary.key)
            .version_id(&canary.version)
            .expected_bucket_owner(s3.account_id());
        let resource = format!("bucket {}, canary {}", self.from.name(), canary.key);
        let mut look = FIRST_LOOK;
        loop {
            tokio::select! {
                () = tokio::time::sleep(look) => {}
                () = self.stop.cancelled() => return Ok(Verdict::Interrupted),
            }
            look = look.mul_f64(1.5).min(LONGEST_LOOK);
            let Some(head) = s3.find(Operation::HeadObject, &resource, || request.clone().send()).await?
            else {
                return Ok(Verdict::Gone);
            };
            let waited = begun.elapsed();
            let last = waited + look > self.options.timeout;
            let status = head.replication_status;
            let state = if status.is_some() { "PENDING" } else { "not selected" };
            if status.is_none() {
                look = look.min(SELECTION.saturating_sub(waited));
            }
            if let Some(verdict) = verdict(status, waited, last) {
                return Ok(verdict);
            }
            self.say(&format!("{state} for {} s", waited.as_secs()));
        }
    }

    async fn conclude_link(
        &self,
        variant: Variant,
        canary: &Canary,
        verdict: &Verdict,
        link: &Link,
        seconds: f64,
        result: &mut LinkResult,
    ) {
        let to = self.reached.iter().find(|side| *side.live.name() == link.to);
        let status = match verdict {
            Verdict::Interrupted => {
                let why = "the run was interrupted while the canary was under way".to_owned();
                return conclude_one(result, variant, LinkStatus::NotRun, vec![why]);
            }
            Verdict::Gone => {
                let why = format!("somebody removed the canary {} while it was waited for", canary.key);
                return conclude_one(result, variant, LinkStatus::NotRun, vec![why]);
            }
            Verdict::Unselected => {
                let why = format!(
                    "no rule of bucket {} in account {} selected the canary {}",
                    self.from.name(),
                    self.from.bucket.account,
                    canary.key
                );
                let problems = vec![why, NO_RULE.to_owned()];
                return conclude_one(result, variant, LinkStatus::Failed, problems);
            }
            Verdict::Pending => LinkStatus::Pending,
            Verdict::Settled(ReplicationStatus::Failed) => LinkStatus::Failed,
            // Only whoever has the destination sees the replica.
            Verdict::Settled(_) if to.is_none() => {
                result.seconds = Some(result.seconds.unwrap_or(0.0).max(seconds));
                let why = format!(
                    "S3 says COMPLETED for version {} of {}: whoever has bucket {} proves it with `bucketbridge check`",
                    canary.version, canary.key, link.to
                );
                return conclude_one(result, variant, LinkStatus::Completed, vec![why]);
            }
            Verdict::Settled(_) => LinkStatus::Replicated,
        };
        let Some(to) = to else {
            return conclude_one(result, variant, status, self.explain(status, canary));
        };
        // Of several destinations one may have failed while this one has its replica.
        if status != LinkStatus::Replicated && !self.shared {
            return conclude_one(result, variant, status, self.explain(status, canary));
        }
        match compare::judge(canary, self.from, to, link.owner_override).await {
            Err(error) => {
                let why = format!("the replica could not be read: {error}");
                conclude_one(result, variant, LinkStatus::NotRun, vec![why]);
            }
            Ok(None) if status == LinkStatus::Replicated => {
                let why = format!("S3 says COMPLETED, but bucket {} has no such version", to.name());
                conclude_one(result, variant, LinkStatus::WrongReplica, vec![why]);
            }
            Ok(None) => conclude_one(result, variant, status, self.explain(status, canary)),
            Ok(Some(Judged { replica, problems, remarks })) => {
                result.replica = Some(replica);
                result.seconds = Some(result.seconds.unwrap_or(0.0).max(seconds));
                let status =
                    if problems.is_empty() { LinkStatus::Replicated } else { LinkStatus::WrongReplica };
                conclude_one(result, variant, status, problems);
                for remark in remarks {
                    if !result.problems.contains(&remark) {
                        result.problems.push(remark);
                    }
                }
            }
        }
    }

    fn explain(&self, status: LinkStatus, canary: &Canary) -> Vec<String> {
        let canary = format!("s3://{}/{}", self.from.name(), canary.key);
        match status {
            LinkStatus::Pending => vec![format!(
                "S3 still said PENDING for {canary} after {} s; most objects take less than 15 minutes, some take \
                 hours: check again later, or with a longer `--timeout`",
                self.options.timeout.as_secs()
            )],
            _ => vec![format!("S3 says FAILED for {canary} and nothing more"), LOOK.to_owned()],
        }
    }
}

/// What has become of a canary with this status after a time; none while that is open. `last`: there will be
/// no further look.
fn verdict(status: Option<ReplicationStatus>, waited: Duration, last: bool) -> Option<Verdict> {
    match status {
        Some(ReplicationStatus::Pending) => last.then_some(Verdict::Pending),
        Some(status) => Some(Verdict::Settled(status)),
        None => (last || waited >= SELECTION).then_some(Verdict::Unselected),
    }
}

fn conclude(results: &mut [LinkResult], variant: Variant, status: LinkStatus, problems: Vec<String>) {
    for result in results {
        conclude_one(result, variant, status, problems.clone());
    }
}

/// A link is as good as its worst variant.
fn conclude_one(result: &mut LinkResult, variant: Variant, status: LinkStatus, problems: Vec<String>) {
    let named = |problem| match variant {
        Variant::Plain => problem,
        Variant::Multipart => format!("multipart: {problem}"),
        Variant::Tagged => format!("tagged: {problem}"),
    };
    result.problems.extend(problems.into_iter().map(named));
    let first = variant == Variant::Plain;
    if first || severity(status) > severity(result.status) {
        result.status = status;
    }
}

fn severity(status: LinkStatus) -> u8 {
    match status {
        LinkStatus::Replicated | LinkStatus::Completed => 0,
        LinkStatus::NotRun | LinkStatus::Awaited => 1,
        LinkStatus::Pending => 2,
        LinkStatus::WrongReplica => 3,
        LinkStatus::Failed => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_canary_that_no_rule_takes_is_not_waited_for_to_the_end() {
        let second = Duration::from_secs(1);
        let pending = || Some(ReplicationStatus::Pending);
        assert_eq!(verdict(None, second, false), None);
        assert_eq!(verdict(None, SELECTION, false), Some(Verdict::Unselected));
        assert_eq!(verdict(None, second, true), Some(Verdict::Unselected));
        assert_eq!(verdict(pending(), SELECTION * 10, false), None);
        assert_eq!(verdict(pending(), SELECTION * 10, true), Some(Verdict::Pending));
        let failed = || ReplicationStatus::Failed;
        assert_eq!(verdict(Some(failed()), second, false), Some(Verdict::Settled(failed())));
    }
}
