//! The requests that S3 makes for a rule's object, each with what the documents answer.
//!
//! Deliberately absent: naming causes.

use crate::iam::evaluate::{Caller, Context, Decision, Match, Request, Seen, Verdict, decide};

use super::finding::{Asked, Severity};
use super::papers::Papers;
use super::scene::{NamedKey, Scene};
use super::snapshot::{ObjectChange, Unread};
use super::step::{Step, Target};
use super::subject::Sse;
use super::verdict::JudgedRequest;

/// The name that S3 gives the role's sessions
/// (<https://github.com/ministryofjustice/modernisation-platform/issues/13496>).
const SESSION: &str = "s3-replication";

/// A request and its answer.
#[derive(Debug, Clone)]
pub(super) struct Heard {
    pub step: Step,
    pub request: Request,
    pub asked: Asked,
    pub papers: Papers,
    pub decision: Decision,
    /// Whether the object does not replicate without it. Tags are left away without an error, what AWS
    /// says of bucket keys is contradicted by its own examples, and a delete marker is another change.
    pub decides: bool,
}

/// A rule whose requests were heard.
#[derive(Debug, Clone)]
pub(super) struct Hearing<'a> {
    pub scene: Scene<'a>,
    pub heard: Vec<Heard>,
    /// What could not be read, and what S3's requests do not tell.
    pub unread: Vec<Unread>,
}

impl<'a> Hearing<'a> {
    pub(super) fn of(scene: Scene<'a>) -> Self {
        let mut unread = scene.unread();
        let heard: Vec<Heard> =
            steps(&scene).into_iter().filter_map(|step| Heard::of(&scene, step)).collect();
        let serves = plain_read_serves(&scene);
        let may_read = |step| heard.iter().any(|h| h.step == step && h.verdict() == Verdict::Allowed);
        // What hangs on something unknown decides nothing where something else lets it.
        let read = may_read(Step::ReadObject) || serves && may_read(Step::ReadPlainObject);
        for heard in &heard {
            let idle = heard.step == Step::ReadPlainObject && (read || !serves)
                || heard.step == Step::ReadObject && read;
            if heard.verdict() == Verdict::CannotTell && heard.decides && !idle {
                unread.extend(heard.unknown());
            }
        }
        unread.sort();
        unread.dedup();
        Self { scene, heard, unread }
    }

    /// The answer to a step, if S3 makes it.
    pub(super) fn get(&self, step: Step) -> Option<&Heard> {
        self.heard.iter().find(|heard| heard.step == step)
    }

    /// The steps that are refused, but for those whose place another takes: `GetObjectVersion` serves
    /// for objects without a KMS key too.
    pub(super) fn refused(&self) -> impl Iterator<Item = &Heard> {
        let plain = plain_read_serves(&self.scene)
            && self.get(Step::ReadPlainObject).is_some_and(|heard| !heard.is_refused());
        self.heard.iter().filter(move |heard| {
            let stands_in = heard.step == Step::ReadPlainObject || heard.step == Step::ReadObject && plain;
            heard.is_refused() && !stands_in
        })
    }

    pub(super) fn judged(&self) -> Vec<JudgedRequest> {
        let judged = |heard: &Heard| JudgedRequest {
            step: heard.step.purpose(),
            asked: heard.asked.clone(),
            decision: heard.decision.clone(),
        };
        let serves = plain_read_serves(&self.scene);
        self.heard.iter().filter(|h| serves || h.step != Step::ReadPlainObject).map(judged).collect()
    }
}

/// Whether `GetObjectVersion` lets S3 read the object: not under a KMS key
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html>).
fn plain_read_serves(scene: &Scene<'_>) -> bool {
    !matches!(scene.subject.sse, Sse::Kms | Sse::Unknown)
}

/// What S3 does for the object, in its order.
fn steps(scene: &Scene<'_>) -> Vec<Step> {
    let mut steps = vec![Step::AssumeRole, Step::ReadConfiguration, Step::ListBucket];
    let subject = &scene.subject;
    let deletes = matches!(subject.change, ObjectChange::DeleteMarker | ObjectChange::LifecycleDeleteMarker);
    if deletes {
        steps.push(Step::WriteDeleteMarker);
        return steps;
    }
    steps.extend([Step::ReadObject, Step::ReadPlainObject, Step::ReadAcl, Step::ReadTags]);
    if scene.source.object_lock.known().is_some() {
        steps.extend([Step::ReadRetention, Step::ReadLegalHold]);
    }
    if subject.sse == Sse::Kms {
        steps.push(Step::Decrypt);
    }
    steps.extend([Step::WriteReplica, Step::WriteTags]);
    if scene.rule.replicates_delete_markers() {
        steps.push(Step::WriteDeleteMarker);
    }
    if scene.needs_owner_override() {
        steps.push(Step::OverrideOwner);
    }
    match subject.sse {
        Sse::Kms | Sse::Unknown => {
            steps.push(Step::Encrypt);
            if subject.bucket_key {
                steps.push(Step::DecryptReplica);
            }
        }
        Sse::None => steps.push(Step::GenerateDataKey),
        Sse::S3 | Sse::Customer => {}
    }
    steps
}

