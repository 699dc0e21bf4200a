//! The operations that are simulated: where they live, what they are called, what they require.

/// One operation of X's API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    Authorize,
    Token,
    Revoke,
    PostsCreate,
    PostsDelete,
    PostsGet,
    PostsLookup,
    UsersMe,
    Timeline,
    MediaUpload,
    MediaInitialize,
    MediaAppend,
    MediaFinalize,
    MediaStatus,
    MediaMetadata,
}

impl Operation {
    /// The operation at a method and path. `{id}` segments are taken as they come; the operation checks them.
    pub(super) fn find(method: &str, path: &str) -> Option<Self> {
        let segments: Vec<&str> = path.trim_matches('/').split('/').collect();
        Some(match (method, segments.as_slice()) {
            // X documentation has the first, X specification (OAuth2UserToken) the second.
            ("GET", ["i", "oauth2", "authorize"] | ["2", "oauth2", "authorize"]) => Self::Authorize,
            ("POST", ["2", "oauth2", "token"]) => Self::Token,
            ("POST", ["2", "oauth2", "revoke"]) => Self::Revoke,
            ("POST", ["2", "tweets"]) => Self::PostsCreate,
            ("GET", ["2", "tweets"]) => Self::PostsLookup,
            ("GET", ["2", "tweets", _]) => Self::PostsGet,
            ("DELETE", ["2", "tweets", _]) => Self::PostsDelete,
            ("GET", ["2", "users", "me"]) => Self::UsersMe,
            ("GET", ["2", "users", _, "tweets"]) => Self::Timeline,
            ("POST", ["2", "media", "upload"]) => Self::MediaUpload,
            ("GET", ["2", "media", "upload"]) => Self::MediaStatus,
            ("POST", ["2", "media", "upload", "initialize"]) => Self::MediaInitialize,
            ("POST", ["2", "media", "upload", _, "append"]) => Self::MediaAppend,
            ("POST", ["2", "media", "upload", _, "finalize"]) => Self::MediaFinalize,
            ("POST", ["2", "media", "metadata"]) => Self::MediaMetadata,
            _ => return None,
        })
    }

    /// The name that faults, limits and the request log use.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Authorize => "oauth.authorize",
            Self::Token => "oauth.token",
            Self::Revoke => "oauth.revoke",
            Self::PostsCreate => "posts.create",
            Self::PostsDelete => "posts.delete",
            Self::PostsGet => "posts.get",
            Self::PostsLookup => "posts.lookup",
            Self::UsersMe => "users.me",
            Self::Timeline => "timeline",
            Self::MediaUpload => "media.upload",
            Self::MediaInitialize => "media.initialize",
            Self::MediaAppend => "media.append",
            Self::MediaFinalize => "media.finalize",
            Self::MediaStatus => "media.status",
            Self::MediaMetadata => "media.metadata",
        }
    }

    /// The scopes that a user's token needs (X specification, `security` of each operation).
    pub(super) fn scopes(self) -> &'static [&'static str] {
        match self {
            Self::Authorize | Self::Token | Self::Revoke => &[],
            Self::PostsCreate | Self::PostsDelete => &["tweet.read", "tweet.write", "users.read"],
            Self::PostsGet | Self::PostsLookup | Self::UsersMe | Self::Timeline => {
                &["tweet.read", "users.read"]
            }
            Self::MediaUpload
            | Self::MediaInitialize
            | Self::MediaAppend
            | Self::MediaFinalize
            | Self::MediaStatus
            | Self::MediaMetadata => &["media.write"],
        }
    }
}
