-- Planning: the gate that people keep, revisions, series and queues, and finding posts by their time.
--
-- `plan` and `place`: the series or queue that a post comes from. `due_at`: when it is due, out of `due`; `tzdb`: the version of
-- the time-zone database that a local time was resolved by.
ALTER TABLE xmp.posts
    ADD COLUMN gate text NOT NULL DEFAULT 'open',
    ADD COLUMN approval json,
    ADD COLUMN revision bigint NOT NULL DEFAULT 1,
    ADD COLUMN plan uuid,
    ADD COLUMN place json,
    ADD COLUMN due_at timestamptz,
    ADD COLUMN tzdb text COLLATE "C";

-- The queue that a delivery stands in, if it does.
ALTER TABLE xmp.deliveries ADD COLUMN plan uuid;

UPDATE xmp.posts SET due_at = (due->>'at')::timestamptz;

-- An older program knows no `due_at`.
CREATE FUNCTION xmp.posts_due() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    NEW.due_at := (NEW.due->>'at')::timestamptz;
    RETURN NEW;
END
$body$;
CREATE TRIGGER posts_due_new BEFORE INSERT ON xmp.posts FOR EACH ROW
    WHEN (NEW.due_at IS NULL) EXECUTE FUNCTION xmp.posts_due();
CREATE TRIGGER posts_due_moved BEFORE UPDATE OF due ON xmp.posts FOR EACH ROW
    WHEN (NEW.due_at IS NOT DISTINCT FROM OLD.due_at) EXECUTE FUNCTION xmp.posts_due();

CREATE INDEX posts_due ON xmp.posts (tenant, due_at, id);
CREATE INDEX posts_plan ON xmp.posts (tenant, plan, id) WHERE plan IS NOT NULL;
CREATE INDEX posts_zoned ON xmp.posts (tzdb) WHERE tzdb IS NOT NULL;

-- What a post was before its edits.
CREATE TABLE xmp.revisions (
    replaced_at timestamptz NOT NULL,
    revision    bigint NOT NULL,
    post        uuid NOT NULL,
    tenant      text COLLATE "C" NOT NULL,
    replaced_by text NOT NULL,
    due         json NOT NULL,
    said        json NOT NULL,
    PRIMARY KEY (tenant, post, revision)
);

CREATE TABLE xmp.plans (
    created_at timestamptz NOT NULL,
    look_at    timestamptz,
    revision   bigint NOT NULL,
    id         uuid NOT NULL,
    tenant     text COLLATE "C" NOT NULL,
    name       text NOT NULL,
    state      text NOT NULL,
    what       json NOT NULL,
    actor      text NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX plans_look ON xmp.plans (look_at) WHERE look_at IS NOT NULL AND state = 'active';
