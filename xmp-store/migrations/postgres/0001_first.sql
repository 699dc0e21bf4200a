-- The first form of the schema. It is written for the schema `xmp`; where another one was chosen, its name stands instead.
--
-- Ids are the sixteen bytes of xmp's own: `dlv_0190…` is the uuid `0190…`. Words (states, kinds, platforms) are the ones
-- that xmp's own types write; structures are JSON. The tenant is in every row, key and index of what tenants own.
--
-- No foreign key stands on the way of a post: each would lock a row of the table that it points to, for every row
-- written. The store checks the same within the same transaction, and accounts are never deleted.

CREATE TABLE xmp.accounts (
    created_at    timestamptz NOT NULL,
    blocked_until timestamptz,
    paced_until   timestamptz,
    id            uuid NOT NULL,
    tenant        text COLLATE "C" NOT NULL,
    platform      text COLLATE "C" NOT NULL,
    app           text COLLATE "C" NOT NULL,
    remote_id     text COLLATE "C" NOT NULL,
    handle        text NOT NULL,
    state         text NOT NULL,
    scopes        json NOT NULL,
    on_absent     text NOT NULL,
    spacing       json,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, platform, app, remote_id)
) WITH (fillfactor = 80);

CREATE TABLE xmp.secrets (
    version bigint NOT NULL,
    account uuid NOT NULL,
    tenant  text COLLATE "C" NOT NULL,
    field   text COLLATE "C" NOT NULL,
    key_id  text NOT NULL,
    sealed  bytea NOT NULL,
    PRIMARY KEY (tenant, account, field),
    FOREIGN KEY (tenant, account) REFERENCES xmp.accounts (tenant, id)
) WITH (fillfactor = 80);

-- A row whose time has run out stays: somebody asked for new tokens and never said what came of it.
CREATE TABLE xmp.refresh_leases (
    granted_at timestamptz NOT NULL,
    until      timestamptz NOT NULL,
    account    uuid NOT NULL,
    worker     uuid NOT NULL,
    tenant     text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, account),
    FOREIGN KEY (tenant, account) REFERENCES xmp.accounts (tenant, id)
);

CREATE TABLE xmp.consents (
    expires_at   timestamptz NOT NULL,
    tenant       text COLLATE "C" NOT NULL,
    digest       text COLLATE "C" NOT NULL,
    platform     text NOT NULL,
    app          text NOT NULL,
    redirect_uri text NOT NULL,
    key_id       text NOT NULL,
    verifier     bytea NOT NULL,
    PRIMARY KEY (tenant, digest)
);

CREATE INDEX consents_expiry ON xmp.consents (expires_at);

-- `deliveries` holds their ids in order: no index has to be kept for finding them.
CREATE TABLE xmp.posts (
    created_at     timestamptz NOT NULL,
    id             uuid NOT NULL,
    correlation_id uuid NOT NULL,
    priority       smallint NOT NULL,
    tenant         text COLLATE "C" NOT NULL,
    key            text COLLATE "C" NOT NULL,
    request        text NOT NULL,
    due            json NOT NULL,
    expires        json,
    labels         json,
    campaign       text,
    metadata       json,
    actor          text NOT NULL,
    deliveries     uuid[] NOT NULL,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, key)
);

-- What a step does not change is not written: `content` (what the parts say) hardly ever is, `progress` (how far they
-- have come) with nearly every step.
--
-- A delivery is written three times on its way: claimed, begun, concluded. Beginning changes no column of an index (that
-- is what `adrift` is for, and why `lease_until` is in none), so that it touches the heap alone, within the page if
-- there is room.
--
-- `parked_from`: its account can't go for long, so it was moved back in the queue, and this is where it stood.
--
-- Derived: `sent_at` (when it last made something visible, or may have: what the spacing of its account counts; written
-- when nobody works on it), `queue` ('publish' or 'reconcile' while it waits for a worker), `doubtful` (the fingerprint of the part that
-- may be live unknown to anybody), `adrift` (doubtful, and nobody works on it), `remains` (settled, and not published),
-- `settled_at` (when nothing was left to happen to it).
CREATE TABLE xmp.deliveries (
    due_at           timestamptz NOT NULL,
    run_at           timestamptz,
    parked_from      timestamptz,
    lease_granted_at timestamptz,
    lease_until      timestamptz,
    expires_at       timestamptz,
    sent_at          timestamptz,
    settled_at       timestamptz,
    fence            bigint NOT NULL,
    revision         bigint NOT NULL DEFAULT 0,
    id               uuid NOT NULL,
    post             uuid NOT NULL,
    account          uuid NOT NULL,
    correlation_id   uuid NOT NULL,
    lease_worker     uuid,
    priority         smallint NOT NULL,
    adrift           boolean NOT NULL DEFAULT false,
    remains          boolean NOT NULL DEFAULT false,
    tenant           text COLLATE "C" NOT NULL,
    platform         text COLLATE "C" NOT NULL,
    state            text NOT NULL,
    queue            text,
    doubtful         text,
    waiting          text,
    content          json NOT NULL,
    progress         json NOT NULL,
    PRIMARY KEY (tenant, id)
) WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 1);

