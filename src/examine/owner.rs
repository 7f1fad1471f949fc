//! Where a bucket is and whose it is, of nothing but its name.
//!
//! S3 says to anybody in which Region a bucket is, and to nobody who owns it. So each account is asked
//! for the bucket as its own.
//!
//! Deliberately absent: what else there is to know of the bucket.

use futures_util::future::join_all;

use crate::arn::Region;
use crate::aws::{Account, AwsError, Lane, Operation, Patience};
use crate::doctor::{Read, Unread};

use super::accounts::Accounts;
use super::part::{bucket_arn, part, permission, unasked};

/// A bucket that exists.
pub struct Place<'a> {
    pub region: Region,
    /// The account that owns it, if it is one of ours.
    pub owner: Option<&'a Account>,
    /// Accounts that are known not to own it.
    pub not_owned_by: Vec<String>,
    /// Why it is not known who owns it.
    pub unowned: Unread,
    /// `GetBucketVersioning`, which is how the owner was asked.
    pub versioning: Read<String>,
}

/// What an account says of a bucket that might be its own.
enum Answer {
    Its(Read<String>),
    NotIts,
    Unknown(Unread),
}

/// Looks for a bucket; `account` is the one that a rule says.
pub async fn find<'a>(accounts: &Accounts<'a>, name: &str, account: Option<&str>) -> Read<Place<'a>> {
    let ours = accounts.beginning_with(account);
    let Some(first) = ours.first() else { return unasked("no credentials were given") };
    let region = match region(first, name).await {
        Read::Known(region) => region,
        Read::Absent => return Read::Absent,
        Read::Unread(unread) => return Read::Unread(unread),
    };
    let asked = join_all(ours.iter().map(|account| ask(account, &region, name))).await;
    let mut place = Place {
        region,
        owner: None,
        not_owned_by: Vec::new(),
        unowned: Unread {
            account: account.map(str::to_owned),
            operation: Some(Operation::GetBucketVersioning.to_string()),
            permission: permission(Operation::GetBucketVersioning, 0, &bucket_arn(first, name)),
            why: format!("bucket {name} belongs to no account that credentials were given for"),
        },
        versioning: Read::Absent,
    };
    for (account, answer) in ours.into_iter().zip(asked) {
        match answer {
            Answer::Its(versioning) => {
                place.owner = Some(account);
                place.versioning = versioning;
            }
            Answer::NotIts => place.not_owned_by.push(account.id().to_string()),
            Answer::Unknown(unread) => place.unowned = unread,
        }
    }
    Read::Known(place)
}

/// Every answer names the Region, also a refusal and the redirection of a Region that is the wrong one
/// (<https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html>).
async fn region(account: &Account, name: &str) -> Read<Region> {
    let s3 = account.s3(account.home());
    let request = s3.client.head_bucket().bucket(name);
    let answer = s3.find(Operation::HeadBucket, &format!("bucket {name}"), || request.clone().send()).await;
    let named = match &answer {
        Ok(Some(answer)) => answer.bucket_region().map(str::to_owned),
        Ok(None) => return Read::Absent,
        Err(error) => error.bucket_region.clone(),
    };
    match (named.map(|region| region.parse()), answer) {
        (Some(Ok(region)), _) => Read::Known(region),
        // It was answered where it was asked, if with a refusal.
        (_, Ok(_)) => Read::Known(account.home().clone()),
        (_, Err(error)) if error.is_denied() => Read::Known(account.home().clone()),
        (_, error) => part(error.map(|_| None), &bucket_arn(account, name)),
    }
}

async fn ask(account: &Account, region: &Region, name: &str) -> Answer {
    let s3 = account.s3(region);
    let request = s3.client.get_bucket_versioning().bucket(name).expected_bucket_owner(s3.account_id());
    let answer =
        s3.find(Operation::GetBucketVersioning, &format!("bucket {name}"), || request.clone().send()).await;
    let status = |answer: aws_sdk_s3::operation::get_bucket_versioning::GetBucketVersioningOutput| {
        answer.status.map_or(Read::Absent, |status| Read::Known(status.as_str().to_owned()))
    };
    let denied = answer.as_ref().is_err_and(AwsError::is_denied);
    let read = part(answer, &bucket_arn(account, name)).and_then(status);
    match read {
        // The owner alone is answered; a bucket that was never versioned is there all the same.
        Read::Known(_) | Read::Absent => Answer::Its(read),
        Read::Unread(unread) if denied => match owns(&s3, name).await {
            Ok(true) => Answer::Its(Read::Unread(unread)),
            Ok(false) => Answer::NotIts,
            Err(error) => Answer::Unknown(either(unread, &error)),
        },
        Read::Unread(unread) => Answer::Unknown(unread),
    }
}

/// One of the two would do: the bucket's own, or the list of the account's buckets.
fn either(unread: Unread, error: &AwsError) -> Unread {
    let list = permission(Operation::ListBuckets, 0, "*").filter(|_| error.is_denied());
    let both = unread.permission.iter().cloned().chain(list).collect::<Vec<_>>().join(", or ");
    Unread { permission: Some(both).filter(|both| !both.is_empty()), ..unread }
}

/// A refusal does not tell whether the bucket is another's or the caller may not: the list of the
/// account's buckets does.
async fn owns(s3: &Lane<aws_sdk_s3::Client>, name: &str) -> Result<bool, AwsError> {
    let mut token = None;
    loop {
        let request = s3.client.list_buckets().prefix(name).set_continuation_token(token);
        let send = || request.clone().send();
        let page = s3.call(Operation::ListBuckets, &"buckets", Patience::repeatable(), send).await?;
        if page.buckets().iter().any(|bucket| bucket.name() == Some(name)) {
            return Ok(true);
        }
        token = page.continuation_token;
        if token.is_none() {
            return Ok(false);
        }
    }
}
