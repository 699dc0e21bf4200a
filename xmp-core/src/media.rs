//! What a file really is, by its first bytes.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::{Error, ErrorKind, Fingerprint, Result, StoredMedia};

/// The kinds of media that platforms tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MediaKind {
    /// A still image.
    Image,
    /// An animated image.
    Gif,
    /// A film.
    Video,
}

impl MediaKind {
    /// The word that stores and bindings use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Gif => "gif",
            Self::Video => "video",
        }
    }
}

/// Looks at a file: its type by its first bytes, its size, its fingerprint. `name` may claim a type by its ending,
/// which then has to be true.
///
/// # Errors
/// [`ErrorKind::Media`] if it is empty, of a type that no platform here takes, or not what its name claims.
pub fn inspect(bytes: &[u8], name: Option<&Path>, alt: Option<String>) -> Result<StoredMedia> {
    let shown = name.and_then(Path::file_name).map_or("the bytes".into(), |name| name.to_string_lossy());
    if bytes.is_empty() {
        return Err(Error::new(ErrorKind::Media, "media.empty", format!("{shown}: it has no bytes")));
    }
    let mime = infer::get(bytes).map(|found| found.mime_type());
    let kind = match mime {
        Some("image/png" | "image/jpeg" | "image/webp") => MediaKind::Image,
        Some("image/gif") => MediaKind::Gif,
        Some("video/mp4" | "video/quicktime") => MediaKind::Video,
        other => {
            return Err(Error::new(
                ErrorKind::Media,
                "media.unknown",
                format!("{shown}: its first bytes say {}", other.unwrap_or("nothing that is known")),
            )
            .hint("use PNG, JPEG, WebP, GIF, MP4 or QuickTime"));
        }
    };
    let mime = mime.unwrap_or_default();
    if let Some(claimed) = name.and_then(Path::extension).and_then(|ending| claim(&ending.to_string_lossy()))
        && claimed != mime
    {
        return Err(Error::new(
            ErrorKind::Media,
            "media.mislabelled",
            format!("{shown}: the name claims {claimed}, the first bytes say {mime}"),
        )
        .hint("rename the file, or convert it"));
    }
    let size = size(kind, bytes);
    Ok(StoredMedia {
        hash: Fingerprint::of([bytes]),
        mime: mime.to_owned(),
        kind,
        size: bytes.len() as u64,
        alt,
        focus: None,
        width: size.map(|size| size.0),
        height: size.map(|size| size.1),
    })
}

/// The size of an image in pixels.
fn size(kind: MediaKind, bytes: &[u8]) -> Option<(u32, u32)> {
    if kind == MediaKind::Video {
        return None;
    }
    let size = imagesize::blob_size(bytes).ok()?;
    Some((u32::try_from(size.width).ok()?, u32::try_from(size.height).ok()?))
}

/// The type that a file's ending claims.
fn claim(ending: &str) -> Option<&'static str> {
    Some(match ending.to_ascii_lowercase().as_str() {
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "gif" => "image/gif",
        "mp4" => "video/mp4",
        "mov" => "video/quicktime",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";

    #[test]
    fn a_file_is_what_its_bytes_say() {
        let media = inspect(PNG, Some(Path::new("a.PNG")), None).unwrap();
        assert_eq!((media.mime.as_str(), media.kind, media.size), ("image/png", MediaKind::Image, 16));
    }

    #[test]
    fn lies_are_found() {
        let codes = [
            (PNG, "a.jpg", "media.mislabelled"),
            (b"".as_slice(), "a.png", "media.empty"),
            (b"%PDF-1.7 ....".as_slice(), "a.pdf", "media.unknown"),
            (b"just text".as_slice(), "a.png", "media.unknown"),
        ];
        for (bytes, name, code) in codes {
            let error = inspect(bytes, Some(Path::new(name)), None).unwrap_err();
            assert_eq!((error.kind(), error.code()), (ErrorKind::Media, code));
        }
    }
}
