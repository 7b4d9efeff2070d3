import { z } from 'zod';
import { callerOf, deskOf, requesterName, type App, type HttpContext } from '../context.ts';
import { textField } from '../fields.ts';
import { Problem } from '../problem.ts';
import { driftCaseView, toStoredDriftCaseView } from '../views/drift-case.ts';

const MAX_ID = 200;

const body = z
  .strictObject({ resolution: textField(1_000) })
  .meta({ examples: [{ resolution: 'a withdrawal made by hand; the figure of the exchange is right' }] });

const resolved = z.object({
  drift: driftCaseView,
  trades_again: z.boolean().meta({
    description:
      'Whether its instrument was reduce-only because of this case and takes new risk again; false where another case still holds it.',
  }),
});

/** `POST /drift/{id}/resolve`: records what a difference was. The books stay as they are. */
export function driftResolveRoute(app: App, context: HttpContext): void {
  app.route({
    method: 'POST',
    url: '/drift/:id/resolve',
    config: { scope: 'trade' },
    schema: {
      summary: 'Resolve a drift case, saying what the difference was',
      tags: ['watching'],
      params: z.object({ id: textField(MAX_ID) }),
      body,
      response: { 200: resolved },
    },
    handler: async (request): Promise<z.output<typeof resolved>> => {
      const caller = callerOf(request);
      const desk = deskOf(context, caller);
      const { id } = request.params;
      const outcome = await desk.controls.resolveDrift(id, requesterName(caller), request.body.resolution);
      const stored = await context.readModels.driftCase(caller.portfolioId, id);
      if (stored === null) throw new Problem('drift_not_found', `There is no drift case ${id}.`);
      const drift = toStoredDriftCaseView(stored.document);
      if (outcome.kind === 'drift_not_open') {
        throw new Problem(
          'drift_already_resolved',
          `${id} was resolved by ${drift.resolved_by ?? 'nobody known'}: ${drift.resolution ?? ''}`,
        );
      }
      return { drift, trades_again: outcome.tradesAgain };
    },
  });
}
