//! Secrets, sealed: AES-256-GCM, under a name.
//!
//! A sealed secret is bound to its tenant, its owner, its field and the id of its key: copied to another row, or
//! changed in a single bit, it doesn't open.
//!
//! The format is bytes: version (1), key id (4), nonce (12), ciphertext with its tag (16 more than the text).

use std::fmt;

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Key, Nonce};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use sha2::{Digest, Sha256};
use xmp_core::{AccountId, Error, ErrorKind, Result, Secret, TenantId};
use zeroize::{Zeroize, Zeroizing};

const VERSION: u8 = 1;
const ID: usize = 4;
const NONCE: usize = 12;
const TAG: usize = 16;
const HEAD: usize = 1 + ID + NONCE;

/// The key that tokens are sealed with: 32 random bytes, kept outside of the database.
///
/// ```
/// use xmp_store::SealKey;
///
/// let key = SealKey::generate()?;
/// let text = key.to_base64(); // keep this in a secret manager
/// assert_eq!(SealKey::from_base64(text.expose())?.id(), key.id());
/// assert_eq!(format!("{key:?}"), format!("SealKey({})", key.id()));
/// # Ok::<(), xmp_core::Error>(())
/// ```
#[derive(Clone)]
pub struct SealKey {
    bytes: Zeroizing<[u8; 32]>,
    id: [u8; ID],
}

impl SealKey {
    /// A new random key.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`] if the system has no randomness to give.
    pub fn generate() -> Result<Self> {
        let mut bytes = Zeroizing::new([0; 32]);
        random(bytes.as_mut())?;
        Ok(Self::from_bytes(bytes))
    }

    /// A key as [`to_base64`](Self::to_base64) writes it.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] if it is not base64 of 32 bytes. The error doesn't show the text.
    pub fn from_base64(text: &str) -> Result<Self> {
        let text = text.trim();
        let decoded = STANDARD.decode(text).or_else(|_| STANDARD_NO_PAD.decode(text)).map(Zeroizing::new);
        let size = decoded.as_ref().ok().map(|bytes| bytes.len());
        let Some(bytes) = decoded.ok().filter(|bytes| bytes.len() == 32) else {
            let what = size.map_or("it is not base64".to_owned(), |size| format!("it has {size} bytes"));
            return Err(Error::new(
                ErrorKind::Configuration,
                "seal.key",
                format!("the seal key is not base64 of 32 bytes: {what}"),
            )
            .hint("make one with `SealKey::generate()` or `openssl rand -base64 32`"));
        };
        let mut key = Zeroizing::new([0; 32]);
        key.copy_from_slice(&bytes);
        Ok(Self::from_bytes(key))
    }

    /// The key in an environment variable.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] if the variable is not set, or holds no key.
    pub fn from_env(variable: &str) -> Result<Self> {
        let text = std::env::var(variable).map(Zeroizing::new).map_err(|_| {
            Error::new(ErrorKind::Configuration, "seal.key", format!("{variable} is not set, or not text"))
                .hint("put the seal key there, as base64 of 32 bytes")
        })?;
        Self::from_base64(&text)
    }

    /// The key as text, for a secret manager.
    #[must_use]
    pub fn to_base64(&self) -> Secret {
        Secret::new(STANDARD.encode(self.bytes.as_slice()))
    }

    /// Names the key without telling it: eight hexadecimal digits of a digest.
    #[must_use]
    pub fn id(&self) -> String {
        hex(&self.id)
    }

    fn from_bytes(bytes: Zeroizing<[u8; 32]>) -> Self {
        let digest =
            Sha256::new().chain_update(b"xmp seal key id v1\0").chain_update(bytes.as_slice()).finalize();
        let mut id = [0; ID];
        id.copy_from_slice(&digest[..ID]);
        Self { bytes, id }
    }

    fn cipher(&self) -> Aes256Gcm {
        Aes256Gcm::new(Key::<Aes256Gcm>::from_slice(self.bytes.as_slice()))
    }
}

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealKey({})", self.id())
    }
}

/// Where a secret belongs: it opens there and nowhere else.
#[derive(Clone, Debug)]
pub struct SealName<'a> {
    tenant: &'a str,
    scope: &'static str,
    owner: String,
    field: &'a str,
}

impl<'a> SealName<'a> {
    /// A field of an account.
    #[must_use]
    pub fn account(tenant: &'a TenantId, account: AccountId, field: &'a str) -> Self {
        Self { tenant: tenant.as_str(), scope: "account", owner: account.to_string(), field }
    }

    /// The verifier of a consent, by the digest of its state.
    #[must_use]
    pub fn consent(tenant: &'a TenantId, digest: &str) -> Self {
        Self { tenant: tenant.as_str(), scope: "consent", owner: digest.to_owned(), field: "verifier" }
    }

