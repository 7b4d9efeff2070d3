import { z } from 'zod';
import { callerOf, type App, type HttpContext } from '../context.ts';
import { hasPower } from '../../directory/token.ts';
import { ofPortfolio } from '../metrics.ts';

/**
 * `GET /metrics`, in the text format of Prometheus: the process, and the figures of the caller's portfolio. A token with power
 * over users has those of all portfolios, as it can hand out tokens that read them.
 */
export function metricsRoute(app: App, context: HttpContext): void {
  app.route({
    method: 'GET',
    url: '/metrics',
    config: { scope: 'read' },
    schema: {
      summary: 'Show the metrics of the process and of your portfolio, in the text format of Prometheus',
      description: 'Those of every portfolio with a token that has power over users (`users: manage`).',
      tags: ['health'],
      produces: ['text/plain'],
      response: { 200: z.string() },
    },
    handler: async (request, reply) => {
      const { users, portfolioId } = callerOf(request);
      const text = await context.metrics.registry.metrics();
      return reply
        .header('Content-Type', context.metrics.registry.contentType)
        .serializer(String)
        .send(hasPower(users, 'manage') ? text : ofPortfolio(text, portfolioId));
    },
  });
}
