-- The side and the strategy of an order are written with its row. As generated columns each was cut out of the document anew,
-- which took the database a twelfth of an append. The values stay.
ALTER TABLE orders
  ALTER COLUMN is_sale DROP EXPRESSION,
  ALTER COLUMN strategy DROP EXPRESSION;

-- An append's rows come as an array of this type: its attributes are the columns in the order in which they are written.
DROP TYPE append_orders;
CREATE TYPE append_orders AS (
  portfolio_id text, order_id text, account_id text, exchange text, symbol text, client_order_id text,
  venue_client_order_id text, status text, finished boolean, created_at bigint, updated_at bigint,
  is_sale boolean, strategy text, document json);
