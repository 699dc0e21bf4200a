-- Spacing, expiry, the emergency stop, retention, and versions of the program side by side.
--
-- From here on every change only adds: an older program works on, since it names the columns that it writes and passes
-- over words that it does not know. A change that an older program can't live with says so in `breaking`.

ALTER TABLE accounts ADD COLUMN spacing TEXT NOT NULL DEFAULT '{}';
ALTER TABLE accounts ADD COLUMN paced_until INTEGER;
ALTER TABLE posts ADD COLUMN expires TEXT;
ALTER TABLE deliveries ADD COLUMN expires_at INTEGER;
-- When it last made something visible, or may have: what the spacing of its account counts.
ALTER TABLE deliveries ADD COLUMN sent_at INTEGER;
-- When nothing was left to happen to it.
ALTER TABLE deliveries ADD COLUMN settled_at INTEGER;

CREATE INDEX accounts_paced ON accounts (paced_until, tenant) WHERE paced_until IS NOT NULL;
CREATE INDEX deliveries_expiry ON deliveries (expires_at, tenant, id)
    WHERE expires_at IS NOT NULL AND queue = 'publish';
CREATE INDEX deliveries_sent ON deliveries (tenant, account, sent_at) WHERE sent_at IS NOT NULL;
CREATE INDEX deliveries_settled ON deliveries (settled_at, tenant, post) WHERE settled_at IS NOT NULL;

UPDATE deliveries SET
    sent_at = (SELECT max(began_at) FROM attempts a WHERE a.tenant = deliveries.tenant
        AND a.delivery = deliveries.id AND coalesce(a.outcome, '') NOT IN ('not_sent', 'rejected')),
    -- When that was is not known: from now on they are kept as long as others.
    settled_at = CASE WHEN state IN ('published', 'partly_published', 'failed', 'cancelled')
        THEN CAST(unixepoch('subsec') * 1000000 AS INTEGER) END;

CREATE TABLE stops (
    scope  TEXT NOT NULL PRIMARY KEY,
    tenant TEXT NOT NULL,
    why    TEXT NOT NULL,
    actor  TEXT NOT NULL,
    since  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Which posts use a piece of media: it is forgotten with the last of them.
CREATE TABLE media_uses (
    tenant TEXT NOT NULL,
    hash   TEXT NOT NULL,
    post   TEXT NOT NULL,
    PRIMARY KEY (tenant, hash, post)
) STRICT, WITHOUT ROWID;
CREATE INDEX media_uses_post ON media_uses (tenant, post);

-- Windows of requests. They have no tenant: two tenants that use one app share the platform's window.
CREATE TABLE limits (
    platform  TEXT NOT NULL,
    app       TEXT NOT NULL,
    account   TEXT NOT NULL,
    operation TEXT NOT NULL,
    windows   TEXT NOT NULL,
    PRIMARY KEY (platform, app, account, operation)
) STRICT, WITHOUT ROWID;

-- What was live stays known by its id when its post is forgotten: no other post is ever taken for it.
CREATE TABLE forgotten (
    tenant      TEXT NOT NULL,
    account     TEXT NOT NULL,
    remote_id   TEXT NOT NULL,
    delivery    TEXT NOT NULL,
    owned_since INTEGER NOT NULL,
    PRIMARY KEY (tenant, account, remote_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX forgotten_owned ON forgotten (tenant, account, owned_since);

ALTER TABLE migrations ADD COLUMN breaking INTEGER NOT NULL DEFAULT 1;
