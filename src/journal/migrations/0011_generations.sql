-- An account's generation: how many times the simulator behind it began anew. Earlier migrations call it an era.
ALTER TABLE account_eras RENAME TO account_generations;
ALTER TABLE account_generations RENAME COLUMN era TO generation;
ALTER TABLE venue_order_ids RENAME COLUMN era TO generation;
ALTER TABLE fills RENAME COLUMN era TO generation;
ALTER TABLE positions RENAME COLUMN era TO generation;
ALTER TABLE balances RENAME COLUMN era TO generation;
ALTER TYPE append_account_eras RENAME TO append_account_generations;
ALTER TYPE append_account_generations RENAME ATTRIBUTE era TO generation;
ALTER TYPE append_venue_order_ids RENAME ATTRIBUTE era TO generation;
ALTER TYPE append_fills RENAME ATTRIBUTE era TO generation;
ALTER TYPE append_positions RENAME ATTRIBUTE era TO generation;
ALTER TYPE append_balances RENAME ATTRIBUTE era TO generation;

-- Cancels that a node acknowledged without the journal and handed over to the portfolio's next owner.
ALTER TABLE left_cancels RENAME TO handed_over_cancels;
