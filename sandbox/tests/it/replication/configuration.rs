//! Storing a configuration and getting it back.

use aws_sdk_s3::types::{
    BucketVersioningStatus, Metrics, MetricsStatus, ReplicationRule, ReplicationTime, ReplicationTimeStatus,
    ReplicationTimeValue, VersioningConfiguration,
};
use bucketbridge_sandbox::Sandbox;

use super::estate::{Estate, FROM, TO};
use crate::bench::{Clients, code, make_bucket, run, sandbox, version};

async fn suspend(clients: &Clients, bucket: &str) -> Result<(), String> {
    let suspended = VersioningConfiguration::builder().status(BucketVersioningStatus::Suspended).build();
    let put = clients.s3.put_bucket_versioning().bucket(bucket);
    let done = put.versioning_configuration(suspended).send().await;
    done.map(|_| ()).map_err(|error| code(&error).to_owned())
}

async fn put(estate: &Estate, rule: ReplicationRule) -> Result<(), String> {
    let put = estate.prod.s3.put_bucket_replication().bucket(FROM);
    let put = put.replication_configuration(estate.configuration(rule));
    match put.send().await {
        Ok(_) => Ok(()),
        Err(error) => Err(format!("{error:?}")),
    }
}

fn estate(test: impl AsyncFnOnce(Estate, &Sandbox)) {
    let sandbox = sandbox();
    run(async {
        let estate = Estate::without_rule(&sandbox).await;
        test(estate, &sandbox).await;
    });
}

#[test]
fn what_was_put_is_what_is_got() {
    estate(async |estate, _| {
        let mut rule = estate.rule();
        let minutes = ReplicationTimeValue::builder().minutes(15).build();
        let time = ReplicationTime::builder()
            .status(ReplicationTimeStatus::Enabled)
            .time(minutes.clone())
            .build()
            .unwrap();
        let metrics =
            Metrics::builder().status(MetricsStatus::Enabled).event_threshold(minutes).build().unwrap();
        let destination = estate.destination().replication_time(time).metrics(metrics);
        rule.destination = Some(destination.build().unwrap());
        estate.put_rule(rule.clone()).await;
        let got = estate.prod.s3.get_bucket_replication().bucket(FROM).send().await.unwrap();
        let got = got.replication_configuration().unwrap();
        assert_eq!(got.role(), estate.role);
        assert_eq!(got.rules(), [rule]);

        assert_eq!(suspend(&estate.prod, FROM).await, Err("InvalidBucketState".to_owned()));
        estate.prod.s3.delete_bucket_replication().bucket(FROM).send().await.unwrap();
        let error = estate.prod.s3.get_bucket_replication().bucket(FROM).send().await;
        assert_eq!(code(&error.unwrap_err()), "ReplicationConfigurationNotFoundError");
        assert_eq!(suspend(&estate.prod, FROM).await, Ok(()));
    });
}

#[test]
fn both_buckets_have_to_be_versioned() {
    estate(async |estate, _| {
        suspend(&estate.backup, TO).await.unwrap();
        let refused = put(&estate, estate.rule()).await.unwrap_err();
        assert!(refused.contains("Destination bucket must have versioning enabled"), "{refused}");
        assert!(refused.contains("InvalidRequest"), "{refused}");
        version(&estate.backup, TO).await;
        put(&estate, estate.rule()).await.expect("now it is");
        estate.prod.s3.delete_bucket_replication().bucket(FROM).send().await.unwrap();
        suspend(&estate.prod, FROM).await.unwrap();
        let refused = put(&estate, estate.rule()).await.unwrap_err();
        assert!(refused.contains("Versioning must be 'Enabled'"), "{refused}");
    });
}

#[test]
fn incomplete_rules_are_refused() {
    estate(async |estate, _| {
        let refused = async |change: fn(&mut ReplicationRule)| {
            let mut rule = estate.rule();
            change(&mut rule);
            put(&estate, rule).await.unwrap_err()
        };
        let text = refused(|rule| rule.delete_marker_replication = None).await;
        assert!(text.contains("DeleteMarkerReplication must be specified"), "{text}");
        let text = refused(|rule| rule.priority = None).await;
        assert!(text.contains("Priority must be specified"), "{text}");
        let text = refused(|rule| rule.source_selection_criteria = None).await;
        assert!(text.contains("SseKmsEncryptedObjects must be specified"), "{text}");
        let text = refused(|rule| {
            let destination = rule.destination.as_mut().unwrap();
            destination.encryption_configuration = None;
        })
        .await;
        assert!(text.contains("ReplicaKmsKeyID must be specified"), "{text}");
        let text = refused(|rule| {
            let destination = rule.destination.as_mut().unwrap();
            let key = destination.encryption_configuration.as_mut().unwrap();
            key.replica_kms_key_id = Some("alias/bare".to_owned());
        })
        .await;
        assert!(text.contains("Invalid ReplicaKmsKeyID ARN"), "{text}");
        let text = refused(|rule| {
            rule.destination.as_mut().unwrap().bucket = "arn:aws:s3:::nowhere".to_owned();
        })
        .await;
        assert!(text.contains("Destination bucket must exist"), "{text}");
    });
}

#[test]
fn a_configuration_goes_with_its_bucket() {
    estate(async |estate, _| {
        put(&estate, estate.rule()).await.unwrap();
        estate.prod.s3.delete_bucket().bucket(FROM).send().await.unwrap();
        make_bucket(&estate.prod, FROM, crate::bench::SOURCE).await;
        let error = estate.prod.s3.get_bucket_replication().bucket(FROM).send().await;
        assert_eq!(code(&error.unwrap_err()), "ReplicationConfigurationNotFoundError");
    });
}
