-- A request that placed no order is remembered under its key with the answer it got (records of type `request_answered`): its row
-- names no order. An older release does not know either and refuses the directory.
ALTER TABLE idempotency_keys
  ALTER COLUMN order_id DROP NOT NULL,
  ADD COLUMN answer text;

-- An append's rows come as an array of this type: its attributes are the columns in the order in which they are written.
DROP TYPE append_idempotency_keys;
CREATE TYPE append_idempotency_keys AS (portfolio_id text, key text, content_hash text, order_id text, answer text);
