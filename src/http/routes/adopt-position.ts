import { z } from 'zod';
import { chooseAccount } from '../account-choice.ts';
import { accountsOf, callerOf, deskOf, requesterName, type App, type HttpContext } from '../context.ts';
import {
  accountField,
  decimalOut,
  exchangeField,
  modeField,
  positiveDecimal,
  symbolField,
  textField,
} from '../fields.ts';
import { contentHash, idempotencyKeyOf } from '../idempotency.ts';
import { fieldProblem, Problem, unlistedProblem } from '../problem.ts';
import { positionView, toPositionView } from '../views/position.ts';

const adoptBody = z
  .strictObject({
    exchange: exchangeField,
    account: accountField.optional(),
    mode: modeField.optional(),
    symbol: symbolField,
    quantity: positiveDecimal.meta({
      description: 'Base units; no more than the account holds besides its positions.',
    }),
    price: positiveDecimal.meta({ description: 'The cost basis: quote units that one unit was bought for.' }),
    reason: textField(1_000),
  })
  .meta({ id: 'AdoptPosition' });

const adoptAnswer = z.object({
  adopted: z.object({ symbol: z.string(), quantity: decimalOut, price: decimalOut }),
  position: positionView.nullable().meta({ description: 'The position now; null where it is flat again.' }),
});

/** `POST /trading/v2/positions/adopt`: spot holdings become a position. */
export function adoptPositionRoute(app: App, context: HttpContext): void {
  app.route({
    method: 'POST',
    url: '/trading/v2/positions/adopt',
    config: { scope: 'trade' },
    schema: {
      summary: 'Adopt spot holdings as a position, with a cost basis',
      tags: ['positions'],
      body: adoptBody,
      response: { 200: adoptAnswer, 201: adoptAnswer },
    },
    handler: async (request, reply): Promise<z.output<typeof adoptAnswer>> => {
      const caller = callerOf(request);
      const desk = deskOf(context, caller);
      const { symbol, quantity, price, reason, ...choice } = request.body;
      const { accountId } = chooseAccount(accountsOf(context, caller), choice);
      const key = idempotencyKeyOf(request.headers['idempotency-key']);
      const hash = contentHash({ adopts: symbol, accountId, quantity, price, reason });
      const outcome = await desk.controls.adoptHoldings({
        accountId,
        symbol,
        quantity,
        costBasis: price,
        requestedBy: requesterName(caller),
        why: reason,
        idempotency: key === null ? null : { key, contentHash: hash },
      });
      switch (outcome.kind) {
        case 'adopted':
          break;
        case 'more_than_inventory':
          throw new Problem(
            'more_than_inventory',
            `quantity: the account holds ${outcome.inventory.toString()} besides its positions.`,
            { limit: outcome.inventory.toString(), actual: quantity.toString() },
          );
        case 'adoption_key_conflict':
          throw new Problem('client_order_id_conflict', `The key ${key ?? ''} belongs to another adoption.`);
        case 'no_mark':
          throw new Problem(
            'market_data_missing',
            `${symbol} has no price now: what is adopted cannot be valued.`,
          );
        case 'not_spot':
          throw fieldProblem('symbol', 'must be a spot instrument: the exchange shows swap positions itself');
        case 'unknown_instrument':
          throw unlistedProblem(symbol);
      }
      const { value } = await desk.books.positions({ accountIds: [accountId], symbol });
      const [position] = value;
      reply.code(outcome.replayed ? 200 : 201);
      return {
        adopted: { symbol, quantity: quantity.toString(), price: price.toString() },
        position: position === undefined ? null : toPositionView(position),
      };
    },
  });
}
