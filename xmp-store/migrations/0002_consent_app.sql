-- The app that a consent was begun for: a program may have several of one platform. Consents live ten minutes; one that is
-- under way while the program is updated has to be begun again.
DELETE FROM consents;
ALTER TABLE consents ADD COLUMN app TEXT NOT NULL DEFAULT '';
