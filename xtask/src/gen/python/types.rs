//! Types of the description as Python has them: what is written in signatures, and how values are checked, written and read.

use std::collections::BTreeSet;

use serde_json::Value;

use super::records;
use super::write::Imports;
use crate::surface::case::snake;
use crate::surface::{Definition, Field, Payload, Shape, Surface, Type};

/// Records with hand-written sugar: the generated one is its base, `DraftFields`.
pub(super) const SUGARED: &[(&str, &str)] = &[("Draft", "xmp._draft")];

/// The module that a record stands in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Inputs,
    Outputs,
    Sim,
}

/// The types of the description, and what they are for.
#[derive(Clone)]
pub(super) struct Types<'a> {
    all: &'a [Definition],
    inputs: BTreeSet<&'a str>,
    sim: BTreeSet<&'a str>,
    /// Whether hand-written classes are known by the generated ones that they are built on: within the module of those.
    by_base: bool,
}

impl<'a> Types<'a> {
    pub(super) fn of(surface: &'a Surface) -> Self {
        let mut types =
            Self { all: &surface.types, inputs: BTreeSet::new(), sim: BTreeSet::new(), by_base: false };
        let (mut inputs, mut engine, mut all) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for method in &surface.operations {
            let of_engine = method.path().0 != "Sim";
            for field in &method.params {
                types.reach(&field.of, &mut inputs);
            }
            for of in method.params.iter().map(|field| &field.of).chain(&method.answer) {
                types.reach(of, &mut all);
                if of_engine {
                    types.reach(of, &mut engine);
                }
            }
        }
        types.sim = all.difference(&engine).copied().collect();
        types.inputs = inputs;
        types
    }

    fn reach(&self, of: &'a Type, reached: &mut BTreeSet<&'a str>) {
        match of {
            Type::Optional(of) | Type::List(of) | Type::Map(of) => self.reach(of, reached),
            Type::Named(name) if reached.insert(name) => {
                fields(self.definition(name)).for_each(|of| self.reach(of, reached));
            }
            _ => {}
        }
    }

