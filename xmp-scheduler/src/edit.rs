//! How a post that waits is changed, and made again.

use xmp_core::edit::{Edit, PostEdit};
use xmp_core::{
    Account, AccountId, Context, Delivery, Draft, Due, Error, ErrorKind, Fingerprint, IdempotencyKey,
    NewPost, PartContent, PostId, PostView, Problem, Result, When,
};

use crate::Scheduler;
use crate::read::Read;

impl Scheduler {
    /// Changes a post that waits, if it is still the one of `revision`; on all of its accounts, or on none.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound); [`Validation`](ErrorKind::Validation) with every [`Problem`] found;
    /// [`Conflict`](ErrorKind::Conflict) if somebody else has changed it, or if it is being sent, is live or may be.
    pub async fn edit(&self, ctx: &Context, id: PostId, revision: u64, edit: &Edit) -> Result<PostView> {
        let view = self.store.post(ctx, id).await?;
        xmp_core::edit::check_revision(&view.post, revision)?;
        let prepared = self.prepared(ctx, &view, edit).await?;
        let view = self.store.edit(ctx, id, revision, prepared).await?;
        self.tell();
        Ok(view)
    }

    async fn prepared(&self, ctx: &Context, view: &PostView, edit: &Edit) -> Result<PostEdit> {
        let now = self.clock.now();
        let resolved =
            |when: &Option<When>| when.as_ref().map(|when| when.resolve_in(now, &self.zones)).transpose();
        let mut prepared = PostEdit {
            due: resolved(&edit.when)?,
            expires: resolved(&edit.expires)?.map(Some),
            priority: edit.priority,
            labels: edit.labels.clone(),
            campaign: edit.campaign.clone().map(|campaign| Some(campaign).filter(|name| !name.is_empty())),
            metadata: edit.metadata.clone(),
            removed: edit.remove_accounts.clone(),
            // Another time of its own is no slot of a queue any more.
            place: edit
                .when
                .as_ref()
                .and(view.post.place.as_ref())
                .filter(|place| place.in_queue)
                .map(|_| None),
            ..PostEdit::default()
        };
        let mut added = Vec::new();
        for id in &edit.add_accounts {
            added.push(self.store.account(ctx, *id).await?);
        }
        if edit.parts.is_empty() {
            let said = self.same_again(ctx, view, edit, &added).await?;
            prepared.contents = said.0;
            prepared.added =
                said.1.into_iter().map(|(account, parts)| arrive(view, &prepared, &account, parts)).collect();
            return Ok(prepared);
        }
        let draft = Draft {
            parts: edit.parts.clone(),
            showing: edit.showing.clone().unwrap_or_default(),
            variants: edit.variants.clone(),
            ..Draft::default()
        };
        let read = Read::of(&draft).await;
        let mut problems = Vec::new();
        let stay = |id: &AccountId| !edit.remove_accounts.contains(id);
        for id in view.deliveries.iter().map(|delivery| delivery.account).filter(stay) {
            let account = self.store.account(ctx, id).await?;
            problems.extend(self.problems(ctx, &read, &account).await?);
            prepared.contents.push((id, read.version(account.platform).parts.clone()));
        }
        for account in &added {
            problems.extend(self.problems(ctx, &read, account).await?);
            let parts = read.version(account.platform).parts.clone();
            let delivery = arrive(view, &prepared, account, parts);
            prepared.added.push(delivery);
        }
        refuse(problems)?;
        prepared.media = read.media;
        Ok(prepared)
    }

    /// What is said where nothing but a text changes, and what those who come to it say.
    async fn same_again(
        &self,
        ctx: &Context,
        view: &PostView,
        edit: &Edit,
        added: &[Account],
    ) -> Result<(Vec<(AccountId, Vec<PartContent>)>, Vec<(Account, Vec<PartContent>)>)> {
        let said = |delivery: &Delivery| {
            let mut parts: Vec<_> = delivery.parts.iter().map(|part| part.content.clone()).collect();
            if let (Some(text), Some(first)) = (&edit.text, parts.first_mut()) {
                first.text.clone_from(text);
            }
            parts
        };
        let stay: Vec<_> =
            view.deliveries.iter().filter(|own| !edit.remove_accounts.contains(&own.account)).collect();
        let mut contents = Vec::new();
        if edit.text.is_some() {
            contents = stay.iter().map(|delivery| (delivery.account, said(delivery))).collect();
        }
        let mut arriving = Vec::new();
        for account in added {
            // What is said on its platform already, or else what is said first.
            let like = view.deliveries.iter().find(|own| own.platform == account.platform);
            let Some(like) = like.or(view.deliveries.first()) else { continue };
            arriving.push((account.clone(), said(like)));
        }
        let mut problems = Vec::new();
        for (id, parts) in &contents {
            let account = self.store.account(ctx, *id).await?;
            problems.extend(self.unfit(ctx, &account, parts).await?);
        }
        for (account, parts) in &arriving {
            problems.extend(self.unfit(ctx, account, parts).await?);
        }
        refuse(problems)?;
        Ok((contents, arriving))
    }