impl Heard {
    /// None where something that the request needs is not there: that is a finding of its own.
    fn of(scene: &Scene<'_>, step: Step) -> Option<Self> {
        let role = scene.role_arn.as_ref()?;
        let foreign = scene.source.owner.known().is_some_and(|owner| owner != role.account.as_str());
        if scene.role.is_absent() || foreign {
            return None;
        }
        let key = |named: &Option<NamedKey<'_>>| {
            let named = named.as_ref().filter(|named| !named.key.is_absent())?;
            Some((named.arn()?, named.account()?.to_owned()))
        };
        let account = |id: Option<&str>| id.unwrap_or("unknown").to_owned();
        let (resource, resource_account) = match step.target() {
            Target::Role => (role.to_string(), role.account.to_string()),
            Target::SourceBucket => (scene.source_arn(), account(scene.source_account())),
            Target::SourceObject => (scene.source_object(), account(scene.source_account())),
            Target::DestinationObject | Target::ReplicaKey if scene.is_its_own_destination() => return None,
            Target::DestinationObject if scene.destination.is_absent() => return None,
            Target::DestinationObject => (scene.destination_object(), account(scene.destination_account())),
            Target::SourceKey => key(&scene.source_key)?,
            Target::ReplicaKey if !serves(scene) => return None,
            Target::ReplicaKey => key(&scene.replica_key)?,
        };
        let principal = match step {
            Step::AssumeRole => Caller::Service("s3.amazonaws.com".to_owned()),
            _ => Caller::session_of(role, SESSION),
        };
        let papers = Papers::of(scene, step);
        let mentioned = papers.keys();
        let ask = |tls: &str| {
            let keys = super::context::keys(scene, step, tls, &mentioned);
            let known = |context: Context, (key, seen): &(String, Seen)| context.with(key, seen.clone());
            let mut context = keys.iter().fold(Context::partial(), known).with_caller(&principal);
            if !step.is_kms() {
                // A service's own keys are in no request to another.
                context = context.with("kms:CallerAccount", Seen::Absent);
            }
            let request = Request {
                principal: principal.clone(),
                action: step.action().to_owned(),
                resource: resource.clone(),
                resource_account: resource_account.clone(),
                context,
            };
            let decision = decide(&request, &papers.policies);
            (request, keys, decision)
        };
        let (mut request, keys, mut decision) = ask("1.2");
        if mentioned.iter().any(|key| key.eq_ignore_ascii_case("s3:TlsVersion"))
            && ask("1.3").2.verdict != decision.verdict
        {
            request.context = request.context.with("s3:TlsVersion", Seen::Unknown);
            decision = decide(&request, &papers.policies);
        }
        let asked = Asked::of(&request, &keys);
        let decides = match step {
            Step::ReadTags | Step::WriteTags | Step::DecryptReplica => false,
            // S3 wants to list the bucket for the sake of delete markers
            // (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html>).
            Step::WriteDeleteMarker | Step::ListBucket => !scene.subject.is_written(),
            _ => true,
        };
        Some(Self { step, request, asked, papers, decision, decides })
    }

    pub(super) fn verdict(&self) -> Verdict {
        self.decision.verdict
    }

    pub(super) fn is_refused(&self) -> bool {
        matches!(self.verdict(), Verdict::ExplicitlyDenied | Verdict::ImplicitlyDenied)
    }

    /// How much its refusal weighs.
    pub(super) fn severity(&self) -> Severity {
        match self.step {
            _ if self.decides => Severity::Error,
            // AWS's pages contradict each other on it, and it matters to objects with tags only.
            Step::WriteTags => Severity::Note,
            _ => Severity::Warning,
        }
    }

    /// Why it cannot be told.
    fn unknown(&self) -> Vec<Unread> {
        let mut unknown = self.papers.unread.clone();
        let undecided = self.decision.policies.iter().flat_map(|policy| {
            policy.statements.iter().filter(|s| s.outcome == Match::CannotTell).map(move |s| (policy, s))
        });
        for (policy, statement) in undecided {
            let name = statement.sid.clone().unwrap_or_else(|| format!("number {}", statement.index + 1));
            let keys: Vec<&str> = statement
                .elements
                .iter()
                .filter(|element| element.outcome == Match::CannotTell)
                .map(|element| element.key.as_deref().unwrap_or(element.element.as_str()))
                .collect();
            let why = format!(
                "whether statement {name} of the {} applies to {} hangs on {}, which S3's request does not tell",
                policy.label,
                self.request.action,
                if keys.is_empty() { "something unreadable".to_owned() } else { keys.join(", ") },
            );
            unknown.push(Unread { why, ..Unread::default() });
        }
        if unknown.is_empty() {
            let why = format!("what the documents say of {} cannot be told", self.request.action);
            unknown.push(Unread { why, ..Unread::default() });
        }
        unknown
    }
}

/// Whether the replica's key can serve at all; why not is a finding of its own.
fn serves(scene: &Scene<'_>) -> bool {
    let Some(named) = &scene.replica_key else { return false };
    let elsewhere = match (named.region(), scene.destination_region()) {
        (Some(key), Some(bucket)) => key != bucket,
        _ => false,
    };
    let foreign = named.is_managed_by_aws() && named.account() != scene.role_account();
    let other = named.managed_for().is_some_and(|service| service != "s3");
    !elsewhere && !foreign && !other
}
