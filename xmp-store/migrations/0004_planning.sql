-- Planning: the gate that people keep, revisions, series and queues, and finding posts by their time.

ALTER TABLE posts ADD COLUMN gate TEXT NOT NULL DEFAULT 'open';
ALTER TABLE posts ADD COLUMN approval TEXT;
ALTER TABLE posts ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;
-- The series or queue that a post comes from, and its place there.
ALTER TABLE posts ADD COLUMN plan TEXT;
ALTER TABLE posts ADD COLUMN place TEXT;
-- When it is due, out of `due`, and the version of the time-zone database that a local time was resolved by.
ALTER TABLE posts ADD COLUMN due_at INTEGER;
ALTER TABLE posts ADD COLUMN tzdb TEXT;
-- The queue that it stands in, if it does.
ALTER TABLE deliveries ADD COLUMN plan TEXT;

UPDATE posts SET due_at = (SELECT min(d.due_at) FROM deliveries d WHERE d.tenant = posts.tenant AND d.post = posts.id);

-- An older program knows no `due_at`.
CREATE TRIGGER posts_due_new AFTER INSERT ON posts WHEN NEW.due_at IS NULL BEGIN
    UPDATE posts SET due_at = CAST(unixepoch(json_extract(NEW.due, '$.at'), 'subsec') * 1000000 AS INTEGER)
    WHERE tenant = NEW.tenant AND id = NEW.id;
END;
CREATE TRIGGER posts_due_moved AFTER UPDATE OF due ON posts
WHEN NEW.due_at IS OLD.due_at AND json_extract(NEW.due, '$.at') <> json_extract(OLD.due, '$.at') BEGIN
    UPDATE posts SET due_at = CAST(unixepoch(json_extract(NEW.due, '$.at'), 'subsec') * 1000000 AS INTEGER)
    WHERE tenant = NEW.tenant AND id = NEW.id;
END;

CREATE INDEX posts_due ON posts (tenant, due_at, id);
CREATE INDEX posts_plan ON posts (tenant, plan, id) WHERE plan IS NOT NULL;
CREATE INDEX posts_zoned ON posts (tzdb, tenant, id) WHERE tzdb IS NOT NULL;

-- What a post was before its edits.
CREATE TABLE revisions (
    tenant      TEXT NOT NULL,
    post        TEXT NOT NULL,
    revision    INTEGER NOT NULL,
    replaced_at INTEGER NOT NULL,
    replaced_by TEXT NOT NULL,
    due         TEXT NOT NULL,
    said        TEXT NOT NULL,
    PRIMARY KEY (tenant, post, revision)
) STRICT, WITHOUT ROWID;

CREATE TABLE plans (
    tenant     TEXT NOT NULL,
    id         TEXT NOT NULL,
    name       TEXT NOT NULL,
    state      TEXT NOT NULL,
    revision   INTEGER NOT NULL,
    look_at    INTEGER,
    what       TEXT NOT NULL,
    actor      TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX plans_look ON plans (look_at, tenant, id) WHERE look_at IS NOT NULL AND state = 'active';
