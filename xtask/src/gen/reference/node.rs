//! Signatures as TypeScript has them.

use super::{Answer, Kind, Signature};
use crate::surface::Type;
use crate::surface::case::camel;

/// Sugar that Node writes otherwise. An object with a `then` is a promise to JavaScript: `await` would call it.
const OTHERWISE: &[(&str, &str)] = &[
    ("Draft.then", "andThen(text: string): Draft"),
    ("Draft.media", "media(source: MediaSource, alt?: string | null): Draft"),
];

/// The signature of what the surface calls by this name.
pub(super) fn signature(name: &str, method: &Signature<'_>) -> String {
    if let Some((_, signature)) = OTHERWISE.iter().find(|(other, _)| *other == name) {
        return (*signature).to_owned();
    }
    let mut params: Vec<_> =
        method.needed.iter().map(|field| format!("{}: {}", camel(&field.name), of(&field.of))).collect();
    let left_out = method.left_out.iter().map(|field| field.name.as_str()).chain(method.takes);
    let options: Vec<_> = left_out.map(|name| format!("{}?", camel(name))).collect();
    if !options.is_empty() {
        params.push(format!("{{ {} }}", options.join(", ")));
    }
    let answer = match &method.answer {
        Answer::Class(class) => (*class).to_owned(),
        Answer::Value(value) => of(value),
    };
    let (name, params) = (camel(method.name), params.join(", "));
    match (method.of, method.name) {
        (_, "new") => format!("new {answer}({params})"),
        (Kind::Awaited, _) => format!("{name}({params}): Promise<{answer}>"),
        (Kind::Plain, _) => format!("{name}({params}): {answer}"),
        (Kind::Stream, _) => format!("{name}({params}): AsyncGenerator<{answer}>"),
    }
}

fn of(this: &Type) -> String {
    match this {
        Type::None => "void".to_owned(),
        Type::Text | Type::Secret => "string".to_owned(),
        Type::Path => "string | URL".to_owned(),
        Type::Int | Type::Duration => "number".to_owned(),
        Type::Bool => "boolean".to_owned(),
        Type::Time => "Date".to_owned(),
        Type::Attachment => "Uint8Array".to_owned(),
        Type::Json => "Json".to_owned(),
        Type::Named(name) => name.clone(),
        Type::Optional(inner) => format!("{} | null", of(inner)),
        Type::List(inner) => match of(inner) {
            union if union.contains(' ') => format!("({union})[]"),
            item => format!("{item}[]"),
        },
        Type::Map(inner) => format!("Record<string, {}>", of(inner)),
    }
}
