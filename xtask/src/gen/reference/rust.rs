//! Signatures as the Rust facade has them.

use syn::{FnArg, GenericArgument, ImplItemFn, Pat, Path, PathArguments, ReturnType, Type, TypeParamBound};

use crate::surface::facade::{BUILDERS, CLASSES, Code};

/// The signature of what the surface calls by this name; nothing where Rust has no such method.
pub(super) fn signature(code: &Code, name: &str) -> String {
    if let Some((builder, _)) = BUILDERS.iter().find(|(_, place)| *place == name) {
        return code
            .methods(builder)
            .find(|method| !is_setter(method))
            .map(|end| built(builder, end))
            .unwrap_or_default();
    }
    let (place, method) = name.rsplit_once('.').unwrap_or_default();
    let class = CLASSES.iter().find(|(_, of)| *of == place).map_or("", |(class, _)| class);
    if let Some(method) = code.methods(class).find(|one| one.sig.ident == method) {
        return written(method);
    }
    let forms = code.enumeration(class).into_iter().flat_map(|one| &one.variants);
    let form = forms.into_iter().find(|form| form.ident.to_string().to_lowercase() == method);
    form.map(|form| {
        let of: Vec<_> = form.fields.iter().map(|field| shown(&field.ty)).collect();
        let of = if of.is_empty() { String::new() } else { format!("({})", of.join(", ")) };
        format!("{class}::{}{of}", form.ident)
    })
    .unwrap_or_default()
}

/// What a builder ends with: `async Builder.…open() -> Result<Xmp>`.
fn built(builder: &str, end: &ImplItemFn) -> String {
    let mark = if end.sig.asyncness.is_some() { "async " } else { "" };
    format!("{mark}{builder}.{}", written(end).trim_start_matches(mark))
}

fn is_setter(method: &ImplItemFn) -> bool {
    matches!(&method.sig.output, ReturnType::Type(_, of) if shown(of) == "Self")
}

fn written(method: &ImplItemFn) -> String {
    let params = method.sig.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(typed) => match typed.pat.as_ref() {
            Pat::Ident(name) => Some(format!("{}: {}", name.ident, shown(&typed.ty))),
            _ => None,
        },
        FnArg::Receiver(_) => None,
    });
    let params = params.collect::<Vec<_>>().join(", ");
    let mark = if method.sig.asyncness.is_some() { "async " } else { "" };
    let answer = match &method.sig.output {
        ReturnType::Default => String::new(),
        ReturnType::Type(_, of) => format!(" -> {}", shown(of)),
    };
    format!("{mark}{}({params}){answer}", method.sig.ident)
}

/// A type as it is written, without lifetimes.
fn shown(of: &Type) -> String {
    match of {
        Type::Reference(reference) => format!("&{}", shown(&reference.elem)),
        Type::Slice(slice) => format!("[{}]", shown(&slice.elem)),
        Type::Tuple(tuple) => {
            format!("({})", tuple.elems.iter().map(shown).collect::<Vec<_>>().join(", "))
        }
        Type::Path(path) => shown_path(&path.path),
        Type::ImplTrait(bounds) => {
            let traits = bounds.bounds.iter().filter_map(|bound| match bound {
                TypeParamBound::Trait(bound) => Some(shown_path(&bound.path)),
                _ => None,
            });
            format!("impl {}", traits.collect::<Vec<_>>().join(" + "))
        }
        _ => "_".to_owned(),
    }
}

/// The last name of a path, with what stands in its angle brackets.
fn shown_path(path: &Path) -> String {
    let Some(last) = path.segments.last() else { return String::new() };
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return last.ident.to_string() };
    let arguments = arguments.args.iter().filter_map(|argument| match argument {
        GenericArgument::Type(of) => Some(shown(of)),
        GenericArgument::AssocType(of) => Some(format!("{} = {}", of.ident, shown(&of.ty))),
        _ => None,
    });
    match arguments.collect::<Vec<_>>().join(", ") {
        none if none.is_empty() => last.ident.to_string(),
        arguments => format!("{}<{arguments}>", last.ident),
    }
}
