//! The Rust facade, as far as signatures and defaults need it.

use std::fs;
use std::path::PathBuf;

use syn::parse::{Parse, ParseStream};
use syn::{
    Attribute, Fields, FnArg, Ident, ImplItem, ImplItemFn, Item, ItemEnum, ItemFn, ItemStruct, LitStr, Pat,
    Token, Type, Visibility,
};

use crate::workspace::Workspace;

/// The types whose methods the surface has, and where it has them.
pub(crate) const CLASSES: &[(&str, &str)] = &[
    ("Xmp", "Xmp"),
    ("Accounts", "Xmp.accounts"),
    ("Posts", "Xmp.posts"),
    ("SeriesGroup", "Xmp.series"),
    ("Queues", "Xmp.queues"),
    ("Consumers", "Xmp.consumers"),
    ("Consumer", "Xmp.consumers"),
    ("Remote", "Xmp.platform"),
    ("RunningWorker", "RunningWorker"),
    ("Sim", "Sim"),
    ("SimClock", "Sim.clock"),
    ("ManualClock", "ManualClock"),
    ("Draft", "Draft"),
    ("When", "When"),
];

/// The types whose methods are the parameters of what opens something.
pub(crate) const BUILDERS: &[(&str, &str)] = &[("Builder", "Xmp.open"), ("SimBuilder", "Sim.start")];

/// Where the platforms are listed.
const REGISTRY: &str = "xmp-client/src/registry.rs";

/// Where else than in `src` and in the folders of the platforms the types are.
const FILES: &[&str] = &[
    REGISTRY,
    "xmp-client/src/mastodon/register.rs",
    "xmp-core/src/clock.rs",
    "xmp-core/src/conflict.rs",
    "xmp-core/src/draft.rs",
    "xmp-core/src/due.rs",
    "xmp-core/src/edit.rs",
    "xmp-core/src/filter.rs",
    "xmp-core/src/gate.rs",
    "xmp-core/src/platform.rs",
    "xmp-core/src/store.rs",
    "xmp-scheduler/src/backoff.rs",
    "xmp-scheduler/src/options.rs",
    "xmp-scheduler/src/queues.rs",
    "xmp-scheduler/src/series.rs",
    "xmp-sim/src/clock.rs",
    "xmp-sim/src/faults.rs",
    "xmp-sim/src/sim.rs",
    "xmp-sim/src/limits.rs",
];

/// The items of some files, those of their modules included.
pub(crate) struct Code {
    items: Vec<Item>,
    /// Which file each of them is from.
    files: Vec<usize>,
}

impl Code {
    /// The source of the facade.
    pub(crate) fn of(workspace: &Workspace) -> Result<Self, String> {
        let mut sources = Vec::new();
        for path in files(workspace)? {
            let text = fs::read_to_string(workspace.root.join(&path))
                .map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
            sources.push((path.display().to_string(), text));
        }
        Self::read(sources.iter().map(|(path, text)| (path.as_str(), text.as_str())))
    }

    /// Reads files: each its path and its text.
    pub(crate) fn read<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, String> {
        let mut code = Self { items: Vec::new(), files: Vec::new() };
        for (number, (path, text)) in files.into_iter().enumerate() {
            let file =
                syn::parse_file(text).map_err(|error| format!("{path} can't be read as Rust: {error}"))?;
            flatten(file.items, &mut code.items);
            code.files.resize(code.items.len(), number);
        }
        Ok(code)
    }

    /// The platforms of the registry.
    pub(crate) fn platforms(&self) -> Result<Vec<Platform>, String> {
        let registry = self.items.iter().find_map(|item| match item {
            Item::Macro(one) if one.ident.is_none() && one.mac.path.is_ident("registry") => Some(&one.mac),
            _ => None,
        });
        let Some(registry) = registry else { return Ok(Vec::new()) };
        let lines = |input: ParseStream<'_>| {
            let mut all = Vec::new();
            while !input.is_empty() {
                all.push(input.parse()?);
            }
            Ok(all)
        };
        registry.parse_body_with(lines).map_err(|error| format!("{REGISTRY} can't be read: {error}"))
    }

    pub(crate) fn structure(&self, name: &str) -> Option<&ItemStruct> {
        self.items.iter().find_map(|item| match item {
            Item::Struct(one) if one.ident == name => Some(one),
            _ => None,
        })
    }

    pub(crate) fn enumeration(&self, name: &str) -> Option<&ItemEnum> {
        self.items.iter().find_map(|item| match item {
            Item::Enum(one) if one.ident == name => Some(one),
            _ => None,
        })
    }

    /// A function that a type's code calls: of several of the same name, the one in the type's own file.
    pub(crate) fn function(&self, name: &str, class: &str) -> Option<&ItemFn> {
        self.near(class, |item| match item {
            Item::Fn(one) if one.sig.ident == name => Some(one),
            _ => None,
        })
    }

    /// A constant that a type's code names: of several of the same name, the one in the type's own file.
    pub(crate) fn constant(&self, name: &str, class: &str) -> Option<&syn::Expr> {
        self.near(class, |item| match item {
            Item::Const(one) if one.ident == name => Some(one.expr.as_ref()),
            _ => None,
        })
    }

    fn near<'a, T>(&'a self, class: &str, wanted: impl Fn(&'a Item) -> Option<T>) -> Option<T> {
        let is_class = |item: &Item| matches!(item, Item::Struct(one) if one.ident == class);
        let file = self.items.iter().position(is_class).map(|at| self.files[at]);
        let own = self.items.iter().zip(&self.files).filter(|(_, of)| Some(**of) == file);
        own.map(|(item, _)| item).find_map(&wanted).or_else(|| self.items.iter().find_map(&wanted))
    }

    /// The public methods of a type, but for those of traits.
    pub(crate) fn methods(&self, class: &str) -> impl Iterator<Item = &ImplItemFn> {
        self.functions(class, None).filter(|method| matches!(method.vis, Visibility::Public(_)))
    }

    /// A function of a type's implementation of a trait.
    pub(crate) fn of_trait(&self, class: &str, of: &str, name: &str) -> Option<&ImplItemFn> {
        self.functions(class, Some(of)).find(|one| one.sig.ident == name)
    }

    fn functions(&self, class: &str, of: Option<&str>) -> impl Iterator<Item = &ImplItemFn> {
        let blocks = self.items.iter().filter_map(move |item| match item {
            Item::Impl(block) if name_of(&block.self_ty).is_some_and(|name| name == class) => {
                let implemented = block.trait_.as_ref().and_then(|(path, _)| path.segments.last());
                let implemented = implemented.map(|segment| segment.ident.to_string());
                (implemented.as_deref() == of).then_some(&block.items)
            }
            _ => None,
        });
        blocks.flatten().filter_map(|item| match item {
            ImplItem::Fn(function) => Some(function),
            _ => None,
        })
    }
}

