-- Pages of orders by side and by strategy. Both follow from the document, so that rows of older releases have them too. The
-- side stands before the status in every index: a page of both sides merges the two, as it merges the statuses.
ALTER TABLE orders
  ADD COLUMN is_sale  boolean NOT NULL GENERATED ALWAYS AS (coalesce(document ->> 'side' = 'sell', false)) STORED,
  ADD COLUMN strategy text COLLATE "C" GENERATED ALWAYS AS (document ->> 'strategy') STORED;
DROP INDEX orders_pages_by_account;
DROP INDEX orders_pages_by_account_and_symbol;
CREATE INDEX orders_pages_by_account
  ON orders (portfolio_id, account_id, is_sale, status, created_at DESC, order_id DESC) WHERE finished;
CREATE INDEX orders_pages_by_account_and_symbol
  ON orders (portfolio_id, account_id, symbol, is_sale, status, created_at DESC, order_id DESC) WHERE finished;
-- Orders without a strategy write no entry here.
CREATE INDEX orders_pages_by_strategy
  ON orders (portfolio_id, account_id, strategy, is_sale, status, created_at DESC, order_id DESC)
  WHERE finished AND strategy IS NOT NULL;
CREATE INDEX orders_pages_by_strategy_and_symbol
  ON orders (portfolio_id, account_id, strategy, symbol, is_sale, status, created_at DESC, order_id DESC)
  WHERE finished AND strategy IS NOT NULL;