    #[expect(clippy::panic, reason = "a description that lacks what it names can't be written as Python")]
    pub(super) fn definition(&self, name: &str) -> &'a Definition {
        self.all
            .iter()
            .find(|definition| definition.name == name)
            .unwrap_or_else(|| panic!("{name} is not defined"))
    }

    /// The same, for the module that hand-written classes are built on: it can't import them.
    pub(super) fn by_base(&self) -> Self {
        Self { by_base: true, ..self.clone() }
    }

    /// What a record's class is called here.
    fn class(&self, name: &str) -> String {
        let based = self.by_base && SUGARED.iter().any(|(sugared, _)| *sugared == name);
        format!("{name}{}", if based { "Fields" } else { "" })
    }

    /// Whether it is a hand-written class, or made of one: what only callers make.
    pub(super) fn is_sugared(&self, definition: &'a Definition) -> bool {
        let mut below = BTreeSet::from([definition.name.as_str()]);
        fields(definition).for_each(|of| self.reach(of, &mut below));
        SUGARED.iter().any(|(name, _)| below.contains(name))
    }

    pub(super) fn is_sim(&self, name: &str) -> bool {
        self.sim.contains(name)
    }

    pub(super) fn is_input(&self, name: &str) -> bool {
        self.inputs.contains(name)
    }

    /// Aliases and words.
    pub(super) fn words(&self, sim: bool) -> impl Iterator<Item = &'a Definition> {
        self.all.iter().filter(move |of| {
            matches!(of.shape, Shape::Alias(_) | Shape::Words(_)) && self.is_sim(&of.name) == sim
        })
    }

    /// Records and tagged types of a module, each after those that it is made of.
    pub(super) fn made(&self, place: Place) -> Vec<&'a Definition> {
        let mut ordered = Vec::new();
        for definition in self.all {
            self.put(definition, place, &mut ordered);
        }
        ordered
    }

    fn put(&self, definition: &'a Definition, place: Place, ordered: &mut Vec<&'a Definition>) {
        let here = self.place(definition) == Some(place);
        if !here || ordered.iter().any(|there| there.name == definition.name) {
            return;
        }
        let mut below = BTreeSet::new();
        fields(definition).for_each(|of| self.reach(of, &mut below));
        for name in below.into_iter().filter(|name| *name != definition.name) {
            self.put(self.definition(name), place, ordered);
        }
        ordered.push(definition);
    }

    pub(super) fn place(&self, definition: &Definition) -> Option<Place> {
        match definition.shape {
            Shape::Alias(_) | Shape::Words(_) => None,
            _ if self.is_sim(&definition.name) => Some(Place::Sim),
            _ if self.is_input(&definition.name) => Some(Place::Inputs),
            _ => Some(Place::Outputs),
        }
    }

    /// Where the names of types, and of what checks, writes and reads them, are to be had.
    pub(super) fn imports(&self, but: &str) -> Imports {
        let words = |sim| self.words(sim).map(|it| it.name.clone());
        let wire = |places: &[Place]| -> Vec<String> {
            let made = places.iter().flat_map(|place| self.made(*place));
            made.flat_map(|it| [format!("read_{}", snake(&it.name)), format!("write_{}", snake(&it.name))])
                .collect()
        };
        let records = |place| records::names(self, place);
        let mut inputs = records(Place::Inputs);
        inputs.extend(self.made(Place::Inputs).iter().map(|it| format!("check_{}", snake(&it.name))));
        inputs.extend(SUGARED.iter().map(|(name, _)| format!("{name}Fields")));
        let mut imports: Imports =
            SUGARED.iter().map(|(name, module)| ((*module).to_owned(), vec![(*name).to_owned()])).collect();
        let modules = [
            ("inputs", inputs),
            ("outputs", records(Place::Outputs)),
            ("shared", vec!["ManualClock".to_owned(), "SimClock".to_owned()]),
            ("sim_records", records(Place::Sim).into_iter().chain(words(true)).collect()),
            ("sim_wire", wire(&[Place::Sim])),
            ("wire", wire(&[Place::Inputs, Place::Outputs])),
            ("words", words(false).chain(["Json".to_owned()]).collect()),
        ];
        let others = modules.into_iter().filter(|(module, _)| *module != but);
        imports.extend(others.map(|(module, names)| (format!("xmp.generated.{module}"), names)));
        imports
    }

    /// What a page is made of.
    pub(super) fn item(&self, page: &str) -> String {
        let Shape::Record(fields) = &self.definition(page).shape else { return page.to_owned() };
        let items = fields.iter().find(|field| field.name == "items").map(|field| &field.of);
        items.map_or_else(String::new, |of| match of {
            Type::List(item) => self.out(item),
            of => self.out(of),
        })
    }

    /// What comes out.
    pub(super) fn out(&self, of: &Type) -> String {
        match of {
            Type::None => "None".to_owned(),
            Type::Text | Type::Secret | Type::Path => "str".to_owned(),
            Type::Int => "int".to_owned(),
            Type::Bool => "bool".to_owned(),
            Type::Time => "datetime".to_owned(),
            Type::Duration => "timedelta".to_owned(),
            Type::Attachment => "builtins.bytes".to_owned(),
            Type::Json => "Json".to_owned(),
            Type::Named(name) => self.class(name),
            Type::Optional(of) => format!("{} | None", self.out(of)),
            Type::List(of) => format!("tuple[{}, ...]", self.out(of)),
            Type::Map(of) => format!("Mapping[str, {}]", self.out(of)),
        }
    }

    /// What is taken.
    pub(super) fn taken(&self, of: &Type) -> String {
        match of {
            Type::Path => "str | os.PathLike[str]".to_owned(),
            Type::Attachment => "builtins.bytes | bytearray | memoryview".to_owned(),
            Type::Named(name) if self.moment(name).is_some() => format!("{name} | datetime"),
            Type::Optional(of) => format!("{} | None", self.taken(of)),
            Type::List(of) => format!("Iterable[{}]", self.taken(of)),
            Type::Map(of) => format!("Mapping[str, {}]", self.taken(of)),
            _ => self.out(of),
        }
    }

    /// The form of a tagged type that is a moment alone: a datetime means it.
    pub(super) fn moment(&self, name: &str) -> Option<&'a str> {
        let Shape::Tagged(variants) = &self.definition(name).shape else { return None };
        variants.iter().find(|it| matches!(it.payload, Payload::Value(Type::Time))).map(|it| it.word.as_str())
    }

    /// A function that checks a value: it takes the value, and where it stands.
    fn checker(&self, of: &Type) -> String {
        match of {
            Type::Text | Type::Secret => "_check.text".to_owned(),
            Type::Int => "_check.whole".to_owned(),
            Type::Bool => "_check.flag".to_owned(),
            Type::Time => "_check.moment".to_owned(),
            Type::Duration => "_check.length".to_owned(),
            Type::Path => "_check.path".to_owned(),
            Type::Attachment => "_check.content".to_owned(),
            Type::None | Type::Json => "_check.json_value".to_owned(),
            Type::Named(name) => match &self.definition(name).shape {
                Shape::Alias(of) => self.checker(of),
                Shape::Tagged(_) => format!("check_{}", snake(name)),
                _ => format!("lambda it, at: {}", self.checked(of, "it", "at")),
            },
            _ => format!("lambda it, at: {}", self.checked(of, "it", "at")),
        }
    }

    /// The expression that checks `value`.
    pub(super) fn checked(&self, of: &Type, value: &str, at: &str) -> String {
        match of {
            Type::Optional(of) => or_none(value, self.checked(of, value, at)),
            Type::List(of) => format!("_check.many({value}, {at}, {})", self.checker(of)),
            Type::Map(of) => format!("_check.named({value}, {at}, {})", self.checker(of)),
            Type::Named(name) => match &self.definition(name).shape {
                Shape::Words(_) => format!("_check.word({value}, {at}, {name})"),
                Shape::Record(_) => format!("_check.instance({value}, {at}, {})", self.class(name)),
                _ => format!("{}({value}, {at})", self.checker(of)),
            },
            _ => format!("{}({value}, {at})", self.checker(of)),
        }
    }

    /// The expression that writes a checked value for the wire.
    pub(super) fn written(&self, of: &Type, value: &str) -> String {
        match of {
            Type::Time => format!("_wire.write_time({value})"),
            Type::Duration => format!("_wire.write_length({value})"),
            Type::Optional(of) => or_none(value, self.written(of, value)),
            Type::List(of) => match self.written(of, "it") {
                same if same == "it" => value.to_owned(),
                other => format!("[{other} for it in {value}]"),
            },
            Type::Map(of) => match self.written(of, "it") {
                same if same == "it" => value.to_owned(),
                other => format!("{{name: {other} for name, it in {value}.items()}}"),
            },
            Type::Named(name) => match &self.definition(name).shape {
                Shape::Alias(of) => self.written(of, value),
                Shape::Words(_) => value.to_owned(),
                _ => format!("write_{}({value})", snake(name)),
            },
            _ => value.to_owned(),
        }
    }

    /// The expression that reads a value of the wire.
    pub(super) fn read(&self, of: &Type, value: &str) -> String {
        match of {
            Type::Time => format!("_wire.read_time({value})"),
            Type::Duration => format!("_wire.read_length({value})"),
            Type::Json => format!("frozen({value})"),
            Type::Optional(of) => match self.read(of, value).strip_suffix(&format!("({value})")) {
                Some(reader) => format!("_wire.maybe({value}, {reader})"),
                None => or_none(value, self.read(of, value)),
            },
            Type::List(of) => match self.read(of, "one") {
                same if same == "one" => format!("tuple({value})"),
                other => format!("tuple([{other} for one in {value}])"),
            },
            Type::Map(of) => match self.read(of, "one") {
                same if same == "one" => format!("FrozenMap({value})"),
                other => format!("FrozenMap({{name: {other} for name, one in {value}.items()}})"),
            },
            Type::Named(name) => match &self.definition(name).shape {
                Shape::Alias(of) => self.read(of, value),
                Shape::Words(_) => value.to_owned(),
                _ => format!("read_{}({value})", snake(name)),
            },
            _ => value.to_owned(),
        }
    }

    /// What is taken if nothing is given.
    pub(super) fn default(&self, of: &Type, value: &Value) -> String {
        match (of, value) {
            (_, Value::Null) => "None".to_owned(),
            (Type::Optional(of), value) => self.default(of, value),
            (Type::List(_), Value::Array(items)) if items.is_empty() => "()".to_owned(),
            (Type::Map(_), Value::Object(items)) if items.is_empty() => "FrozenMap({})".to_owned(),
            (Type::Duration, value) => {
                let micros = value["nanos"].as_u64().unwrap_or_default() / 1000;
                let micros = if micros == 0 { String::new() } else { format!(", microseconds={micros}") };
                format!("timedelta(seconds={}{micros})", value["secs"])
            }
            (Type::Bool, Value::Bool(value)) => if *value { "True" } else { "False" }.to_owned(),
            (Type::Named(name), value) => match &self.definition(name).shape {
                Shape::Alias(of) => self.default(of, value),
                Shape::Words(_) => value.to_string(),
                Shape::Record(fields) => format!("{name}({})", self.given(fields, value)),
                Shape::Tagged(_) => format!("{name}.{}()", value.as_str().unwrap_or_default()),
            },
            (_, value) => value.to_string(),
        }
    }

    /// The fields of a default that are not the record's own defaults.
    fn given(&self, fields: &[Field], value: &Value) -> String {
        let other = fields.iter().filter(|field| field.default.as_ref() != value.get(&field.name));
        let given = other.filter_map(|field| {
            value.get(&field.name).map(|value| format!("{}={}", field.name, self.default(&field.of, value)))
        });
        given.collect::<Vec<_>>().join(", ")
    }
}

/// What is made of a value, where there is one.
pub(super) fn or_none(value: &str, made: String) -> String {
    if made == value { made } else { format!("None if {value} is None else {made}") }
}

/// The types that a definition is made of.
fn fields(definition: &Definition) -> Box<dyn Iterator<Item = &Type> + '_> {
    match &definition.shape {
        Shape::Alias(of) => Box::new(std::iter::once(of)),
        Shape::Words(_) => Box::new(std::iter::empty()),
        Shape::Record(fields) => Box::new(fields.iter().map(|field| &field.of)),
        Shape::Tagged(variants) => Box::new(variants.iter().flat_map(|variant| match &variant.payload {
            Payload::Empty => Vec::new(),
            Payload::Value(of) => vec![of],
            Payload::Fields(fields) => fields.iter().map(|field| &field.of).collect(),
        })),
    }
}
