-- The side of a position: `net` in one-way mode and on spot, `long` and `short` side by side in hedged mode.
ALTER TABLE positions ADD COLUMN position_side text COLLATE "C" NOT NULL DEFAULT 'net';
ALTER TABLE positions DROP CONSTRAINT positions_pkey,
  ADD PRIMARY KEY (portfolio_id, account_id, symbol, position_side, generation);

-- An append's rows come as an array of this type: its attributes are the columns in the order in which they are written.
DROP TYPE append_positions;
CREATE TYPE append_positions AS (
  portfolio_id text, account_id text, symbol text, position_side text, generation bigint, document json);
