//! Terraform's language, as far as a resource with a policy in it needs it, laid out as `terraform fmt`
//! does (<https://developer.hashicorp.com/terraform/language/syntax/configuration>).

use serde_json::Value;

/// A resource with texts and one document.
pub fn resource(kind: &str, name: &str, texts: &[(&str, &str)], document: (&str, &Value)) -> String {
    let label: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let mut items: Vec<(String, String)> =
        texts.iter().map(|(key, text)| ((*key).to_owned(), quoted(text))).collect();
    items.push((document.0.to_owned(), format!("jsonencode({})", expression(document.1, 1))));
    format!("resource \"{kind}\" \"{label}\" {{\n{}}}\n", attributes(&items, 1))
}

fn expression(value: &Value, depth: usize) -> String {
    match value {
        Value::String(text) => quoted(text),
        Value::Array(items) => {
            let indent = "  ".repeat(depth + 1);
            let item = |item: &Value| format!("{indent}{},\n", expression(item, depth + 1));
            let items: String = items.iter().map(item).collect();
            format!("[\n{items}{}]", "  ".repeat(depth))
        }
        Value::Object(entries) => {
            let entry = |(name, value): (&String, &Value)| (key(name), expression(value, depth + 1));
            let items: Vec<(String, String)> = entries.iter().map(entry).collect();
            format!("{{\n{}{}}}", attributes(&items, depth + 1), "  ".repeat(depth))
        }
        other => other.to_string(),
    }
}

/// Lines that follow one another have their `=` in one column, unless a value goes over several.
fn attributes(items: &[(String, String)], depth: usize) -> String {
    let indent = "  ".repeat(depth);
    let several = |value: &str| value.contains('\n');
    let mut text = String::new();
    for run in items.chunk_by(|(_, one), (_, other)| !several(one) && !several(other)) {
        let width = run.iter().map(|(key, _)| key.len()).max().unwrap_or_default();
        for (key, value) in run {
            text.push_str(&format!("{indent}{key:width$} = {value}\n"));
        }
    }
    text
}

fn key(name: &str) -> String {
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if plain { name.to_owned() } else { quoted(name) }
}

/// With what would begin a template written twice.
fn quoted(text: &str) -> String {
    Value::from(text).to_string().replace("${", "$${").replace("%{", "%%{")
}
