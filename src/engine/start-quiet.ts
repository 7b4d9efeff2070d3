/**
 * How long after a start it is no news that a venue has not answered yet, in milliseconds. What is not known then is shown at once to
 * whoever asks, and new risk is judged as if it stayed unknown; the log warns of what is still unknown after this.
 */
export const START_QUIET_MS = 15_000;
