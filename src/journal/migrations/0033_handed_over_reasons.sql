-- A cancel that is handed over keeps why it was asked for; null where it was about its order alone, and in rows of earlier releases.
ALTER TABLE handed_over_cancels ADD COLUMN why text;
