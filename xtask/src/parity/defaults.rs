//! What a field is that is left out, read off the Rust that says so: `Default`, or a `new` that takes the others.

use serde_json::{Map, Number, Value, json};
use syn::{BinOp, Block, Expr, ExprStruct, Fields, ItemStruct, Lit, Member, Stmt, Type, UnOp};

use super::LeftOut;
use crate::surface::case::snake;
use crate::surface::facade::{Code, name_of, parameters};

/// The fields of a structure that are left out, by name; nothing where a structure has to be given whole.
pub(super) fn of(code: &Code, structure: &ItemStruct) -> Result<Map<String, Value>, String> {
    let name = structure.ident.to_string();
    let read = Reader { code, class: &name };
    if let Some(function) = code.of_trait(&name, "Default", "default") {
        return read.object(&function.block, &[]);
    }
    if derives_default(&structure.attrs) {
        let Fields::Named(fields) = &structure.fields else { return Ok(Map::new()) };
        let field = |field: &syn::Field| {
            let name = field.ident.as_ref().map(ToString::to_string).unwrap_or_default();
            of_type(code, &field.ty).map(|value| (name, value))
        };
        return fields.named.iter().map(field).collect();
    }
    match code.methods(&name).find(|method| method.sig.ident == "new") {
        Some(new) => {
            let given: Vec<_> = parameters(new).into_iter().map(|(name, _)| name).collect();
            read.object(&new.block, &given)
        }
        None => Ok(Map::new()),
    }
}

/// What `#[serde(default)]` makes of a type.
pub(super) fn of_type(code: &Code, of: &Type) -> Result<Value, String> {
    let name = name_of(of).unwrap_or_default();
    match name.as_str() {
        "Option" => return Ok(Value::Null),
        "Vec" => return Ok(json!([])),
        "String" => return Ok(json!("")),
        "bool" => return Ok(json!(false)),
        _ => {}
    }
    if let Some(enumeration) = code.enumeration(&name) {
        let marked = enumeration
            .variants
            .iter()
            .find(|one| one.attrs.iter().any(|one| one.path().is_ident("default")));
        return marked
            .map(|one| json!(snake(&one.ident.to_string())))
            .ok_or_else(|| format!("{name} has no default"));
    }
    let structure =
        code.structure(&name).ok_or_else(|| format!("nothing is known of the default of {name}"))?;
    self::of(code, structure).map(Value::Object)
}

/// What is left out of a field of that name.
pub(super) fn left_out(defaults: &Map<String, Value>, field: &str) -> LeftOut {
    defaults.get(field).map_or(LeftOut::Refused, |value| LeftOut::Is(value.clone()))
}

fn derives_default(attributes: &[syn::Attribute]) -> bool {
    let mut found = false;
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("derive")) {
        // A derive that can't be read is none of these.
        let _ = attribute.parse_nested_meta(|meta| {
            found |= meta.path.is_ident("Default");
            Ok(())
        });
    }
    found
}

/// Evaluates what constructors of options are made of. What it can't read is an error, and no default.
struct Reader<'a> {
    code: &'a Code,
    class: &'a str,
}

impl Reader<'_> {
    /// The structure that a constructor ends with, without the fields that are made of its parameters.
    fn object(&self, block: &Block, given: &[String]) -> Result<Map<String, Value>, String> {
        let Some(Stmt::Expr(Expr::Struct(last), None)) = block.stmts.last() else {
            return Err(format!("the constructor of {} does not end with its fields", self.class));
        };
        let mut object = Map::new();
        for (name, value) in named(last) {
            if !mentions(value, given) {
                object.insert(name, self.value(value, block)?);
            }
        }
        Ok(object)
    }

    fn value(&self, expression: &Expr, within: &Block) -> Result<Value, String> {
        let unreadable = || format!("a default of {} can't be read: {}", self.class, kind(expression));
        match expression {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Int(int) => {
                    int.base10_parse::<u64>().map(Value::from).map_err(|error| error.to_string())
                }
                Lit::Bool(bool) => Ok(json!(bool.value)),
                Lit::Str(text) => Ok(json!(text.value())),
                _ => Err(unreadable()),
            },
            Expr::Unary(not) if matches!(not.op, UnOp::Not(_)) => {
                self.value(&not.expr, within)?.as_bool().map(|is| json!(!is)).ok_or_else(unreadable)
            }
            Expr::Binary(binary) if matches!(binary.op, BinOp::Mul(_)) => {
                let (left, right) = (self.value(&binary.left, within)?, self.value(&binary.right, within)?);
                let product =
                    left.as_u64().zip(right.as_u64()).and_then(|(left, right)| left.checked_mul(right));
                product.map(|product| Value::Number(Number::from(product))).ok_or_else(unreadable)
            }
            Expr::Struct(fields) => {
                let fields = named(fields).into_iter();
                fields.map(|(name, value)| Ok((name, self.value(value, within)?))).collect()
            }
            // `.into()`, `.to_owned()`: the same value as another type.
            Expr::MethodCall(call) if call.args.is_empty() => self.value(&call.receiver, within),
            Expr::Path(path) => {
                let words: Vec<_> =
                    path.path.segments.iter().map(|segment| segment.ident.to_string()).collect();
                self.named_value(&words, within).ok_or_else(unreadable)?
            }
            Expr::Call(call) => {
                let Expr::Path(path) = call.func.as_ref() else { return Err(unreadable()) };
                let words: Vec<_> =
                    path.path.segments.iter().map(|segment| segment.ident.to_string()).collect();
                let words: Vec<_> = words.iter().map(String::as_str).collect();
                match (words.as_slice(), call.args.first()) {
                    ([.., "Duration", unit], Some(number)) => {
                        let number = self.value(number, within)?.as_u64().ok_or_else(unreadable)?;
                        duration(unit, number).ok_or_else(unreadable)
                    }
                    (["Vec", "new"], None) => Ok(json!([])),
                    ([class, "default"], None) => {
                        let structure = self.code.structure(class).ok_or_else(unreadable)?;
                        of(self.code, structure).map(Value::Object)
                    }
                    ([.., name], None) => {
                        let function = self.code.function(name, self.class).ok_or_else(unreadable)?;
                        match function.block.stmts.last() {
                            Some(Stmt::Expr(last, None)) => self.value(last, &function.block),
                            _ => Err(unreadable()),
                        }
                    }
                    _ => Err(unreadable()),
                }
            }
            _ => Err(unreadable()),
        }
    }

    /// `None`, a variable of the constructor, a constant, or a word of an enumeration.
    fn named_value(&self, words: &[String], within: &Block) -> Option<Result<Value, String>> {
        let last = words.last()?;
        if words.len() == 1 && last == "None" {
            return Some(Ok(Value::Null));
        }
        if let Some(value) = within.stmts.iter().find_map(|statement| assigned(statement, last)) {
            return Some(self.value(value, within));
        }
        if let Some(constant) = self.code.constant(last, self.class) {
            return Some(self.value(constant, within));
        }
        let class = words.get(words.len().checked_sub(2)?)?;
        self.code.enumeration(class).map(|_| Ok(json!(snake(last))))
    }
}

