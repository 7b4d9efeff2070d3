import { z } from 'zod';
import { VENUES } from '../../core/ids.ts';
import type { Instrument } from '../../core/instrument.ts';
import { chooseAccount } from '../account-choice.ts';
import { callerOf, deskOf, type App, type HttpContext } from '../context.ts';
import { accountField, decimalOut, exchangeField, symbolField } from '../fields.ts';

const instrumentView = z
  .object({
    exchange: z.enum(VENUES),
    symbol: z.string(),
    kind: z.enum(['spot', 'swap']),
    base: z.string(),
    quote: z.string(),
    settle: z.string(),
    tick_size: decimalOut,
    lot_size: decimalOut,
    min_quantity: decimalOut,
    max_quantity: decimalOut.nullable(),
    max_market_quantity: decimalOut.nullable(),
    min_notional: decimalOut.nullable(),
    min_price: decimalOut.nullable(),
    max_price: decimalOut.nullable(),
    contract_size: decimalOut,
    maker_fee_rate: decimalOut,
    taker_fee_rate: decimalOut,
    active: z.boolean(),
  })
  .meta({ id: 'Instrument' });

/** `GET /instruments`: with the grid and the bounds that orders must keep. */
export function instrumentsRoute(app: App, context: HttpContext): void {
  app.route({
    method: 'GET',
    url: '/instruments',
    config: { scope: 'read' },
    schema: {
      summary: 'List the instruments of an exchange',
      tags: ['markets'],
      querystring: z.strictObject({
        exchange: exchangeField,
        account: accountField.optional(),
        symbol: symbolField.optional(),
        kind: z.enum(['spot', 'swap'], { error: 'must be spot or swap' }).optional(),
      }),
      response: { 200: z.object({ instruments: z.array(instrumentView) }) },
    },
    handler: async (request) => {
      const caller = callerOf(request);
      const { symbol, kind, ...wish } = request.query;
      const { accountId } = chooseAccount(context.accounts.of(caller.portfolioId), wish);
      const instruments = deskOf(context, caller)
        .markets.instruments(accountId)
        .filter((instrument) => symbol === undefined || instrument.symbol === symbol)
        .map(toInstrumentView)
        .filter((view) => kind === undefined || view.kind === kind);
      return { instruments };
    },
  });
}

function toInstrumentView(instrument: Instrument): z.output<typeof instrumentView> {
  return {
    exchange: instrument.venue,
    symbol: instrument.symbol,
    kind: instrument.kind === 'spot' ? 'spot' : 'swap',
    base: instrument.base,
    quote: instrument.quote,
    settle: instrument.settle,
    tick_size: instrument.tickSize.toString(),
    lot_size: instrument.lotSize.toString(),
    min_quantity: instrument.minQuantity.toString(),
    max_quantity: instrument.maxQuantity?.toString() ?? null,
    max_market_quantity: instrument.maxMarketQuantity?.toString() ?? null,
    min_notional: instrument.minNotional?.toString() ?? null,
    min_price: instrument.minPrice?.toString() ?? null,
    max_price: instrument.maxPrice?.toString() ?? null,
    contract_size: instrument.contractSize.toString(),
    maker_fee_rate: instrument.makerFeeRate.toString(),
    taker_fee_rate: instrument.takerFeeRate.toString(),
    active: instrument.active,
  };
}
