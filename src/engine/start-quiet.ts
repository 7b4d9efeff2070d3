/**
 * How long after a start it is no news that a venue has not answered yet, in milliseconds. The lists that callers read show an unknown
 * figure at once, and new risk is judged on it as ever; the log warns of one that is still unknown after this.
 */
export const START_QUIET_MS = 15_000;
