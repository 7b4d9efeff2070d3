import { z } from 'zod';
import { callerOf, deskOf, type App, type HttpContext } from '../context.ts';
import { modeField, riskStatusNow, riskStatusView } from '../views/risk-status.ts';

/** `GET /risk/status` */
export function riskStatusRoute(app: App, context: HttpContext): void {
  app.route({
    method: 'GET',
    url: '/risk/status',
    config: { scope: 'read' },
    schema: {
      summary: 'Show what each risk rule has left, the ladder, the kill switch, and what trades',
      tags: ['risk'],
      querystring: z.strictObject({ mode: modeField.optional() }),
      response: { 200: riskStatusView },
    },
    handler: (request) => riskStatusNow(deskOf(context, callerOf(request)), request.query.mode),
  });
}
