//! Holds the table of rules, the docs and the cases in step.
