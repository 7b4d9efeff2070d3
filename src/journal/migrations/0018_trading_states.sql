-- Who set trading states, newest first, without reading the journal between. Records of this type are new, and executions name the
-- strategy whose book they go into: an earlier release knows neither.
CREATE INDEX journal_trading_state_set ON journal (portfolio_id, seq) WHERE type = 'trading_state_set';
