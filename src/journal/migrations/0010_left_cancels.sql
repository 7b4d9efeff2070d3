-- Cancels that a node acknowledged without the journal and could not journal any more, for whoever owns the portfolio now.
CREATE TABLE left_cancels (
  portfolio_id text COLLATE "C" NOT NULL,
  order_id     text COLLATE "C" NOT NULL,
  requested_by text NOT NULL,
  at           bigint NOT NULL,
  PRIMARY KEY (portfolio_id, order_id)
);
