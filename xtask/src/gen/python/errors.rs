//! A class for each kind of errors.

use super::write::{Text, module as module_of};
use crate::surface::Surface;
use crate::surface::case::pascal;

pub(super) fn module(surface: &Surface) -> String {
    let class = |kind: &str| format!("{}Error", pascal(kind));
    let mut text = Text::default();
    for it in &surface.errors {
        text.line(0, "\n");
        // What a program expects that knows the language's own.
        let too = if it.kind == "timeout" { ", builtins.TimeoutError" } else { "" };
        text.line(0, format!("class {}(XmpError{too}):", class(&it.kind)));
        let doc = format!(
            "{}\n\nThe kind `{}`; its severity is `{}` where nothing more is known.",
            it.meaning, it.kind, it.severity
        );
        text.doc(1, &doc, "", &[]);
    }
    text.line(0, "\n");
    text.line(0, "ERRORS: dict[str, type[XmpError]] = {");
    surface.errors.iter().for_each(|it| text.line(1, format!("\"{}\": {},", it.kind, class(&it.kind))));
    text.line(0, "}");
    text.line(0, "\"\"\"The classes by their kinds.\"\"\"");
    let names: Vec<_> = surface.errors.iter().map(|it| class(&it.kind)).collect();
    module_of("A class for each kind of errors.", &Vec::new(), &names, &text.0)
}
