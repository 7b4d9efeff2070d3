-- The journal by time, newest first: pages narrowed to a stretch of time begin there. Times grow with the seq but for steps of
-- the clock, so that a new record's entry goes to the end of the index.
CREATE INDEX journal_times ON journal (portfolio_id, at DESC, seq DESC);
