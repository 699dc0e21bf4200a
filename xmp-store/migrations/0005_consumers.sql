-- Who reads the event log at its own pace, and what people ask of attempts and of what remains.

-- All events up to `position` are acknowledged.
CREATE TABLE consumers (
    tenant   TEXT NOT NULL,
    name     TEXT NOT NULL,
    position INTEGER NOT NULL,
    moved_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, name)
) STRICT, WITHOUT ROWID;

-- What an attempt ended with that is not live. Written with its outcome.
ALTER TABLE attempts ADD COLUMN code TEXT;
ALTER TABLE attempts ADD COLUMN why TEXT;

-- Dead letters and the like, to be counted among millions that were published: what is published never comes here.
CREATE INDEX deliveries_remaining ON deliveries (tenant, state, post)
    WHERE state IN ('held', 'partly_published', 'failed', 'cancelled', 'expired');
