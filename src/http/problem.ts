/**
 * A request that fails, and the RFC 9457 document that says so.
 *
 * Entry points: `Problem`, `problemDocument`. The codes and their meanings are in `problems/table.ts`.
 *
 * Invariant: a document carries no stack, no secret and nothing that the caller may not see.
 */
import type { FigureName, ProblemStatus } from './problems/problem-kind.ts';
import { type ProblemCode, PROBLEMS } from './problems/table.ts';

/** Larger bodies are refused unread. */
export const BODY_LIMIT_BYTES = 1_048_576;

/** The figures of a problem beside its fixed fields, in `snake_case` and ready for JSON. */
export type ProblemFigures = Readonly<Partial<Record<FigureName, unknown>>>;

/** A request that ends in an error which is reported to the caller. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly problemCode: ProblemCode;
  readonly figures: ProblemFigures;
  readonly retryAfterMs: number | null;

  constructor(
    problemCode: ProblemCode,
    detail: string,
    figures: ProblemFigures = {},
    retryAfterMs: number | null = PROBLEMS[problemCode].retryAfterMs ?? null,
  ) {
    super(detail);
    this.problemCode = problemCode;
    this.figures = figures;
    this.retryAfterMs = retryAfterMs;
  }

  /** The same problem with further figures. */
  with(figures: ProblemFigures): Problem {
    return new Problem(this.problemCode, this.message, { ...this.figures, ...figures }, this.retryAfterMs);
  }

  get status(): ProblemStatus {
    return PROBLEMS[this.problemCode].status;
  }
}

/** A field that is refused, named in the detail and in `errors`; `place` where it is no field of the body. */
export function fieldProblem(field: string, reason: string, place?: 'querystring'): Problem {
  return new Problem('invalid_request', `${field}: ${reason}`, {
    errors: [{ field, reason, ...(place === undefined ? {} : { in: place }) }],
  });
}

/** A symbol that nobody lists. */
export function unlistedProblem(symbol: string, exchange = 'the exchange'): Problem {
  return new Problem('instrument_unknown', `symbol: ${symbol} is not listed by ${exchange}.`, {
    errors: [{ field: 'symbol', reason: 'is not listed by the exchange' }],
  });
}

/** Where the document on errors is served. */
export const ERROR_DOCUMENT_PATH = '/docs/errors';

/** A reference that leads to the code's entry in the served document (RFC 9457, section 3.1.1, takes relative ones). */
export function problemType(code: ProblemCode): string {
  return `${ERROR_DOCUMENT_PATH}#${code}`;
}

/** The body of an `application/problem+json` answer. */
export function problemDocument(problem: Problem, requestId: string): Record<string, unknown> {
  const { status, title } = PROBLEMS[problem.problemCode];
  return {
    type: problemType(problem.problemCode),
    title,
    status,
    detail: problem.message,
    code: problem.problemCode,
    request_id: requestId,
    ...problem.figures,
  };
}

/** Whole seconds, as the header wants them; at least one. */
export function retryAfterSeconds(retryAfterMs: number): string {
  return String(Math.max(1, Math.ceil(retryAfterMs / 1_000)));
}
