//! The engine itself.

use std::sync::Arc;

use xmp::{Clock, Event, Health, SendingStop, StopScope, SystemClock, TenantId, Xmp};

use crate::engine::Engine;
use crate::handle::{Taken, Timed};
use crate::operation::operations;
use crate::{OpenOptions, PlatformInfo};

operations! { OPENING on Timed;
    /// Opens an engine. It starts no worker: a program says where one runs.
    Call "Xmp.open" (Timed(clock), #[serde(flatten)] options: OpenOptions) => Engine {
        let tenant = options.tenant.clone();
        let clock: Arc<dyn Clock> = clock.map_or_else(|| Arc::new(SystemClock) as _, |clock| Arc::new(clock) as _);
        Engine::new(options.builder()?.clock(clock.clone()).open().await?, tenant, clock)
    }
}

operations! { XMP on Xmp;
    /// The platforms that are set up, with what they can do.
    Now "Xmp.platforms" (xmp) -> Vec<PlatformInfo> { PlatformInfo::all(&xmp) }

    /// Events of this tenant after a place in the log, in order.
    Call "Xmp.events" (
        xmp,
        /// The place: the `sequence` of an event that was seen; 0 for the beginning.
        #[serde(default)]
        after: u64,
        /// At most so many.
        #[serde(default = "events_at_once")]
        limit: usize,
    ) -> Vec<Event> { xmp.events(after, limit).await? }

    /// The emergency stop: nothing that the scope covers is sent from now on, by any process, until sending is resumed. What
    /// is on its way stays so, and is asked about. Stopping what is stopped changes nothing.
    Call "Xmp.stop_sending" (
        xmp,
        /// What is stopped: `all`, `platform:x` or `tenant:acme`.
        scope: StopScope,
        /// Why, for people.
        why: String,
    ) -> SendingStop { xmp.stop_sending(scope, &why).await? }

    /// Lifts an emergency stop. Tells whether there was one.
    Call "Xmp.resume_sending" (
        xmp,
        /// What was stopped.
        scope: StopScope,
    ) -> bool { xmp.resume_sending(scope).await? }

    /// The emergency stops that are in force, for whomever.
    Call "Xmp.stops" (xmp) -> Vec<SendingStop> { xmp.stops().await? }

    /// How this engine stands, for this tenant: whether its store answers, how much waits, is overdue, held or dead, which
    /// accounts need their owners. Never an error: a store that does not answer is told of.
    Call "Xmp.health" (xmp) -> Health { xmp.health().await }
}

fn events_at_once() -> usize {
    100
}

operations! { TENANTS on Engine;
    /// The same engine for another tenant: its accounts, posts and events are its own. It is one engine: closed for one,
    /// it is closed for all.
    Now "Xmp.tenant" (
        engine,
        /// 1 to 64 characters out of `a-z A-Z 0-9 - _ .`.
        tenant: TenantId,
    ) => Engine { engine.for_tenant(tenant) }
}

operations! { CLOSING on Taken<Engine>;
    /// Stops the workers that were started through it, softly, and closes the store. Calls afterwards are refused, for every
    /// tenant.
    Call "Xmp.close" (engine) -> () { engine.end(Engine::close).await? }
}
