import { z } from 'zod';
import { callerOf, deskOf, requesterName, type App, type HttpContext } from '../context.ts';
import { textField } from '../fields.ts';
import { Problem } from '../problem.ts';
import { modeField, riskStatusNow, riskStatusView } from '../views/risk-status.ts';

const MAX_ID = 300;

const body = z
  .strictObject({
    id: textField(MAX_ID).meta({ description: 'Of `unexplained` in `GET /risk/status`.' }),
    as: z.enum(['flow', 'result']).meta({
      description:
        'A flow moves capital and is neither gain nor loss; a result is a gain or a loss of trading.',
    }),
    mode: modeField.optional().meta({ description: 'Of the status that is answered.' }),
    reason: textField(500),
  })
  .meta({
    examples: [{ id: 'a-1 USDT 1767614400000', as: 'flow', reason: 'a withdrawal made by hand' }],
  });

const answer = z.object({ id: z.string(), as: z.enum(['flow', 'result']), status: riskStatusView });

/** `POST /risk/reclassify`: says what a change of a balance was that no record of the venue explains. */
export function reclassifyChangeRoute(app: App, context: HttpContext): void {
  app.route({
    method: 'POST',
    url: '/risk/reclassify',
    config: { scope: 'admin' },
    schema: {
      summary: 'Say what a change of a balance was that nothing explains',
      tags: ['risk'],
      body,
      response: { 200: answer },
    },
    handler: async (request): Promise<z.output<typeof answer>> => {
      const caller = callerOf(request);
      const desk = deskOf(context, caller);
      const { id, as, reason, mode } = request.body;
      const outcome = await desk.controls.reclassifyChange(id, as, requesterName(caller), reason);
      if (outcome.kind === 'unknown_change')
        throw new Problem(
          'change_not_found',
          `No change ${id} waits for an explanation; nothing was changed.`,
        );
      return { id, as, status: await riskStatusNow(desk, mode) };
    },
  });
}
