import { z } from 'zod';
import type { App, HttpContext } from '../context.ts';

const readyView = z.object({
  ready: z.boolean(),
  portfolios: z.object({ ready: z.int(), total: z.int() }),
});

/** `GET /health/live` and `GET /health/ready`: recovered and taking orders; unknown orders are not waited for. */
export function healthRoute(app: App, context: HttpContext): void {
  app.route({
    method: 'GET',
    url: '/health/live',
    schema: {
      summary: 'Whether the process runs',
      tags: ['health'],
      response: { 200: z.object({ live: z.boolean() }) },
    },
    handler: async () => ({ live: true }),
  });
  app.route({
    method: 'GET',
    url: '/health/ready',
    schema: {
      summary: 'Whether every portfolio of this node is recovered',
      tags: ['health'],
      response: { 200: readyView, 503: readyView },
    },
    handler: async (_request, reply) => {
      const desks = context.desks();
      const ready = desks.filter((desk) => desk.ready).length;
      const isReady = context.isWarm() && desks.length > 0 && ready === desks.length;
      return reply
        .code(isReady ? 200 : 503)
        .send({ ready: isReady, portfolios: { ready, total: desks.length } });
    },
  });
}
