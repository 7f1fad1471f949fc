//! The rules of `docs/architecture.md` that a compiler does not hold: who may use what, who prints, how
//! the files of a resource kind look.
//!
//! It reads the sources as text. That is crude, and enough: what it finds is named with its line and
//! with what to do instead.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use bucketbridge::exit::Exit;

/// Each module of `src/` and what of the crate it may use: whole modules, or one item of a module.
const MAY_USE: &[(&str, &[&str])] = &[
    ("arn", &[]),
    ("exit", &[]),
    ("operation", &[]),
    ("topology", &["arn"]),
    ("change", &["topology"]),
    ("iam", &["arn", "change"]),
    ("config", &["arn", "topology"]),
    ("doctor", &["arn", "iam"]),
    ("message", &["arn", "iam"]),
    ("event", &["topology", "change", "operation", "apply::outcome", "canary::result"]),
    ("trail", &["arn", "change::ResourceId", "iam::hex"]),
    ("aws", &["arn", "topology", "event", "operation", "trail"]),
    // What another team has told comes as parts of a checked message.
    ("resource", &["arn", "change", "iam", "message", "topology", "aws", "trail"]),
    (
        "exchange",
        &["arn", "change", "iam::Document", "message", "topology", "resource", "plan", "trail::private"],
    ),
    ("observe", &["arn", "topology", "aws", "event", "exchange", "message", "resource"]),
    ("examine", &["arn", "aws", "doctor", "operation"]),
    ("adopt", &["arn", "config", "doctor", "iam", "resource"]),
    ("plan", &["arn", "topology", "resource", "observe"]),
    (
        "apply",
        &[
            "arn",
            "topology",
            "aws",
            "event",
            "resource",
            "observe::unreachable",
            "plan",
            "canary::proofs",
            "trail::Pen",
        ],
    ),
    (
        "canary",
        &[
            "arn",
            "topology",
            "aws",
            "event",
            "resource",
            "observe::unreachable",
            "plan",
            "iam::hex",
            "trail::Pen",
        ],
    ),
    ("removal", &["arn", "iam", "topology", "resource"]),
    (
        "remove",
        &[
            "arn",
            "topology",
            "aws",
            "event",
            "resource",
            "observe::unreachable",
            "apply::outcome",
            "removal",
            "trail::Pen",
        ],
    ),
    ("permissions", &["arn", "operation", "topology", "resource", "canary::PREFIX"]),
    ("restore", &["topology", "aws", "resource", "apply::outcome", "trail"]),
    ("status", &["arn", "iam", "topology", "resource", "observe", "plan"]),
    (
        "forecast",
        &[
            "arn",
            "topology",
            "aws",
            "doctor",
            "examine",
            "plan",
            "resource",
            "status::needed",
            "trail::Place",
        ],
    ),
    ("render", &["arn", "iam::sid", "topology", "operation", "observe::Observed", "plan", "resource"]),
    (
        "report",
        &[
            "arn",
            "topology",
            "resource",
            "apply::outcome",
            "canary::result",
            "status",
            "trail",
            "doctor",
            "iam::evaluate",
        ],
    ),
    ("ui", &["topology", "resource", "event", "operation", "apply::outcome", "canary::result", "report"]),
    (
        "cli",
        &[
            "adopt",
            "arn",
            "topology",
            "config",
            "aws",
            "event",
            "exchange",
            "message",
            "resource",
            "observe",
            "examine",
            "doctor",
            "forecast",
            "plan",
            "apply",
            "canary",
            "status",
            "removal",
            "remove",
            "render",
            "restore",
            "report",
            "ui",
            "exit",
            "trail",
            "operation",
            "permissions",
        ],
    ),
];

/// Modules that only compute: no waiting, no runtime, no clients.
const PURE: &[&str] = &[
    "adopt",
    "arn",
    "change",
    "exit",
    "operation",
    "topology",
    "iam",
    "message",
    "config",
    "doctor",
    "plan",
    "status",
    "removal",
    "render",
    "report",
];

