//! docs/safety.md names a test for each promise: they are there.

use std::path::Path;

/// What a name stands for: the file, and the function in it.
fn place(name: &str) -> Option<(String, &str)> {
    let (module, test) = name.rsplit_once("::")?;
    let is_name = |text: &str| text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if !is_name(test) {
        return None;
    }
    match module.ends_with(".rs") {
        true => Some((module.to_owned(), test)),
        false if module.split("::").all(is_name) => {
            Some((format!("tests/it/{}.rs", module.replace("::", "/")), test))
        }
        false => None,
    }
}

#[test]
fn every_test_that_is_named_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let paper = std::fs::read_to_string(root.join("docs/safety.md")).expect("docs/safety.md");
    let mut named = 0;
    for name in paper.split('`').skip(1).step_by(2) {
        let Some((file, test)) = place(name) else { continue };
        named += 1;
        let folder = file.replace(".rs", "/mod.rs");
        let text = [file.as_str(), folder.as_str()].map(|file| std::fs::read_to_string(root.join(file)));
        let found = text.iter().flatten().any(|text| text.contains(&format!("fn {test}(")));
        assert!(found, "there is no test {name}");
    }
    assert!(named > 50, "{named}");
}

/// There is no call for it, whatever a plan says.
#[test]
fn nothing_that_holds_data_can_be_deleted() {
    // Each with the only file that may have it.
    let calls = [
        ("delete_bucket()", None),
        ("delete_objects()", None),
        ("delete_object()", Some("src/canary/broom.rs")),
        ("put_bucket_lifecycle_configuration()", None),
        ("BucketVersioningStatus::Suspended", None),
        ("disable_key()", None),
        ("delete_alias()", None),
        ("delete_imported_key_material()", None),
        ("schedule_key_deletion()", Some("src/resource/key_deletion.rs")),
    ];
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            files += 1;
            for (call, only) in calls {
                let allowed = only.is_some_and(|file| path.ends_with(file));
                assert!(allowed || !text.contains(call), "{} calls {call}", path.display());
            }
        }
    }
    assert!(files > 100, "{files}");
}

/// A promise without a test is a wish.
#[test]
fn every_promise_names_a_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let paper = std::fs::read_to_string(root.join("docs/safety.md")).expect("docs/safety.md");
    let promises = paper.split("\n## What remains possible").next().unwrap_or_default();
    let bare: Vec<&str> = promises
        .split("\n- ")
        .skip(1)
        .filter(|promise| !promise.split('`').skip(1).step_by(2).any(|name| place(name).is_some()))
        .filter_map(|promise| promise.lines().next())
        .collect();
    assert!(bare.is_empty(), "no test is named for: {bare:#?}");
}
