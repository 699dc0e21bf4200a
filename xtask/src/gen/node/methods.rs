//! The methods of classes.

use std::fmt::Write as _;

use super::Ts;
use super::classes::{CLASSES, group};
use super::names::{comment, quoted};
use super::types::Way;
use crate::surface::case::{camel, constant, pascal};
use crate::surface::{Field, Method, Mode, Shape, Stream, Type};

/// The parameters that stand by themselves, and those among the options.
pub(super) fn sorted(method: &Method) -> (Vec<&Field>, Vec<&Field>) {
    let params = method.params.iter().filter(|param| !is_bound(method, param));
    params.partition(|param| param.default.is_none())
}

/// Whether the object that the method is called on knows the parameter.
fn is_bound(method: &Method, param: &Field) -> bool {
    method.path().1 == Some("platform") && param.name == "platform"
}

/// The class that the method is written in.
fn written_in(method: &Method) -> String {
    match method.path() {
        (class, Some(of), _) => group(class, of).0,
        (class, None, _) => class.to_owned(),
    }
}

/// `PostsListOptions`.
pub(super) fn options_name(method: &Method) -> String {
    format!("{}{}Options", written_in(method), pascal(method.path().2))
}

/// All interfaces of options.
pub(super) fn options_names(ts: Ts<'_>) -> Vec<String> {
    ts.surface.operations.iter().map(options_name).collect()
}

/// The classes, and the files that they are in.
pub(super) fn class_names() -> impl Iterator<Item = (&'static str, String)> {
    CLASSES.iter().map(|class| (class.file, class.name.to_owned()))
}

/// All names that may be given as options.
pub(super) fn given_options(method: &Method) -> Vec<String> {
    let mut names: Vec<_> = sorted(method).1.iter().map(|param| camel(&param.name)).collect();
    names.extend(method.takes.iter().map(|(name, _)| camel(name)));
    if method.mode == Mode::Call {
        names.push("signal".to_owned());
    }
    names
}

/// The method as a caller writes it: `Xmp.posts.deadLetters`.
pub(super) fn shown_name(method: &Method) -> String {
    shown(&method.name)
}

fn shown(name: &str) -> String {
    let words: Vec<_> = name
        .split('.')
        .enumerate()
        .map(|(place, word)| if place == 0 { word.to_owned() } else { camel(word) })
        .collect();
    words.join(".")
}

