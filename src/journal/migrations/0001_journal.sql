-- The journal, the heads with their owners, and what recovery reads.
-- Ids compare bytewise (COLLATE "C"), so that order and cursors do not depend on the server's locale.
-- json (not jsonb) keeps the text as written: hashes cover those very bytes.

CREATE TABLE portfolio_head (
  portfolio_id text COLLATE "C" PRIMARY KEY,
  seq          bigint NOT NULL,
  hash         text COLLATE "C" NOT NULL,
  epoch        bigint NOT NULL,
  -- The owner; null when nobody owns it.
  owner_node   text,
  lease_until  timestamptz,
  -- The owner's database session: key of the advisory lock it holds, and a fence for what an older session left in flight.
  session      bigint
) WITH (fillfactor = 50);

CREATE TABLE journal (
  portfolio_id text COLLATE "C" NOT NULL,
  seq          bigint NOT NULL,
  at           bigint NOT NULL,
  type         text COLLATE "C" NOT NULL,
  payload      json NOT NULL,
  hash         text COLLATE "C" NOT NULL,
  prev_hash    text COLLATE "C" NOT NULL,
  PRIMARY KEY (portfolio_id, seq)
);

-- Which records name an order; derived from the payloads.
CREATE TABLE journal_orders (
  portfolio_id text COLLATE "C" NOT NULL,
  order_id     text COLLATE "C" NOT NULL,
  seq          bigint NOT NULL,
  PRIMARY KEY (portfolio_id, order_id, seq)
);

CREATE TABLE snapshots (
  portfolio_id text COLLATE "C" NOT NULL,
  seq          bigint NOT NULL,
  state        json NOT NULL,
  -- SHA-256 of the text of `state`: a damaged snapshot is passed over.
  state_hash   text COLLATE "C" NOT NULL,
  PRIMARY KEY (portfolio_id, seq)
);