/// Words that only some modules may contain, and what to do elsewhere.
const ONLY_IN: &[(&str, &[&str], &str)] = &[
    (
        "aws_sdk_",
        &["aws", "resource", "canary", "examine"],
        "let `resource` make the call and hand on what it found",
    ),
    ("aws_config", &["aws", "ui"], "credentials and clients are made in `aws`, once for each account"),
    ("println!", &["ui"], "send an event, or return text for `ui` to print"),
    ("eprintln!", &["ui"], "send an event, or return text for `ui` to print"),
    ("print!(", &["ui"], "send an event, or return text for `ui` to print"),
    ("eprint!(", &["ui"], "send an event, or return text for `ui` to print"),
    ("io::stdout", &["ui"], "send an event, or return text for `ui` to print"),
    ("io::stderr", &["ui"], "send an event, or return text for `ui` to print"),
    ("tabled::", &["report"], "return the values and let `report` lay them out"),
    ("indicatif::", &["ui"], "send an event; `ui` knows whether there is a terminal"),
    ("toml::", &["config"], "the profile map is read in `config`; take the `Topology`"),
    ("roxmltree", &["resource", "doctor"], "let `resource` read the document and hand on what it found"),
    ("clap::", &["cli", "main"], "the command line is read in `cli`; take plain values"),
    ("anyhow", &["cli", "aws", "ui"], "return a type that says what can go wrong"),
    ("bucketbridge_sandbox", &[], "the product knows no sandbox: it is AGPL, and for tests only"),
    ("fakecloud", &[], "the product knows no emulator: it is AGPL, and for tests only"),
];

/// The files of `src/resource/` that are a kind each, and what each declares, in this order.
const KINDS: &[&str] =
    &["key", "role", "bucket", "role_policy", "key_policy", "bucket_policy", "replication"];
const CONVENTION: &[&str] = &[
    "pub struct Desired ",
    "pub struct Live ",
    "pub fn desired(",
    "pub async fn observe(",
    "pub fn diff(",
    "pub async fn apply(",
];

const LONGEST: usize = 450;

/// A file of sources.
struct Source {
    /// From the root of the repository.
    path: String,
    text: String,
}

impl Source {
    /// The module of `src/` that it belongs to.
    fn module(&self) -> &str {
        let inside = self.path.strip_prefix("src/").unwrap_or(&self.path);
        inside.split('/').next().unwrap_or(inside).trim_end_matches(".rs")
    }

    fn is_test(&self) -> bool {
        self.path.contains("/tests/")
    }

    /// Lines of code with their numbers: no comments, and nothing from the file's own tests on.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let tests = self.text.find("#[cfg(test)]\nmod tests {").unwrap_or(self.text.len());
        let lines = self.text[..tests].lines().enumerate().map(|(at, line)| (at + 1, line));
        lines.filter(|(_, line)| !line.trim_start().starts_with("//"))
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// All Rust files under a folder.
fn sources(folder: &str) -> Vec<Source> {
    fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                collect(&path, found);
            } else if path.extension().is_some_and(|e| e == "rs") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    collect(&root().join(folder), &mut found);
    found.sort();
    assert!(!found.is_empty(), "{folder} has Rust files");
    let name = |path: &Path| path.strip_prefix(root()).expect("inside").to_str().expect("UTF-8").to_owned();
    found.iter().map(|path| Source { path: name(path), text: read(path) }).collect()
}

/// Fails with everything that was found at once.
#[track_caller]
fn nothing(problems: &[String]) {
    let mut all = String::new();
    for problem in problems {
        let _ = writeln!(all, "\n  {problem}");
    }
    assert!(problems.is_empty(), "{} to put right:\n{all}", problems.len());
}

/// `crate::` paths of a line: what follows, up to two names.
fn uses(line: &str) -> impl Iterator<Item = String> {
    line.match_indices("crate::").map(|(at, found)| {
        let rest = &line[at + found.len()..];
        let path: String = rest.chars().take_while(|c| c.is_alphanumeric() || "_:{".contains(*c)).collect();
        path
    })
}

#[test]
fn modules_use_only_what_the_table_allows() {
    let mut problems = Vec::new();
    for source in sources("src") {
        let module = source.module();
        if source.is_test() || matches!(module, "lib" | "main") {
            continue;
        }
        let Some((_, may)) = MAY_USE.iter().find(|(name, _)| *name == module) else {
            problems.push(format!(
                "{}: add `{module}` and what it may use to MAY_USE in {}",
                source.path,
                file!()
            ));
            continue;
        };
        for (at, line) in source.code() {
            for path in uses(line) {
                let first = path.split("::").next().unwrap_or_default();
                let allowed = |may: &&&str| path == **may || path.starts_with(&format!("{may}::"));
                if first == module || may.iter().any(|m| allowed(&m)) {
                    continue;
                }
                let advice = if path.starts_with('{') {
                    "write one `use` for each module, so that this can be read".to_owned()
                } else {
                    format!("take what you need from {}, or move it to where both may use it", list(may))
                };
                problems.push(format!("{}:{at}: `{module}` may not use `{path}`; {advice}", source.path));
            }
        }
    }
    nothing(&problems);
}

fn list(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    if names.is_empty() { "its arguments".to_owned() } else { names.join(", ") }
}

