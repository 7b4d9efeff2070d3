/**
 * A row of the table of problems, and the figures that a problem may have beside its fixed fields.
 *
 * Entry points: `ProblemKind`, `FIGURES`; `problem`, `denied` and `later` make the rows of the table.
 */

/** Each figure that a problem may have beside its fixed fields, with its meaning. */
export const FIGURES = {
  errors:
    'list of `{"field","reason"}`, with `"in":"querystring"` or `"params"` where the field is not of the body',
  order_id: 'our id of the order; with a 503 the order that may or may not have been journaled',
  order: 'the order in its current state',
  order_ids: 'our ids of the orders that must be finished first',
  positions: 'the open positions, each with `account`, `symbol`, `position_side` and `quantity`',
  unwound: 'what was canceled and closed on request before the request failed, and what stays open',
  rule: 'the risk rule that refused first',
  limit: 'the figure that may not be passed; null where there is none',
  actual: 'the figure that the request would have made; null where there is none',
  refusals: 'every refusal, each with `rule`, `code`, `limit`, `actual` and `detail`',
  expected: 'what the request asserted',
  oldest: 'the smallest seq that may be given',
  canceled_order_id: 'our id of the order that was canceled to make room for this one',
  restored_order_id: 'our id of the order that was placed again as the one was that had been canceled',
  canceled_order_ids: 'our ids of the orders that were canceled to make room for a close that then failed',
  restored_order_ids: 'our ids of the orders that were placed again as those were',
  dust: 'base units that are less than one lot',
  refused_index: 'place of the refused order in the batch, from 0',
  venue_code: "the exchange's own code; null where it gave none",
  venue_message: "the exchange's own words",
  reason: 'what the refusal or failure was classified as',
  needed: 'the scope that is needed',
  scopes: 'the scopes that the token has',
} as const satisfies Readonly<Record<string, string>>;

export type FigureName = keyof typeof FIGURES;

/** The statuses that problems have; docs/errors.md has a chapter for each. */
export type ProblemStatus = 400 | 401 | 403 | 404 | 408 | 409 | 413 | 415 | 422 | 429 | 431 | 500 | 503;

export interface ProblemKind {
  readonly status: ProblemStatus;
  readonly title: string;
  /** The condition that gives the problem, as a sentence. */
  readonly when: string;
  /** The action that the caller should take, as a sentence. */
  readonly remedy: string;
  readonly figures: readonly FigureName[];
  /** The default of Retry-After, where the error itself has no time. */
  readonly retryAfterMs?: number;
}

type ProblemText = Pick<ProblemKind, 'title' | 'when' | 'remedy'> & {
  readonly figures?: readonly FigureName[];
};

/** A row without Retry-After. */
export const problem = (status: ProblemStatus, text: ProblemText): ProblemKind => ({
  status,
  figures: [],
  ...text,
});

/** Given for an order that a risk rule or an instrument's filter refuses; the order is journaled as `denied`. */
export const denied = (text: ProblemText): ProblemKind =>
  problem(422, { figures: ['rule', 'limit', 'actual', 'refusals', 'order_id'], ...text });

/** The same request may be sent again after a while. */
export const later = (text: ProblemText, retryAfterMs = 1_000): ProblemKind => ({
  ...problem(503, text),
  retryAfterMs,
});

export const KEPT_REFUSAL = 'Correct it and send it under a new key: the refusal is kept under the old one.';
export const SEND_AGAIN = 'Nothing was journaled: send the same request again after Retry-After.';
