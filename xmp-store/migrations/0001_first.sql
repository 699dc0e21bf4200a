-- The first form of the database.
--
-- Times are microseconds since 1970-01-01T00:00:00Z. Ids are text, as xmp writes them. Words (states, kinds,
-- platforms) are the ones that xmp's own types write; structures are JSON. The tenant is in every row, key and
-- index of what tenants own; only the last three tables are about the file itself.

CREATE TABLE accounts (
    tenant        TEXT NOT NULL,
    id            TEXT NOT NULL,
    platform      TEXT NOT NULL,
    app           TEXT NOT NULL,
    remote_id     TEXT NOT NULL,
    handle        TEXT NOT NULL,
    state         TEXT NOT NULL,
    scopes        TEXT NOT NULL,
    on_absent     TEXT NOT NULL,
    blocked_until INTEGER,
    created_at    INTEGER NOT NULL,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, platform, app, remote_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX accounts_blocked ON accounts (blocked_until, tenant) WHERE blocked_until IS NOT NULL;

CREATE TABLE secrets (
    tenant  TEXT NOT NULL,
    account TEXT NOT NULL,
    field   TEXT NOT NULL,
    version INTEGER NOT NULL,
    key_id  TEXT NOT NULL,
    sealed  BLOB NOT NULL,
    PRIMARY KEY (tenant, account, field),
    FOREIGN KEY (tenant, account) REFERENCES accounts (tenant, id)
) STRICT, WITHOUT ROWID;

-- A row whose time has run out stays: somebody asked for new tokens and never said what came of it.
CREATE TABLE refresh_leases (
    tenant     TEXT NOT NULL,
    account    TEXT NOT NULL,
    worker     TEXT NOT NULL,
    granted_at INTEGER NOT NULL,
    until      INTEGER NOT NULL,
    PRIMARY KEY (tenant, account),
    FOREIGN KEY (tenant, account) REFERENCES accounts (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE consents (
    tenant       TEXT NOT NULL,
    digest       TEXT NOT NULL,
    platform     TEXT NOT NULL,
    redirect_uri TEXT NOT NULL,
    key_id       TEXT NOT NULL,
    verifier     BLOB NOT NULL,
    expires_at   INTEGER NOT NULL,
    PRIMARY KEY (tenant, digest)
) STRICT, WITHOUT ROWID;

CREATE INDEX consents_expiry ON consents (expires_at, tenant);

CREATE TABLE posts (
    tenant         TEXT NOT NULL,
    id             TEXT NOT NULL,
    key            TEXT NOT NULL,
    request        TEXT NOT NULL,
    due            TEXT NOT NULL,
    priority       INTEGER NOT NULL,
    labels         TEXT NOT NULL,
    campaign       TEXT,
    metadata       TEXT NOT NULL,
    correlation_id TEXT NOT NULL,
    actor          TEXT NOT NULL,
    created_at     INTEGER NOT NULL,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, key)
) STRICT, WITHOUT ROWID;

-- `queue` is derived: 'publish' or 'reconcile' while it waits for a worker, else NULL.
CREATE TABLE deliveries (
    tenant           TEXT NOT NULL,
    id               TEXT NOT NULL,
    post             TEXT NOT NULL,
    place            INTEGER NOT NULL,
    account          TEXT NOT NULL,
    platform         TEXT NOT NULL,
    state            TEXT NOT NULL,
    priority         INTEGER NOT NULL,
    due_at           INTEGER NOT NULL,
    run_at           INTEGER,
    queue            TEXT,
    waiting          TEXT,
    lease_worker     TEXT,
    lease_granted_at INTEGER,
    lease_until      INTEGER,
    fence            INTEGER NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, post) REFERENCES posts (tenant, id),
    FOREIGN KEY (tenant, account) REFERENCES accounts (tenant, id),
    CHECK ((lease_worker IS NULL) = (lease_until IS NULL)),
    CHECK (queue IS NULL OR (run_at IS NOT NULL AND lease_until IS NULL))
) STRICT, WITHOUT ROWID;

-- A claim walks this in its own order, one priority after the other, and looks at nothing that is not due.
CREATE INDEX deliveries_queue ON deliveries (queue, priority, run_at, id, tenant, account, platform)
    WHERE queue IS NOT NULL;
CREATE UNIQUE INDEX deliveries_post ON deliveries (tenant, post, place);
CREATE INDEX deliveries_leases ON deliveries (lease_until, tenant, id) WHERE lease_until IS NOT NULL;
CREATE INDEX deliveries_account_leases ON deliveries (tenant, account, lease_until)
    WHERE lease_until IS NOT NULL;
CREATE INDEX deliveries_account ON deliveries (tenant, account, queue, run_at);

-- `unresolved` is derived: 1 while it may be live without anybody knowing (sending, unconfirmed, held).
CREATE TABLE parts (
    tenant      TEXT NOT NULL,
    id          TEXT NOT NULL,
    delivery    TEXT NOT NULL,
    account     TEXT NOT NULL,
    place       INTEGER NOT NULL,
    content     TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    state       TEXT NOT NULL,
    unresolved  INTEGER NOT NULL,
    attempts    INTEGER NOT NULL,
    looks       INTEGER NOT NULL,
    remote_id   TEXT,
    url         TEXT,
    live_at     INTEGER,
    owned_since INTEGER,
    error       TEXT,
    attempt     TEXT,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, delivery, place),
    FOREIGN KEY (tenant, delivery) REFERENCES deliveries (tenant, id),
    CHECK ((remote_id IS NULL) = (owned_since IS NULL))
) STRICT, WITHOUT ROWID;

