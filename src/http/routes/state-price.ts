import { z } from 'zod';
import { asset as asAsset } from '../../core/ids.ts';
import { callerOf, deskOf, requesterName, type App, type HttpContext } from '../context.ts';
import { priceOrNothingField, textField } from '../fields.ts';
import { Problem } from '../problem.ts';
import { modeField, riskStatusNow, riskStatusView } from '../views/risk-status.ts';

const MAX_ASSET = 32;

const body = z
  .strictObject({
    asset: textField(MAX_ASSET).meta({ description: 'As in `unpriced` of `GET /risk/status`.' }),
    price: priceOrNothingField.meta({
      description: 'Of one unit in the base currency; 0 writes the asset off.',
    }),
    mode: modeField.optional().meta({ description: 'The mode with the most at stake unless given.' }),
    reason: textField(500),
  })
  .meta({ examples: [{ asset: 'XYZ', price: '0', reason: 'a fee token that no market lists' }] });

const answer = z.object({ asset: z.string(), price: z.string(), status: riskStatusView });

/** `POST /risk/prices`: states the price of an asset that no market prices, so that fees in it are a known figure. */
export function statePriceRoute(app: App, context: HttpContext): void {
  app.route({
    method: 'POST',
    url: '/risk/prices',
    config: { scope: 'admin' },
    schema: {
      summary: 'State the price of an asset that no market prices, or write it off',
      tags: ['risk'],
      body,
      response: { 200: answer },
    },
    handler: async (request): Promise<z.output<typeof answer>> => {
      const caller = callerOf(request);
      const desk = deskOf(context, caller);
      const { price, reason } = request.body;
      const asset = asAsset(request.body.asset);
      const mode = request.body.mode ?? (await desk.books.risk()).value.mode;
      const outcome = await desk.controls.statePrice({
        mode,
        asset,
        price,
        requestedBy: requesterName(caller),
        why: reason,
      });
      switch (outcome.kind) {
        case 'price_not_needed':
          throw new Problem(
            'price_not_needed',
            `Nothing that the equity of ${mode} accounts rests on needs a price of ${asset}; nothing was changed.`,
          );
        case 'price_known':
          throw new Problem(
            'price_known',
            `A market prices ${asset} for ${mode} accounts now; nothing was changed.`,
          );
        case 'price_stated':
          break;
      }
      return { asset, price: price.toString(), status: await riskStatusNow(desk, mode) };
    },
  });
}
