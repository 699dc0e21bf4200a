//! What the server will call a blob.

use sha2::{Digest, Sha256};

const BASE32: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// What stands before the digest: CID version 1, codec `raw` (0x55), SHA-256 (0x12) of 32 bytes (atproto
/// specification, "Data Model", "blessed" CID of blobs).
const HEADER: [u8; 4] = [0x01, 0x55, 0x12, 32];

/// The CID of a blob's bytes, as `com.atproto.repo.uploadBlob` answers in `blob.ref.$link`: what was stored is what we
/// sent if both are equal.
pub(super) fn blob_cid(bytes: &[u8]) -> String {
    let mut cid = HEADER.to_vec();
    cid.extend(Sha256::digest(bytes));
    // The multibase prefix of lower-case base32 without padding (RFC 4648).
    format!("b{}", base32(&cid))
}

fn base32(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 8 / 5 + 1);
    for chunk in bytes.chunks(5) {
        let mut bits = [0_u8; 8];
        bits[3..3 + chunk.len()].copy_from_slice(chunk);
        let bits = u64::from_be_bytes(bits);
        let digits = (chunk.len() * 8).div_ceil(5);
        text.extend((0..digits).map(|place| char::from(BASE32[(bits >> (35 - 5 * place)) as usize % 32])));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_blobs() {
        // Made by `multiformats` 9.9, which the reference server uses.
        let all: Vec<u8> = (0..=255).collect();
        for (bytes, cid) in [
            (b"".as_slice(), "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"),
            (b"a", "bafkreigks6arfsq3xxfpvqrrwonchxcnu6do76auprhhfomao6c273sixm"),
            (b"hello world", "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e"),
            (&all, "bafkreicav7zotuwysixepl6umshgsz2jofmhqx55dwuhbzyrajtl7fciqa"),
        ] {
            assert_eq!(blob_cid(bytes), cid);
        }
    }

    #[test]
    fn base32_of_every_remainder() {
        // RFC 4648, section 10.
        for (bytes, text) in [
            ("", ""),
            ("f", "my"),
            ("fo", "mzxq"),
            ("foo", "mzxw6"),
            ("foob", "mzxw6yq"),
            ("fooba", "mzxw6ytb"),
            ("foobar", "mzxw6ytboi"),
        ] {
            assert_eq!(base32(bytes.as_bytes()), text);
        }
    }
}