-- One live post belongs to one part, ever.
CREATE UNIQUE INDEX parts_remote ON parts (tenant, account, remote_id) WHERE remote_id IS NOT NULL;
CREATE INDEX parts_owned ON parts (tenant, account, owned_since) WHERE owned_since IS NOT NULL;
CREATE INDEX parts_unresolved ON parts (tenant, account, fingerprint, delivery)
    WHERE unresolved = 1;

-- The history: no row is ever deleted, and only `outcome` and `outcome_at` change.
CREATE TABLE attempts (
    tenant        TEXT NOT NULL,
    id            TEXT NOT NULL,
    part          TEXT NOT NULL,
    delivery      TEXT NOT NULL,
    account       TEXT NOT NULL,
    worker        TEXT,
    number        INTEGER NOT NULL,
    fence         INTEGER NOT NULL,
    began_at      INTEGER NOT NULL,
    since         INTEGER NOT NULL,
    deadline      INTEGER NOT NULL,
    confirm_after INTEGER NOT NULL,
    prepared      TEXT NOT NULL,
    outcome       TEXT,
    outcome_at    INTEGER,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, part) REFERENCES parts (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX attempts_part ON attempts (tenant, part, began_at);

CREATE TABLE checkpoints (
    tenant     TEXT NOT NULL,
    part       TEXT NOT NULL,
    name       TEXT NOT NULL,
    place      INTEGER NOT NULL,
    value      TEXT NOT NULL,
    expires_at INTEGER,
    owner      TEXT,
    kept_at    INTEGER NOT NULL,
    PRIMARY KEY (tenant, part, name),
    FOREIGN KEY (tenant, part) REFERENCES parts (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE media (
    tenant  TEXT NOT NULL,
    hash    TEXT NOT NULL,
    kept_at INTEGER NOT NULL,
    bytes   BLOB NOT NULL,
    PRIMARY KEY (tenant, hash)
) STRICT;

CREATE TABLE metrics (
    tenant      TEXT NOT NULL,
    account     TEXT NOT NULL,
    remote_id   TEXT NOT NULL,
    observed_at INTEGER NOT NULL,
    numbers     TEXT NOT NULL,
    PRIMARY KEY (tenant, account, remote_id, observed_at),
    FOREIGN KEY (tenant, account) REFERENCES accounts (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE events (
    sequence       INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant         TEXT NOT NULL,
    id             TEXT NOT NULL,
    version        INTEGER NOT NULL,
    kind           TEXT NOT NULL,
    at             INTEGER NOT NULL,
    correlation_id TEXT NOT NULL,
    actor          TEXT NOT NULL,
    account        TEXT,
    post           TEXT,
    delivery       TEXT,
    part           TEXT,
    data           TEXT NOT NULL,
    UNIQUE (tenant, id)
) STRICT;

CREATE INDEX events_tenant ON events (tenant, sequence);

-- The largest time that any process has seen.
CREATE TABLE clock (
    one  INTEGER PRIMARY KEY CHECK (one = 1),
    seen INTEGER NOT NULL
) STRICT;

-- Sealed when the file was made: tells at once whether the key at hand is the right one.
CREATE TABLE seal_canary (
    one    INTEGER PRIMARY KEY CHECK (one = 1),
    key_id TEXT NOT NULL,
    sealed BLOB NOT NULL
) STRICT;

-- Which migration was made when, for people. What counts is the file's user_version.
CREATE TABLE migrations (
    version INTEGER PRIMARY KEY,
    name    TEXT NOT NULL,
    made_at INTEGER NOT NULL
) STRICT;
