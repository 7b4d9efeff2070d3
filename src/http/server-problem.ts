/** Maps any error that a request can end in to the problem that the caller gets. */
import { EngineUnavailable } from '../engine/desk.ts';
import { CursorInvalid } from '../journal/journal.ts';
import type { HttpContext } from './context.ts';
import type { z } from 'zod';
import { BODY_LIMIT_BYTES, Problem, problemDocument } from './problem.ts';
import { problemView } from './views/problem.ts';

/** The problem of an error that stands inside an answer, such as one order of several. */
export function problemViewOf(
  error: unknown,
  context: Pick<HttpContext, 'isStorageUnavailable'>,
  requestId: string,
): z.output<typeof problemView> {
  return problemView.parse(problemDocument(toProblem(error, context), requestId));
}

export function toProblem(error: unknown, context: Pick<HttpContext, 'isStorageUnavailable'>): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof EngineUnavailable) {
    const { reason, message, orderInDoubt, retryAfterMs } = error;
    return new Problem(
      reason,
      message,
      orderInDoubt === null ? {} : { order_id: orderInDoubt },
      // Zero: a repeat would fail again.
      retryAfterMs > 0 ? retryAfterMs : null,
    );
  }
  if (error instanceof CursorInvalid) {
    return new Problem('cursor_invalid', 'cursor: no page of this listing gave it out.', {
      errors: [{ field: 'cursor', reason: 'was given out by no page of this listing' }],
    });
  }
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return new Problem('body_too_large', 'The body is larger than 1 MB.', { limit: BODY_LIMIT_BYTES });
  }
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return new Problem('unsupported_media_type', 'Send the body as application/json.');
  }
  if (typeof code === 'string' && code.startsWith('FST_ERR_CTP_')) {
    return new Problem('malformed_json', 'The body could not be read.');
  }
  if (context.isStorageUnavailable(error)) {
    return new Problem('storage_unavailable', 'The database does not answer; try again.');
  }
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : 500;
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return new Problem(
      'invalid_request',
      error instanceof Error ? error.message : 'The request cannot be read.',
    );
  }
  return new Problem('internal_error', 'Something failed here; the request id finds it in the log.');
}
