//! What media bytes are, told by their first bytes, and how large the pictures are.

/// The media type of these bytes, if they are of a kind that some platform takes.
pub(crate) fn sniff(bytes: &[u8]) -> Option<&'static str> {
    let starts = |magic: &[u8]| bytes.starts_with(magic);
    Some(match bytes {
        _ if starts(b"\x89PNG\r\n\x1a\n") => "image/png",
        _ if starts(b"\xff\xd8\xff") => "image/jpeg",
        _ if starts(b"GIF87a") || starts(b"GIF89a") => "image/gif",
        _ if starts(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") => "image/webp",
        _ if starts(b"BM") => "image/bmp",
        _ if starts(b"II*\0") || starts(b"MM\0*") => "image/tiff",
        _ if bytes.get(4..10) == Some(b"ftypqt") => "video/quicktime",
        _ if bytes.get(4..8) == Some(b"ftyp") => "video/mp4",
        _ if starts(b"\x1a\x45\xdf\xa3") => "video/webm",
        [0x47, ..] if bytes.get(188) == Some(&0x47) => "video/mp2t",
        _ if starts(b"WEBVTT") => "text/vtt",
        [b'0'..=b'9', ..] if std::str::from_utf8(bytes).is_ok_and(|text| text.contains("-->")) => "text/srt",
        _ => return None,
    })
}

/// Whether bytes of type `found` may be declared as `declared`.
pub(crate) fn same_type(declared: &str, found: &str) -> bool {
    canonical(declared) == canonical(found)
}

fn canonical(media_type: &str) -> &str {
    match media_type {
        "image/pjpeg" => "image/jpeg",
        // One container format; the brand in the file's head is often the other one's.
        "video/quicktime" => "video/mp4",
        other => other,
    }
}

/// Width and height in pixels of a PNG, GIF or JPEG.
pub(crate) fn dimensions(bytes: &[u8]) -> Option<(u32, u32)> {
    match sniff(bytes)? {
        "image/png" => Some((be32(bytes, 16)?, be32(bytes, 20)?)),
        "image/gif" => Some((le16(bytes, 6)?, le16(bytes, 8)?)),
        "image/jpeg" => jpeg_dimensions(bytes),
        _ => None,
    }
}

/// Walks the segments up to the frame header.
fn jpeg_dimensions(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut at = 2;
    loop {
        let (marker, length) = (*bytes.get(at + 1)?, be16(bytes, at + 2)?);
        let is_frame = matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc);
        if is_frame {
            return Some((be16(bytes, at + 7)?, be16(bytes, at + 5)?));
        }
        at += 2 + length as usize;
    }
}

fn be16(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 2).map(|two| u32::from(two[0]) << 8 | u32::from(two[1]))
}

fn le16(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 2).map(|two| u32::from(two[1]) << 8 | u32::from(two[0]))
}

fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(be16(bytes, at)? << 16 | be16(bytes, at + 2)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_types_by_their_first_bytes() {
        assert_eq!(sniff(b"\x89PNG\r\n\x1a\n rest"), Some("image/png"));
        assert_eq!(sniff(b"\0\0\0\x18ftypisom"), Some("video/mp4"));
        assert_eq!(sniff(b"1\n00:00:00,000 --> 00:00:01,000\nhi"), Some("text/srt"));
        assert_eq!(sniff(b"hello"), None);
        assert_eq!(sniff(b""), None);
    }

    #[test]
    fn reads_sizes() {
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01\0\0\0\0\x80";
        assert_eq!(dimensions(png), Some((256, 128)));
        assert_eq!(dimensions(b"GIF89a\x40\x01\xf0\0"), Some((320, 240)));
        let jpeg = b"\xff\xd8\xff\xe0\0\x04ab\xff\xc0\0\x0b\x08\0\x10\0\x20";
        assert_eq!(dimensions(jpeg), Some((32, 16)));
        assert_eq!(dimensions(b"\xff\xd8\xff\xe0\0"), None, "cut short");
    }
}