/// The fields that a structure is written with.
fn named(structure: &ExprStruct) -> Vec<(String, &Expr)> {
    let named = structure.fields.iter().filter_map(|field| match &field.member {
        Member::Named(name) => Some((name.to_string(), &field.expr)),
        Member::Unnamed(_) => None,
    });
    named.collect()
}

/// Whether a value is made of a parameter.
fn mentions(value: &Expr, parameters: &[String]) -> bool {
    match value {
        Expr::Path(path) => {
            path.path.get_ident().is_some_and(|name| parameters.iter().any(|one| name == one))
        }
        Expr::MethodCall(call) => mentions(&call.receiver, parameters),
        _ => false,
    }
}

/// What `let name = …;` gives a name.
fn assigned<'a>(statement: &'a Stmt, name: &str) -> Option<&'a Expr> {
    match statement {
        Stmt::Local(local) => match &local.pat {
            syn::Pat::Ident(ident) if ident.ident == name => {
                local.init.as_ref().map(|init| init.expr.as_ref())
            }
            _ => None,
        },
        _ => None,
    }
}

fn duration(unit: &str, number: u64) -> Option<Value> {
    match unit {
        "from_secs" => Some(json!({ "secs": number, "nanos": 0 })),
        "from_millis" => Some(json!({ "secs": number / 1000, "nanos": number % 1000 * 1_000_000 })),
        _ => None,
    }
}

/// What an expression is, for an error.
fn kind(expression: &Expr) -> &'static str {
    match expression {
        Expr::Call(_) => "a call",
        Expr::Path(_) => "a name",
        Expr::Lit(_) => "a literal",
        _ => "an expression",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(rust: &str, name: &str) -> Value {
        let code = Code::read([("test.rs", rust)]).unwrap();
        Value::Object(of(&code, code.structure(name).unwrap()).unwrap())
    }

    #[test]
    fn an_implementation_says_the_defaults() {
        let rust = "
            pub struct Look { pub every: Duration, pub retry: Retry }
            impl Default for Look {
                fn default() -> Self { Self { every: Duration::from_millis(1500), retry: Retry::default() } }
            }
            pub struct Retry { pub base: Wait }
            impl Default for Retry { fn default() -> Self { let base = Wait { secs: 24 * 3600 }; Self { base } } }";
        assert_eq!(
            read(rust, "Look"),
            json!({ "every": { "secs": 1, "nanos": 500_000_000 }, "retry": { "base": { "secs": 86400 } } })
        );
    }

    #[test]
    fn a_derived_default_is_the_types() {
        let rust = "
            #[derive(Clone, Default)] pub struct Filter { pub states: Vec<State>, pub limit: Option<u32>, pub gap: Gap }
            #[derive(Default)] enum Gap { Shift, #[default] TurnAway }";
        assert_eq!(read(rust, "Filter"), json!({ "states": [], "limit": null, "gap": "turn_away" }));
    }

    #[test]
    fn a_constructor_takes_what_can_not_be_left_out() {
        let rust = "
            pub const BASE: &str = \"https://api.x.com\";
            mod defaults { fn base() -> String { super::BASE.to_owned() } }
            pub struct Config { pub id: String, pub base: String, pub gap: Gap }
            impl Config { pub fn new(id: impl Into<String>) -> Self {
                Self { id: id.into(), base: defaults::base(), gap: Gap::Shift }
            } }
            enum Gap { Shift }";
        assert_eq!(read(rust, "Config"), json!({ "base": "https://api.x.com", "gap": "shift" }));
    }

    #[test]
    fn what_can_not_be_read_is_an_error() {
        let rust = "
            pub struct Config { pub id: String }
            impl Default for Config { fn default() -> Self { Self { id: std::env::args().next() } } }";
        let code = Code::read([("test.rs", rust)]).unwrap();
        let error = of(&code, code.structure("Config").unwrap()).unwrap_err();
        assert!(error.contains("Config"), "{error}");
    }
}
