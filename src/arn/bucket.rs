//! The ARN of a bucket: the only one that has no account in it.
//!
//! Deliberately absent: the ARNs of objects, which only policies have.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{BucketName, NameError, Partition, refuse};

/// `arn:aws:s3:::bucket`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BucketArn {
    /// The partition of the bucket's Region.
    pub partition: Partition,
    /// The bucket's name.
    pub name: BucketName,
}

impl BucketArn {
    /// The ARN pattern of every object in the bucket.
    pub fn objects(&self) -> String {
        format!("{self}/*")
    }
}

text_for_serde!(BucketArn);

impl fmt::Display for BucketArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "arn:{}:s3:::{}", self.partition, self.name)
    }
}

impl FromStr for BucketArn {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        let fields: Vec<&str> = text.splitn(6, ':').collect();
        let ["arn", partition, "s3", "", "", name] = fields[..] else {
            return refuse("the ARN of a bucket looks like `arn:aws:s3:::bucket`");
        };
        Ok(Self { partition: partition.parse()?, name: name.parse()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_survives_parse_and_print() {
        for text in ["arn:aws:s3:::example-orders", "arn:aws-cn:s3:::a.b.c"] {
            assert_eq!(text.parse::<BucketArn>().expect(text).to_string(), text);
        }
        for bad in
            ["arn:aws:s3:::b", "arn:aws:s3:eu-west-1::abc", "arn:aws:s3:::abc/*", "arn:aws:s3:::*", "abc"]
        {
            assert!(bad.parse::<BucketArn>().is_err(), "{bad}");
        }
    }
}
