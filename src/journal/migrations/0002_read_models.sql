-- Read models: each row is an upsert made in the transaction of the events it follows from.
-- `document` is what the API shows; the other columns are what it is found by.

CREATE TABLE orders (
  portfolio_id          text COLLATE "C" NOT NULL,
  order_id              text COLLATE "C" NOT NULL,
  account_id            text COLLATE "C" NOT NULL,
  exchange              text COLLATE "C" NOT NULL,
  symbol                text COLLATE "C" NOT NULL,
  client_order_id       text COLLATE "C",
  venue_client_order_id text COLLATE "C" NOT NULL,
  status                text COLLATE "C" NOT NULL,
  finished              boolean NOT NULL,
  created_at            bigint NOT NULL,
  updated_at            bigint NOT NULL,
  document              json NOT NULL,
  PRIMARY KEY (portfolio_id, order_id)
) WITH (fillfactor = 80);

CREATE INDEX orders_by_venue_client_order_id ON orders (portfolio_id, account_id, venue_client_order_id);
-- History by cursor: one index for each way it is narrowed, each in the order of the pages.
CREATE INDEX orders_finished ON orders (portfolio_id, created_at DESC, order_id DESC) WHERE finished;
CREATE INDEX orders_finished_by_account ON orders (portfolio_id, account_id, created_at DESC, order_id DESC) WHERE finished;
CREATE INDEX orders_finished_by_exchange ON orders (portfolio_id, exchange, created_at DESC, order_id DESC) WHERE finished;
CREATE INDEX orders_finished_by_symbol ON orders (portfolio_id, symbol, created_at DESC, order_id DESC) WHERE finished;
CREATE INDEX orders_finished_by_status ON orders (portfolio_id, status, created_at DESC, order_id DESC) WHERE finished;

-- An order has 1..n ids at its venue.
CREATE TABLE venue_order_ids (
  portfolio_id   text COLLATE "C" NOT NULL,
  account_id     text COLLATE "C" NOT NULL,
  symbol         text COLLATE "C" NOT NULL,
  venue_order_id text COLLATE "C" NOT NULL,
  order_id       text COLLATE "C" NOT NULL,
  PRIMARY KEY (portfolio_id, account_id, symbol, venue_order_id)
);

CREATE TABLE fills (
  portfolio_id   text COLLATE "C" NOT NULL,
  account_id     text COLLATE "C" NOT NULL,
  symbol         text COLLATE "C" NOT NULL,
  -- The trade id stands before the venue's order id, so that the key serves the question "which of these trades are booked".
  trade_id       text COLLATE "C" NOT NULL,
  venue_order_id text COLLATE "C" NOT NULL,
  order_id       text COLLATE "C",
  executed_at    bigint NOT NULL,
  document       json NOT NULL,
  PRIMARY KEY (portfolio_id, account_id, symbol, trade_id, venue_order_id)
);

CREATE INDEX fills_of_order ON fills (portfolio_id, order_id, executed_at) WHERE order_id IS NOT NULL;
CREATE INDEX fills_by_time ON fills (portfolio_id, executed_at DESC, account_id DESC, symbol DESC, trade_id DESC, venue_order_id DESC);

CREATE TABLE positions (
  portfolio_id text COLLATE "C" NOT NULL,
  account_id   text COLLATE "C" NOT NULL,
  symbol       text COLLATE "C" NOT NULL,
  document     json NOT NULL,
  PRIMARY KEY (portfolio_id, account_id, symbol)
) WITH (fillfactor = 50);

CREATE TABLE balances (
  portfolio_id text COLLATE "C" NOT NULL,
  account_id   text COLLATE "C" NOT NULL,
  wallet       text COLLATE "C" NOT NULL,
  asset        text COLLATE "C" NOT NULL,
  document     json NOT NULL,
  PRIMARY KEY (portfolio_id, account_id, wallet, asset)
) WITH (fillfactor = 50);

CREATE TABLE drift (
  portfolio_id text COLLATE "C" NOT NULL,
  drift_id     text COLLATE "C" NOT NULL,
  open         boolean NOT NULL,
  document     json NOT NULL,
  PRIMARY KEY (portfolio_id, drift_id)
);

CREATE INDEX drift_open ON drift (portfolio_id, drift_id) WHERE open;

CREATE TABLE equity (
  portfolio_id text COLLATE "C" NOT NULL,
  account_id   text COLLATE "C" NOT NULL,
  at           bigint NOT NULL,
  document     json NOT NULL,
  PRIMARY KEY (portfolio_id, account_id, at)
);

-- Bounded in rows and age by the journal's pruning.
CREATE TABLE quote_snapshots (
  portfolio_id text COLLATE "C" NOT NULL,
  order_id     text COLLATE "C" NOT NULL,
  moment       text COLLATE "C" NOT NULL,
  at           bigint NOT NULL,
  document     json NOT NULL,
  PRIMARY KEY (portfolio_id, order_id, moment)
);

CREATE INDEX quote_snapshots_by_age ON quote_snapshots (portfolio_id, at);

CREATE TABLE idempotency_keys (
  portfolio_id text COLLATE "C" NOT NULL,
  key          text COLLATE "C" NOT NULL,
  content_hash text COLLATE "C" NOT NULL,
  order_id     text COLLATE "C" NOT NULL,
  PRIMARY KEY (portfolio_id, key)
);
