//! A policy document of any service, kept as the JSON that it is.
//!
//! What others wrote stays as it is, in content and order, because nothing is turned into types and
//! back: a merge only touches statements whose Sid is one of ours.
//!
//! Deliberately absent: refusing what AWS would refuse. AWS does that.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::change::Difference;

use super::meaning::{differences, same_statement};
use super::unique_id::is_unique_id;
use super::{Marker, unique};

/// A policy document.
#[derive(Debug, Clone, PartialEq)]
pub struct Document(Map<String, Value>);

/// A text that is no policy document.
#[derive(Debug, Clone, thiserror::Error)]
#[error("not a policy document: {0}")]
pub struct DocumentError(String);

impl Default for Document {
    fn default() -> Self {
        Self::of(Vec::new())
    }
}

impl Document {
    /// A document of these statements alone.
    pub fn of(statements: Vec<Value>) -> Self {
        let mut map = Map::new();
        map.insert("Version".to_owned(), json!("2012-10-17"));
        map.insert("Statement".to_owned(), Value::Array(statements));
        Self(map)
    }

    /// The document with this `Id`, which stands before its statements.
    pub fn with_id(self, id: &str) -> Self {
        let mut map = self.0;
        let statements = map.shift_remove_entry("Statement");
        map.insert("Id".to_owned(), json!(id));
        map.extend(statements);
        Self(map)
    }

    /// From what AWS gave back.
    ///
    /// # Errors
    /// When it is no JSON object, its statements are neither an object nor a list of objects, or a key
    /// is there twice, of which one would be lost.
    pub fn parse(text: &str) -> Result<Self, DocumentError> {
        unique::check(text).map_err(|e| DocumentError(e.to_string()))?;
        let value: Value = serde_json::from_str(text).map_err(|e| DocumentError(e.to_string()))?;
        let Value::Object(map) = value else {
            return Err(DocumentError("it is not a JSON object".to_owned()));
        };
        let statements = match map.get("Statement") {
            None => &[],
            Some(one @ Value::Object(_)) => std::slice::from_ref(one),
            Some(Value::Array(many)) => many.as_slice(),
            Some(_) => return Err(DocumentError("`Statement` is neither an object nor a list".to_owned())),
        };
        if statements.iter().all(Value::is_object) {
            Ok(Self(map))
        } else {
            Err(DocumentError("a statement is not an object".to_owned()))
        }
    }

    /// The statements, one or many.
    pub fn statements(&self) -> &[Value] {
        match self.0.get("Statement") {
            Some(Value::Array(many)) => many,
            Some(one) => std::slice::from_ref(one),
            None => &[],
        }
    }

    /// The version of the policy language. AWS takes a document without for one of `2008-10-17`.
    pub fn version(&self) -> Option<&str> {
        self.0.get("Version").and_then(Value::as_str)
    }

