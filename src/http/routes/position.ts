import { z } from 'zod';
import { callerOf, type App, type HttpContext } from '../context.ts';
import { accountField, exchangeField, positionSideField, symbolField } from '../fields.ts';
import { findPosition } from '../position-reference.ts';
import { positionView, toPositionView } from '../views/position.ts';

/** `GET /trading/v2/positions/{symbol}` */
export function positionRoute(app: App, context: HttpContext): void {
  app.route({
    method: 'GET',
    url: '/trading/v2/positions/:symbol',
    config: { scope: 'read', bound: 'accounts' },
    schema: {
      summary: 'Show an open position',
      tags: ['positions'],
      params: z.strictObject({ symbol: symbolField }),
      querystring: z.strictObject({
        exchange: exchangeField,
        account: accountField.optional(),
        position_side: positionSideField.optional(),
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
