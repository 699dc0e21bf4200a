//! The simulator.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use xmp::Result;
use xmp_sim::{LedgerEntry, RateLimit, RecordedRequest, Sim, Tokens};

use crate::handle::{Nothing, Taken};
use crate::operation::operations;
use crate::sim_data::wrong;
use crate::{FaultData, SimOptions};

operations! { STARTING on Nothing;
    /// Starts a simulator of X, Bluesky and Mastodon on loopback: all of them at one address.
    Call "Sim.start" (_, #[serde(flatten)] options: SimOptions) => Arc<Sim> { Arc::new(options.start().await?) }
}

operations! { SIM on Arc<Sim>;
    /// The base URL of the simulated API.
    Now "Sim.url" (sim) -> String { sim.url().to_owned() }

    /// What was really posted, oldest first, deleted posts included.
    Now "Sim.ledger" (sim) -> Vec<LedgerEntry> { sim.ledger() }

    /// Every API request that was received in full since the start, oldest first.
    Now "Sim.requests" (sim) -> Vec<RecordedRequest> { sim.requests() }

    /// The platform's id of the account with this handle.
    Now "Sim.account_id" (
        sim,
        /// The handle, after the platform if that is not X: `bluesky:ada.test`.
        handle: String,
    ) -> Option<String> { sim.account_id(&handle) }

    /// Plays a human who opens the address, is logged in as `handle`, and consents. Answers the address that the browser
    /// would be sent back to.
    Call "Sim.consent_url_approve" (
        sim,
        /// The address that `connect` gave.
        authorize_url: String,
        /// Who consents: the handle, after the platform if that is not X.
        handle: String,
    ) -> String { sim.consent_url_approve(&authorize_url, &handle).await.map_err(wrong)? }

    /// Sets one more fault.
    Now "Sim.set_fault" (sim, #[serde(flatten)] fault: FaultData) -> () { sim.set_fault(fault.try_into()?) }

    /// The faults that are set and not used up.
    Now "Sim.faults" (sim) -> Vec<FaultData> {
        sim.faults().iter().map(FaultData::of).collect::<Result<_>>()?
    }

    /// Removes all faults.
    Now "Sim.clear_faults" (sim) -> () { sim.clear_faults() }

    /// Sets a rate limit, in place of the one for the same route, sharing and window.
    Now "Sim.set_limit" (sim, #[serde(flatten)] limit: RateLimit) -> () { sim.set_limit(limit) }

    /// Tokens of an account for an app, without the way through consent.
    Now "Sim.issue_tokens" (
        sim,
        /// The app.
        client_id: String,
        /// The account.
        handle: String,
        /// The scopes; the refresh token comes with `offline.access` only.
        scopes: Vec<String>,
    ) -> Tokens {
        let scopes: Vec<_> = scopes.iter().map(String::as_str).collect();
        sim.issue_tokens(&client_id, &handle, &scopes).map_err(wrong)?
    }

    /// Publishes a post as the account's owner does, past all apps.
    Now "Sim.publish_elsewhere" (
        sim,
        /// The account.
        handle: String,
        /// What it says.
        text: String,
    ) -> () { sim.publish_elsewhere(&handle, &text).map_err(wrong)? }

    /// Edits a post as the account's owner does, past all apps.
    Now "Sim.edit_elsewhere" (
        sim,
        /// The platform's id of the post.
        id: String,
        /// What it says now.
        text: String,
    ) -> () { sim.edit_elsewhere(&id, &text).map_err(wrong)? }

    /// Deletes a post as the account's owner does, past all apps.
    Now "Sim.delete_elsewhere" (
        sim,
        /// The platform's id of the post.
        id: String,
    ) -> () { sim.delete_elsewhere(&id).map_err(wrong)? }

    /// The simulated time.
    Now "Sim.clock.now" (sim) -> Timestamp { sim.clock().now() }

    /// Moves the clock forward. Effects that fall due are applied at once.
    Now "Sim.clock.advance" (
        sim,
        /// How far.
        by: Duration,
    ) -> () { sim.clock().advance(by) }

    /// Moves the clock, forward or backward. It runs on from there.
    Now "Sim.clock.set" (
        sim,
        /// The time to show.
        to: Timestamp,
    ) -> () { sim.clock().set(to) }
}

operations! { STOPPING on Taken<Arc<Sim>>;
    /// Stops the simulator and waits until its socket is closed and its home is free.
    Call "Sim.stop" (sim) -> () {
        sim.end(async |sim| {
            sim.stop().await;
            Ok(())
        })
        .await?;
    }
}