#[test]
fn pure_modules_do_not_wait() {
    let mut problems = Vec::new();
    for source in sources("src").iter().filter(|source| PURE.contains(&source.module())) {
        for (at, line) in source.code() {
            for word in ["async ", ".await", "tokio::"] {
                // `.awaits` is a field.
                let whole = |rest: &str| word != ".await" || !rest.starts_with(char::is_alphanumeric);
                if line.split(word).skip(1).any(whole) {
                    problems.push(format!(
                        "{}:{at}: `{}` in a module that only computes; read in `observe`, write in `apply`, and \
                         pass the values",
                        source.path,
                        word.trim()
                    ));
                }
            }
        }
    }
    nothing(&problems);
}

#[test]
fn some_words_have_their_place() {
    let mut problems = Vec::new();
    for source in sources("src").iter().filter(|source| !source.is_test()) {
        for (at, line) in source.code() {
            for (word, places, advice) in ONLY_IN {
                let whole =
                    |found: usize| !line[..found].ends_with(|c: char| c.is_alphanumeric() || c == '_');
                let found = line.match_indices(word).any(|(found, _)| whole(found));
                if found && !places.contains(&source.module()) {
                    problems.push(format!("{}:{at}: `{word}` does not belong here; {advice}", source.path));
                }
            }
        }
    }
    nothing(&problems);
}

#[test]
fn files_say_what_they_are_for() {
    let mut problems = Vec::new();
    for folder in ["src", "sandbox/src", "tests", "sandbox/tests", "benches"] {
        for source in sources(folder) {
            if !source.text.starts_with("//!") {
                problems.push(format!(
                    "{}: begin with `//!`: what it is for, and what it deliberately does not do",
                    source.path
                ));
            }
        }
    }
    nothing(&problems);
}

#[test]
fn files_stay_short() {
    let mut problems = Vec::new();
    for folder in ["src", "sandbox/src", "benches"] {
        for source in sources(folder) {
            let lines = source.text.lines().count();
            if lines > LONGEST {
                problems.push(format!(
                    "{} has {lines} lines, more than {LONGEST}: find the second thing that it is about and give it a \
                     file of its own",
                    source.path
                ));
            }
        }
    }
    nothing(&problems);
}

#[test]
fn resource_kinds_look_alike() {
    let mut problems = Vec::new();
    for kind in KINDS {
        let path = format!("src/resource/{kind}.rs");
        let text = read(&path);
        let mut from = 0;
        for item in CONVENTION {
            match text[from..].find(&format!("\n{item}")) {
                Some(at) => from += at + 1,
                None if text.contains(&format!("\n{item}")) => {
                    problems.push(format!(
                        "{path}: `{item}…` comes too late; all kinds have the order {CONVENTION:?}"
                    ));
                }
                None => problems.push(format!("{path}: declare `{item}…`, as the other kinds do")),
            }
        }
        let Some(live) = text.find("\npub struct Live ") else { continue };
        let body = text[live..].split("\n}").next().unwrap_or_default();
        if body.lines().skip(2).any(|line| line.trim_start().starts_with("pub")) {
            problems.push(format!(
                "{path}: a field of `Live` is public; it is a proof, and only this file may make one"
            ));
        }
        let derives = text[..live].lines().last().unwrap_or_default();
        if derives.contains("Default") || derives.contains("Deserialize") {
            problems.push(format!(
                "{path}: `Live` derives {derives}; a proof comes from reading or making the thing"
            ));
        }
    }
    nothing(&problems);
}

#[test]
fn no_file_of_tests_is_forgotten() {
    let mut problems = Vec::new();
    for folder in ["tests/it", "sandbox/tests/it"] {
        let main = read(format!("{folder}/main.rs"));
        for entry in fs::read_dir(root().join(folder)).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
            let is_module = path.extension().is_some_and(|e| e == "rs") || path.join("mod.rs").exists();
            if is_module && name != "main" && !main.lines().any(|line| line.trim() == format!("mod {name};"))
            {
                problems.push(format!("{folder}/main.rs: add `mod {name};`, or its tests never run"));
            }
        }
    }
    nothing(&problems);
}

#[test]
fn the_readme_has_the_exit_codes() {
    let readme = read("README.md");
    let rows: Vec<&str> = readme
        .lines()
        .skip_while(|line| *line != "| code | meaning |")
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .collect();
    let wanted: Vec<String> =
        Exit::ALL.iter().map(|exit| format!("| {} | {} |", exit.code(), exit.meaning())).collect();
    assert_eq!(
        rows,
        wanted,
        "the table of exit codes in README.md is that of src/exit.rs; it should be\n| code | meaning |\n| --- | --- |\n{}",
        wanted.join("\n")
    );
}