impl Ts<'_> {
    /// The constants of `encode` that classes use.
    pub(super) fn constants(self) -> Vec<String> {
        let words = self.surface.types.iter().filter(|it| matches!(it.shape, Shape::Words(_)));
        let sets = words.map(|it| constant(&it.name));
        sets.chain(options_names(self).iter().map(|name| constant(name))).collect()
    }

    /// The methods of a class or of one of its groups, each after an empty line.
    pub(super) fn methods(self, class: &str, group: Option<&str>) -> String {
        let mut code = String::new();
        for method in &self.surface.operations {
            if method.path().0 == class && method.path().1 == group {
                code.push('\n');
                code += &self.method(method);
            }
        }
        for stream in &self.surface.streams {
            let pages = self.surface.operations.iter().find(|method| method.name == stream.pages);
            if let Some(pages) = pages.filter(|pages| (pages.path().0, pages.path().1) == (class, group)) {
                code.push('\n');
                code += &self.stream(stream, pages);
            }
        }
        code
    }

    fn method(self, method: &Method) -> String {
        let name = camel(method.path().2);
        let (call, opens) = (method.mode == Mode::Call, method.opens.as_deref());
        let answer = self.answer(method);
        let signature = match (name.as_str(), call) {
            ("new", _) => format!("constructor({})", self.params(method, false)),
            (_, true) => format!("async {name}({}): Promise<{answer}>", self.params(method, false)),
            (_, false) => format!("{name}({}): {answer}", self.params(method, false)),
        };
        let of = if method.opening && name != "new" { "static " } else { "" };
        let mut code = comment("  ", &self.method_doc(&method.doc, method));
        let _ = writeln!(code, "  {of}{signature} {{");
        code += &self.preparation(method);
        let operation = quoted(&method.name);
        let signal = if call { ", signal" } else { "" };
        let bytes = method.params.iter().any(|param| self.reach.has_attachments(&param.of));
        let attachments = if bytes { ", attachments" } else { "" };
        let by = match &method.takes {
            Some((name, class)) => {
                format!(", boundOf(given[\"{}\"], {class}, `${{at}}: options.{}`)", camel(name), camel(name))
            }
            None => String::new(),
        };
        let body = match (opens, call) {
            (Some(class), _) => {
                let bound = match (method.opening, call) {
                    (true, true) => format!("await Bound.opening({operation}, params{signal}{by})"),
                    (true, false) => format!("Bound.openingNow({operation}, params)"),
                    (false, true) => format!("await this.#bound.open({operation}, params{signal})"),
                    (false, false) => format!("this.#bound.openNow({operation}, params)"),
                };
                if name == "new" {
                    format!("    const bound = {bound};\n    super(bound);\n    this.#bound = bound;\n")
                } else {
                    format!("    return new {class}({bound});\n")
                }
            }
            (None, _) => {
                let made = if call { "await this.#bound.call" } else { "this.#bound.now" };
                self.answered(method, &format!("{made}({operation}, params{signal}{attachments})"))
            }
        };
        let ended = match name.as_str() {
            "close" => Some("this.#bound.ended();"),
            "stop" => Some("this.ended();"),
            _ => None,
        };
        match ended {
            // Who stops waiting lets the process go, too.
            Some(ended) => {
                let body = body.replace("    ", "      ");
                code += &format!("    try {{\n{body}    }} finally {{\n      {ended}\n    }}\n");
            }
            None => code += &body,
        }
        code + "  }\n"
    }

    /// Checks the arguments, and makes the parameters of them.
    fn preparation(self, method: &Method) -> String {
        let (required, options) = sorted(method);
        let mut code = String::new();
        let has_options = !given_options(method).is_empty();
        if has_options || !required.is_empty() {
            let _ = writeln!(code, "    const at = {};", quoted(&shown_name(method)));
        }
        if has_options {
            let set = if given_options(method) == ["signal"] {
                "NONE".to_owned()
            } else {
                constant(&options_name(method))
            };
            let _ = writeln!(code, "    const given = optionsOf(options, at, {set});");
        }
        if method.mode == Mode::Call {
            code += "    const signal = signalOf(given, at);\n";
        }
        if method.params.iter().any(|param| self.reach.has_attachments(&param.of)) {
            code += "    const attachments: Uint8Array[] = [];\n";
        }
        let mut fields = String::new();
        for param in &method.params {
            let name = camel(&param.name);
            if is_bound(method, param) {
                let _ = writeln!(fields, "      {}: this.{name},", param.name);
            } else if param.default.is_none() {
                let value = self.encode(&param.of, &name, &format!("`${{at}}: {name}`"));
                let _ = writeln!(fields, "      {}: {value},", param.name);
            }
        }
        for option in options {
            fields += &self.encode_fields("      ", "given", "${at}: options.", std::slice::from_ref(option));
        }
        if fields.is_empty() {
            code + "    const params = {};\n"
        } else {
            let _ = write!(code, "    const params = {{\n{fields}    }};\n");
            code
        }
    }

    fn answer(self, method: &Method) -> String {
        match (&method.opens, &method.answer) {
            (Some(class), _) => class.clone(),
            (None, Some(answer)) => self.of(answer, Way::Gotten),
            (None, None) => "void".to_owned(),
        }
    }

    fn answered(self, method: &Method, made: &str) -> String {
        match &method.answer {
            None | Some(Type::None) => format!("    {made};\n"),
            Some(answer) => {
                let wire = self.wire_in_class(answer);
                if self.reach.is_plain(answer) {
                    return format!("    return ({made}) as {wire};\n");
                }
                let value = self.decode(answer, "answer");
                format!("    const answer = ({made}) as {wire};\n    return {value};\n")
            }
        }
    }

    /// The type of an answer as it comes: defined types are in the module `Wire`.
    fn wire_in_class(self, of: &Type) -> String {
        match of {
            Type::Named(name) => format!("Wire.{name}"),
            Type::Optional(of) => format!("{} | null", self.wire_in_class(of)),
            Type::List(of) => match self.wire_in_class(of) {
                union if union.contains(' ') => format!("readonly ({union})[]"),
                item => format!("readonly {item}[]"),
            },
            other => self.wire_of(other),
        }
    }

    fn params(self, method: &Method, stream: bool) -> String {
        let (required, options) = sorted(method);
        let mut params: Vec<_> = required
            .iter()
            .map(|param| format!("{}: {}", camel(&param.name), self.of(&param.of, Way::Given)))
            .collect();
        let own = !options.is_empty() || method.takes.is_some();
        if own {
            params.push(format!("options?: {}", options_name(method)));
        } else if method.mode == Mode::Call || stream {
            params.push("options?: Abortable".to_owned());
        }
        params.join(", ")
    }

    fn method_doc(self, doc: &str, method: &Method) -> Vec<String> {
        let mut lines = vec![self.doc(doc)];
        for param in sorted(method).0 {
            lines.push(format!("@param {} - {}", camel(&param.name), self.field_doc(param)[0]));
        }
        if !given_options(method).is_empty() {
            lines.push("@param options - What may be left out.".to_owned());
        }
        if lines.len() > 1 {
            lines.insert(1, String::new());
        }
        lines
    }

    fn stream(self, stream: &Stream, pages: &Method) -> String {
        let name = camel(stream.name.rsplit('.').next().unwrap_or_default());
        let (item, items) = match &pages.answer {
            Some(Type::List(item)) => (self.of(item, Way::Gotten), "page"),
            Some(Type::Named(page)) => (self.items_of(page), "page.items"),
            other => unreachable!("{}: {other:?} is no page", stream.name),
        };
        let next = match stream.next.strip_prefix('.') {
            Some(of_page) => format!("page.{}", camel(of_page)),
            None => {
                let path: Vec<_> = stream.next.split('.').map(camel).collect();
                format!("page.at(-1)?.{} ?? null", path.join("."))
            }
        };
        let place = camel(&stream.place);
        let method = camel(pages.path().2);
        let given: String = sorted(pages).0.iter().map(|param| camel(&param.name) + ", ").collect();
        let mut code = comment("  ", &self.method_doc(&stream.doc, pages));
        if let Some(acknowledge) = &stream.acknowledge {
            // Who follows a log waits for what comes.
            let told = camel(acknowledge.rsplit('.').next().unwrap_or_default());
            let _ = write!(
                code,
                "  async *{name}({}): AsyncGenerator<{item}, void, undefined> {{\n    \
                 optionsOf(options, {}, {});\n    \
                 const wait = options?.wait === undefined || options.wait === 0 ? 60_000 : options.wait;\n    \
                 for (;;) {{\n      \
                 for (const item of await this.{method}({given}{{ ...options, wait }})) {{\n        \
                 yield item;\n        \
                 await this.{told}({place}, item.{});\n      }}\n    }}\n  }}\n",
                self.params(pages, true),
                quoted(&shown(&stream.name)),
                constant(&options_name(pages)),
                camel(&stream.next),
            );
            return code;
        }
        let _ = write!(
            code,
            "  async *{name}({}): AsyncGenerator<{item}, void, undefined> {{\n    \
             optionsOf(options, {}, {});\n    \
             yield* pages(\n      options?.{place},\n      ({place}) => this.{method}({given}{{ ...options, {place} }}),\n      \
             (page) => {items},\n      (page) => {next},\n    );\n  }}\n",
            self.params(pages, true),
            quoted(&shown(&stream.name)),
            constant(&options_name(pages)),
        );
        code
    }

    fn items_of(self, page: &str) -> String {
        match &self.reach.definition(page).shape {
            Shape::Record(fields) => {
                let items = fields.iter().find(|field| field.name == "items").map(|field| &field.of);
                match items {
                    Some(Type::List(item)) => self.of(item, Way::Gotten),
                    _ => unreachable!("{page} has no items"),
                }
            }
            _ => unreachable!("{page} is no page"),
        }
    }
}