    /// The row that tells whether a store's key is the right one.
    #[cfg(any(feature = "store-sqlite", feature = "store-postgres"))]
    pub(crate) fn canary() -> SealName<'static> {
        SealName { tenant: "", scope: "store", owner: String::new(), field: "canary" }
    }

    /// What the tag covers beside the text. Every field has its length before it, so that none runs into the next.
    fn bound(&self, key: [u8; ID]) -> Vec<u8> {
        let mut out = b"xmp seal v1".to_vec();
        for field in [
            self.tenant.as_bytes(),
            self.scope.as_bytes(),
            self.owner.as_bytes(),
            self.field.as_bytes(),
            &key,
        ] {
            out.extend_from_slice(&(field.len() as u64).to_le_bytes());
            out.extend_from_slice(field);
        }
        out
    }
}

/// The key that seals, and older ones that still open what they sealed.
///
/// To change the key, give every process the new one with the old one beside it; drop the old one when nothing is
/// sealed with it any more.
#[derive(Clone, Debug)]
pub struct Keyring {
    current: SealKey,
    old: Vec<SealKey>,
}

impl Keyring {
    /// A ring of one key.
    #[must_use]
    pub fn new(current: SealKey) -> Self {
        Self { current, old: Vec::new() }
    }

    /// Also opens what an older key sealed.
    #[must_use]
    pub fn with_old(mut self, key: SealKey) -> Self {
        self.old.push(key);
        self
    }

    /// The id of the key that seals.
    #[must_use]
    pub fn current_id(&self) -> String {
        self.current.id()
    }

    /// The ids of all keys at hand, the current one first.
    #[must_use]
    pub fn ids(&self) -> Vec<String> {
        self.keys().map(SealKey::id).collect()
    }

    /// Seals a secret under a name, with the current key.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`] if the system has no randomness to give.
    pub fn seal(&self, name: &SealName<'_>, secret: &Secret) -> Result<Vec<u8>> {
        let key = &self.current;
        let mut nonce = [0; NONCE];
        random(&mut nonce)?;
        let payload = Payload { msg: secret.expose().as_bytes(), aad: &name.bound(key.id) };
        let text = key.cipher().encrypt(Nonce::from_slice(&nonce), payload).map_err(|_| {
            Error::new(ErrorKind::Internal, "seal.failed", "the secret is too long to be sealed")
        })?;
        let mut out = Vec::with_capacity(HEAD + text.len());
        out.push(VERSION);
        out.extend_from_slice(&key.id);
        out.extend_from_slice(&nonce);
        out.extend_from_slice(&text);
        Ok(out)
    }

    /// Opens what was sealed under this name.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] with the code `seal.wrong_key` if its key is not at hand;
    /// [`ErrorKind::Storage`] with the code `seal.broken` if it was changed, cut off, or moved from another name.
    pub fn open(&self, name: &SealName<'_>, sealed: &[u8]) -> Result<Secret> {
        if sealed.len() < HEAD + TAG {
            return Err(broken(name, "it is too short"));
        }
        if sealed[0] != VERSION {
            return Err(broken(
                name,
                &format!("its format is {}, and this version knows {VERSION}", sealed[0]),
            ));
        }
        let id = &sealed[1..=ID];
        let key = self.keys().find(|key| key.id == id).ok_or_else(|| self.wrong_key(&hex(id)))?;
        let payload = Payload { msg: &sealed[HEAD..], aad: &name.bound(key.id) };
        let text = key
            .cipher()
            .decrypt(Nonce::from_slice(&sealed[1 + ID..HEAD]), payload)
            .map_err(|_| broken(name, "it was changed, or moved here from somewhere else"))?;
        String::from_utf8(text).map(Secret::new).map_err(|error| {
            error.into_bytes().zeroize();
            broken(name, "it is not text")
        })
    }

    /// What is wrong when something was sealed with a key that is not at hand.
    pub(crate) fn wrong_key(&self, sealed_with: &str) -> Error {
        Error::new(
            ErrorKind::Configuration,
            "seal.wrong_key",
            format!("sealed with the key {sealed_with}; at hand: {}", self.ids().join(", ")),
        )
        .hint("give the store that key too, with `Keyring::with_old`")
    }

    fn keys(&self) -> impl Iterator<Item = &SealKey> {
        std::iter::once(&self.current).chain(&self.old)
    }
}

fn broken(name: &SealName<'_>, why: &str) -> Error {
    let SealName { tenant, scope, field, .. } = name;
    // A consent's owner is a digest of something secret: not shown.
    let owner = if *scope == "account" { name.owner.as_str() } else { scope };
    Error::new(
        ErrorKind::Storage,
        "seal.broken",
        format!("the sealed {field} of {owner} (tenant {tenant:?}) does not open: {why}"),
    )
    .hint("connect the account again, and find out who wrote to the database")
}

