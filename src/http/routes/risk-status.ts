import { callerOf, deskOf, type App, type HttpContext } from '../context.ts';
import { riskStatusView, toRiskStatusView } from '../views/risk-status.ts';

/** `GET /risk/status` */
export function riskStatusRoute(app: App, context: HttpContext): void {
  app.route({
    method: 'GET',
    url: '/risk/status',
    config: { scope: 'read' },
    schema: {
      summary: 'Show limits, their usage and the kill switch',
      tags: ['risk'],
      response: { 200: riskStatusView },
    },
    handler: async (request) => {
      const desk = deskOf(context, callerOf(request));
      const [risk, open] = await Promise.all([desk.books.risk(), desk.books.openOrders({})]);
      return toRiskStatusView(risk.value, open.value.length, risk.seq);
    },
  });
}
