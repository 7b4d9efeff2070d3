import { z } from 'zod';
import { ACCOUNT_MODES, VENUES } from '../../core/ids.ts';
import type { KindCapabilities } from '../../core/venue/capabilities.ts';
import { callerOf, type App, type HttpContext } from '../context.ts';

const kindView = z.object({
  times_in_force: z.array(z.string()),
  post_only: z.boolean(),
  reduce_only: z.boolean(),
  stops: z.enum(['native', 'none']),
  triggers: z.array(z.string()),
  market_buy_by_cost: z.boolean(),
  duplicate_client_id: z.string(),
});

const exchangeView = z.object({
  exchange: z.enum(VENUES),
  supported: z.boolean(),
  modes: z.array(z.enum(ACCOUNT_MODES)),
  spot: kindView.nullable(),
  swap: kindView.nullable(),
  accounts: z.array(z.object({ account: z.string(), mode: z.enum(ACCOUNT_MODES), is_default: z.boolean() })),
});

/** `GET /exchanges`: what each can do, and which accounts the caller has there. */
export function exchangesRoute(app: App, context: HttpContext): void {
  app.route({
    method: 'GET',
    url: '/exchanges',
    config: { scope: 'read' },
    schema: {
      summary: 'List the exchanges with their capabilities and your accounts there',
      tags: ['markets'],
      response: { 200: z.object({ exchanges: z.array(exchangeView) }) },
    },
    handler: async (request): Promise<{ exchanges: z.output<typeof exchangeView>[] }> => {
      const accounts = context.accounts.of(callerOf(request).portfolioId);
      return {
        exchanges: VENUES.map((exchange) => {
          const capabilities = context.capabilitiesOf(exchange);
          return {
            exchange,
            supported: capabilities !== null,
            modes: capabilities === null ? [] : ACCOUNT_MODES.filter((mode) => capabilities.modes[mode]),
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
  return {
    times_in_force: [...kind.timesInForce],
    post_only: kind.postOnly,
    reduce_only: kind.reduceOnly,
    stops: kind.nativeStops ? 'native' : 'none',
    triggers: [...kind.triggers],
    market_buy_by_cost: kind.marketBuyByCost,
    duplicate_client_id: kind.duplicateId,
  };
}
