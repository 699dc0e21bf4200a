//! The trailing options of methods.

use std::fmt::Write as _;

use super::Ts;
use super::methods::{given_options, options_name, sorted};
use super::names::comment;
use super::types::Way;
use crate::surface::Mode;
use crate::surface::case::{camel, constant};

impl Ts<'_> {
    /// An interface for each method that has options of its own.
    pub(super) fn options(self) -> String {
        let mut file = String::new();
        for method in &self.surface.operations {
            let (_, options) = sorted(method);
            if options.is_empty() && method.takes.is_none() {
                continue;
            }
            let name = options_name(method);
            file += &comment("", &[format!("What `{}` may be given.", super::methods::shown_name(method))]);
            let abortable = if method.mode == Mode::Call { " extends Abortable" } else { "" };
            let _ = writeln!(file, "export interface {name}{abortable} {{");
            for field in options {
                file += &self.field("  ", field, Way::Given);
            }
            if let Some((name, class)) = &method.takes {
                let doc =
                    "The clock that it goes by: for tests. Without one it goes by the system's.".to_owned();
                let _ = writeln!(
                    file,
                    "{}  readonly {}?: {class} | undefined;",
                    comment("  ", &[doc]),
                    camel(name)
                );
            }
            file += "}\n\n";
        }
        self.with_types(file.trim_end()) + "\n"
    }

    /// The names of options, which are all that may be given.
    pub(super) fn options_sets(self) -> String {
        let mut sets = String::new();
        for method in &self.surface.operations {
            let names: Vec<_> = given_options(method).iter().map(|name| format!("\"{name}\"")).collect();
            if names.len() > 1 || method.mode == Mode::Now && !names.is_empty() {
                let set = constant(&options_name(method));
                let _ = writeln!(
                    sets,
                    "export const {set}: ReadonlySet<string> = new Set([{}]);",
                    names.join(", ")
                );
            }
        }
        sets
    }
}
