//! What people do with posts.

use jiff::Timestamp;
use xmp_core::step::{self, Resolution, Stepped};
use xmp_core::{Delivery, DeliveryId, Due, PostId, PostView, Result};

use super::Tx;
use super::row::{json, micros, run};
use crate::rules::Origin;
use crate::time::cut;

impl Tx<'_> {
    /// Takes a step with all deliveries of a post; an error of any of them undoes the whole transaction.
    fn change_all(
        &self,
        origin: &Origin,
        id: PostId,
        step: impl Fn(&mut Delivery, Timestamp) -> Result<Stepped>,
    ) -> Result<()> {
        for before in self.view(&origin.tenant, id)?.deliveries {
            let mut after = before.clone();
            let stepped = step(&mut after, self.now)?;
            self.keep(&before, after, stepped, origin)?;
        }
        Ok(())
    }

    pub(super) fn cancel(&self, origin: &Origin, id: PostId) -> Result<PostView> {
        self.change_all(origin, id, step::cancel)?;
        self.view(&origin.tenant, id)
    }

    pub(super) fn reschedule(&self, origin: &Origin, id: PostId, mut due: Due) -> Result<PostView> {
        due.at = cut(due.at);
        self.change_all(origin, id, |delivery, now| step::reschedule(delivery, due.at, now))?;
        run(
            self.conn,
            "UPDATE posts SET due = ?3, due_at = ?4, tzdb = ?5 WHERE tenant = ?1 AND id = ?2",
            (origin.tenant.as_str(), id.to_string(), json(&due)?, micros(due.at), &due.tzdb),
        )?;
        self.view(&origin.tenant, id)
    }

    pub(super) fn put_back(&self, origin: &Origin, id: DeliveryId) -> Result<Delivery> {
        let before = self.delivery(&origin.tenant, id)?;
        let mut after = before.clone();
        let gate = self.view(&origin.tenant, before.post)?.post.gate;
        let stepped = step::put_back(&mut after, gate, self.now)?;
        Ok(self.keep(&before, after, stepped, origin)?.0)
    }

    pub(super) fn resolve(
        &self,
        origin: &Origin,
        id: DeliveryId,
        resolution: Resolution,
    ) -> Result<Delivery> {
        let before = self.delivery(&origin.tenant, id)?;
        let live = match &resolution {
            Resolution::Live(published) => Some(published.remote_id.clone()),
            Resolution::Resend | Resolution::Abandon => None,
        };
        let mut after = before.clone();
        let stepped = step::resolve(&mut after, resolution, self.now)?;
        if let (Some(live), Some(part)) = (live, before.current()) {
            self.check_owner(&before, part.id, &live)?;
        }
        Ok(self.keep(&before, after, stepped, origin)?.0)
    }
}