/// The files that the facade is read from.
fn files(workspace: &Workspace) -> Result<Vec<PathBuf>, String> {
    let entries =
        fs::read_dir(workspace.root.join("src")).map_err(|error| format!("src cannot be read: {error}"))?;
    let mut files = Vec::new();
    for entry in entries {
        let name = entry.map_err(|error| format!("src cannot be read: {error}"))?.file_name();
        files.push(PathBuf::from("src").join(name));
    }
    files.extend(FILES.iter().map(PathBuf::from));
    let registry = fs::read_to_string(workspace.root.join(REGISTRY))
        .map_err(|error| format!("{REGISTRY} cannot be read: {error}"))?;
    for Platform { name, .. } in Code::read([(REGISTRY, registry.as_str())])?.platforms()? {
        files.push(format!("xmp-client/src/{name}/mod.rs").into());
    }
    Ok(files)
}

/// A line of the registry: `x if "platform-x": Option<crate::x::XConfig>;`.
pub(crate) struct Platform {
    /// What it is called when an engine is opened.
    pub(crate) name: String,
    /// What is given there.
    pub(crate) config: Type,
}

impl Parse for Platform {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        Attribute::parse_outer(input)?;
        let name: Ident = input.parse()?;
        input.parse::<Token![if]>()?;
        input.parse::<LitStr>()?;
        input.parse::<Token![:]>()?;
        let config = input.parse()?;
        input.parse::<Token![;]>()?;
        Ok(Self { name: name.to_string(), config })
    }
}

fn flatten(items: Vec<Item>, into: &mut Vec<Item>) {
    for item in items {
        match item {
            Item::Mod(module) if module.ident == "tests" => {}
            Item::Mod(module) => flatten(module.content.map(|(_, items)| items).unwrap_or_default(), into),
            item => into.push(item),
        }
    }
}

/// The parameters of a method after `self`: their names, and the names of their types.
pub(crate) fn parameters(method: &ImplItemFn) -> Vec<(String, Option<String>)> {
    let typed = method.sig.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(typed) => Some(typed),
        FnArg::Receiver(_) => None,
    });
    typed
        .filter_map(|typed| match typed.pat.as_ref() {
            Pat::Ident(name) => Some((name.ident.to_string(), name_of(&typed.ty))),
            _ => None,
        })
        .collect()
}

/// The public fields of a structure: their names and types, and whether the fields of the type lie flat among them.
pub(crate) fn fields(structure: &ItemStruct) -> Vec<(String, &Type, bool)> {
    let Fields::Named(fields) = &structure.fields else { return Vec::new() };
    let public = fields.named.iter().filter(|field| matches!(field.vis, Visibility::Public(_)));
    public
        .filter_map(|field| {
            Some((field.ident.as_ref()?.to_string(), &field.ty, says(&field.attrs, "flatten")))
        })
        .collect()
}

/// Whether `#[serde(…)]` has this word alone.
pub(crate) fn says(attributes: &[syn::Attribute], word: &str) -> bool {
    let mut found = false;
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("serde")) {
        // What is no list of names and values has other words than these.
        let _ = attribute.parse_nested_meta(|meta| {
            found |= meta.path.is_ident(word);
            if meta.input.peek(syn::Token![=]) {
                meta.value()?.parse::<syn::Expr>()?;
            }
            Ok(())
        });
    }
    found
}

/// `PostFilter` of `&PostFilter`, `xmp_scheduler::PostFilter` and `PostFilter<'a>`.
pub(crate) fn name_of(of: &Type) -> Option<String> {
    match of {
        Type::Reference(reference) => name_of(&reference.elem),
        Type::Path(path) => path.path.segments.last().map(|segment| segment.ident.to_string()),
        _ => None,
    }
}
