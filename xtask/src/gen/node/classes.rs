//! The classes: one a file, with the classes of their groups.

use std::fmt::Write as _;

use super::imports::{import, words};
use super::names::{comment, quoted};
use super::{PLATFORMS, Ts};
use crate::surface::Method;
use crate::surface::case::pascal;

/// A class of the surface.
pub(super) struct Class {
    pub(super) name: &'static str,
    pub(super) file: &'static str,
    doc: &'static str,
}

pub(super) const CLASSES: &[Class] = &[
    Class {
        name: "Xmp",
        file: "xmp",
        doc: "An engine: it holds accounts, and keeps and publishes posts. A program has one, which {@link Xmp.open} opens.",
    },
    Class {
        name: "RunningWorker",
        file: "running-worker",
        doc: "A worker in the background: it publishes what is due until it is stopped, or its engine is closed.",
    },
    Class {
        name: "Sim",
        file: "sim",
        doc: "A simulator of X on loopback, for tests and for trying things out.",
    },
    Class {
        name: "ManualClock",
        file: "manual-clock",
        doc: "A clock that stands still until it is moved: for tests.",
    },
];

/// What classes need of the runtime.
const RUNTIME: &[(&str, &[&str])] = &[
    ("../runtime/bound.js", &["Bound"]),
    ("../runtime/json.js", &["json"]),
    ("../runtime/pages.js", &["pages"]),
    ("../runtime/record.js", &["NONE", "optionsOf", "signalOf"]),
    ("../runtime/thing.js", &["Server", "Thing", "boundOf", "encodeWithin"]),
];

/// Modules that are imported whole: parameters have names like those within.
const MODULES: &[(&str, &str)] = &[
    ("import * as encode from \"../runtime/encode.js\";\n", "encode"),
    ("import type * as Wire from \"./wire.js\";\n", "Wire"),
];

/// The group whose methods have the platform bound.
const PLATFORM: &str = "platform";

/// What a group is called and what it is.
pub(super) fn group(class: &str, group: &str) -> (String, &'static str) {
    match (class, group) {
        (_, PLATFORM) => {
            ("Remote".to_owned(), "What one platform itself shows: each call makes requests to it.")
        }
        ("Xmp", "accounts") => ("Accounts".to_owned(), "The accounts of an engine."),
        ("Xmp", "posts") => ("Posts".to_owned(), "The posts of an engine."),
        ("Xmp", "series") => ("Series".to_owned(), "Posts that come again, by a rule."),
        ("Xmp", "queues") => ("Queues".to_owned(), "Posts that take the next free one of weekly slots."),
        ("Xmp", "consumers") => {
            ("Consumers".to_owned(), "Readers of the event log, each with a place of its own.")
        }
        ("Sim", "clock") => {
            ("SimClock".to_owned(), "The clock of a simulator, which runs on from where it is set.")
        }
        (class, group) => (format!("{class}{}", pascal(group)), "A group of methods."),
    }
}

impl Ts<'_> {
    /// The file of a class.
    pub(super) fn class(self, class: &Class) -> String {
        let mut groups: Vec<&str> = Vec::new();
        for (of, group, _) in self.surface.operations.iter().map(Method::path) {
            if let (true, Some(group)) = (of == class.name, group)
                && !groups.contains(&group)
            {
                groups.push(group);
            }
        }
        let mut code = String::new();
        for group in &groups {
            code += &self.group_class(class.name, group);
        }
        code += &self.main_class(class, &groups);
        let used = words(&code);
        let mut imports = String::new();
        for (module, names) in RUNTIME {
            let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
            imports += &import("import", module, &names, &used);
        }
        for (line, word) in MODULES {
            if used.contains(word) {
                imports += line;
            }
        }
        let generated = |prefix: &str| -> Vec<String> {
            used.iter()
                .filter(|word| word.starts_with(prefix) && !["encode", "encodeWithin"].contains(word))
                .map(|word| (*word).to_owned())
                .collect()
        };
        imports += &import("import", "./decode.js", &generated("decode"), &used);
        let mut encoders = generated("encode");
        encoders.extend(self.constants());
        imports += &import("import", "./encode.js", &encoders, &used);
        format!("{imports}{}\n", self.with_types(code.trim_end()))
    }

    fn group_class(self, class: &str, group: &str) -> String {
        let (name, doc) = self::group(class, group);
        let bound = group == PLATFORM;
        let mut code = comment("", &[doc.to_owned()]);
        let _ = write!(code, "export class {name} {{\n  readonly #bound: Bound;\n");
        if bound {
            code += "  /** The name of the platform. */\n  readonly platform: PlatformId;\n";
        }
        let (param, set) =
            if bound { (", platform: PlatformId", "    this.platform = platform;\n") } else { ("", "") };
        let _ = write!(
            code,
            "\n  /** Not for programs: an object of its class has one. */\n  constructor(bound: Bound{param}) {{\n    \
             this.#bound = bound;\n{set}  }}\n"
        );
        code += &self.methods(class, Some(group));
        code + "}\n\n"
    }

    fn main_class(self, class: &Class, groups: &[&str]) -> String {
        let name = class.name;
        let has = |method: &str| self.surface.operations.iter().any(|it| it.path() == (name, None, method));
        let base = if has("stop") { "Server" } else { "Thing" };
        let mut code = comment("", &[class.doc.to_owned()]);
        let _ = write!(code, "export class {name} extends {base} {{\n  readonly #bound: Bound;\n");
        let mut set = String::new();
        for group in groups.iter().filter(|group| **group != PLATFORM) {
            let (of, doc) = self::group(name, group);
            code += &comment("  ", &[doc.to_owned()]);
            let _ = writeln!(code, "  readonly {group}: {of};");
            let _ = writeln!(set, "    this.{group} = new {of}(bound);");
        }
        if !has("new") {
            let _ = write!(
                code,
                "\n  /** Not for programs: see the methods that give one. */\n  constructor(bound: Bound) {{\n    \
                 super(bound);\n    this.#bound = bound;\n{set}  }}\n"
            );
        }
        code += &self.methods(name, None);
        if groups.contains(&PLATFORM) {
            code += &platforms();
        }
        for end in ["close", "stop"].into_iter().filter(|end| has(end)) {
            let _ = write!(
                code,
                "\n  /** `await using` ends with `{end}`. */\n  async [Symbol.asyncDispose](): Promise<void> {{\n    \
                 await this.{end}();\n  }}\n"
            );
        }
        code + "}\n"
    }
}

/// What the engine has beside its operations.
fn platforms() -> String {
    let mut code = String::from(
        "
  /**
   * The same engine, whose calls carry this.
   *
   * @param options - What goes along with each call.
   */
  within(options: Within): Xmp {
    return new Xmp(this.#bound.within(encodeWithin(options)));
  }

  /**
   * What a platform itself shows.
   *
   * @param platform - The name of the platform: `x`.
   */
  platform(platform: PlatformId): Remote {
    return new Remote(this.#bound, encode.text(platform, \"Xmp.platform: platform\"));
  }
",
    );
    for platform in PLATFORMS {
        let name = quoted(platform);
        let _ = write!(
            code,
            "\n  /** `platform({name})`. */\n  get {platform}(): Remote {{\n    return this.platform({name});\n  }}\n"
        );
    }
    code
}
