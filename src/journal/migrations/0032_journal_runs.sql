-- The journal by time has an entry for each run of records that were journaled at one time, not for each record: nearly every
-- append is one run. The first record of a run says how many they are; 0 stands in the others of its run, and null in
-- records of earlier releases, each of which is a run by itself.
ALTER TABLE journal ADD COLUMN run_length bigint;
DROP INDEX journal_times;
CREATE INDEX journal_times ON journal (portfolio_id, at DESC, seq DESC) WHERE run_length IS DISTINCT FROM 0;

-- An append's rows come as an array of this type: its attributes are the columns in the order in which they are written.
DROP TYPE append_journal;
CREATE TYPE append_journal AS (
  portfolio_id text, seq bigint, at bigint, type text, payload json, hash text, prev_hash text, run_length bigint);