-- A claim walks one of these in its own order, one priority beside the other, and looks at nothing that is not due.
CREATE INDEX deliveries_publish ON xmp.deliveries (priority, run_at, id) WHERE queue = 'publish';
CREATE INDEX deliveries_reconcile ON xmp.deliveries (priority, run_at, id) WHERE queue = 'reconcile';
-- One delivery of an account is worked on at a time: whatever workers do, the database lets no second one be.
CREATE UNIQUE INDEX deliveries_leased ON xmp.deliveries (tenant, account) WHERE lease_worker IS NOT NULL;
CREATE INDEX deliveries_adrift ON xmp.deliveries (tenant, account) WHERE adrift;
CREATE INDEX deliveries_parked ON xmp.deliveries (tenant, account) WHERE parked_from IS NOT NULL;
CREATE INDEX deliveries_parked_due ON xmp.deliveries (run_at) WHERE parked_from IS NOT NULL;
CREATE INDEX deliveries_remains ON xmp.deliveries (tenant, post) WHERE remains;
CREATE INDEX deliveries_expiry ON xmp.deliveries (expires_at) WHERE expires_at IS NOT NULL AND queue = 'publish';
CREATE INDEX deliveries_sent ON xmp.deliveries (tenant, account, sent_at) WHERE sent_at IS NOT NULL;
CREATE INDEX deliveries_settled ON xmp.deliveries (settled_at) WHERE settled_at IS NOT NULL;

-- What is live, with the attempt that made it so. One live post belongs to one part. `at` is from when on it is ours. The
-- index alone tells an account's ids.
CREATE TABLE xmp.published (
    at        timestamptz NOT NULL,
    began_at  timestamptz NOT NULL,
    deadline  timestamptz NOT NULL,
    fence     bigint NOT NULL,
    account   uuid NOT NULL,
    delivery  uuid NOT NULL,
    part      uuid NOT NULL,
    attempt   uuid NOT NULL,
    number    integer NOT NULL,
    tenant    text COLLATE "C" NOT NULL,
    remote_id text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, account, remote_id) INCLUDE (at)
);

-- What was learned of the other attempts: a row each time, never changed. The present attempt of a part is in its
-- delivery's `progress`.
CREATE TABLE xmp.attempts (
    at        timestamptz NOT NULL,
    began_at  timestamptz NOT NULL,
    deadline  timestamptz NOT NULL,
    fence     bigint NOT NULL,
    account   uuid NOT NULL,
    delivery  uuid NOT NULL,
    part      uuid NOT NULL,
    attempt   uuid NOT NULL,
    number    integer NOT NULL,
    tenant    text COLLATE "C" NOT NULL,
    outcome   text NOT NULL
);

CREATE INDEX attempts_delivery ON xmp.attempts (tenant, delivery);

CREATE TABLE xmp.stops (
    since  timestamptz NOT NULL,
    scope  text COLLATE "C" PRIMARY KEY,
    tenant text NOT NULL,
    why    text NOT NULL,
    actor  text NOT NULL
);

-- What may go again and was parked: claims put it back in the queue, some at a time, and forget the row with the last.
CREATE TABLE xmp.lifted (
    at       timestamptz NOT NULL,
    account  uuid,
    scope    text COLLATE "C" PRIMARY KEY,
    tenant   text COLLATE "C",
    platform text COLLATE "C"
);

CREATE TABLE xmp.media (
    kept_at timestamptz NOT NULL,
    tenant  text COLLATE "C" NOT NULL,
    hash    text COLLATE "C" NOT NULL,
    bytes   bytea NOT NULL,
    PRIMARY KEY (tenant, hash)
);
-- Pictures and films don't get smaller.
ALTER TABLE xmp.media ALTER COLUMN bytes SET STORAGE EXTERNAL;

-- Which posts use a piece of media: it is forgotten with the last of them.
CREATE TABLE xmp.media_uses (
    post   uuid NOT NULL,
    tenant text COLLATE "C" NOT NULL,
    hash   text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, hash, post)
);

CREATE INDEX media_uses_post ON xmp.media_uses (tenant, post);

CREATE TABLE xmp.metrics (
    observed_at timestamptz NOT NULL,
    account     uuid NOT NULL,
    tenant      text COLLATE "C" NOT NULL,
    remote_id   text COLLATE "C" NOT NULL,
    numbers     json NOT NULL,
    PRIMARY KEY (tenant, account, remote_id, observed_at)
);

