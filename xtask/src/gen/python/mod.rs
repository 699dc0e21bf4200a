//! The Python surface: typed classes, records and errors over one native call.
//!
//! | file of `xmp/generated/` | |
//! |---|---|
//! | `words.py` | ids and the words of closed sets |
//! | `inputs.py` | records that callers make, checked when they are made |
//! | `outputs.py` | records that come out |
//! | `sim_records.py` | records of the simulator |
//! | `wire.py`, `sim_wire.py` | records to and from JSON |
//! | `errors.py` | a class for each kind of errors |
//! | `aio.py`, `blocking.py`, `aio_sim.py`, `blocking_sim.py` | the classes for asyncio, and their twins |
//! | `shared.py` | classes that never wait: both have the same |

mod classes;
mod errors;
mod form;
mod methods;
mod records;
mod types;
mod wire;
mod words;
mod write;

use super::File;
use crate::surface::Surface;
use types::Types;

/// The generated files of the Python package.
pub(super) fn files(surface: &Surface) -> Vec<File> {
    let types = Types::of(surface);
    let modules = [
        ("__init__", "\"\"\"The generated part of the package.\"\"\"\n".to_owned()),
        ("words", words::module(&types)),
        ("inputs", records::module(&types.by_base(), types::Place::Inputs)),
        ("outputs", records::module(&types, types::Place::Outputs)),
        ("sim_records", records::module(&types, types::Place::Sim)),
        ("wire", wire::module(&types, false)),
        ("sim_wire", wire::module(&types, true)),
        ("errors", errors::module(surface)),
        ("shared", classes::shared(surface, &types)),
        ("aio", classes::module(surface, &types, form::Form::Aio, false)),
        ("aio_sim", classes::module(surface, &types, form::Form::Aio, true)),
        ("blocking", classes::module(surface, &types, form::Form::Blocking, false)),
        ("blocking_sim", classes::module(surface, &types, form::Form::Blocking, true)),
    ];
    let file = |(name, content): (&str, String)| File {
        path: format!("bindings-python/python/xmp/generated/{name}.py"),
        content: format!("# Written by `cargo xtask gen` from xmp-surface/surface.json.\n{content}"),
    };
    modules.into_iter().map(file).collect()
}
