//! Operations as methods.

use super::classes::{BOUND, Class};
use super::form::Form;
use super::records::parameter;
use super::types::{Types, or_none};
use super::write::{Text, documented};
use crate::surface::{Field, Method, Mode, Stream, Sugar, Type};

/// What a method gives, for a caller.
fn answer(method: &Method, types: &Types<'_>, form: Form) -> String {
    match (&method.opens, &method.answer) {
        (Some(opened), _) if form == Form::Aio && method.mode == Mode::Call => format!("Opening[{opened}]"),
        (Some(opened), _) => opened.clone(),
        (None, Some(of)) => types.out(of),
        (None, None) => "None".to_owned(),
    }
}

/// The parameters that a caller gives; that of a bound group is left out.
fn params<'a>(class: &Class<'_>, method: &'a Method) -> Vec<&'a Field> {
    method.params.iter().filter(|field| !(class.bound && field.name == BOUND)).collect()
}

fn signature(
    text: &mut Text,
    class: &Class<'_>,
    method: &Method,
    head: &str,
    answer: &str,
    types: &Types<'_>,
) {
    let (given, left_out): (Vec<_>, Vec<_>) =
        params(class, method).into_iter().partition(|field| field.default.is_none());
    let mut lines = Vec::new();
    if !method.opening || method.path().2 == "new" {
        lines.push("self,".to_owned());
    }
    lines.extend(given.iter().map(|field| parameter(field, types)));
    if !left_out.is_empty() || method.takes.is_some() {
        lines.push("*,".to_owned());
    }
    lines.extend(left_out.iter().map(|field| parameter(field, types)));
    lines.extend(method.takes.iter().map(|(name, of)| format!("{name}: {of} | None = None,")));
    let line = lines.join(" ");
    if line.len() + head.len() + answer.len() < 90 {
        return text.line(1, format!("{head}({}) -> {answer}:", line.trim_end_matches(',')));
    }
    text.line(1, format!("{head}("));
    lines.iter().for_each(|line| text.line(2, line));
    text.line(1, format!(") -> {answer}:"));
}

fn doc(text: &mut Text, class: &Class<'_>, method: &Method, of: &str, limit: Option<&str>) {
    let said = |field: &'_ Field| limit.filter(|_| field.name == "limit").unwrap_or(&field.doc).to_owned();
    let said: Vec<_> =
        params(class, method).into_iter().map(|field| (field.name.as_str(), said(field))).collect();
    let mut fields: Vec<(&str, &str)> = said.iter().map(|(name, doc)| (*name, doc.as_str())).collect();
    if let Some((name, _)) = &method.takes {
        fields.push((name, "The clock that it goes by, in place of the system's."));
    }
    text.doc(2, of, "Args", &fields);
}

/// `params = {…}`, checked and as the wire has them.
fn wire_params(text: &mut Text, class: &Class<'_>, method: &Method, types: &Types<'_>) -> &'static str {
    if method.params.is_empty() {
        return "{}";
    }
    text.line(2, "params = {");
    for field in &method.params {
        if class.bound && field.name == BOUND {
            text.line(3, format!("\"{BOUND}\": self._platform,"));
            continue;
        }
        let at = format!("\"{}({})\"", method.name, field.name);
        text.line(3, format!("\"{}\": {},", field.name, wire_value(&field.of, &field.name, &at, types)));
    }
    text.line(2, "}");
    "params"
}

fn wire_value(of: &Type, name: &str, at: &str, types: &Types<'_>) -> String {
    match of {
        Type::Optional(inner) => or_none(name, wire_value(inner, name, at, types)),
        _ => types.written(of, &types.checked(of, name, at)),
    }
}

pub(super) fn method(text: &mut Text, class: &Class<'_>, method: &Method, types: &Types<'_>, form: Form) {
    let name = method.path().2;
    let waits = method.mode == Mode::Call;
    let (define, wait) = if waits && method.opens.is_none() {
        (form.waiting("async "), form.waiting("await "))
    } else {
        ("", "")
    };
    if method.opening {
        text.line(1, "@staticmethod");
    }
    signature(text, class, method, &format!("{define}def {name}"), &answer(method, types, form), types);
    doc(text, class, method, &method.doc, None);
    let params = wire_params(text, class, method, types);
    let caller = match (&method.takes, method.opening) {
        (Some((takes, of)), _) => {
            let checked = format!("_check.instance({takes}, \"{}({takes})\", {of})", method.name);
            text.line(2, format!("handle = None if {takes} is None else {checked}._caller.handle"));
            format!("{}(handle)", form.caller())
        }
        (None, true) => format!("{}()", form.caller()),
        (None, false) => "self._caller".to_owned(),
    };
    let (name, answer) = (&method.name, method.answer.as_ref().filter(|of| **of != Type::None));
    let reply = match (&method.opens, waits, form) {
        (Some(of), true, Form::Aio) => format!("Opening({caller}, \"{name}\", {params}, {of})"),
        (Some(of), true, Form::Blocking) => format!("{of}({caller}.open(\"{name}\", {params}))"),
        (Some(of), false, _) => format!("{of}({caller}.open_now(\"{name}\", {params}))"),
        (None, true, _) => format!("{wait}{caller}.call(\"{name}\", {params})"),
        (None, false, _) => format!("{caller}.now(\"{name}\", {params})"),
    };
    match answer {
        _ if method.opens.is_some() => text.line(2, format!("return {reply}")),
        None => text.line(2, reply),
        Some(of) => {
            let read = types.read(of, "answer");
            // What is there already gets its type, since the reply has none.
            let typed = if read == "answer" { format!(": {}", types.out(of)) } else { String::new() };
            text.line(2, format!("answer{typed} = {reply}"));
            text.line(2, format!("return {read}"));
        }
    }
    text.line(0, "");
}