fn random(bytes: &mut [u8]) -> Result<()> {
    getrandom::fill(bytes).map_err(|error| {
        Error::new(ErrorKind::Internal, "seal.random", format!("the system has no randomness: {error}"))
    })
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes.iter().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// What is kept of a consent's state: enough to find it, not enough to use it.
pub(crate) fn digest(state: &Secret) -> String {
    hex(&Sha256::new().chain_update(b"xmp consent state v1\0").chain_update(state.expose()).finalize())
}

#[cfg(test)]
mod tests {
    use super::*;
    use xmp_core::ManualClock;

    fn names() -> (TenantId, AccountId) {
        let now = xmp_core::Clock::now(&ManualClock::new("2026-01-01T00:00:00Z".parse().unwrap()));
        (TenantId::default(), AccountId::new(now))
    }

    #[test]
    fn what_is_sealed_opens_under_its_name_alone() {
        let ring = Keyring::new(SealKey::generate().unwrap());
        let (tenant, account) = names();
        let name = SealName::account(&tenant, account, "oauth2");
        let sealed = ring.seal(&name, &Secret::new("töken")).unwrap();
        assert_eq!(ring.open(&name, &sealed).unwrap().expose(), "töken");
        assert_ne!(ring.seal(&name, &Secret::new("töken")).unwrap(), sealed, "a nonce is never used twice");

        let other = TenantId::new("other").unwrap();
        let (_, stranger) = names();
        for wrong in [
            SealName::account(&other, account, "oauth2"),
            SealName::account(&tenant, stranger, "oauth2"),
            SealName::account(&tenant, account, "oauth1"),
            SealName::consent(&tenant, &account.to_string()),
        ] {
            let error = ring.open(&wrong, &sealed).unwrap_err();
            assert_eq!((error.kind(), error.code()), (ErrorKind::Storage, "seal.broken"), "{wrong:?}");
            assert!(!error.to_string().contains("töken"));
        }
    }

    #[test]
    fn every_changed_bit_and_every_cut_is_noticed() {
        let ring = Keyring::new(SealKey::generate().unwrap());
        let (tenant, account) = names();
        let name = SealName::account(&tenant, account, "oauth2");
        let sealed = ring.seal(&name, &Secret::new("token")).unwrap();
        for at in 0..sealed.len() {
            for bit in 0..8 {
                let mut changed = sealed.clone();
                changed[at] ^= 1 << bit;
                let code = ring.open(&name, &changed).unwrap_err().code();
                let expected = if (1..=ID).contains(&at) { "seal.wrong_key" } else { "seal.broken" };
                assert_eq!(code, expected, "byte {at}, bit {bit}");
            }
            assert_eq!(ring.open(&name, &sealed[..at]).unwrap_err().code(), "seal.broken");
        }
    }

    #[test]
    fn an_old_key_still_opens_and_no_longer_seals() {
        let (old, new) = (SealKey::generate().unwrap(), SealKey::generate().unwrap());
        let (tenant, account) = names();
        let name = SealName::account(&tenant, account, "oauth2");
        let sealed = Keyring::new(old.clone()).seal(&name, &Secret::new("token")).unwrap();
        let error = Keyring::new(new.clone()).open(&name, &sealed).unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::Configuration, "seal.wrong_key"));
        assert!(error.to_string().contains(&old.id()) && error.to_string().contains(&new.id()), "{error}");
        let ring = Keyring::new(new.clone()).with_old(old);
        assert_eq!(ring.open(&name, &sealed).unwrap().expose(), "token");
        let sealed = ring.seal(&name, &Secret::new("token")).unwrap();
        assert!(Keyring::new(new).open(&name, &sealed).is_ok());
    }

    #[test]
    fn keys_are_checked_and_never_shown() {
        let key = SealKey::generate().unwrap();
        let text = key.to_base64();
        assert!(SealKey::from_base64(&format!(" {} \n", text.expose())).is_ok());
        assert!(SealKey::from_base64(text.expose().trim_end_matches('=')).is_ok());
        for wrong in ["", "c2hvcnQ=", "not base64 at all!", &text.expose()[1..]] {
            let error = SealKey::from_base64(wrong).unwrap_err();
            assert_eq!(error.code(), "seal.key");
            assert!(wrong.is_empty() || !error.to_string().contains(wrong));
        }
        assert_eq!(SealKey::from_env("XMP_NO_SUCH_VARIABLE").unwrap_err().code(), "seal.key");
        assert!(!format!("{:?}", Keyring::new(key)).contains(text.expose()));
    }

    #[test]
    fn the_format_stays_what_it_is() {
        // Made by another implementation of AES-GCM: what is sealed today has to open in years.
        let key = SealKey::from_base64("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").unwrap();
        assert_eq!(key.id(), "9ad82469");
        let text = "019ad824696465666768696a6b6c6d6e6f3c74b50317287f8eb4e6fb75d0acb7a1c6043ff328";
        let sealed: Vec<u8> =
            (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect();
        let account = "acc_00000000000070008000000000000001".parse().unwrap();
        let tenant = TenantId::default();
        let name = SealName::account(&tenant, account, "oauth2");
        assert_eq!(Keyring::new(key).open(&name, &sealed).unwrap().expose(), "token");
    }
}
