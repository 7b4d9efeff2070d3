-- The directory of users: who may come in, and which portfolios and accounts are theirs.
-- These rows are not events: they change in place.

CREATE TABLE users (
  user_id    text COLLATE "C" PRIMARY KEY,
  name       text NOT NULL UNIQUE,
  created_at timestamptz NOT NULL DEFAULT now(),
  disabled_at timestamptz
);

CREATE TABLE portfolios (
  portfolio_id  text COLLATE "C" PRIMARY KEY,
  owner_user_id text COLLATE "C" NOT NULL REFERENCES users,
  name          text NOT NULL,
  created_at    timestamptz NOT NULL DEFAULT now(),
  UNIQUE (owner_user_id, name)
);

CREATE TABLE tokens (
  token_id   text COLLATE "C" PRIMARY KEY,
  user_id    text COLLATE "C" NOT NULL REFERENCES users,
  -- SHA-256 of the token; the token itself is shown once and kept nowhere.
  token_hash bytea NOT NULL UNIQUE CHECK (length(token_hash) = 32),
  label      text NOT NULL,
  scopes     text[] NOT NULL CHECK (scopes <@ ARRAY['read', 'trade', 'admin']),
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz,
  revoked_at timestamptz
);

CREATE INDEX tokens_of_user ON tokens (user_id);

CREATE TABLE accounts (
  portfolio_id       text COLLATE "C" NOT NULL REFERENCES portfolios,
  account_id         text COLLATE "C" NOT NULL,
  exchange           text COLLATE "C" NOT NULL,
  mode               text COLLATE "C" NOT NULL CHECK (mode IN ('paper', 'testnet', 'live')),
  label              text NOT NULL,
  is_default         boolean NOT NULL DEFAULT false,
  -- Sealed by the service's master key; null for an account that needs none.
  sealed_credentials bytea,
  created_at         timestamptz NOT NULL DEFAULT now(),
  removed_at         timestamptz,
  PRIMARY KEY (portfolio_id, account_id)
);

CREATE UNIQUE INDEX accounts_one_default ON accounts (portfolio_id, exchange) WHERE is_default AND removed_at IS NULL;
