import { z } from 'zod';
import { VENUES } from '../../core/ids.ts';
import type { Instrument } from '../../core/instrument.ts';
import type { SwapSettings } from '../../core/venue/setting.ts';
import { chooseAccount } from '../account-choice.ts';
import { accountsOf, callerOf, deskOf, type App, type HttpContext } from '../context.ts';
import { accountField, decimalOut, exchangeField, symbolField } from '../fields.ts';
import { Problem } from '../problem.ts';

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
    buy_fee_taken_from: z
      .enum(['base', 'quote'])
      .meta({ description: 'Whether a buy is charged out of what it receives or on top of what it pays.' }),
    active: z.boolean(),
    leverage: decimalOut.nullable().meta({
      description:
        'As the exchange last showed it for your account; null for spot and where it is not known.',
    }),
    margin_mode: z.enum(['cross', 'isolated']).nullable().meta({ description: 'As `leverage`.' }),
  })
  .meta({ id: 'Instrument' });

/** `GET /instruments`: with the grid and the bounds that orders must keep. */
export function instrumentsRoute(app: App, context: HttpContext): void {
  app.route({
    method: 'GET',
    url: '/instruments',
    config: { scope: 'read', bound: 'accounts and strategies' },
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
      const { accountId, exchange } = chooseAccount(accountsOf(context, caller), wish);
      const { markets } = deskOf(context, caller);
      const listed = markets.instruments(accountId);
      if (listed.length === 0)
        throw new Problem(
          'venue_unreachable',
          `${exchange} has not listed its instruments yet since the start.`,
        );
      const instruments = listed
        .filter((instrument) => symbol === undefined || instrument.symbol === symbol)
        .map((instrument) => toInstrumentView(instrument, markets.swapSettings(accountId, instrument.symbol)))
        .filter((view) => kind === undefined || view.kind === kind);
      return { instruments };
    },
  });
}

function toInstrumentView(
  instrument: Instrument,
  settings: SwapSettings | null,
): z.output<typeof instrumentView> {
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
    buy_fee_taken_from: instrument.buyFeeTakenFrom,
    active: instrument.active,
    leverage: settings?.leverage?.toString() ?? null,
    margin_mode: settings?.marginMode ?? null,
  };
}
