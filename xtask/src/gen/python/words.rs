//! Ids and words.

use super::types::Types;
use super::write::{Text, module as module_of};
use crate::surface::{Definition, Shape};

pub(super) fn module(types: &Types<'_>) -> String {
    let mut text = Text::default();
    text.line(0, "");
    text.line(0, "Json: TypeAlias = Union[str, int, float, bool, Sequence[\"Json\"], Mapping[str, \"Json\"], None]  # noqa: UP007");
    text.line(0, "\"\"\"Anything that JSON can say. What comes out is made of tuples and of mappings that don't change.\"\"\"");
    for definition in types.words(false) {
        write(&mut text, definition, types);
    }
    let names: Vec<_> = types.words(false).map(|it| it.name.clone()).chain(["Json".to_owned()]).collect();
    let doc = "Ids, and the words of closed sets. A newer engine may answer with a word that is not here.";
    module_of(doc, &Vec::new(), &names, &text.0)
}

pub(super) fn write(text: &mut Text, definition: &Definition, types: &Types<'_>) {
    let name = &definition.name;
    text.line(0, "");
    match &definition.shape {
        Shape::Alias(of) => {
            text.line(0, format!("{name}: TypeAlias = {}", types.out(of)));
            text.doc(0, &definition.doc, "", &[]);
        }
        Shape::Words(words) => {
            text.line(0, format!("{name}: TypeAlias = Literal["));
            for word in words {
                text.line(1, format!("\"{}\",", word.word));
            }
            text.line(0, "]");
            let words: Vec<_> = words.iter().map(|word| (word.word.as_str(), word.doc.as_str())).collect();
            text.doc(0, &definition.doc, "Words", &words);
        }
        Shape::Record(_) | Shape::Tagged(_) => {}
    }
}
