//! The options that every command takes.

use std::path::PathBuf;

use anstream::ColorChoice;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{ArgAction, Args};

use crate::report::Format;
use crate::ui::Manner;

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
    #[arg(short, long, global = true, value_name = "FORMAT", default_value_t, value_parser = format_parser())]
    pub output: Format,

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

impl Options {
    /// As the terminal is to be treated.
    pub fn manner(&self) -> Manner {
        Manner { colour: self.color, quiet: self.quiet, verbose: self.verbose }
    }
}

fn format_parser() -> impl TypedValueParser<Value = Format> {
    PossibleValuesParser::new(Format::ALL.map(Format::as_str)).try_map(|text| text.parse::<Format>())
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
