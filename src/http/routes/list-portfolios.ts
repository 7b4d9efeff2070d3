import { z } from 'zod';
import { callerOf, type App, type HttpContext } from '../context.ts';

/** `GET /portfolios`: the caller's own. */
export function listPortfoliosRoute(app: App, context: HttpContext): void {
  app.route({
    method: 'GET',
    url: '/portfolios',
    config: { scope: 'read' },
    schema: {
      summary: 'List your portfolios',
      tags: ['account'],
      response: {
        200: z.object({
          portfolios: z.array(z.object({ id: z.string(), name: z.string(), ready: z.boolean() })),
        }),
      },
    },
    handler: async (request) => {
      const { userId } = callerOf(request);
      const portfolios = await context.directory.portfolios();
      return {
        portfolios: portfolios
          .filter((portfolio) => portfolio.userId === userId)
          .map(({ portfolioId, name }) => ({
            id: portfolioId,
            name,
            ready: context.deskOf(portfolioId)?.ready === true,
          })),
      };
    },
  });
}
