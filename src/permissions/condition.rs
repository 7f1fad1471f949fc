//! The conditions of a statement.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::statement::one_or_many;

/// Operators, their keys, and the values that each may have.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Condition(pub BTreeMap<&'static str, BTreeMap<String, BTreeSet<String>>>);

impl Condition {
    /// With one more.
    pub fn and(
        mut self,
        operator: &'static str,
        key: &str,
        values: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        let known = self.0.entry(operator).or_default().entry(key.to_owned()).or_default();
        known.extend(values.into_iter().map(Into::into));
        self
    }

    /// With an equality more. A `$` in a value would begin a policy variable
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>).
    pub fn equals(self, key: &str, values: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.and("StringEquals", key, values.into_iter().map(|value| value.into().replace('$', "${$}")))
    }

    /// As IAM takes it; `None` if there is none.
    pub fn value(&self) -> Option<Value> {
        let keys = |keys: &BTreeMap<String, BTreeSet<String>>| {
            keys.iter().map(|(key, values)| (key.clone(), one_or_many(values))).collect::<Map<_, _>>()
        };
        let operators: Map<_, _> =
            self.0.iter().map(|(operator, of)| ((*operator).to_owned(), Value::Object(keys(of)))).collect();
        (!operators.is_empty()).then_some(Value::Object(operators))
    }

    /// Every list of values.
    pub fn lists(&mut self) -> impl Iterator<Item = &mut BTreeSet<String>> {
        self.0.values_mut().flat_map(BTreeMap::values_mut)
    }
}
