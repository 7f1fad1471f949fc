//! `demo --broken NAME`: a link that replicated is broken, and the doctor says where.
//!
//! What is broken, and how the cure is carried out, is in the library's `breaks`; this only tells it.

use std::fmt::Write as _;
use std::time::Duration;

use anyhow::bail;
use bucketbridge_sandbox::Sandbox;
use bucketbridge_sandbox::breaks::{BREAKS, Break, Diagnosis, Estate};

use super::product::{PROBLEM, Product};
use super::say;

#[derive(Clone, Copy)]
pub enum Wish {
    List,
    Break(Broken),
}

#[derive(Clone, Copy)]
pub struct Broken(&'static Break);

impl std::fmt::Debug for Wish {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Wish::List => f.write_str("list"),
            Wish::Break(Broken(one)) => f.write_str(one.name),
        }
    }
}

/// A name of the list, or `list`.
pub fn parse(text: &str) -> Result<Wish, String> {
    match Break::find(text) {
        _ if text == "list" => Ok(Wish::List),
        Some(one) => Ok(Wish::Break(Broken(one))),
        None => {
            let names: Vec<&str> = BREAKS.iter().map(|one| one.name).collect();
            Err(format!("the names are list, {}", names.join(", ")))
        }
    }
}

/// Every name, and what it stands for.
pub fn list() -> String {
    let mut text = String::new();
    for one in BREAKS {
        // A string takes everything.
        let _ = writeln!(text, "{:<26} {}", one.name, one.story);
    }
    text
}

impl Broken {
    /// Breaks it, and shows how it is found and cured.
    pub fn show(self, sandbox: &Sandbox, product: &Product) -> anyhow::Result<()> {
        let Broken(one) = self;
        let estate = Estate::of(sandbox);
        // What was waited for once need not be waited for again.
        sandbox.set_iam_propagation(Duration::ZERO);
        say(&format!("Now something breaks: {}", one.name));
        println!("{}", one.story);
        one.act(&estate)?;
        // The doctor's part of it comes next; an object that S3 passes over is waited for in vain.
        product.show_beginning(
            "Does it replicate?",
            &["check", "--link", "orders", "--timeout", "5s"],
            &["\nfails: ", "\nnot-selected: "],
        )?;
        product.show_ending(
            "Why not? This reads both accounts, and needs no canary",
            &["doctor", "--link", "orders"],
            PROBLEM,
        )?;
        let report = product.read_problem(&["doctor", "--link", "orders", "-o", "json"])?;
        let diagnosis = Diagnosis::read(&report)?;
        let causes = diagnosis.causes();
        if !causes.contains(&one.cause) {
            bail!("the doctor should have found {}, and found {}", one.cause, causes.join(", "));
        }
        say("What it says is done");
        let changes = diagnosis.cure(&estate)?;
        let plural = if changes == 1 { "change" } else { "changes" };
        println!("{changes} {plural}, as above (the demo takes them from `-o json`).");
        product.show("Does it replicate now?", &["check", "--link", "orders"])
    }
}
