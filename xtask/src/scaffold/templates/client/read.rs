//! Reading posts, numbers and profiles back, and finding what an attempt made: not written yet.

use xmp_core::{
    Account, Context, FindQuery, Finding, Metrics, Page, Profile, RemoteId, RemotePost, Result, TimelineQuery,
    TokenSet,
};

use super::{{{Kind}}, unwritten};

impl {{Kind}} {
    /// What can't be read is never called absent.
    pub(super) async fn look(&self, _: &Context, _: &FindQuery) -> Finding {
        Finding::Unreadable(unwritten("looking for a post"))
    }

    pub(super) async fn read_post(&self, _: &Context, _: &Account, _: &RemoteId) -> Result<RemotePost> {
        Err(unwritten("reading a post"))
    }

    pub(super) async fn read_metrics(
        &self,
        _: &Context,
        _: &Account,
        _: &[RemoteId],
    ) -> Result<Vec<Option<Metrics>>> {
        Err(unwritten("reading numbers"))
    }

    pub(super) async fn read_profile(&self, _: &Context, _: &Account) -> Result<Profile> {
        Err(unwritten("reading a profile"))
    }

    pub(super) async fn read_identity(&self, _: &Context, _: &TokenSet) -> Result<Profile> {
        Err(unwritten("asking who tokens belong to"))
    }

    pub(super) async fn read_timeline(
        &self,
        _: &Context,
        _: &Account,
        _: &TimelineQuery,
    ) -> Result<Page<RemotePost>> {
        Err(unwritten("reading the timeline"))
    }
}
