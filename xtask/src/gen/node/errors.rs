//! A class for each kind of errors.

use std::fmt::Write as _;

use super::Ts;
use super::names::{comment, quoted};
use crate::surface::case::pascal;

impl Ts<'_> {
    pub(super) fn errors(self) -> String {
        let mut file = String::from("import { XmpErrorBase } from \"../runtime/error-base.js\";\n\n");
        let kinds = &self.surface.errors;
        for kind in kinds {
            let (doc, word) = (self.doc(kind.meaning.as_str()), quoted(&kind.kind));
            file +=
                &comment("", &[format!("{doc} Severity where nothing more is known: `{}`.", kind.severity)]);
            let _ =
                writeln!(file, "export class {} extends XmpErrorBase<{word}> {{}}\n", class_name(&kind.kind));
        }
        let doc = "Any error of xmp: `instanceof XmpError` is true for all of them, and `switch (error.kind)` tells them \
                   apart.";
        file += &comment("", &[doc.to_owned()]);
        file += "export type XmpError =";
        for kind in kinds {
            let _ = write!(file, "\n  | {}", class_name(&kind.kind));
        }
        file += ";\n\n";
        file += &comment(
            "",
            &["The class above all errors of xmp, as what its objects are: one of the kinds.".to_owned()],
        );
        file +=
            "export const XmpError = XmpErrorBase as unknown as abstract new (...args: never) => XmpError;\n";
        file
    }

    /// The classes by kind, for the runtime: programs have no use for it.
    pub(super) fn error_classes(self) -> String {
        let mut file = String::from("import * as errors from \"./errors.js\";\n\n");
        file += &comment("", &["The class of each kind.".to_owned()]);
        file += "export const CLASSES = {\n";
        for kind in &self.surface.errors {
            let _ = writeln!(file, "  {}: errors.{},", kind.kind, class_name(&kind.kind));
        }
        file + "};\n\n" + NAMES
    }
}

const NAMES: &str = "\
// On the prototypes, where the classes of the language have it: errors show it without a field of their own.
for (const of of Object.values(CLASSES)) {
  Object.defineProperty(of.prototype, \"name\", { value: of.name });
}
";

/// `RateLimitError`.
fn class_name(kind: &str) -> String {
    format!("{}Error", pascal(kind))
}
