//! The KMS key of an object: which one a write uses, and whether the caller
//! may use it for writing and reading.
//!
//! The emulator stores bodies as they are; what matters here is which key an
//! object is under, whether its bucket key flag is set, and who may use the
//! key. The outcome is written into the request's own headers, so that the
//! emulator records exactly it.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html>,
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html>

use fakecloud_core::service::{AwsRequest, AwsServiceError};
use fakecloud_kms::KmsKey;
use http::{HeaderMap, HeaderValue};

use crate::actions::keys::{on_key, through_s3};
use crate::arn::{Arn, partition_of_region};
use crate::authority::{Ask, Caller};
use crate::services::s3::S3Request;
use crate::services::{denial, error};
use crate::world::{Governing, World};

const ALGORITHM: &str = "x-amz-server-side-encryption";
const KEY: &str = "x-amz-server-side-encryption-aws-kms-key-id";
const BUCKET_KEY: &str = "x-amz-server-side-encryption-bucket-key-enabled";

const DUAL_LAYER: &str = "aws:kms:dsse";

/// How an object is encrypted, or is to be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Encryption {
    pub algorithm: Option<String>,
    pub key: Option<String>,
    pub bucket_key: Option<bool>,
}

impl Encryption {
    pub fn is_kms(&self) -> bool {
        self.algorithm.as_deref().is_some_and(|name| name.starts_with("aws:kms"))
    }

    /// The default encryption of a bucket, from its configuration.
    pub fn default_of(configuration: Option<&str>) -> Self {
        let Some(document) = configuration.and_then(|text| roxmltree::Document::parse(text).ok()) else {
            return Encryption::default();
        };
        let text = |name: &str| {
            document
                .descendants()
                .find(|node| node.tag_name().name() == name)
                .and_then(|node| node.text())
                .map(|text| text.trim().to_owned())
                .filter(|text| !text.is_empty())
        };
        Encryption {
            algorithm: text("SSEAlgorithm"),
            key: text("KMSMasterKeyID"),
            bucket_key: text("BucketKeyEnabled").map(|flag| flag.eq_ignore_ascii_case("true")),
        }
    }

    /// What a write asks for, filled up from the bucket's default.
    fn of_write(headers: &HeaderMap, default: Encryption) -> Self {
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let bucket_key =
            header(BUCKET_KEY).map(|flag| flag.eq_ignore_ascii_case("true")).or(default.bucket_key);
        let mut encryption = match header(ALGORITHM) {
            Some(algorithm) => Encryption { algorithm: Some(algorithm), key: header(KEY), bucket_key },
            None => Encryption { bucket_key, ..default },
        };
        // Bucket keys are not supported there:
        // https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingDSSEncryption.html
        if encryption.algorithm.as_deref() == Some(DUAL_LAYER) {
            encryption.bucket_key = None;
        }
        encryption
    }
}

pub fn check(
    world: &World,
    caller: &Caller,
    request: &mut AwsRequest,
    s3: &S3Request,
) -> Result<(), AwsServiceError> {
    let (Some(bucket), Some(key), Some(owner)) = (&s3.bucket, &s3.key, &s3.owner) else {
        return Ok(());
    };
    let place = Place { world, caller, bucket, key, region: s3.region.as_deref().unwrap_or_default() };
    match s3.operation {
        "PutObject" | "CopyObject" | "CreateMultipartUpload" => place.write(request, owner),
        "UploadPart" | "UploadPartCopy" | "CompleteMultipartUpload" => {
            let upload = request.query_params.get("uploadId").cloned().unwrap_or_default();
            let encryption = world.bucket(bucket, |_, bucket| {
                bucket.multipart_uploads.get(&upload).map(|upload| Encryption {
                    algorithm: upload.sse_algorithm.clone(),
                    key: upload.sse_kms_key_id.clone(),
                    bucket_key: upload.bucket_key_enabled,
                })
            });
            place.demand("Decrypt", encryption.flatten())
        }
        "GetObject" => place.demand("Decrypt", place.stored(s3.version.as_deref())),
        // A plain HEAD opens nothing; one for the checksum does.
        "HeadObject" if request.headers.contains_key("x-amz-checksum-mode") => {
            place.demand("Decrypt", place.stored(s3.version.as_deref()))
        }
        _ => Ok(()),
    }
}

struct Place<'a> {
    world: &'a World,
    caller: &'a Caller,
    bucket: &'a str,
    key: &'a str,
    region: &'a str,
}

