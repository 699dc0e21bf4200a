//! A draft with its media read: what is said on which platform, as it will be kept.

use std::path::Path;

use bytes::Bytes;
use serde_json::{Value, json};
use xmp_core::{
    Account, Draft, Error, ErrorKind, Fingerprint, LinkCard, MediaSource, MediaUpload, PartContent,
    PartDraft, PlatformId, Problem, Result, Showing, StoredMedia, media,
};

/// A draft whose media was read.
#[derive(Debug, Default)]
pub(crate) struct Read {
    /// What is said where nothing else is said, and then the variants.
    versions: Vec<Version>,
    /// All media, with its bytes.
    pub(crate) media: Vec<MediaUpload>,
    /// What could not be read, or contradicts itself.
    pub(crate) problems: Vec<Problem>,
}

/// What a draft says on one platform, or on all others.
#[derive(Debug)]
pub(crate) struct Version {
    platform: Option<PlatformId>,
    /// What stands before the names of fields.
    pub(crate) prefix: String,
    /// Where its parts stand in the draft, if not in the version itself.
    origin: String,
    pub(crate) parts: Vec<PartContent>,
}

impl Read {
    /// Reads the media of all parts, and looks what they really are.
    pub(crate) async fn of(draft: &Draft) -> Self {
        let mut read = Self::default();
        let parts = read.parts(&draft.parts, &draft.showing, "").await;
        read.versions.push(Version { platform: None, prefix: String::new(), origin: String::new(), parts });
        for (index, variant) in draft.variants.iter().enumerate() {
            let prefix = format!("variants[{index}].");
            if read.versions.iter().any(|version| version.platform == Some(variant.platform)) {
                let field = format!("{prefix}platform");
                let limit = "one variant for each platform";
                read.problems.push(Problem::new(field, "variant.twice", variant.platform, limit));
            }
            let showing = variant.showing.as_ref().unwrap_or(&draft.showing);
            let (parts, origin) = if variant.parts.is_empty() {
                let parts = read.versions[0].parts.iter().cloned();
                (parts.map(|part| PartContent { showing: showing.clone(), ..part }).collect(), String::new())
            } else {
                (read.parts(&variant.parts, showing, &prefix).await, prefix.clone())
            };
            read.versions.push(Version { platform: Some(variant.platform), prefix, origin, parts });
        }
        read
    }

    async fn parts(&mut self, parts: &[PartDraft], showing: &Showing, prefix: &str) -> Vec<PartContent> {
        let mut contents = Vec::with_capacity(parts.len());
        for (index, part) in parts.iter().enumerate() {
            let path = format!("{prefix}parts[{index}]");
            let mut media = Vec::with_capacity(part.media.len());
            for (at, item) in part.media.iter().enumerate() {
                let stored = self.read(&item.source, item.alt.clone(), &format!("{path}.media[{at}]")).await;
                media.extend(stored.map(|stored| StoredMedia { focus: item.focus, ..stored }));
            }
            let link = match &part.link {
                None => None,
                Some(link) => {
                    let thumb = match &link.thumb {
                        Some(source) => self.read(source, None, &format!("{path}.link.thumb")).await,
                        None => None,
                    };
                    let (url, title) = (link.url.clone(), link.title.clone());
                    Some(LinkCard { url, title, description: link.description.clone(), thumb })
                }
            };
            contents.push(PartContent {
                text: part.text.clone(),
                media,
                reply_to: part.reply_to.clone(),
                quote: part.quote.clone(),
                link,
                poll: part.poll.clone(),
                showing: showing.clone(),
            });
        }
        contents
    }

    async fn read(&mut self, source: &MediaSource, alt: Option<String>, field: &str) -> Option<StoredMedia> {
        match upload(source, alt).await {
            Ok(upload) => {
                let stored = upload.stored.clone();
                self.media.push(upload);
                Some(stored)
            }
            Err(error) => {
                let problem =
                    Problem::new(field, error.code(), error.message(), "a file that can be read and used");
                self.problems.push(match error.advice() {
                    Some(hint) => problem.hint(hint),
                    None => problem,
                });
                None
            }
        }
    }

    /// What is said on a platform.
    pub(crate) fn version(&self, platform: PlatformId) -> &Version {
        let own = self.versions.iter().find(|version| version.platform == Some(platform));
        // The first one is for all: `of` makes it before anything else.
        own.unwrap_or(&self.versions[0])
    }

