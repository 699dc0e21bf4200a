//! The items of the Rust facade.

use syn::{Fields, GenericArgument, PathArguments, Type};

use super::{Items, LeftOut, defaults};
use crate::surface::case::snake;
use crate::surface::facade::{self, BUILDERS, CLASSES, Code, name_of};

/// The types whose fields are parameters of the methods that take one of them.
const OPTIONS: &[&str] = &[
    "ConnectOptions",
    "CompleteOptions",
    "LogInOptions",
    "NewApp",
    "PostFilter",
    "CalendarQuery",
    "ConflictOptions",
    "Edit",
    "NewSeries",
    "SeriesEdit",
    "NewQueue",
    "TimelineQuery",
    "WorkerOptions",
    "RateLimit",
    "Fault",
];

/// Options within options, beside the configurations of platforms.
const RECORDS: &[&str] = &["RetryPolicy", "LookPolicy", "Backoff"];

/// Whether the surface has the fields of this type on their own.
pub(super) fn is_record(name: &str) -> bool {
    RECORDS.contains(&name) || name.ends_with("Config")
}

/// Every method and parameter that a program in Rust sees.
pub(super) fn items(code: &Code) -> Result<Items, String> {
    let mut items = Items::new();
    for (class, place) in CLASSES {
        for method in code.methods(class) {
            let name = format!("{place}.{}", method.sig.ident);
            // What gives a group is no method of the surface, but the group.
            if CLASSES.iter().any(|(_, place)| *place == name) {
                continue;
            }
            // What these are made of is a parameter of each of their methods.
            let made_of = match *class {
                "Remote" => Some("platform"),
                "Consumer" => Some("name"),
                _ => None,
            };
            items.extend(made_of.map(|of| (format!("{name}({of})"), LeftOut::Unsaid)));
            for (parameter, of) in facade::parameters(method) {
                match of.filter(|of| OPTIONS.contains(&of.as_str())) {
                    Some(options) => fields(code, &options, &name, &mut items)?,
                    None => drop(items.insert(format!("{name}({parameter})"), LeftOut::Unsaid)),
                }
            }
            items.insert(name, LeftOut::Unsaid);
        }
    }
    for (builder, place) in BUILDERS.iter().filter(|(builder, _)| code.structure(builder).is_some()) {
        items.insert((*place).to_owned(), LeftOut::Unsaid);
        for setter in code.methods(builder) {
            items.insert(format!("{place}({})", setter.sig.ident), LeftOut::Unsaid);
        }
    }
    for record in RECORDS.iter().filter(|record| code.structure(record).is_some()) {
        fields(code, record, record, &mut items)?;
    }
    for platform in code.platforms()? {
        let left_out = LeftOut::Is(defaults::of_type(code, &platform.config)?);
        items.insert(format!("Xmp.open({})", platform.name), left_out);
        if let Some(config) = name_of(inner(&platform.config)) {
            fields(code, &config, &config, &mut items)?;
        }
    }
    forms(code, "When", &mut items)?;
    Ok(items)
}

/// What an `Option` or `Vec` is of.
fn inner(of: &Type) -> &Type {
    let Type::Path(path) = of else { return of };
    let arguments = path.path.segments.last().map(|last| &last.arguments);
    let Some(PathArguments::AngleBracketed(arguments)) = arguments else { return of };
    arguments
        .args
        .iter()
        .find_map(|one| match one {
            GenericArgument::Type(of) => Some(of),
            _ => None,
        })
        .unwrap_or(of)
}

/// The fields of a structure, as parameters of a method.
fn fields(code: &Code, structure: &str, method: &str, items: &mut Items) -> Result<(), String> {
    let structure = code.structure(structure).ok_or_else(|| format!("{structure} is nowhere to be found"))?;
    let defaults = defaults::of(code, structure)?;
    for (field, of, flat) in facade::fields(structure) {
        items.insert(format!("{method}({field})"), defaults::left_out(&defaults, &field));
        let forms = flat.then(|| code.enumeration(&name_of(of)?)).flatten();
        for form in forms.iter().flat_map(|forms| &forms.variants) {
            // Which form needs which of them, only the form says.
            let names = form.fields.iter().filter_map(|field| field.ident.as_ref());
            items.extend(names.map(|name| (format!("{method}({name})"), LeftOut::Unsaid)));
        }
    }
    Ok(())
}

/// The forms of an enumeration, which other languages have as constructors.
fn forms(code: &Code, enumeration: &str, items: &mut Items) -> Result<(), String> {
    for form in code.enumeration(enumeration).iter().flat_map(|one| &one.variants) {
        let word = snake(&form.ident.to_string());
        let name = format!("{enumeration}.{word}");
        items.insert(name.clone(), LeftOut::Unsaid);
        match &form.fields {
            Fields::Unit => {}
            Fields::Unnamed(_) => drop(items.insert(format!("{name}({word})"), LeftOut::Refused)),
            Fields::Named(fields) => {
                for field in &fields.named {
                    let left_out = if facade::says(&field.attrs, "default") {
                        LeftOut::Is(defaults::of_type(code, &field.ty)?)
                    } else {
                        LeftOut::Refused
                    };
                    let field = field.ident.as_ref().map(ToString::to_string).unwrap_or_default();
                    items.insert(format!("{name}({field})"), left_out);
                }
            }
        }
    }
    Ok(())
}
