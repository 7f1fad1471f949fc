//! What the doctor said of a case, and how that differs from what the case says.

use std::collections::BTreeSet;

use serde_json::Value;

/// The report of one run.
pub struct Said {
    pub verdict: String,
    pub findings: Vec<Value>,
    pub unread: Vec<Value>,
}

impl Said {
    pub fn of(report: &Value) -> Self {
        let links = report["links"].as_array().expect("links");
        let many = |field: &str| -> Vec<Value> {
            links.iter().flat_map(|link| link[field].as_array().into_iter().flatten().cloned()).collect()
        };
        let any = |verdict: &&str| links.iter().any(|link| link["verdict"] == **verdict);
        let verdict = ["fails", "unknown", "replicates"].iter().copied().find(any).unwrap_or("not-selected");
        Self { verdict: verdict.to_owned(), findings: many("findings"), unread: many("unread") }
    }

    /// The causes of the errors, or of all findings.
    pub fn causes(&self, errors_only: bool) -> BTreeSet<String> {
        self.causes_of(|severity| !errors_only || severity == "error")
    }

    fn causes_of(&self, wanted: impl Fn(&str) -> bool) -> BTreeSet<String> {
        let wanted = |finding: &&Value| wanted(finding["severity"].as_str().expect("a severity"));
        let cause = |finding: &Value| finding["cause"].as_str().expect("a cause").to_owned();
        self.findings.iter().filter(wanted).map(cause).collect()
    }

    /// The changes of the fixes, each once.
    pub fn changes(&self, errors_only: bool) -> Vec<Value> {
        let wanted = |finding: &&Value| !errors_only || finding["severity"] == "error";
        let mut changes: Vec<Value> = Vec::new();
        for finding in self.findings.iter().filter(wanted) {
            for change in finding["fix"]["changes"].as_array().into_iter().flatten() {
                if !changes.contains(change) {
                    changes.push(change.clone());
                }
            }
        }
        changes
    }

    /// How this is not what the case says.
    pub fn differs(&self, expected: &Value) -> Vec<String> {
        let mut differences = Vec::new();
        let needs = words(&expected["needs"]);
        let excused = needs.contains("organizations") || needs.contains("caller");
        let refused = codes(&expected["causes"]);
        let found = self.causes(false);
        let told = if expected["verdict"] == "rejected-by-api" {
            let missing: Vec<_> = refused.difference(&found).collect();
            if !missing.is_empty() && !excused {
                differences.push(format!("finds no {missing:?}, but {found:?}"));
            }
            &expected["if_accepted"]
        } else {
            expected
        };
        let Some(word) = told["verdict"].as_str() else { return differences };
        let causes = codes(&told["causes"]);
        let hidden = |cause: &String| cause == "scp-deny" || cause == "rcp-deny";
        let unseen = !causes.is_empty() && causes.iter().all(hidden);
        if excused && (self.verdict == "unknown" || unseen) {
            return differences;
        }
        if self.verdict != verdict(word) {
            differences.push(format!(
                "says {}, not {}; unread {:?}",
                self.verdict,
                verdict(word),
                self.unread
            ));
        }
        let errors = self.causes(true);
        let more: Vec<_> = errors.iter().filter(|e| !causes.contains(*e) && !refused.contains(*e)).collect();
        let less: Vec<_> = causes.difference(&errors).collect();
        if !(more.is_empty() && less.is_empty()) {
            differences.push(format!("finds {more:?} and not {less:?}"));
        }
        let warnings = codes(&expected["warnings"]);
        let missed: Vec<_> = warnings.difference(&found).collect();
        if !missed.is_empty() {
            differences.push(format!("does not warn of {missed:?}"));
        }
        let alarms = self.causes_of(|severity| severity == "warning");
        let alarms: Vec<_> = alarms.difference(&warnings).filter(|alarm| !refused.contains(*alarm)).collect();
        if word == "works" && !alarms.is_empty() {
            differences.push(format!("warns of {alarms:?}, of which the case knows nothing"));
        }
        differences
    }
}

fn verdict(word: &str) -> &str {
    match word {
        "works" => "replicates",
        "skipped" => "not-selected",
        other => other,
    }
}

fn codes(value: &Value) -> BTreeSet<String> {
    let causes = value.as_array().into_iter().flatten();
    causes.filter_map(|cause| cause["code"].as_str()).map(str::to_owned).collect()
}

fn words(value: &Value) -> BTreeSet<String> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}