    /// What could not be read of a version, and what contradicts itself.
    pub(crate) fn told_of(&self, version: &Version) -> impl Iterator<Item = Problem> {
        let is_of = |problem: &&Problem| match problem.field.starts_with("variants[") {
            true => problem.field.starts_with(&version.prefix) && !version.prefix.is_empty(),
            false => version.origin.is_empty(),
        };
        self.problems.iter().filter(is_of).cloned().collect::<Vec<_>>().into_iter()
    }

    /// Whether a part is only empty because its media could not be read.
    pub(crate) fn explains(&self, problem: &Problem) -> bool {
        let part = problem.field.trim_end_matches(".text");
        problem.rule == "part.empty"
            && self.problems.iter().any(|unread| unread.field.starts_with(&format!("{part}.")))
    }

    /// Whether these are nothing but files that could not be read or used.
    pub(crate) fn are_all(&self, problems: &[Problem]) -> bool {
        problems.iter().all(|problem| problem.rule.starts_with("media.") && self.problems.contains(problem))
    }

    /// Variants for platforms that none of the accounts is on: a slip, since nobody would read them.
    pub(crate) fn unused_variants(&self, accounts: &[Account]) -> Vec<Problem> {
        let unused = self.versions.iter().filter(|version| {
            version
                .platform
                .is_some_and(|platform| accounts.iter().all(|account| account.platform != platform))
        });
        let told = unused.map(|version| {
            let name = version.platform.map(|platform| platform.to_string()).unwrap_or_default();
            let field = format!("{}platform", version.prefix);
            Problem::new(field, "variant.unused", name, "the platform of one of the accounts")
                .hint("add an account of that platform, or leave the variant out")
        });
        told.collect()
    }

    /// What tells a repeated call from another one with the same key: everything that the caller asked for.
    pub(crate) fn request(&self, draft: &Draft) -> Fingerprint {
        let mut asked = json!({
            "parts": parts(&self.versions[0].parts), "accounts": draft.accounts, "when": draft.when,
            "priority": draft.priority, "labels": draft.labels, "campaign": draft.campaign,
            "metadata": draft.metadata,
        });
        // What is not asked leaves no trace, so that drafts of before there was such a thing read as they did.
        if self.versions.len() > 1 {
            let variants = self.versions[1..].iter();
            asked["variants"] = variants.map(|one| json!([one.platform, parts(&one.parts)])).collect();
        }
        Fingerprint::of([asked.to_string().as_bytes()])
    }
}

fn parts(parts: &[PartContent]) -> Vec<Value> {
    let media = |media: &StoredMedia| {
        // Not what we found out about it: that may be more one day.
        let mut asked = json!({
            "hash": media.hash, "mime": media.mime, "kind": media.kind, "size": media.size, "alt": media.alt,
        });
        if let Some(focus) = media.focus {
            asked["focus"] = json!(focus);
        }
        asked
    };
    let part = |part: &PartContent| {
        let kept: Vec<_> = part.media.iter().map(media).collect();
        let mut asked = json!({ "text": part.text, "media": kept, "reply_to": part.reply_to });
        if let Some(quote) = &part.quote {
            asked["quote"] = json!(quote);
        }
        if let Some(link) = &part.link {
            let thumb = link.thumb.as_ref().map(media);
            asked["link"] = json!([link.url, link.title, link.description, thumb]);
        }
        if let Some(poll) = &part.poll {
            asked["poll"] = json!(poll);
        }
        if !part.showing.is_plain() {
            asked["showing"] = json!(part.showing);
        }
        asked
    };
    parts.iter().map(part).collect()
}

async fn upload(source: &MediaSource, alt: Option<String>) -> Result<MediaUpload> {
    let (bytes, name) = match source {
        MediaSource::Bytes(bytes) => (bytes.clone(), None),
        MediaSource::Path(path) => (read_file(path).await?, Some(path.as_path())),
    };
    Ok(MediaUpload { stored: media::inspect(&bytes, name, alt)?, bytes })
}

async fn read_file(path: &Path) -> Result<Bytes> {
    let unreadable = |error: std::io::Error| {
        Error::new(ErrorKind::Media, "media.unreadable", format!("{}: {error}", path.display()))
            .hint("the file is read when the post is scheduled")
    };
    // A device or a pipe has no end.
    if !tokio::fs::metadata(path).await.map_err(unreadable)?.is_file() {
        return Err(unreadable(std::io::Error::other("it is not a file")));
    }
    tokio::fs::read(path).await.map(Bytes::from).map_err(unreadable)
}
