//! The options that every command takes.

use std::path::PathBuf;

use anstream::ColorChoice;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{ArgAction, Args};

use crate::report::Format;
use crate::ui::Manner;

use super::refusal::Refusal;

/// The options that every command takes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Options everywhere")]
pub struct Options {
    /// The profile map.
    #[arg(
        short,
        long,
        global = true,
        value_name = "FILE",
        env = "BUCKETBRIDGE_FILE",
        hide_env_values = true,
        default_value = "profiles.toml"
    )]
    pub file: PathBuf,

    /// Only links whose name matches; may be given several times.
    #[arg(long, global = true, value_name = "GLOB")]
    pub link: Vec<String>,

    /// Only links that touch an account whose name matches; may be given several times.
    #[arg(long, global = true, value_name = "GLOB")]
    pub account: Vec<String>,

    /// How the result is written to stdout.
    #[arg(short, long, global = true, value_name = "FORMAT", default_value = "table", value_parser = OutputParser)]
    pub output: Output,

    /// When to colour; NO_COLOR and CLICOLOR_FORCE are heeded.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", value_parser = colour_parser())]
    pub color: ColorChoice,

    /// Say nothing on stderr but warnings and errors.
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,

    /// Show what was kept, and more of what goes on; -vv for traces (BUCKETBRIDGE_LOG filters them).
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,

    /// Calls in flight per account, at most.
    #[arg(long, global = true, value_name = "N", default_value_t = 32, value_parser = concurrency_parser())]
    pub concurrency: usize,

    /// Go on without accounts that cannot be reached; what needs them is blocked.
    #[arg(long, global = true)]
    pub skip_unreachable: bool,
}

/// What `-o` says: a format; or, for what a command writes to a file, that file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Of the result.
    Format(Format),
    /// Any other word.
    File(PathBuf),
}

/// Every word is read, so that one option serves both; the formats are what is offered.
#[derive(Debug, Clone, Copy)]
struct OutputParser;

impl TypedValueParser for OutputParser {
    type Value = Output;

    fn parse_ref(
        &self,
        _: &clap::Command,
        _: Option<&clap::Arg>,
        value: &std::ffi::OsStr,
    ) -> Result<Output, clap::Error> {
        let format = value.to_str().and_then(|text| text.parse().ok());
        Ok(format.map_or_else(|| Output::File(value.into()), Output::Format))
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(Format::ALL.iter().map(|format| PossibleValue::new(format.as_str()))))
    }
}

impl Options {
    /// How a result is written; for a command that writes no file.
    ///
    /// # Errors
    /// `-o` says something else.
    pub fn format(&self) -> Result<Format, Refusal> {
        match &self.output {
            Output::Format(format) => Ok(*format),
            Output::File(word) => {
                let formats = Format::ALL.map(Format::as_str).join(", ");
                Err(Refusal::new(
                    format!("`-o {}`: there is no such format", word.display()),
                    format!("the formats are {formats}"),
                ))
            }
        }
    }

    /// As the terminal is to be treated.
    pub fn manner(&self) -> Manner {
        Manner { colour: self.color, quiet: self.quiet, verbose: self.verbose }
    }
}

fn colour_parser() -> impl TypedValueParser<Value = ColorChoice> {
    PossibleValuesParser::new(["auto", "always", "never"]).map(|text| match text.as_str() {
        "always" => ColorChoice::Always,
        "never" => ColorChoice::Never,
        _ => ColorChoice::Auto,
    })
}

fn concurrency_parser() -> impl TypedValueParser<Value = usize> {
    clap::value_parser!(u16).range(1..=1024).map(usize::from)
}
