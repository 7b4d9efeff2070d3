-- Who changed the limits, newest first, without reading the journal between.
CREATE INDEX journal_limits_changed ON journal (portfolio_id, seq) WHERE type = 'limits_changed';
