-- The rows of an append as one parameter for each table. A column that the tables get later needs another one here.
CREATE TYPE append_heads AS (
  portfolio_id text, session bigint, epoch bigint, expected_seq bigint, seq bigint, hash text);
CREATE TYPE append_journal AS (
  portfolio_id text, seq bigint, at bigint, type text, payload json, hash text, prev_hash text);
CREATE TYPE append_journal_orders AS (portfolio_id text, order_id text, seq bigint);
CREATE TYPE append_account_eras AS (portfolio_id text, account_id text, instance text, era bigint);
CREATE TYPE append_orders AS (
  portfolio_id text, order_id text, account_id text, exchange text, symbol text, client_order_id text,
  venue_client_order_id text, status text, finished boolean, created_at bigint, updated_at bigint, document json);
CREATE TYPE append_venue_order_ids AS (
  portfolio_id text, account_id text, symbol text, venue_order_id text, era bigint, order_id text);
CREATE TYPE append_fills AS (
  portfolio_id text, account_id text, symbol text, trade_id text, venue_order_id text, era bigint, order_id text,
  executed_at bigint, document json);
CREATE TYPE append_positions AS (portfolio_id text, account_id text, symbol text, era bigint, document json);
CREATE TYPE append_balances AS (
  portfolio_id text, account_id text, wallet text, asset text, era bigint, document json);
CREATE TYPE append_drift AS (portfolio_id text, drift_id text, open boolean, document json);
CREATE TYPE append_equity AS (portfolio_id text, account_id text, at bigint, document json);
CREATE TYPE append_quotes AS (portfolio_id text, account_id text, symbol text, moment bigint, document json);
CREATE TYPE append_idempotency_keys AS (portfolio_id text, key text, content_hash text, order_id text);
