//! What every new bucket has on AWS and not in the emulator: owner-enforced
//! ownership, all public access blocked, SSE-S3 by default.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/create-bucket-faq.html>,
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html>

use crate::world::World;

const ENCRYPTION: &str = "<ServerSideEncryptionConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault><BucketKeyEnabled>false</BucketKeyEnabled></Rule></ServerSideEncryptionConfiguration>";
const OWNERSHIP: &str = "<OwnershipControls xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule></OwnershipControls>";
const PUBLIC_ACCESS: &str = "<PublicAccessBlockConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>true</IgnorePublicAcls><BlockPublicPolicy>true</BlockPublicPolicy><RestrictPublicBuckets>true</RestrictPublicBuckets></PublicAccessBlockConfiguration>";

/// After `CreateBucket` and `DeleteBucketEncryption`.
pub fn fill_in(world: &World, operation: &str, bucket: &str) {
    world.bucket_mut(bucket, |bucket| {
        bucket.encryption_config.get_or_insert_with(|| ENCRYPTION.to_owned());
        if operation == "CreateBucket" {
            bucket.ownership_controls.get_or_insert_with(|| OWNERSHIP.to_owned());
            bucket.public_access_block.get_or_insert_with(|| PUBLIC_ACCESS.to_owned());
        }
    });
}