    /// The document with our statements in it: one whose Sid is there already takes its place, the
    /// others follow at the end. Everything else stays as it is. A statement without Sid is added
    /// unless one of the same meaning is there. No `Version` is added to a document without: it would
    /// change what variables in the statements of others mean
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html>).
    pub fn merged(&self, ours: &[Value]) -> Self {
        let mut statements = self.statements().to_vec();
        for statement in ours {
            match position(&statements, statement) {
                Some(at) if same_statement(&statements[at], statement) => {}
                Some(at) => statements[at] = statement.clone(),
                None => statements.push(statement.clone()),
            }
        }
        self.with(statements)
    }

    /// The document without the statements of these Sids; `None` if no statement is left. Everything
    /// else stays as it is.
    pub fn without(&self, sids: &BTreeSet<String>) -> Option<Self> {
        let mut statements = self.statements().to_vec();
        statements.retain(|statement| !sid(statement).is_some_and(|sid| sids.contains(sid)));
        (!statements.is_empty()).then(|| self.with(statements))
    }

    fn with(&self, statements: Vec<Value>) -> Self {
        let mut map = self.0.clone();
        if statements.as_slice() != self.statements() {
            map.insert("Statement".to_owned(), Value::Array(statements));
        }
        Self(map)
    }

    /// The Sids of statements with our marker that are not among these: another map's, or those of a
    /// link that was taken out of this one.
    pub fn strays(&self, marker: Marker<'_>, ours: &BTreeSet<String>) -> BTreeSet<String> {
        let sids = self.statements().iter().filter_map(sid);
        sids.filter(|sid| marker.owns(sid) && !ours.contains(*sid)).map(str::to_owned).collect()
    }

    /// A statement that names the unique id of a principal that was deleted, but for those of these
    /// Sids: its name and the id. AWS refuses to save a document with one
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>).
    pub fn dead_principal(&self, but: &BTreeSet<String>) -> Option<(String, String)> {
        self.principal(but, is_unique_id)
    }

    /// The first statement that names this principal, but for those of these Sids. Once the principal is
    /// deleted, the document cannot be saved any more.
    pub fn naming(&self, principal: &str, but: &BTreeSet<String>) -> Option<String> {
        self.principal(but, |name| name == principal).map(|(statement, _)| statement)
    }

    fn principal(&self, but: &BTreeSet<String>, is: impl Fn(&str) -> bool) -> Option<(String, String)> {
        self.statements().iter().enumerate().find_map(|(at, statement)| {
            if sid(statement).is_some_and(|sid| but.contains(sid)) {
                return None;
            }
            let principals = ["Principal", "NotPrincipal"].into_iter().filter_map(|key| statement.get(key));
            let found = principals.flat_map(|p| p.get("AWS")).flat_map(texts).find(|name| is(name))?;
            let name = sid(statement).map_or_else(|| format!("number {}", at + 1), str::to_owned);
            Some((name, found.to_owned()))
        })
    }

    /// How the document differs from having our statements in it, element by element.
    pub fn lacks(&self, ours: &[Value]) -> Vec<Difference> {
        let statements = self.statements();
        ours.iter()
            .flat_map(|wanted| {
                let name = format!("statement {}", sid(wanted).unwrap_or("without Sid"));
                match position(statements, wanted) {
                    Some(at) => differences(&name, &statements[at], wanted),
                    None => vec![Difference::added(name, wanted.clone())],
                }
            })
            .collect()
    }

    /// How many statements are not among ours: they are kept.
    pub fn others(&self, ours: &[Value]) -> usize {
        let statements = self.statements();
        let found: Vec<usize> = ours.iter().filter_map(|o| position(statements, o)).collect();
        (0..statements.len()).filter(|at| !found.contains(at)).count()
    }

    /// Whether two documents say the same: the order of statements is nothing.
    pub fn same(&self, other: &Self) -> bool {
        let (a, b) = (self.statements(), other.statements());
        let within = |xs: &[Value], ys: &[Value]| xs.iter().all(|x| ys.iter().any(|y| same_statement(x, y)));
        a.len() == b.len() && within(a, b) && within(b, a)
    }

    /// An element beside the statements: `Version`, `Id`.
    pub fn element(&self, key: &str) -> Option<&Value> {
        self.0.get(key)
    }

    /// The document itself.
    pub fn value(&self) -> Value {
        Value::Object(self.0.clone())
    }

    /// As it is sent: compact, since the quotas count characters.
    pub fn text(&self) -> String {
        self.value().to_string()
    }
}

/// The Sid of a statement.
pub fn sid(statement: &Value) -> Option<&str> {
    statement.get("Sid").and_then(Value::as_str)
}

/// One text or many.
pub fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(many) => many.iter().filter_map(Value::as_str).collect(),
        one => one.as_str().into_iter().collect(),
    }
}

