-- Pages of drift cases, newest first: of open ones, of resolved ones and of all. A case resolved before its particulars
-- were kept says nothing of when it was opened, and comes last.
DROP INDEX drift_open;
CREATE INDEX drift_pages ON drift (portfolio_id, coalesce((document->>'openedAt')::bigint, 0) DESC, drift_id DESC);
CREATE INDEX drift_pages_open
  ON drift (portfolio_id, coalesce((document->>'openedAt')::bigint, 0) DESC, drift_id DESC) WHERE open;
CREATE INDEX drift_pages_resolved
  ON drift (portfolio_id, coalesce((document->>'openedAt')::bigint, 0) DESC, drift_id DESC) WHERE NOT open;
