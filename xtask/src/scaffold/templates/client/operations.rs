//! {{Kind}}'s operations that xmp uses, each with its source: none yet.
//!
//! Each is a constant: its method and path, the scopes that it needs, and above all its effect. What the world sees is
//! `Visible`, and the pipeline never sends it twice.

use crate::pipeline::Operation;

/// All of them.
pub static ALL: [&Operation; 0] = [];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::Effect;

    #[test]
    fn only_a_new_post_is_visible() {
        for operation in ALL {
            assert_eq!(operation.effect == Effect::Visible, operation.name == "posts.create", "{}", operation.name);
        }
    }
}
