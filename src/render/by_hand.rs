//! What cannot be said in a tool that holds whole documents: what to put beside what others have in theirs.
//!
//! Deliberately absent: things that are made. They are in the tool's own form.

use serde_json::{Value, json};

use super::File;
use super::blueprint::{Blueprint, Care};
use super::call::Call;
use super::document::pretty;
use super::json::{placeholders, step};

/// Nothing, where everything is made.
pub fn by_hand(blueprint: &Blueprint) -> Vec<File> {
    let calls = blueprint.calls();
    let calls: Vec<&Call<'_>> = calls.iter().filter(|call| call.care != Care::Make).collect();
    if calls.is_empty() {
        return Vec::new();
    }
    let mut documents: Vec<_> = calls.iter().flat_map(|call| call.documents()).collect();
    documents.sort_by(|a, b| a.path.cmp(&b.path));
    let steps: Vec<Value> =
        calls.iter().enumerate().map(|(at, call)| step(blueprint, at + 1, call)).collect();
    let index = json!({"version": 1, "placeholders": placeholders(blueprint), "steps": steps});
    let index = File { path: "by-hand/index.json".to_owned(), text: pretty(&index) };
    let document = documents
        .into_iter()
        .map(|document| File { path: format!("by-hand/{}", document.path), text: pretty(&document.value) });
    std::iter::once(index).chain(document).collect()
}
