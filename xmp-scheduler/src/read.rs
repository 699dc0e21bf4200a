//! A draft with its media read: what is said on which platform, as it will be kept.

use std::path::Path;

use bytes::Bytes;
use serde_json::{Value, json};
use xmp_core::{
    Draft, Error, ErrorKind, Fingerprint, LinkCard, MediaSource, MediaUpload, PartContent, PartDraft,
    PlatformId, Problem, Result, Showing, StoredMedia, media,
};

/// A draft whose media was read.
#[derive(Debug, Default)]
pub(crate) struct Read {
    /// What is said where nothing else is said, and then the variants.
    versions: Vec<Version>,
    /// All media, with its bytes.
    pub(crate) media: Vec<MediaUpload>,
}

/// What a draft says on one platform, or on all others.
#[derive(Debug)]
pub(crate) struct Version {
    platform: Option<PlatformId>,
    /// Where it stands in the draft: `variants[0].`, or nothing.
    place: String,
    /// Where its parts stand: a variant may have those of the draft.
    parts_at: String,
    /// Where it says how they are shown.
    showing_at: String,
    pub(crate) parts: Vec<PartContent>,
    /// What could not be read of it.
    unread: Vec<Problem>,
}

impl Version {
    /// The name of a field of this version, as the caller wrote it.
    pub(crate) fn field(&self, inner: &str) -> String {
        let at = if inner.starts_with("showing") { &self.showing_at } else { &self.parts_at };
        format!("{at}{inner}")
    }

    /// What could not be read of it.
    pub(crate) fn unread(&self) -> impl Iterator<Item = Problem> {
        self.unread.iter().cloned()
    }

    /// Whether a part is only empty because its media could not be read.
    pub(crate) fn explains(&self, problem: &Problem) -> bool {
        let part = format!("{}.", problem.field.trim_end_matches(".text"));
        problem.rule == "part.empty" && self.unread.iter().any(|unread| unread.field.starts_with(&part))
    }
}

impl Read {
    /// Reads the media of all parts, and looks what they really are.
    pub(crate) async fn of(draft: &Draft) -> Self {
        let mut read = Self::default();
        let (parts, unread) = read.parts(&draft.parts, &draft.showing, "").await;
        let nowhere = String::new;
        read.versions.push(Version {
            platform: None,
            place: nowhere(),
            parts_at: nowhere(),
            showing_at: nowhere(),
            parts,
            unread,
        });
        for (index, variant) in draft.variants.iter().enumerate() {
            let place = format!("variants[{index}].");
            let showing = variant.showing.as_ref().unwrap_or(&draft.showing);
            let (parts, unread) = if variant.parts.is_empty() {
                let first = &read.versions[0];
                let parts = first.parts.iter().cloned();
                let parts = parts.map(|part| PartContent { showing: showing.clone(), ..part });
                (parts.collect(), first.unread.clone())
            } else {
                read.parts(&variant.parts, showing, &place).await
            };
            read.versions.push(Version {
                platform: Some(variant.platform),
                parts_at: if variant.parts.is_empty() { nowhere() } else { place.clone() },
                showing_at: if variant.showing.is_none() { nowhere() } else { place.clone() },
                place,
                parts,
                unread,
            });
        }
        read
    }

    /// Whether everything could be read: what can't be read can't be compared with an earlier call either.
    pub(crate) fn is_whole(&self) -> bool {
        self.versions.iter().all(|version| version.unread.is_empty())
    }

    async fn parts(
        &mut self,
        parts: &[PartDraft],
        showing: &Showing,
        place: &str,
    ) -> (Vec<PartContent>, Vec<Problem>) {
        let mut contents = Vec::with_capacity(parts.len());
        let mut unread = Vec::new();
        for (index, part) in parts.iter().enumerate() {
            let path = format!("{place}parts[{index}]");
            let mut media = Vec::with_capacity(part.media.len());
            for (at, item) in part.media.iter().enumerate() {
                let field = format!("{path}.media[{at}]");
                let stored = self.read(&item.source, item.alt.clone(), &field, &mut unread).await;
                media.extend(stored.map(|stored| StoredMedia { focus: item.focus, ..stored }));
            }
            let link = match &part.link {
                None => None,
                Some(link) => {
                    let thumb = match &link.thumb {
                        Some(source) => {
                            self.read(source, None, &format!("{path}.link.thumb"), &mut unread).await
                        }
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
        (contents, unread)
    }

    async fn read(
        &mut self,
        source: &MediaSource,
        alt: Option<String>,
        field: &str,
        unread: &mut Vec<Problem>,
    ) -> Option<StoredMedia> {
        match upload(source, alt).await {
            Ok(upload) => {
                let stored = upload.stored.clone();
                self.media.push(upload);
                Some(stored)
            }
            Err(error) => {
                let problem =
                    Problem::new(field, error.code(), error.message(), "a file that can be read and used");
                unread.push(match error.advice() {
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

    /// Whether these are nothing but files that could not be read or used.
    pub(crate) fn are_all_unread(&self, problems: &[Problem]) -> bool {
        problems.iter().all(|problem| self.versions.iter().any(|version| version.unread.contains(problem)))
    }

    /// Variants that nobody would ever read: a second one of a platform, and one for a platform that is not `wanted`, which
    /// `limit` says in words.
    pub(crate) fn idle_variants(&self, limit: &str, wanted: impl Fn(PlatformId) -> bool) -> Vec<Problem> {
        let mut problems = Vec::new();
        for (index, version) in self.versions.iter().enumerate() {
            let Some(platform) = version.platform else { continue };
            let field = format!("{}platform", version.place);
            if self.versions[..index].iter().any(|earlier| earlier.platform == Some(platform)) {
                let once = "one variant for each platform";
                problems.push(
                    Problem::new(&field, "variant.twice", platform, once).hint("leave one of them out"),
                );
            }
            if !wanted(platform) {
                problems.push(
                    Problem::new(field, "variant.unused", platform, limit)
                        .hint("add an account of that platform, or leave the variant out"),
                );
            }
        }
        problems
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
        if let Some(expires) = &draft.expires {
            asked["expires"] = json!(expires);
        }
        if !draft.gate.is_open() {
            asked["gate"] = json!(draft.gate);
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
