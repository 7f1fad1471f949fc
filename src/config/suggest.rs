//! The name that was probably meant.
//!
//! Only close misses are offered: a wrong suggestion costs more than none.

/// The candidate that is a typo away from `name`.
pub fn closest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = name.to_lowercase();
    // About one slip in four letters; a long text is no typo of anything and is not worth comparing.
    let allowed = (name.chars().count() / 4).clamp(1, 3);
    if name.len() > 200 {
        return None;
    }
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= allowed && *distance < candidate.chars().count())
        .min()
        .map(|(_, candidate)| candidate)
}

/// `a, b or c`, each in backticks.
pub fn alternatives<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        None => "nothing".to_owned(),
        Some((only, [])) => only.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offers_what_is_a_typo_away() {
        assert_eq!(closest("regoin", ["account", "region"]), Some("region"));
        assert_eq!(closest("Region", ["account", "region"]), Some("region"));
        assert_eq!(closest("colour", ["account", "region"]), None);
        assert_eq!(closest("x", ["y", "id"]), None);
        assert_eq!(alternatives(["a", "b", "c"]), "`a`, `b` or `c`");
    }
}