impl Place<'_> {
    fn write(&self, request: &mut AwsRequest, owner: &str) -> Result<(), AwsServiceError> {
        let default = self
            .world
            .bucket(self.bucket, |_, bucket| Encryption::default_of(bucket.encryption_config.as_deref()));
        let wanted = Encryption::of_write(&request.headers, default.unwrap_or_default());
        if !wanted.is_kms() {
            return Ok(());
        }
        let key = self.resolve(wanted.key.as_deref(), owner)?;
        usable(&key)?;
        let encryption = Encryption { key: Some(key.arn.clone()), ..wanted };
        self.demand("GenerateDataKey", Some(encryption.clone()))?;
        if request.headers.contains_key("x-amz-copy-source") {
            self.copy_source(&request.headers)?;
        }
        let mut put = |name: &'static str, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                request.headers.insert(name, value);
            }
        };
        put(ALGORITHM, encryption.algorithm.as_deref().unwrap_or("aws:kms"));
        put(KEY, &key.arn);
        put(BUCKET_KEY, if encryption.bucket_key == Some(true) { "true" } else { "false" });
        Ok(())
    }

    /// Without a key it is the owner's `aws/s3`; an id or alias is looked for
    /// in the account of the caller, an ARN in its own.
    fn resolve(&self, reference: Option<&str>, owner: &str) -> Result<KmsKey, AwsServiceError> {
        let keys = self.world.keys.region(self.region);
        let found = match reference {
            None | Some("alias/aws/s3" | "aws/s3") => keys.managed(owner, "s3"),
            Some(reference) => {
                let account = Arn::parse(reference).map_or(self.caller.account(), |arn| arn.account);
                keys.find(account, reference)
            }
        };
        found.ok_or_else(|| {
            let name = reference.unwrap_or_default();
            error(400, "KMS.NotFoundException", format!("Key '{name}' does not exist"))
        })
    }

    fn stored(&self, version: Option<&str>) -> Option<Encryption> {
        self.world
            .bucket(self.bucket, |_, bucket| {
                let object = match version {
                    Some(id) => bucket
                        .object_versions
                        .get(self.key)?
                        .iter()
                        .find(|object| object.version_id.as_deref() == Some(id))?,
                    None => bucket.objects.get(self.key)?,
                };
                Some(Encryption {
                    algorithm: object.sse_algorithm.clone(),
                    key: object.sse_kms_key_id.clone(),
                    bucket_key: object.bucket_key_enabled,
                })
            })
            .flatten()
    }

    fn copy_source(&self, headers: &HeaderMap) -> Result<(), AwsServiceError> {
        let source = headers.get("x-amz-copy-source").and_then(|value| value.to_str().ok());
        let source = source.unwrap_or_default();
        let (path, version) = match source.split_once("?versionId=") {
            Some((path, version)) => (path, Some(version)),
            None => (source, None),
        };
        let path = percent_encoding::percent_decode_str(path).decode_utf8_lossy();
        let Some((bucket, key)) = path.trim_start_matches('/').split_once('/') else {
            return Ok(());
        };
        let region = self.world.bucket(bucket, |_, bucket| bucket.region.clone());
        let place = Place { bucket, key, region: region.as_deref().unwrap_or_default(), ..*self };
        place.demand("Decrypt", place.stored(version))
    }

    /// Whether the caller may use the key through S3.
    fn demand(&self, action: &str, encryption: Option<Encryption>) -> Result<(), AwsServiceError> {
        let Some(encryption) = encryption.filter(Encryption::is_kms) else {
            return Ok(());
        };
        let arn = encryption.key.as_deref().unwrap_or_default();
        let Some(key) = self.world.keys.by_arn(arn) else {
            return Err(error(400, "KMS.NotFoundException", format!("Key '{arn}' does not exist")));
        };
        usable(&key)?;
        let keys = self.world.keys.region(self.region);
        let context = context_arn(self.region, self.bucket, self.key, encryption.bucket_key);
        let need = through_s3(on_key(action, &key, &keys, self.caller.account()), self.region, &context);
        let ask = Ask {
            action: &need.action,
            resource: &need.resource,
            context: need.context(self.caller.context(self.region)),
        };
        let owner = key.arn.split(':').nth(4).unwrap_or_default();
        let judgement = self.world.judge(self.caller, owner, Governing::Key(&key), &ask);
        if judgement.is_allowed() {
            return Ok(());
        }
        Err(error(403, "AccessDenied", denial(self.caller, &need, judgement)))
    }
}

/// The `aws:s3:arn` of the encryption context: the bucket's with a bucket
/// key, the object's without.
pub fn context_arn(region: &str, bucket: &str, key: &str, bucket_key: Option<bool>) -> String {
    let partition = partition_of_region(region);
    if bucket_key == Some(true) {
        format!("arn:{partition}:s3:::{bucket}")
    } else {
        format!("arn:{partition}:s3:::{bucket}/{key}")
    }
}

fn usable(key: &KmsKey) -> Result<(), AwsServiceError> {
    match key.key_state.as_str() {
        "Enabled" => Ok(()),
        "Disabled" => Err(error(400, "KMS.DisabledException", format!("{} is disabled.", key.arn))),
        state => Err(error(
            400,
            "KMS.KMSInvalidStateException",
            format!("{} is pending deletion or otherwise unusable ({state}).", key.arn),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_layers_go_without_a_bucket_key() {
        let default = Encryption { bucket_key: Some(true), ..Encryption::default() };
        for (algorithm, bucket_key) in [("aws:kms", Some(true)), (DUAL_LAYER, None)] {
            let mut headers = HeaderMap::new();
            headers.insert(ALGORITHM, algorithm.parse().unwrap());
            let written = Encryption::of_write(&headers, default.clone());
            assert_eq!(written.bucket_key, bucket_key, "{algorithm}");
        }
    }
}
