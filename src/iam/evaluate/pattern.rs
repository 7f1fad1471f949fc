//! Patterns of the policy language: `*`, `?`, and policy variables with the values of a request.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>
//!
//! Deliberately absent: knowing in which element of which policy a pattern stands.

use super::context::{Context, Seen};

/// Where the values of policy variables come from; None in a policy whose version knows no variables.
pub(super) type Variables<'a> = Option<&'a Context>;

/// Why a pattern cannot be compared with anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unresolved {
    /// The request has no single value for the variable, and the policy no default.
    WithoutValue(String),
    /// The value is not known.
    Unknown(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    /// This character. What comes from a variable is literal.
    Literal(char),
    /// `?`
    One,
    /// `*`
    Many,
}

/// A pattern whose variables are filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern(Vec<Token>);

/// What two characters have to have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Case {
    /// The same case too.
    Sensitive,
    /// Any case.
    Ignored,
}

impl Pattern {
    /// Reads a pattern.
    pub(super) fn read(text: &str, variables: Variables<'_>) -> Result<Self, Unresolved> {
        let mut tokens = Vec::new();
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            let variable = variables.and_then(|context| Some((context, braces(rest)?)));
            if let Some((context, inside)) = variable {
                tokens.extend(resolve(inside, context)?.chars().map(Token::Literal));
                rest = &rest[inside.len() + "${}".len()..];
                continue;
            }
            tokens.push(match c {
                '*' => Token::Many,
                '?' => Token::One,
                c => Token::Literal(c),
            });
            rest = &rest[c.len_utf8()..];
        }
        Ok(Self(tokens))
    }

    /// Reads a text in which `*` and `?` are nothing special.
    pub(super) fn literal(text: &str, variables: Variables<'_>) -> Result<Self, Unresolved> {
        // A variable may resolve to anything, so the text is read as a pattern first.
        let literal = |token| match token {
            Token::Many => Token::Literal('*'),
            Token::One => Token::Literal('?'),
            literal @ Token::Literal(_) => literal,
        };
        Ok(Self(Self::read(text, variables)?.0.into_iter().map(literal).collect()))
    }

    /// Whether the whole text matches.
    pub(super) fn matches(&self, text: &str, case: Case) -> bool {
        let text: Vec<char> = text.chars().collect();
        glob(&self.0, &text, case, |_| true)
    }

    /// Whether an ARN matches as `Resource` wants it: a `*` that ends a segment reaches over colons,
    /// another does not
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html>).
    /// After the fifth colon of the pattern colons are nothing special.
    pub(super) fn matches_resource(&self, arn: &str) -> bool {
        let arn: Vec<char> = arn.chars().collect();
        let last = self.0.iter().enumerate().filter(|(_, t)| **t == Token::Literal(':')).nth(4);
        let last = last.map_or(usize::MAX, |(at, _)| at);
        let reaches_far =
            |at: usize| at > last || matches!(self.0.get(at + 1), None | Some(Token::Literal(':')));
        glob(&self.0, &arn, Case::Sensitive, reaches_far)
    }

    /// Whether an ARN matches as the ARN operators want it: each of the six components by itself
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN>).
    /// None for a pattern that has fewer than six, of which AWS does not say what it means.
    pub(super) fn matches_components(&self, arn: &str) -> Option<bool> {
        if self.0 == [Token::Many] {
            return Some(true);
        }
        let patterns: Vec<&[Token]> = self.0.splitn(6, |t| *t == Token::Literal(':')).collect();
        let components: Vec<&str> = arn.splitn(6, ':').collect();
        if patterns.len() < 6 {
            return (self.0.last() != Some(&Token::Many)).then_some(false);
        }
        let one = |pattern: &[Token], component: &str| {
            let component: Vec<char> = component.chars().collect();
            glob(pattern, &component, Case::Sensitive, |_| true)
        };
        Some(components.len() == 6 && patterns.iter().zip(components).all(|(p, c)| one(p, c)))
    }
}

/// What stands between `${` and `}` at the beginning of the text.
fn braces(text: &str) -> Option<&str> {
    let inside = text.strip_prefix("${")?;
    Some(&inside[..inside.find('}')?])
}

/// The value of a variable: `key`, or `key, 'default'`.
fn resolve(inside: &str, context: &Context) -> Result<String, Unresolved> {
    if matches!(inside, "*" | "?" | "$") {
        return Ok(inside.to_owned());
    }
    let (key, default) = match inside.split_once(',') {
        Some((key, default)) => (key.trim(), quoted(default.trim())),
        None => (inside.trim(), None),
    };
    match (context.get(key), default) {
        (Seen::Unknown, _) => Err(Unresolved::Unknown(key.to_owned())),
        // Only a single-valued key can be a variable.
        (Seen::Known(values), _) if values.len() == 1 => Ok(values[0].clone()),
        (_, Some(default)) => Ok(default.to_owned()),
        (_, None) => Err(Unresolved::WithoutValue(key.to_owned())),
    }
}

