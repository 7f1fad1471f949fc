//! Numbers in sentences: plurals, lists of counts, seconds.

/// `1 link`, `2 links`.
pub fn plural(n: usize, one: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {one}s") }
}

/// `3 to create, 12 kept`: those that are not zero, or `otherwise`.
pub fn counts(counts: &[(usize, &str)], otherwise: &str) -> String {
    let some: Vec<String> =
        counts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
    if some.is_empty() { otherwise.to_owned() } else { some.join(", ") }
}

/// For people: a tenth is enough.
pub fn seconds(seconds: f64) -> String {
    format!("{seconds:.1}")
}

/// For programs: to the millisecond, so that a value has one form in every format.
pub fn milliseconds(seconds: f64) -> f64 {
    (seconds * 1000.0).round() / 1000.0
}
