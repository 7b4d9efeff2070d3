-- Power over other users is apart from scope admin, which is over one's own portfolio; and tokens for a part of a portfolio.

ALTER TABLE tokens
  ADD COLUMN users text NOT NULL DEFAULT 'none' CHECK (users IN ('none', 'manage', 'trade')),
  -- Null for a token that is not bound.
  ADD COLUMN accounts text[] CHECK (cardinality(accounts) > 0),
  ADD COLUMN strategies text[] CHECK (cardinality(strategies) > 0);

-- The power that these tokens had.
UPDATE tokens SET users = 'trade' WHERE 'admin' = ANY (scopes);