fn quoted(text: &str) -> Option<&str> {
    text.strip_prefix('\'')?.strip_suffix('\'')
}

/// Whether `text` as a whole matches. `far` says which `*` may take a colon.
fn glob(pattern: &[Token], text: &[char], case: Case, far: impl Fn(usize) -> bool) -> bool {
    // Most patterns begin with letters, and those that do not match mostly differ there.
    let is_same = |(token, c): &(&Token, &char)| matches!(token, Token::Literal(l) if same(*l, **c, case));
    let start = pattern.iter().zip(text).take_while(is_same).count();
    let text = &text[start..];
    // Which prefixes of the text the pattern so far can stand for. Linear in both, unlike backtracking.
    let mut reached = vec![false; text.len() + 1];
    reached[0] = true;
    for (at, token) in pattern.iter().enumerate().skip(start) {
        let mut next = vec![false; text.len() + 1];
        for end in 0..=text.len() {
            next[end] = match token {
                Token::Many => {
                    let before = end.checked_sub(1);
                    reached[end] || before.is_some_and(|b| next[b] && (text[b] != ':' || far(at)))
                }
                Token::One => end > 0 && reached[end - 1],
                Token::Literal(c) => end > 0 && reached[end - 1] && same(*c, text[end - 1], case),
            };
        }
        if !next.contains(&true) {
            return false;
        }
        reached = next;
    }
    reached[text.len()]
}

fn same(a: char, b: char, case: Case) -> bool {
    match case {
        Case::Sensitive => a == b,
        Case::Ignored => a.eq_ignore_ascii_case(&b) || a.to_lowercase().eq(b.to_lowercase()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, context: &Context) -> Pattern {
        Pattern::read(text, Some(context)).expect(text)
    }

    #[test]
    fn variables_are_literal_and_have_defaults() {
        let context = Context::complete()
            .with("aws:username", Seen::one("b*b"))
            .with("aws:TagKeys", Seen::Known(vec!["a".to_owned(), "b".to_owned()]));
        let yes = [
            ("home/${aws:username}", "home/b*b"),
            ("home/${AWS:UserName}/*", "home/b*b/x"),
            ("${aws:PrincipalTag/team, 'all'}", "all"),
            ("a${*}b${?}${$}", "a*b?$"),
            ("${open", "${open"),
        ];
        for (pattern, text) in yes {
            assert!(read(pattern, &context).matches(text, Case::Sensitive), "{pattern} {text}");
        }
        assert!(!read("home/${aws:username}", &context).matches("home/bob", Case::Sensitive));
        for missing in ["${aws:TagKeys}", "${aws:userid}"] {
            assert!(matches!(Pattern::read(missing, Some(&context)), Err(Unresolved::WithoutValue(_))));
        }
        let partial = Context::partial();
        assert!(matches!(Pattern::read("${a, 'b'}", Some(&partial)), Err(Unresolved::Unknown(_))));
        // The version of 2008 knows no variables.
        let old = Pattern::read("${aws:username}", None).expect("literal");
        assert!(old.matches("${aws:username}", Case::Sensitive));
    }

    #[test]
    fn a_star_reaches_over_colons_only_where_it_ends_a_segment() {
        let matches = |pattern: &str, arn: &str| {
            Pattern::read(pattern, None).expect("no variables").matches_resource(arn)
        };
        let key = "arn:aws:kms:eu-west-1:111111111111:key/k";
        for yes in ["*", "arn:aws:kms:*", "arn:aws:kms:*:111111111111:key/*", "arn:aws:kms:*:key/?"] {
            assert!(matches(yes, key), "{yes}");
        }
        for no in ["arn:aws:kms", "arn:aws:kms:*w-1:key/k", "arn:aws:kms:*-1:key/k", "arn:aws:kms:?:key/k"] {
            assert!(!matches(no, key), "{no}");
        }
        assert!(matches("arn:aws:s3:::b/a*c", "arn:aws:s3:::b/a:b:c"));
    }

    #[test]
    fn arn_operators_compare_component_by_component() {
        let matches = |pattern: &str, arn: &str| {
            Pattern::read(pattern, None).expect("no variables").matches_components(arn)
        };
        let arn = "arn:aws:s:eu-west-1:999999999999:store/abc:111111111111:finance/d";
        assert_eq!(matches("arn:aws:s:*:111111111111:finance/*", arn), Some(false));
        assert_eq!(matches("arn:aws:s:*:999999999999:*finance/*", arn), Some(true));
        assert_eq!(matches("arn:aws:s:*", arn), None);
        assert_eq!(matches("arn:aws:s", arn), Some(false));
    }
}
