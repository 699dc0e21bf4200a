//! What the contract promises of the protocol.

use stateright::{Model, Property};

use super::{Hand, Kept, Protocol, Stand, Task, Worker, World};

/// At most one visible post a part.
pub const ONCE: &str = "a post is live once at most";
/// Nobody sends what another worker may have taken over.
pub const NOT_STALE: &str = "no last byte leaves under a stale fence";
/// One visible request in flight an account.
pub const ONE_IN_FLIGHT: &str = "one request of the account is in flight";
/// What the store says is true.
pub const TRUE: &str = "what is called published is live, and what is called failed is not";
/// Nothing disappears.
pub const SETTLED: &str = "when nothing more can happen, all is settled or held";

/// The model is worth something only if this is reached, and the next two.
pub const BOTH_PUBLISHED: &str = "both are published";
/// A person has to decide.
pub const ONE_HELD: &str = "one is held";
/// The reconciler did its work.
pub const FOUND_LATER: &str = "one is found after its worker was in trouble";

pub(super) fn all() -> Vec<Property<Protocol>> {
    vec![
        Property::always(ONCE, |_, world: &World| (0..world.posts.len()).all(|post| world.live(post) <= 1)),
        Property::always(NOT_STALE, |_, world: &World| !world.stale),
        Property::always(ONE_IN_FLIGHT, |_, world: &World| world.sending() <= 1),
        Property::always(TRUE, |_, world: &World| {
            let posts = world.posts.iter().enumerate();
            posts.into_iter().all(|(at, post)| match post.stand {
                Stand::Published => world.effects.iter().any(|effect| Some(effect.id) == post.is),
                Stand::Failed => world.live(at) == 0,
                _ => true,
            })
        }),
        // An "eventually", as an "always" over the ends: the graph has no cycles.
        Property::always(SETTLED, |protocol: &Protocol, world: &World| {
            let settled = |at: usize| match world.posts[at].stand {
                Stand::Published | Stand::Failed | Stand::Held => true,
                // It waits for the person who decides about its equal.
                Stand::Waiting => protocol.equal_unresolved(world, at),
                Stand::Sending | Stand::Unconfirmed => false,
            };
            let mut next = Vec::new();
            protocol.actions(world, &mut next);
            !next.is_empty() || (0..world.posts.len()).all(settled)
        }),
        Property::sometimes(BOTH_PUBLISHED, |_, world: &World| {
            world.posts.iter().all(|post| post.stand == Stand::Published)
        }),
        Property::sometimes(ONE_HELD, |_, world: &World| {
            world.posts.iter().any(|post| post.stand == Stand::Held)
        }),
        Property::sometimes(FOUND_LATER, |protocol: &Protocol, world: &World| {
            let found = |post: &Kept| post.stand == Stand::Published && post.looks > 0;
            world.troubles < protocol.rules.troubles && world.posts.iter().any(found)
        }),
    ]
}

impl World {
    /// How often a post is live, or surely will be.
    fn live(&self, post: usize) -> usize {
        self.effects.iter().filter(|effect| effect.post == post).count()
    }

    /// How many workers could send their last byte at this moment.
    fn sending(&self) -> usize {
        let open = |worker: &&Worker| matches!(worker.hand, Some(Hand { task: Task::Send(1..), .. }));
        self.workers.iter().filter(open).count()
    }
}
