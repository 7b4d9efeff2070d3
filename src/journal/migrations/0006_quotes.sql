-- The market around what happened to orders: once for each instrument and moment, whatever number of orders it concerns.
-- The moment is the time of a record, or so long after it. Bounded in rows and age by the journal's pruning.
CREATE TABLE quotes (
  portfolio_id text COLLATE "C" NOT NULL,
  account_id   text COLLATE "C" NOT NULL,
  symbol       text COLLATE "C" NOT NULL,
  moment       bigint NOT NULL,
  document     json NOT NULL,
  PRIMARY KEY (portfolio_id, account_id, symbol, moment)
);

CREATE INDEX quotes_by_age ON quotes (portfolio_id, moment);

INSERT INTO quotes
  SELECT DISTINCT ON (q.portfolio_id, o.account_id, o.symbol, q.at)
         q.portfolio_id, o.account_id, o.symbol, q.at, q.document
    FROM quote_snapshots q JOIN orders o USING (portfolio_id, order_id);
DROP TABLE quote_snapshots;

-- From here on an order has a row once it is finished: while it is not, its portfolio's state is where it is looked for.
DELETE FROM orders WHERE NOT finished;
