import { z } from 'zod';
import { callerOf, deskOf, type App, type HttpContext } from '../context.ts';
import { driftCaseView, toDriftCaseView } from '../views/drift-case.ts';

/** `GET /drift`: the open cases. */
export function driftRoute(app: App, context: HttpContext): void {
  app.route({
    method: 'GET',
    url: '/drift',
    config: { scope: 'read' },
    schema: {
      summary: 'List the proven differences between our books and the exchanges',
      tags: ['watching'],
      response: { 200: z.object({ drift: z.array(driftCaseView), as_of_seq: z.int() }) },
    },
    handler: async (request) => {
      const { value, seq } = await deskOf(context, callerOf(request)).books.drift();
      return { drift: value.map(toDriftCaseView), as_of_seq: seq };
    },
  });
}
