import { z } from 'zod';
import { LADDER_STEPS } from '../../core/risk/ladder-step.ts';
import { callerOf, deskOf, requesterName, type App, type HttpContext } from '../context.ts';
import { isoTime, textField, timeOut } from '../fields.ts';
import { Problem } from '../problem.ts';
import { modeField, riskStatusNow, riskStatusView } from '../views/risk-status.ts';

const body = z
  .strictObject({ reason: textField(500), mode: modeField.optional() })
  .meta({ examples: [{ reason: 'the faulty strategy is stopped; losses reviewed with the desk' }] });

const resetAnswer = z.object({
  left: z
    .object({ step: z.enum(LADDER_STEPS), since: timeOut, why: z.string() })
    .meta({ description: 'The step that was left.' }),
  status: riskStatusView,
});

/** `POST /risk/reset`: leaves the risk ladder. Losses are measured anew from here, so it takes an admin. */
export function riskResetRoute(app: App, context: HttpContext): void {
  app.route({
    method: 'POST',
    url: '/risk/reset',
    config: { scope: 'admin' },
    schema: {
      summary: 'Leave the risk ladder; daily loss and drawdown are measured anew from this moment',
      tags: ['risk'],
      body,
      response: { 200: resetAnswer },
    },
    handler: async (request): Promise<z.output<typeof resetAnswer>> => {
      const caller = callerOf(request);
      const desk = deskOf(context, caller);
      const { reason } = request.body;
      const mode = request.body.mode ?? (await desk.books.risk()).value.mode;
      const outcome = await desk.controls.resetLadder(mode, requesterName(caller), reason);
      if (outcome.kind === 'nothing_to_reset')
        throw new Problem(
          'nothing_to_reset',
          `The risk ladder of ${mode} accounts is at no step; nothing was changed.`,
        );
      const { step, steppedAt, why } = outcome.left;
      return {
        left: { step, since: isoTime(steppedAt), why },
        status: await riskStatusNow(desk, mode),
      };
    },
  });
}
