//! docs/two-teams.md: its two maps are used, its commands are run in their order, each by the team that its
//! prompt names, and what is printed has to be what stands there. Files go from one team to the other as they
//! are written. A line `…` stands for what is left out.
//!
//! Times, ids and digests differ from run to run. `BUCKETBRIDGE_WRITE_DOCS=1 cargo test --test it two_teams_page`
//! puts what is printed into the page, but where something is left out.

use std::path::PathBuf;

use crate::team::Team;
use crate::world::World;

fn file() -> PathBuf {
    concat!(env!("CARGO_MANIFEST_DIR"), "/docs/two-teams.md").into()
}

/// Prose and blocks in their order, the blocks with their language.
fn parts(page: &str) -> Vec<(Option<&str>, &str)> {
    let mut parts = Vec::new();
    for (at, part) in page.split("```").enumerate() {
        parts.push(match part.split_once('\n') {
            Some((language, block)) if at % 2 == 1 => (Some(language), block),
            _ => (None, part),
        });
    }
    parts
}

/// Without what differs from run to run.
fn comparable(line: &str) -> String {
    let word = |word: &str| {
        let bare = word.trim_matches(|c| "\",;".contains(c));
        let timed = bare.len() == 20 && bare.ends_with('Z') && bare.as_bytes()[10] == b'T';
        match bare {
            _ if timed => "<time>".to_owned(),
            _ if word.contains(".bucketbridge-canary/") => "<canary>".to_owned(),
            _ if bare.len() == 36 && bare.matches('-').count() == 4 => "<version>".to_owned(),
            _ if bare.starts_with("AROA") => "<role id>".to_owned(),
            _ if bare.starts_with("sha256:") => "<digest>".to_owned(),
            _ if bare.contains('.') && bare.parse::<f64>().is_ok() => "<seconds>".to_owned(),
            _ if bare.contains('─') => "──".to_owned(),
            _ => bare.split_once(":key/").map_or_else(|| word.to_owned(), |(key, _)| format!("{key}:key/")),
        }
    };
    line.split_whitespace().map(word).collect::<Vec<_>>().join(" ")
}

/// The page with what is printed now, and what does not stand there as it is printed.
fn walked(page: &str) -> (String, Vec<String>) {
    let world = World::new();
    let maps: Vec<&str> = parts(page)
        .into_iter()
        .filter_map(|(language, block)| (language == Some("toml")).then_some(block))
        .collect();
    let teams =
        [("prod", Team::new(&world, "prod", maps[0])), ("backup", Team::new(&world, "backup", maps[1]))];
    let (mut walked, mut wrong) = (Vec::new(), Vec::new());
    for (language, part) in parts(page) {
        let Some("console") = language else {
            walked.push(language.map_or_else(|| part.to_owned(), |language| format!("{language}\n{part}")));
            continue;
        };
        let mut block = String::from("console\n");
        for (at, command) in commands(part).into_iter().enumerate() {
            let (prompt, shown) = command.split_once('\n').unwrap_or((command, ""));
            let printed = run(&teams, prompt);
            let left_out = shown.lines().any(|line| line == "…");
            if !stands(shown, &printed, left_out) {
                wrong.push(format!("{prompt}\nprints\n{printed}\nand not\n{shown}"));
            }
            let text = if left_out { shown.trim_end() } else { printed.trim_end() };
            let gap = if at == 0 { "" } else { "\n" };
            let end = if text.is_empty() { "" } else { "\n" };
            block.push_str(&format!("{gap}{prompt}\n{text}{end}"));
        }
        walked.push(block);
    }
    (walked.join("```"), wrong)
}

/// Each from its prompt to the next one.
fn commands(block: &str) -> Vec<&str> {
    let is_prompt = |line: &str| line.starts_with("prod$ ") || line.starts_with("backup$ ");
    let mut starts = vec![];
    let mut at = 0;
    for line in block.split_inclusive('\n') {
        if is_prompt(line) {
            starts.push(at);
        }
        at += line.len();
    }
    let ends = starts.iter().skip(1).copied().chain([block.len()]);
    starts.iter().zip(ends).map(|(start, end)| block[*start..end].trim_end()).collect()
}

/// What a command prints: what is said, and the result.
fn run(teams: &[(&str, Team<'_>); 2], prompt: &str) -> String {
    let (name, command) = prompt.split_once("$ ").expect("a prompt");
    let team = &teams.iter().find(|(team, _)| *team == name).expect("a team").1;
    let words: Vec<&str> = command.split_whitespace().collect();
    if let ["cat", file] = words[..] {
        return std::fs::read_to_string(team.folder.join(file)).expect("a file");
    }
    assert_eq!(words[0], "bucketbridge", "{prompt}");
    let ran = team.run(&words[1..]);
    for name in ["offer.json", "request.json", "grant.json", "source.json", "destination.json"] {
        for (_, other) in teams {
            if team.folder.join(name).exists() && !other.folder.join(name).exists() {
                std::fs::copy(team.folder.join(name), other.folder.join(name)).expect("handed over");
            }
        }
    }
    format!("{}{}", ran.stderr, ran.stdout)
}

fn stands(shown: &str, printed: &str, left_out: bool) -> bool {
    let lines = |text: &str| -> Vec<String> {
        text.lines().map(comparable).filter(|line| !line.is_empty() && line != "…").collect()
    };
    let (shown, printed) = (lines(shown), lines(printed));
    let mut own = printed.iter();
    if left_out { shown.iter().all(|line| own.any(|own| own == line)) } else { shown == printed }
}

#[test]
fn what_the_page_shows_is_what_is_printed() {
    let page = std::fs::read_to_string(file()).expect("the page");
    let (now, wrong) = walked(&page);
    if std::env::var_os("BUCKETBRIDGE_WRITE_DOCS").is_some() {
        return std::fs::write(file(), now).expect("the page");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
