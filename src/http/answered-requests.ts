/**
 * Requests that placed no order and are remembered under their key: a repeat is answered as they were, and does nothing.
 *
 * Entry points: `AnsweredBefore`, `keepAnswer`, `keepRefusal`, `isDecided`, `refusalIn`.
 *
 * Invariant: an answer is sent once it is kept. Where it cannot be kept the request is answered with that, and a repeat is carried out.
 */
import { z } from 'zod';
import type { Desk } from '../engine/desk.ts';
import type { IdempotencyMark } from './idempotency.ts';
import { Problem } from './problem.ts';
import type { ProblemCode } from './problems/table.ts';
import { problemCode } from './views/problem.ts';

/**
 * A request with this key and content came before and placed no order. By itself it is a conflict of keys: that of a request which
 * would place one.
 */
export class AnsweredBefore extends Problem {
  /** The content of its answer, as `keepAnswer` was given it; null where it was too long to be kept. */
  readonly answer: unknown;

  constructor(answer: string | null) {
    super('client_order_id_conflict', 'This key was used before, by a request that placed no order.');
    this.answer = answer === null ? null : JSON.parse(answer);
  }
}

const CONFLICTS: ReadonlySet<ProblemCode> = new Set(['client_order_id_conflict', 'account_not_found']);

/** Refusals that pass by themselves: they say what stands in the way now, and nothing against the request. */
const PASSING: ReadonlySet<ProblemCode> = new Set([
  'position_closing',
  'insufficient_balance',
  'market_data_missing',
  'market_data_stale',
  'value_unknown',
  'leverage_unknown',
  'margin_unknown',
  'order_rate_limit',
]);

/**
 * Whether an error decides a request: it names what is wrong with what was asked for at that moment, and no order of it. An input that
 * cannot be read, a service that cannot answer and a refusal that passes by itself decide nothing: a repeat is carried out.
 */
export function isDecided(error: unknown): error is Problem {
  if (!(error instanceof Problem)) return false;
  const { status, problemCode: code } = error;
  if (CONFLICTS.has(code) || PASSING.has(code)) return false;
  return (status === 404 || status === 409 || status === 422) && error.figures.order_id === undefined;
}

/**
 * Keeps the answer to a request that placed no order; false where an order or another answer has its key by now. Rejects with `EngineUnavailable` where
 * the journal does not take it.
 */
export async function keepAnswer(desk: Desk, mark: IdempotencyMark, answer: unknown): Promise<boolean> {
  const text = answer === null ? null : JSON.stringify(answer);
  const reply = await desk.controls.rememberRequest({ ...mark, answer: text });
  return reply.kind === 'request_remembered';
}

/** As `keepAnswer`, for a request that was refused. */
export function keepRefusal(desk: Desk, mark: IdempotencyMark, refusal: Problem): Promise<boolean> {
  const { problemCode: code, message: detail, figures } = refusal;
  return keepAnswer(desk, mark, { problem: { code, detail, figures } });
}

const keptRefusal = z.object({
  problem: z.object({
    code: problemCode,
    detail: z.string(),
    figures: z.record(z.string(), z.unknown()),
  }),
});

/** The problem in an answer that `keepRefusal` kept; null for another answer. */
export function refusalIn(answer: unknown): Problem | null {
  const kept = keptRefusal.safeParse(answer);
  if (!kept.success) return null;
  const { code, detail, figures } = kept.data.problem;
  return new Problem(code, detail, figures);
}
