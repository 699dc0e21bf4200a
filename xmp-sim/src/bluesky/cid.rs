//! Content ids: CIDv1 with SHA-256 in lower-case base32 (atproto.com/specs/data-model).
//!
//! A blob's is of its bytes, a record's of its DAG-CBOR: the same ones that the real server gives.

use serde_json::Value;
use sha2::{Digest, Sha256};

const RAW: u8 = 0x55;
const DAG_CBOR: u8 = 0x71;
const BASE32: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

pub(super) fn of_bytes(bytes: &[u8]) -> String {
    print(&binary(RAW, bytes))
}

/// The id of a record; `None` if it holds what no record can, such as a fraction.
pub(super) fn of_record(record: &Value) -> Option<String> {
    let mut cbor = Vec::new();
    encode(record, &mut cbor)?;
    Some(print(&binary(DAG_CBOR, &cbor)))
}

/// Lower-case base32 without padding, as DIDs and CIDs write bytes.
pub(super) fn base32(bytes: &[u8]) -> String {
    let mut text = String::new();
    let (mut bits, mut pending) = (0, 0_u16);
    for byte in bytes {
        pending = pending << 8 | u16::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(char::from(BASE32[usize::from(pending >> bits) % 32]));
        }
    }
    if bits > 0 {
        text.push(char::from(BASE32[usize::from(pending << (5 - bits)) % 32]));
    }
    text
}

fn binary(codec: u8, bytes: &[u8]) -> Vec<u8> {
    // Version 1, codec, SHA-256, 32 bytes of it.
    [&[1, codec, 0x12, 32], Sha256::digest(bytes).as_slice()].concat()
}

fn print(cid: &[u8]) -> String {
    format!("b{}", base32(cid))
}

/// The bytes behind a printed CID.
fn parse(text: &str) -> Option<Vec<u8>> {
    let (mut bytes, mut bits, mut pending) = (Vec::new(), 0, 0_u16);
    for letter in text.strip_prefix('b')?.bytes() {
        let digit = BASE32.iter().position(|known| *known == letter)?;
        pending = pending << 5 | u16::try_from(digit).ok()?;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push((pending >> bits) as u8);
            pending &= (1 << bits) - 1;
        }
    }
    Some(bytes)
}

/// DAG-CBOR of the data model's JSON: keys by length, then by bytes; `{"$link": …}` is a CID.
fn encode(value: &Value, out: &mut Vec<u8>) -> Option<()> {
    match value {
        Value::Null => out.push(0xf6),
        Value::Bool(value) => out.push(0xf4 + u8::from(*value)),
        Value::Number(number) => match (number.as_u64(), number.as_i64()) {
            (Some(number), _) => head(0, number, out),
            (None, Some(negative)) => head(1, negative.unsigned_abs() - 1, out),
            (None, None) => return None,
        },
        Value::String(text) => string(text, out),
        Value::Array(items) => {
            head(4, items.len() as u64, out);
            items.iter().try_for_each(|item| encode(item, out))?;
        }
        Value::Object(fields) => {
            if let (1, Some(Value::String(link))) = (fields.len(), fields.get("$link")) {
                let cid = parse(link)?;
                head(6, 42, out);
                head(2, cid.len() as u64 + 1, out);
                out.push(0);
                out.extend(cid);
                return Some(());
            }
            let mut fields: Vec<(&String, &Value)> = fields.iter().collect();
            fields.sort_by_key(|(name, _)| (name.len(), name.as_str()));
            head(5, fields.len() as u64, out);
            for (name, field) in fields {
                string(name, out);
                encode(field, out)?;
            }
        }
    }
    Some(())
}

fn string(text: &str, out: &mut Vec<u8>) {
    head(3, text.len() as u64, out);
    out.extend_from_slice(text.as_bytes());
}

/// A CBOR head: the major type, and its number in as few bytes as it fits.
fn head(major: u8, number: u64, out: &mut Vec<u8>) {
    let bytes = number.to_be_bytes();
    let (info, used) = match number {
        0..=23 => (bytes[7], 0),
        24..=0xff => (24, 1),
        0x100..=0xffff => (25, 2),
        0x1_0000..=0xffff_ffff => (26, 4),
        _ => (27, 8),
    };
    out.push(major << 5 | info);
    out.extend_from_slice(&bytes[8 - used..]);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn blobs_are_named_by_their_bytes() {
        // SHA-256 b94d27b9934d3e08…, in Python's base32.
        assert_eq!(of_bytes(b"hello world"), "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e");
    }

    #[test]
    fn records_are_encoded_in_one_way_only() {
        let mut cbor = Vec::new();
        encode(&json!({ "bb": [1, -1, null, true], "a": "x", "c": 300 }), &mut cbor).unwrap();
        assert_eq!(cbor, b"\xa3\x61a\x61x\x61c\x19\x01\x2c\x62bb\x84\x01\x20\xf6\xf5");
        let link = of_bytes(b"hello world");
        let mut cbor = Vec::new();
        encode(&json!({ "$link": link }), &mut cbor).unwrap();
        assert_eq!(cbor[..9], *b"\xd8\x2a\x58\x25\x00\x01\x55\x12\x20", "tag 42, a zero, the binary CID");
        // As `cidForCbor` of `@atproto/common` has it.
        let record = json!({
            "text": "hi",
            "$type": "app.bsky.feed.post",
            "createdAt": "2026-01-01T00:00:00.000Z",
            "langs": ["en"],
            "n": 300,
            "neg": -1,
        });
        let cid = "bafyreidz4cc3ntubjs6xg6mbom4iqes6yhso2f42lfx3m4ptalc6mayvjq";
        assert_eq!(of_record(&record).as_deref(), Some(cid));
        assert_eq!(of_record(&json!({ "n": 0.5 })), None);
    }
}
