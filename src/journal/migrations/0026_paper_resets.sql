-- How often a paper account was reset: each time it begins anew at its simulator, under keys of its own.

ALTER TABLE accounts ADD COLUMN paper_resets integer NOT NULL DEFAULT 0 CHECK (paper_resets >= 0);
