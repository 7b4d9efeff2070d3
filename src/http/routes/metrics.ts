import type { App, HttpContext } from '../context.ts';

/** `GET /metrics`, in the text format of Prometheus. */
export function metricsRoute(app: App, context: HttpContext): void {
  app.route({
    method: 'GET',
    url: '/metrics',
    schema: { hide: true },
    handler: async (_request, reply) =>
      reply
        .header('Content-Type', context.metrics.registry.contentType)
        .serializer(String)
        .send(await context.metrics.registry.metrics()),
  });
}
