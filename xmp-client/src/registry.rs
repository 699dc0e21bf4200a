//! The platforms that xmp has: a line for each.

use serde::Deserialize;
use xmp_core::{Capability, PlatformId};

use crate::setup::Setup;

macro_rules! registry {
    ($($(#[$doc:meta])* $platform:ident if $feature:literal: $config:ty;)+) => {
        /// The platforms that a program speaks to, as plain data: what it may say when it opens an engine.
        #[derive(Debug, Default, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        pub struct Configurations {$(
            $(#[$doc])*
            #[cfg(feature = $feature)]
            #[serde(default)]
            pub $platform: $config,
        )+}

        impl Configurations {
            /// All that were given.
            #[must_use]
            pub fn given(self) -> Vec<Box<dyn Setup>> {
                #[allow(unused_mut, reason = "there may be no platform built in")]
                let mut all: Vec<Box<dyn Setup>> = Vec::new();
                $(
                    #[cfg(feature = $feature)]
                    all.extend(self.$platform.into_iter().map(|one| Box::new(one) as Box<dyn Setup>));
                )+
                all
            }
        }

        /// The platforms that were built in, with what they can do where nothing else was configured.
        #[must_use]
        pub fn capabilities() -> Vec<(PlatformId, Capability)> {
            vec![$(
                #[cfg(feature = $feature)]
                (crate::$platform::ID, crate::$platform::capability()),
            )+]
        }
    };
}

registry! {
    /// Speaks to X, like this.
    x if "platform-x": Option<crate::x::XConfig>;
    /// Speaks to Bluesky, like this.
    bluesky if "platform-bluesky": Option<crate::bluesky::BlueskyConfig>;
    /// Speaks to these servers of Mastodon.
    mastodon if "platform-mastodon": Vec<crate::mastodon::MastodonConfig>;
}
