-- Who reads the event log at its own pace, and what people ask of attempts.

-- All events up to `position` are acknowledged.
CREATE TABLE xmp.consumers (
    position bigint NOT NULL,
    moved_at timestamptz NOT NULL,
    tenant   text COLLATE "C" NOT NULL,
    name     text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, name)
) WITH (fillfactor = 70);

-- What an attempt ended with.
ALTER TABLE xmp.attempts ADD COLUMN code text, ADD COLUMN why text;
