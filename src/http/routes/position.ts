import { z } from 'zod';
import { callerOf, type App, type HttpContext } from '../context.ts';
import { accountField, exchangeField, symbolField } from '../fields.ts';
import { findPosition } from '../position-reference.ts';
import { positionView, toPositionView } from '../views/position.ts';

/** `GET /trading/v2/positions/{symbol}` */
export function positionRoute(app: App, context: HttpContext): void {
  app.route({
    method: 'GET',
    url: '/trading/v2/positions/:symbol',
    config: { scope: 'read' },
    schema: {
      summary: 'Show an open position',
      tags: ['positions'],
      params: z.strictObject({ symbol: symbolField }),
      querystring: z.strictObject({
        exchange: exchangeField,
        account: accountField.optional(),
        position_side: z.literal('both', { error: 'must be both: positions are kept one-way' }).optional(),
      }),
      response: { 200: positionView },
    },
    handler: async (request) => {
      const { reading } = await findPosition(
        context,
        callerOf(request),
        request.params.symbol,
        request.query,
      );
      return toPositionView(reading);
    },
  });
}
