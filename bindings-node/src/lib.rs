//! xmp for Node: the native part. It moves bytes, handles and completions between JavaScript and the table of operations
//! (`xmp_surface`), and knows no operation by name. What a user sees is TypeScript, in `ts/`.

mod bridge;
mod handle;
mod outcome;
mod runtime;

pub use bridge::Bridge;
pub use handle::Handle;
pub use outcome::Outcome;