/// Where our statement is: by its Sid, or, when it has none, by its meaning.
fn position(statements: &[Value], ours: &Value) -> Option<usize> {
    match sid(ours) {
        Some(name) => statements.iter().position(|s| sid(s) == Some(name)),
        None => statements.iter().position(|s| same_statement(s, ours)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn statement() -> impl Strategy<Value = Value> {
        let sid = prop_oneof![Just(None), "[A-Z][a-z ]{0,6}".prop_map(Some)];
        let action = prop_oneof![
            Just(json!("s3:*")),
            Just(json!(["kms:Decrypt"])),
            Just(json!(["kms:Encrypt", "kms:Decrypt"])),
        ];
        let condition = prop_oneof![
            Just(None),
            Just(Some(json!({"Bool": {"aws:SecureTransport": false}}))),
            // Numbers as they were written: 1.20 is not 1.2, and no f64 holds the other.
            prop::sample::select(vec!["1.20", "18446744073709551616", "1e3"]).prop_map(|number| {
                let number: Value = serde_json::from_str(number).expect("a number");
                Some(json!({"NumericLessThan": {"s3:TlsVersion": number}}))
            }),
        ];
        (sid, action, condition, any::<bool>()).prop_map(|(sid, action, condition, allow)| {
            let mut map = Map::new();
            if let Some(sid) = sid {
                map.insert("Sid".to_owned(), json!(sid));
            }
            map.insert("Effect".to_owned(), json!(if allow { "Allow" } else { "Deny" }));
            map.insert("Principal".to_owned(), json!("*"));
            map.insert("Action".to_owned(), action);
            map.insert("Resource".to_owned(), json!("*"));
            if let Some(condition) = condition {
                map.insert("Condition".to_owned(), condition);
            }
            Value::Object(map)
        })
    }

    fn ours() -> Vec<Value> {
        ["BucketbridgeEncrypt0", "BucketbridgeDecrypt1"]
            .map(|sid| {
                json!({"Sid": sid, "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:role/r"},
                       "Action": ["kms:Decrypt"], "Resource": "*"})
            })
            .to_vec()
    }

    proptest! {
        #[test]
        fn merging_is_idempotent_and_keeps_what_others_wrote(theirs in prop::collection::vec(statement(), 0..6)) {
            let before = Document::of(theirs.clone());
            let once = before.merged(&ours());
            prop_assert_eq!(&once.merged(&ours()), &once);
            prop_assert_eq!(&once.statements()[..theirs.len()], &theirs[..]);
            prop_assert_eq!(once.others(&ours()), theirs.len());
            prop_assert!(once.lacks(&ours()).is_empty());
            let text = once.text();
            prop_assert_eq!(Document::parse(&text).expect("our own text"), once.clone());
            // Taking ours out gives back what was there, and putting them in again what was made.
            let names = ours().iter().filter_map(sid).map(str::to_owned).collect();
            let left = once.without(&names);
            prop_assert_eq!(left.clone(), (!theirs.is_empty()).then_some(before));
            prop_assert_eq!(left.unwrap_or_default().merged(&ours()), once);
        }
    }

    #[test]
    fn a_weakened_statement_takes_its_place_again() {
        let mut weak = ours();
        weak[0]["Action"] = json!("kms:Encrypt");
        let theirs =
            json!({"Sid": "theirs", "Effect": "Deny", "Principal": "*", "Action": "kms:*", "Resource": "*"});
        let before = Document::of(vec![weak[0].clone(), theirs.clone(), weak[1].clone()]);
        let after = before.merged(&ours());
        assert_eq!(after.statements(), [ours()[0].clone(), theirs, ours()[1].clone()]);
        let fields: Vec<String> = before.lacks(&ours()).into_iter().map(|d| d.field).collect();
        assert_eq!(fields, ["statement BucketbridgeEncrypt0: Action"]);
    }

    #[test]
    fn one_statement_outside_a_list_is_read_and_kept() {
        let one = json!({"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"});
        let text = json!({"Id": "x", "Statement": one}).to_string();
        let document = Document::parse(&text).expect("a document");
        assert_eq!(document.statements(), std::slice::from_ref(&one));
        assert_eq!(document.merged(&ours()).statements()[0], one);
        assert!(Document::parse("[]").is_err() && Document::parse("{\"Statement\": 1}").is_err());
    }
}
