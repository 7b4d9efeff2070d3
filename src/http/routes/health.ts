import { z } from 'zod';
import type { Desk } from '../../engine/desk.ts';
import type { App, HttpContext } from '../context.ts';
import { isoTime, timeOut } from '../fields.ts';

const readyView = z.object({
  ready: z.boolean(),
  portfolios: z.object({ ready: z.int(), total: z.int() }),
  journal_unavailable_since: timeOut.nullable().meta({
    description:
      'Since when the journal takes nothing, once that has lasted 2 s (`STALL_MS`): new orders are refused, and cancels go out and into the emergency log. Null while it does.',
  }),
});

/**
 * Whether a node takes orders: it has started (`isWarm`), and every portfolio is recovered with a journal that takes
 * records. The words of the database stay in the log: anybody may ask for this.
 */
export function readinessOf(
  isWarm: boolean,
  desks: readonly Pick<Desk, 'ready' | 'journalTrouble'>[],
): z.output<typeof readyView> {
  const ready = desks.filter((desk) => desk.ready && desk.journalTrouble === null).length;
  const since = desks.flatMap((desk) => desk.journalTrouble?.since ?? []);
  return {
    ready: isWarm && desks.length > 0 && ready === desks.length,
    portfolios: { ready, total: desks.length },
    journal_unavailable_since: since.length === 0 ? null : isoTime(Math.min(...since)),
  };
}

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
      summary: 'Whether every portfolio of this node is recovered, and its journal takes records',
      tags: ['health'],
      response: { 200: readyView, 503: readyView },
    },
    handler: async (_request, reply) => {
      const readiness = readinessOf(context.isWarm(), context.desks());
      return reply.code(readiness.ready ? 200 : 503).send(readiness);
    },
  });
}