/// An operation that is the constructor of its class.
pub(super) fn constructor(text: &mut Text, new: &Method, types: &Types<'_>) {
    let class = Class::alone(new);
    signature(text, &class, new, "def __init__", "None", types);
    doc(text, &class, new, &new.doc, None);
    let params = wire_params(text, &class, new, types);
    text.line(2, format!("self._caller = Caller().open_now(\"{}\", {params})\n", new.name));
}

pub(super) fn stream(
    text: &mut Text,
    class: &Class<'_>,
    stream: &Stream,
    pages: &Method,
    types: &Types<'_>,
    form: Form,
) {
    let name = stream.name.rsplit('.').next().unwrap_or_default();
    let item = match &pages.answer {
        Some(Type::List(item)) => types.out(item),
        Some(Type::Named(page)) => types.item(page),
        _ => "None".to_owned(),
    };
    let (define, wait) = (form.waiting("async "), form.waiting("await "));
    signature(text, class, pages, &format!("{define}def {name}"), &form.generator(&item), types);
    doc(text, class, pages, &stream.doc, Some("So many are read at once."));
    // An iterable can be gone through once, and every page asks for it.
    for field in pages.params.iter().filter(|field| matches!(field.of, Type::List(_))) {
        let at = format!("\"{}({})\"", stream.name, field.name);
        text.line(2, format!("{} = {}", field.name, types.checked(&field.of, &field.name, &at)));
    }
    let arguments: Vec<_> = params(class, pages)
        .iter()
        .map(|field| match field.default {
            // Who follows a log waits for what comes.
            Some(_) if stream.acknowledge.is_some() && field.name == "wait" => {
                "wait=wait if wait != timedelta(0) else timedelta(minutes=1)".to_owned()
            }
            Some(_) => format!("{0}={0}", field.name),
            None => field.name.clone(),
        })
        .collect();
    text.line(2, "while True:");
    text.line(3, format!("page = {wait}self.{}({})", pages.path().2, arguments.join(", ")));
    if let Some(acknowledge) = &stream.acknowledge {
        let told = acknowledge.rsplit('.').next().unwrap_or_default();
        text.line(3, "for item in page:");
        text.line(4, "yield item");
        text.line(4, format!("{wait}self.{told}({}, item.{})\n", stream.place, stream.next));
        return;
    }
    let (items, place) = match stream.next.strip_prefix('.') {
        Some(next) => ("page.items", format!("page.{next}")),
        None => ("page", format!("page[-1].{}", stream.next)),
    };
    match form {
        Form::Aio => {
            text.line(3, format!("for item in {items}:"));
            text.line(4, "yield item");
        }
        Form::Blocking => text.line(3, format!("yield from {items}")),
    }
    let end = if items == "page" { "not page".to_owned() } else { format!("{place} is None") };
    text.line(3, format!("if {end}:"));
    text.line(4, "return");
    text.line(3, format!("{} = {place}\n", stream.place));
}

/// What goes along with the calls of an engine.
pub(super) fn within(text: &mut Text, class: &Class<'_>, within: &Sugar, types: &Types<'_>, form: Form) {
    text.line(1, "def within(");
    text.line(2, "self,");
    text.line(2, "*,");
    within.params.iter().for_each(|field| text.line(2, parameter(field, types)));
    text.line(1, format!(") -> {}:", class.name));
    text.doc(2, &within.doc, "Args", &documented(&within.params));
    text.line(2, "along = self._caller.along.within(");
    within.params.iter().for_each(|field| text.line(3, format!("{0}={0},", field.name)));
    text.line(2, ")");
    text.line(2, format!("return {}({}(self._caller.handle, along))\n", class.name, form.caller()));
}
