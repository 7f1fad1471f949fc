//! Tests of the evaluator as a whole; a part's own tests are with the part.

mod upstream;