-- Windows of requests. They have no tenant: two tenants that use one app share the platform's window. One row is changed
-- over and over: there is room for it on its page.
CREATE TABLE xmp.limits (
    platform  text COLLATE "C" NOT NULL,
    app       text COLLATE "C" NOT NULL,
    account   text COLLATE "C" NOT NULL,
    operation text COLLATE "C" NOT NULL,
    windows   json NOT NULL,
    PRIMARY KEY (platform, app, account, operation)
) WITH (fillfactor = 30);

-- Whoever writes events holds a lock that tells from which number on, until it commits: a reader goes no further than
-- the first of them, and so never passes over an event that is committed after a later one.
CREATE SEQUENCE xmp.events_sequence;

CREATE TABLE xmp.events (
    sequence       bigint NOT NULL DEFAULT nextval('xmp.events_sequence'),
    at             timestamptz NOT NULL,
    id             uuid NOT NULL,
    correlation_id uuid NOT NULL,
    account        uuid,
    post           uuid,
    delivery       uuid,
    part           uuid,
    version        smallint NOT NULL,
    tenant         text COLLATE "C" NOT NULL,
    kind           text NOT NULL,
    actor          text NOT NULL,
    data           json NOT NULL,
    PRIMARY KEY (tenant, sequence)
);
-- The first number is 2: that none was given out yet can be told from that one was.
SELECT setval('xmp.events_sequence', 1);
ALTER SEQUENCE xmp.events_sequence OWNED BY xmp.events.sequence;

-- Sealed when the schema was made: tells at once whether the key at hand is the right one.
CREATE TABLE xmp.seal_canary (
    one    smallint PRIMARY KEY CHECK (one = 1),
    key_id text NOT NULL,
    sealed bytea NOT NULL
);

-- What programs ask for within their own transactions. A worker takes it up, checks it, and answers here.
CREATE TABLE xmp.requests (
    asked_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    held_until  timestamptz,
    answered_at timestamptz,
    post        uuid,
    worker      uuid,
    tries       integer NOT NULL DEFAULT 0,
    tenant      text COLLATE "C" NOT NULL,
    key         text COLLATE "C" NOT NULL,
    actor       text NOT NULL,
    draft       jsonb NOT NULL,
    problem     json,
    PRIMARY KEY (tenant, key)
) WITH (fillfactor = 70);

CREATE INDEX requests_open ON xmp.requests (asked_at) WHERE answered_at IS NULL;
CREATE INDEX requests_answered ON xmp.requests (answered_at) WHERE answered_at IS NOT NULL;

-- Schedules a post as part of the transaction that calls it. It runs with the rights of the schema's owner: whoever calls
-- it needs the right to this function and to nothing else.
CREATE FUNCTION xmp.schedule(tenant text, key text, draft jsonb, actor text DEFAULT 'sql') RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    before jsonb;
BEGIN
    IF tenant IS NULL OR tenant !~ '^[A-Za-z0-9_.-]{1,64}$' THEN
        RAISE EXCEPTION 'not a tenant: 1 to 64 characters out of a-z A-Z 0-9 - _ .' USING ERRCODE = '22023';
    END IF;
    IF key IS NULL OR length(key) NOT BETWEEN 1 AND 255 OR key ~ '[[:cntrl:]]' THEN
        RAISE EXCEPTION 'not a key: 1 to 255 characters, none of them a control character' USING ERRCODE = '22023';
    END IF;
    IF draft IS NULL OR jsonb_typeof(draft) <> 'object' THEN
        RAISE EXCEPTION 'not a draft: it is an object, as xmp writes drafts' USING ERRCODE = '22023';
    END IF;
    INSERT INTO xmp.requests AS r (tenant, key, actor, draft)
    VALUES (schedule.tenant, schedule.key, coalesce(schedule.actor, 'sql'), schedule.draft)
    ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        SELECT r.draft INTO before FROM xmp.requests r
        WHERE r.tenant = schedule.tenant AND r.key = schedule.key;
        IF before IS DISTINCT FROM schedule.draft THEN
            RAISE EXCEPTION 'this key was used before, with another draft' USING ERRCODE = '23505';
        END IF;
    END IF;
    PERFORM pg_notify('xmp.due', '');
END
$body$;

-- What became of a request: `open`, `scheduled` (with the post) or `refused` (with what was wrong).
CREATE FUNCTION xmp.request(tenant text, key text) RETURNS TABLE (state text, post text, problem json)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
    SELECT CASE WHEN r.answered_at IS NULL THEN 'open' WHEN r.post IS NULL THEN 'refused' ELSE 'scheduled' END,
        'post_' || replace(r.post::text, '-', ''), r.problem
    FROM xmp.requests r WHERE r.tenant = request.tenant AND r.key = request.key
$body$;

-- Whoever may call them may speak for every tenant: nobody may by default.
REVOKE ALL ON FUNCTION xmp.schedule(text, text, jsonb, text), xmp.request(text, text) FROM PUBLIC;
