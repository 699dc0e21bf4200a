//! Signatures as Python has them.

use serde_json::Value;

use super::{Answer, Kind, Signature};
use crate::surface::Type;

pub(super) fn signature(method: &Signature<'_>) -> String {
    let mut params: Vec<_> =
        method.needed.iter().map(|field| format!("{}: {}", field.name, taken(&field.of))).collect();
    if !method.left_out.is_empty() || method.takes.is_some() {
        params.push("*".to_owned());
    }
    params.extend(
        method.left_out.iter().map(|field| {
            format!("{}={}", field.name, field.default.as_ref().map(default).unwrap_or_default())
        }),
    );
    params.extend(method.takes.map(|name| format!("{name}=None")));
    let answer = match &method.answer {
        Answer::Class(class) => (*class).to_owned(),
        Answer::Value(value) => of(value),
    };
    let params = params.join(", ");
    match (method.of, method.name) {
        (_, "new") => format!("{answer}({params})"),
        (Kind::Awaited, name) => format!("async {name}({params}) -> {answer}"),
        (Kind::Plain, name) => format!("{name}({params}) -> {answer}"),
        (Kind::Stream, name) => format!("{name}({params}) -> AsyncGenerator[{answer}, None]"),
    }
}

/// What is taken: any number of things, in place of a tuple of them.
fn taken(this: &Type) -> String {
    match this {
        Type::List(inner) => format!("Iterable[{}]", taken(inner)),
        this => of(this),
    }
}

fn of(this: &Type) -> String {
    match this {
        Type::None => "None".to_owned(),
        Type::Text | Type::Secret => "str".to_owned(),
        Type::Path => "str | os.PathLike[str]".to_owned(),
        Type::Int => "int".to_owned(),
        Type::Bool => "bool".to_owned(),
        Type::Time => "datetime".to_owned(),
        Type::Duration => "timedelta".to_owned(),
        Type::Attachment => "bytes".to_owned(),
        Type::Json => "Json".to_owned(),
        Type::Named(name) => name.clone(),
        Type::Optional(inner) => format!("{} | None", of(inner)),
        Type::List(inner) => format!("tuple[{}, ...]", of(inner)),
        Type::Map(inner) => format!("Mapping[str, {}]", of(inner)),
    }
}

/// A default, where it is short enough for a table.
fn default(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Array(items) if items.is_empty() => "()".to_owned(),
        Value::Array(_) | Value::Object(_) => "…".to_owned(),
        plain => plain.to_string(),
    }
}
