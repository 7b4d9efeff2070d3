-- Pages of orders: every combination of filters is one range of one index, in the order of the pages. The status comes
-- before the time in all of them: a page of every status merges the few in which an order can end.
DROP INDEX orders_finished;
DROP INDEX orders_finished_by_account;
DROP INDEX orders_finished_by_exchange;
DROP INDEX orders_finished_by_symbol;
DROP INDEX orders_finished_by_status;
CREATE INDEX orders_pages ON orders (portfolio_id, status, created_at DESC, order_id DESC) WHERE finished;
CREATE INDEX orders_pages_by_symbol ON orders (portfolio_id, symbol, status, created_at DESC, order_id DESC) WHERE finished;
CREATE INDEX orders_pages_by_exchange ON orders (portfolio_id, exchange, status, created_at DESC, order_id DESC) WHERE finished;
CREATE INDEX orders_pages_by_exchange_and_symbol
  ON orders (portfolio_id, exchange, symbol, status, created_at DESC, order_id DESC) WHERE finished;
CREATE INDEX orders_pages_by_account ON orders (portfolio_id, account_id, status, created_at DESC, order_id DESC) WHERE finished;
CREATE INDEX orders_pages_by_account_and_symbol
  ON orders (portfolio_id, account_id, symbol, status, created_at DESC, order_id DESC) WHERE finished;

-- An account's era: how many times the simulator behind it began anew. It counts its ids from the start then, so that ids
-- and trades of different eras are different things under the same name, and positions and balances begin at nothing.
CREATE TABLE account_eras (
  portfolio_id text COLLATE "C" NOT NULL,
  account_id   text COLLATE "C" NOT NULL,
  -- What the simulator calls itself now.
  instance     text COLLATE "C" NOT NULL,
  era          bigint NOT NULL,
  PRIMARY KEY (portfolio_id, account_id)
);

ALTER TABLE venue_order_ids ADD COLUMN era bigint NOT NULL DEFAULT 0;
ALTER TABLE fills ADD COLUMN era bigint NOT NULL DEFAULT 0;
ALTER TABLE positions ADD COLUMN era bigint NOT NULL DEFAULT 0;
ALTER TABLE balances ADD COLUMN era bigint NOT NULL DEFAULT 0;

-- What is there already gets the era it was written in.
CREATE TEMPORARY TABLE resets ON COMMIT DROP AS
  SELECT portfolio_id, (payload ->> 'accountId') COLLATE "C" AS account_id,
         (payload ->> 'instance') COLLATE "C" AS instance, at,
         row_number() OVER (PARTITION BY portfolio_id, payload ->> 'accountId' ORDER BY seq) - 1 AS era
    FROM journal WHERE type = 'account_reset';
INSERT INTO account_eras
  SELECT DISTINCT ON (portfolio_id, account_id) portfolio_id, account_id, instance, era
    FROM resets ORDER BY portfolio_id, account_id, era DESC;
DELETE FROM resets WHERE era = 0;
UPDATE venue_order_ids v SET era = r.era
  FROM (SELECT o.portfolio_id, o.order_id, max(resets.era) AS era
          FROM orders o JOIN resets USING (portfolio_id, account_id) WHERE resets.at <= o.created_at GROUP BY 1, 2) AS r
 WHERE v.portfolio_id = r.portfolio_id AND v.order_id = r.order_id;
UPDATE fills f SET era = r.era
  FROM (SELECT portfolio_id, account_id, symbol, trade_id, venue_order_id, max(resets.era) AS era
          FROM fills JOIN resets USING (portfolio_id, account_id) WHERE resets.at <= fills.executed_at
         GROUP BY 1, 2, 3, 4, 5) AS r
 WHERE (f.portfolio_id, f.account_id, f.symbol, f.trade_id, f.venue_order_id)
     = (r.portfolio_id, r.account_id, r.symbol, r.trade_id, r.venue_order_id);
UPDATE positions p SET era = e.era FROM account_eras e
 WHERE e.portfolio_id = p.portfolio_id AND e.account_id = p.account_id AND e.era > 0;
UPDATE balances b SET era = e.era FROM account_eras e
 WHERE e.portfolio_id = b.portfolio_id AND e.account_id = b.account_id AND e.era > 0;

ALTER TABLE venue_order_ids DROP CONSTRAINT venue_order_ids_pkey,
  ADD PRIMARY KEY (portfolio_id, account_id, symbol, venue_order_id, era);
ALTER TABLE fills DROP CONSTRAINT fills_pkey,
  ADD PRIMARY KEY (portfolio_id, account_id, symbol, trade_id, venue_order_id, era);
ALTER TABLE positions DROP CONSTRAINT positions_pkey, ADD PRIMARY KEY (portfolio_id, account_id, symbol, era);
ALTER TABLE balances DROP CONSTRAINT balances_pkey, ADD PRIMARY KEY (portfolio_id, account_id, wallet, asset, era);

-- Pages of executions: of each account by itself, merged where a page is not narrowed to one.
DROP INDEX fills_by_time;
CREATE INDEX fills_pages
  ON fills (portfolio_id, account_id, executed_at DESC, symbol DESC, trade_id DESC, venue_order_id DESC, era DESC);
CREATE INDEX fills_pages_by_symbol
  ON fills (portfolio_id, account_id, symbol, executed_at DESC, trade_id DESC, venue_order_id DESC, era DESC);
