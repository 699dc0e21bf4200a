//! The items of the description of the surface.

use super::{Items, LeftOut, facade};
use crate::surface::{Field, Shape, Surface};

/// Every method and parameter that is described.
pub(super) fn items(surface: &Surface) -> Items {
    let mut items = Items::new();
    for method in &surface.operations {
        parameters(&method.name, &method.params, &mut items);
        if let Some((thing, _)) = &method.takes {
            items.insert(format!("{}({thing})", method.name), LeftOut::Unsaid);
        }
    }
    for stream in &surface.streams {
        let pages = surface.operations.iter().find(|method| method.name == stream.pages);
        parameters(
            &stream.name,
            pages.map(|method| method.params.as_slice()).unwrap_or_default(),
            &mut items,
        );
    }
    for sugar in &surface.sugar {
        parameters(&sugar.name, &sugar.params, &mut items);
    }
    for definition in surface.types.iter().filter(|definition| facade::is_record(&definition.name)) {
        if let Shape::Record(fields) = &definition.shape {
            parameters(&definition.name, fields, &mut items);
            items.remove(&definition.name);
        }
    }
    items
}

fn parameters(method: &str, params: &[Field], items: &mut Items) {
    items.insert(method.to_owned(), LeftOut::Unsaid);
    for field in params {
        let left_out = field.default.clone().map_or(LeftOut::Refused, LeftOut::Is);
        items.insert(format!("{method}({})", field.name), left_out);
    }
}