    /// What a platform does not take of pieces that are kept already.
    async fn unfit(&self, ctx: &Context, account: &Account, parts: &[PartContent]) -> Result<Vec<Problem>> {
        let platform = self.platforms.of(account)?;
        let capability = platform.capability_for(ctx, account).await;
        let found = platform.check(&capability, parts).into_iter();
        Ok(found.map(|problem| Problem { platform: Some(account.platform), ..problem }).collect())
    }

    /// Schedules a post that says what another one says, where it says it.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound); [`Validation`](ErrorKind::Validation) for a time that can't be, or for what a platform does not take any
    /// more; [`Conflict`](ErrorKind::Conflict) for a key that was used for something else.
    pub async fn duplicate(
        &self,
        ctx: &Context,
        id: PostId,
        when: &When,
        key: IdempotencyKey,
    ) -> Result<PostView> {
        let view = self.store.post(ctx, id).await?;
        let request =
            Fingerprint::of([id.to_string().as_bytes(), serde_json::json!(when).to_string().as_bytes()]);
        if let Some(known) = self.store.post_by_key(ctx, &key).await? {
            known.post.repeated_by(request)?;
            return Ok(known);
        }
        let now = self.clock.now();
        let mut post = xmp_core::Post {
            id: PostId::new(now),
            key,
            request,
            due: when.resolve_in(now, &self.zones)?,
            expires: None,
            correlation_id: ctx.correlation_id(),
            actor: ctx.actor().to_owned(),
            created_at: now,
            approval: None,
            revision: 1,
            place: None,
            ..view.post.clone()
        };
        if view.post.approval.is_some() {
            post.gate = xmp_core::Gate::Review;
        }
        let mut problems = Vec::new();
        let mut deliveries = Vec::new();
        for old in &view.deliveries {
            let account = self.store.account(ctx, old.account).await?;
            // What the parts of a thread answer is found out when they are published.
            let parts = old.parts.iter().map(|part| {
                let reply_to = part.content.reply_to.clone().filter(|_| part.index == 0);
                PartContent { reply_to, ..part.content.clone() }
            });
            let parts: Vec<_> = parts.collect();
            problems.extend(self.unfit(ctx, &account, &parts).await?);
            deliveries.push(Delivery::new(&post, &account, parts));
        }
        refuse(problems)?;
        let new = NewPost { post, deliveries, media: Vec::new() };
        let view = self.store.schedule(ctx, new).await?.view;
        self.tell();
        Ok(view)
    }

    /// Resolves the local times of waiting posts again that were resolved by older rules than are at hand: at most so many.
    /// Tells how many had to be looked at.
    ///
    /// # Errors
    /// [`Storage`](ErrorKind::Storage).
    pub async fn resolve_again(&self, at_most: usize) -> Result<usize> {
        if self.zones.version().is_empty() {
            return Ok(0);
        }
        let old = self.store.zoned_before(self.zones.version(), at_most).await?;
        for (tenant, id, due) in &old {
            let ctx = Context::new(tenant.clone()).by("worker");
            let again: Due = due.again(&self.zones);
            if again.at != due.at {
                tracing::info!(post = %id, from = %due.at, to = %again.at, "the rules of its time zone have changed");
            }
            match self.store.reschedule(&ctx, *id, again).await {
                Ok(_) => {}
                // Sent meanwhile, or it would be due after its end: it stays as it is, and is looked at again.
                Err(error)
                    if matches!(
                        error.kind(),
                        ErrorKind::Conflict | ErrorKind::Validation | ErrorKind::NotFound
                    ) =>
                {
                    tracing::warn!(post = %id, %error, "its time could not be resolved again");
                }
                Err(error) => return Err(error),
            }
        }
        Ok(old.len())
    }
}

/// A delivery to an account that a post goes to from now on.
fn arrive(view: &PostView, edit: &PostEdit, account: &Account, parts: Vec<PartContent>) -> Delivery {
    let mut post = view.post.clone();
    if let Some(due) = &edit.due {
        post.due = due.clone();
    }
    if let Some(expires) = &edit.expires {
        post.expires.clone_from(expires);
    }
    post.priority = edit.priority.unwrap_or(post.priority);
    if post.approval.is_some() {
        post.gate = xmp_core::Gate::Review;
    }
    Delivery::new(&post, account, parts)
}

fn refuse(problems: Vec<Problem>) -> Result<()> {
    if problems.is_empty() {
        return Ok(());
    }
    Err(Error::of_problems(ErrorKind::Validation, problems))
}
