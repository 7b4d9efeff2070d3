import { z } from 'zod';
import type { App, HttpContext } from '../context.ts';

/** `GET /metrics`, in the text format of Prometheus. */
export function metricsRoute(app: App, context: HttpContext): void {
  app.route({
    method: 'GET',
    url: '/metrics',
    schema: {
      summary: 'Show the metrics of the process, in the text format of Prometheus',
      tags: ['health'],
      produces: ['text/plain'],
      response: { 200: z.string() },
    },
    handler: async (_request, reply) =>
      reply
        .header('Content-Type', context.metrics.registry.contentType)
        .serializer(String)
        .send(await context.metrics.registry.metrics()),
  });
}
