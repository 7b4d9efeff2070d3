import { z } from 'zod';
import type { DriftCase } from '../../core/reconcile/drift.ts';
import { compareDrift, driftCursor, isPastDrift, parseDriftCursor } from '../../journal/history-cursor.ts';
import { callerOf, deskOf, type App, type HttpContext } from '../context.ts';
import { integerText, textField } from '../fields.ts';
import { driftCaseView, toDriftCaseView, toStoredDriftCaseView } from '../views/drift-case.ts';

const MAX_PAGE = 1_000;
const DEFAULT_PAGE = 100;

const query = z.strictObject({
  status: z.enum(['open', 'resolved', 'all'], { error: 'must be open, resolved or all' }).default('open'),
  limit: integerText(1, MAX_PAGE).default(DEFAULT_PAGE),
  cursor: textField(1_024).optional(),
});

/** `GET /drift`: open cases, resolved ones, or all, newest first. */
export function driftRoute(app: App, context: HttpContext): void {
  app.route({
    method: 'GET',
    url: '/drift',
    config: { scope: 'read' },
    schema: {
      summary: 'List the proven differences between our books and the exchanges, newest first',
      tags: ['watching'],
      querystring: query,
      response: {
        200: z.object({
          drift: z.array(driftCaseView),
          next_cursor: z.string().nullable(),
          as_of_seq: z.int(),
        }),
      },
    },
    handler: async (request) => {
      const caller = callerOf(request);
      const { status, limit, cursor } = request.query;
      // Read first: the page that is read after it is at least as new as this seq.
      const { value: open, seq } = await deskOf(context, caller).books.drift();
      if (status === 'open') return { ...openPage(open, limit, cursor), as_of_seq: seq };
      const page = await context.readModels.drift({
        portfolioId: caller.portfolioId,
        limit,
        ...(status === 'all' ? {} : { open: false }),
        ...(cursor === undefined ? {} : { cursor }),
      });
      return {
        drift: page.documents.map(toStoredDriftCaseView),
        next_cursor: page.nextCursor,
        as_of_seq: seq,
      };
    },
  });
}

/** Open cases are in memory, and are listed also while the database is unavailable. */
function openPage(
  open: readonly DriftCase[],
  limit: number,
  cursor: string | undefined,
): { readonly drift: z.output<typeof driftCaseView>[]; readonly next_cursor: string | null } {
  const position = cursor === undefined ? null : parseDriftCursor(cursor);
  const found = open.filter((one) => position === null || isPastDrift(one, position)).toSorted(compareDrift);
  const page = found.slice(0, limit);
  const last = page.at(-1);
  return {
    drift: page.map(toDriftCaseView),
    next_cursor: found.length > limit && last !== undefined ? driftCursor(last) : null,
  };
}
