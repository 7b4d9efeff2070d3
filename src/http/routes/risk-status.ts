import { z } from 'zod';
import { callerOf, deskOf, type App, type HttpContext } from '../context.ts';
import { modeField, riskStatusView, toRiskStatusView } from '../views/risk-status.ts';

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
    handler: async (request) => {
      const desk = deskOf(context, callerOf(request));
      const { value, seq } = await desk.books.risk(request.query.mode);
      return toRiskStatusView(value, seq);
    },
  });
}
