//! The imports of a file: what its code names, and nothing else.

use std::collections::BTreeSet;

use super::Ts;
use super::methods::{class_names, options_names};
use crate::surface::Shape;

/// Puts the imports of types before the code that names them.
impl Ts<'_> {
    pub(super) fn with_types(self, code: &str) -> String {
        let mut names = (Vec::new(), Vec::new(), Vec::new());
        for definition in &self.surface.types {
            let name = definition.name.clone();
            match definition.shape {
                Shape::Alias(_) | Shape::Words(_) => names.0.push(name),
                Shape::Tagged(_) => names.1.push(name),
                Shape::Record(_) => names.2.extend([self.given_name(&name), name]),
            }
        }
        let used = words(code);
        let modules = [
            ("../runtime/json.js", vec!["Json".to_owned()]),
            ("../runtime/record.js", vec!["Abortable".to_owned()]),
            ("../runtime/thing.js", vec!["Within".to_owned()]),
            ("./options.js", options_names(self)),
            ("./tagged.js", names.1),
            ("./types.js", names.2),
            ("./words.js", names.0),
        ];
        let mut imports = String::new();
        for (module, names) in modules {
            imports += &import("import type", module, &names, &used);
        }
        for (file, name) in class_names() {
            imports += &import("import", &format!("./{file}.js"), &[name], &used);
        }
        if imports.is_empty() { code.to_owned() } else { format!("{imports}\n{code}") }
    }
}

/// An import of those names that are used, and not defined there.
pub(super) fn import(keyword: &str, module: &str, names: &[String], used: &BTreeSet<&str>) -> String {
    let names: BTreeSet<_> = names.iter().map(String::as_str).filter(|name| used.contains(name)).collect();
    if names.is_empty() {
        return String::new();
    }
    let line = names.iter().copied().collect::<Vec<_>>().join(", ");
    if line.len() < 90 {
        return format!("{keyword} {{ {line} }} from \"{module}\";\n");
    }
    let lines: String = names.iter().map(|name| format!("  {name},\n")).collect();
    format!("{keyword} {{\n{lines}}} from \"{module}\";\n")
}

/// The words of the code, without its comments, its texts and what it defines.
pub(super) fn words(code: &str) -> BTreeSet<&str> {
    let mut words = BTreeSet::new();
    let mut defined = BTreeSet::new();
    for line in code.lines().filter(|line| !line.trim_start().starts_with(['*', '/'])) {
        let texts_apart = line.split('"').step_by(2);
        words.extend(
            texts_apart
                .flat_map(|code| code.split(|letter: char| !letter.is_alphanumeric() && letter != '_')),
        );
        for keyword in ["export type ", "export interface ", "export class ", "export const "] {
            let name = line.strip_prefix(keyword).and_then(|rest| rest.split([' ', ':', '<']).next());
            defined.extend(name);
        }
    }
    words.retain(|word| !defined.contains(word));
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_code_names_is_imported() {
        let code = "/** A Draft. */\nexport type Post = { a: When };\nconst x: Post | \"Account\";\n";
        let used = words(code);
        let names = ["Account", "Draft", "Post", "When"].map(str::to_owned);
        assert_eq!(import("import type", "./x.js", &names, &used), "import type { When } from \"./x.js\";\n");
    }
}
