import { z } from 'zod';
import { ACCOUNT_MODES, VENUES } from '../../core/ids.ts';
import { CANDLE_INTERVALS } from '../../core/venue/market.ts';
import type { KindCapabilities } from '../../core/venue/capabilities.ts';
import { accountsOf, callerOf, type App, type HttpContext } from '../context.ts';

/** `native`: the exchange's own. `emulated`: made here of what it has. */
const how = z.enum(['native', 'emulated', 'none']);

const kindView = z.object({
  orders: z
    .object({
      market: how,
      market_by_cost: how,
      limit: how,
      stop_market: how,
      stop_limit: how,
      amend: how,
      batch: how,
    })
    .meta({
      description:
        'Native: the own of the exchange. Emulated: a market order is a limit at its protection price, taking at once, unless `market_protection_bps` is 0; an amendment cancels and places anew; a batch places one by one.',
    }),
  times_in_force: z.array(z.string()),
  post_only: z.boolean(),
  reduce_only: z.boolean(),
  stops: z.enum(['native', 'none']).meta({ description: 'Native: they live at the exchange.' }),
  triggers: z.array(z.string()),
  market_buy_by_cost: z.boolean(),
  duplicate_client_id: z.string(),
  market_data: z
    .object({
      book_depth: z.int(),
      trades: z.int(),
      candles: z.int(),
      candle_intervals: z.array(z.enum(CANDLE_INTERVALS)),
    })
    .meta({
      description: 'The most that the exchange gives in one answer; the calls here give up to 1,000.',
    }),
  sets_leverage: z.boolean(),
  margin_modes: z.array(z.enum(['cross', 'isolated'])).meta({ description: 'The modes that can be set.' }),
  position_modes: z
    .array(z.enum(['one_way', 'hedged']))
    .meta({ description: 'The modes that swaps can be traded in here.' }),
});

const exchangeView = z.object({
  exchange: z.enum(VENUES),
  supported: z.boolean(),
  modes: z.array(z.enum(ACCOUNT_MODES)),
  tells_key_permissions: z
    .boolean()
    .meta({ description: 'Whether keys that may withdraw are known as such, and so can be refused.' }),
  spot: kindView.nullable(),
  swap: kindView.nullable(),
  accounts: z.array(z.object({ account: z.string(), mode: z.enum(ACCOUNT_MODES), is_default: z.boolean() })),
});

/** `GET /exchanges`: the capabilities of each, and the accounts that the caller has there. */
export function exchangesRoute(app: App, context: HttpContext): void {
  app.route({
    method: 'GET',
    url: '/exchanges',
    config: { scope: 'read', bound: 'accounts and strategies' },
    schema: {
      summary: 'List the exchanges with their capabilities and your accounts there',
      tags: ['markets'],
      response: { 200: z.object({ exchanges: z.array(exchangeView) }) },
    },
    handler: async (request): Promise<{ exchanges: z.output<typeof exchangeView>[] }> => {
      const accounts = accountsOf(context, callerOf(request));
      return {
        exchanges: VENUES.map((exchange) => {
          const capabilities = context.capabilitiesOf(exchange);
          return {
            exchange,
            supported: capabilities !== null,
            modes: capabilities === null ? [] : ACCOUNT_MODES.filter((mode) => capabilities.modes[mode]),
            tells_key_permissions: capabilities?.reportsKeyPermissions ?? false,
            spot: capabilities === null ? null : toKindView(capabilities.kinds.spot),
            swap: capabilities === null ? null : toKindView(capabilities.kinds.linear_swap),
            accounts: accounts
              .filter((account) => account.exchange === exchange)
              .map(({ accountId, mode, isDefault }) => ({ account: accountId, mode, is_default: isDefault })),
          };
        }),
      };
    },
  });
}

function toKindView(kind: KindCapabilities | null): z.output<typeof kindView> | null {
  if (kind === null) return null;
  const stops = kind.nativeStops ? 'native' : 'none';
  const { bookDepth, trades, candles, candleIntervals } = kind.marketData;
  return {
    orders: {
      market: 'emulated',
      market_by_cost: kind.marketBuyByCost ? 'native' : 'none',
      limit: 'native',
      stop_market: stops,
      stop_limit: stops,
      amend: 'emulated',
      batch: 'emulated',
    },
    times_in_force: [...kind.timesInForce],
    post_only: kind.postOnly,
    reduce_only: kind.reduceOnly,
    stops,
    triggers: [...kind.triggers],
    market_buy_by_cost: kind.marketBuyByCost,
    duplicate_client_id: kind.duplicateId,
    market_data: { book_depth: bookDepth, trades, candles, candle_intervals: [...candleIntervals] },
    sets_leverage: kind.setsLeverage,
    margin_modes: [...kind.marginModes],
    position_modes: [...kind.positionModes],
  };
}
