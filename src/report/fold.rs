//! Text folded to the width of a terminal, between words alone: an ARN stays whole, however long it is, so
//! that what is copied is what it is.
//!
//! Deliberately absent: indents. Who folds knows them.

use super::table;

/// The text in lines. `first` and `rest`: how many columns the first line and the others have.
pub fn fold(text: &str, first: usize, rest: usize) -> Vec<String> {
    // Spaces at the beginning belong to the first word.
    let begin = text.len() - text.trim_start_matches(' ').len();
    let (lead, text) = text.split_at(begin);
    let mut words = text.split(' ');
    let mut lines = vec![format!("{lead}{}", words.next().unwrap_or_default())];
    let mut room = first;
    for word in words {
        let width = table::width(word);
        match lines.last_mut().filter(|line| table::width(line) + 1 + width <= room) {
            Some(line) => {
                line.push(' ');
                line.push_str(word);
            }
            None => {
                room = rest;
                lines.push(word.to_owned());
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn words_stay_whole() {
        assert_eq!(fold("one two three", 7, 20), ["one two", "three"]);
        assert_eq!(fold("one two three", 3, 9), ["one", "two three"]);
        let arn = "arn:aws:kms:eu-west-1:222222222222:key/1";
        assert_eq!(fold(&format!("on {arn} as x"), 10, 10), ["on", arn, "as x"]);
        assert_eq!(fold(arn, 5, 5), [arn]);
        assert_eq!(fold("", 5, 5), [""]);
        assert_eq!(fold("    caused by: x", 14, 14), ["    caused by:", "x"]);
    }
}
