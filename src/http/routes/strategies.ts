import { z } from 'zod';
import { VENUES } from '../../core/ids.ts';
import { entryPrice, type Position } from '../../core/position/position.ts';
import { middleOf, type Interval } from '../../core/risk/valuation.ts';
import { POSITION_SIDES } from '../../core/order/terms.ts';
import type { StrategyReading } from '../../engine/desk.ts';
import { callerOf, deskOf, type App, type HttpContext } from '../context.ts';
import { decimalOut, isoTime, timeOut } from '../fields.ts';
import { shownAmount, shownAverage } from '../views/figures.ts';
import { storedLimitsView, toStoredLimitsView } from '../views/limits.ts';
import { toTradingStateView, tradingStateView } from '../views/trading-state.ts';

const strategyView = z
  .object({
    strategy: z.string(),
    open_orders: z.int(),
    positions: z
      .array(
        z.object({
          exchange: z.enum(VENUES),
          account: z.string(),
          symbol: z.string(),
          position_side: z.enum(POSITION_SIDES),
          quantity: decimalOut.meta({ description: 'Base units, negative for short.' }),
          entry_price: decimalOut.nullable(),
          pnl_asset: z.string().meta({ description: 'The unit of the figures: the base currency.' }),
          net_realized_pnl_total: decimalOut.nullable().meta({
            description:
              'Since its first fill, in the base currency, fees subtracted; null where a part of it is in an asset without a price.',
          }),
          net_realized_pnl_today: decimalOut.nullable().meta({
            description: 'Since 00:00 UTC, in the base currency, fees subtracted; null as the total.',
          }),
          unrealized_pnl: decimalOut
            .nullable()
            .meta({ description: 'At the mark; null where there is none: it is not known.' }),
          fees: z.array(z.object({ asset: z.string(), amount: decimalOut })),
          updated_at: timeOut,
        }),
      )
      .meta({ description: "What the strategy's own fills have made of each position, flat ones included." }),
    limits: storedLimitsView.nullable(),
    trading_state: tradingStateView.nullable().meta({ description: 'Null: active.' }),
  })
  .meta({ id: 'Strategy', description: 'What the orders that carry a tag have open and have made.' });

const strategiesAnswer = z.object({ strategies: z.array(strategyView), as_of_seq: z.int() });

/** `GET /trading/v2/strategies` */
export function strategiesRoute(app: App, context: HttpContext): void {
  app.route({
    method: 'GET',
    url: '/trading/v2/strategies',
    config: { scope: 'read', bound: 'strategies' },
    schema: {
      summary: 'Show what each strategy holds, has open and has made, by its own fills',
      tags: ['watching'],
      response: { 200: strategiesAnswer },
    },
    handler: async (request): Promise<z.output<typeof strategiesAnswer>> => {
      const { value, seq } = await deskOf(context, callerOf(request)).books.strategies();
      return { strategies: value.map(toStrategyView), as_of_seq: seq };
    },
  });
}

function middle(figure: Interval | null): string | null {
  return figure === null ? null : shownAmount(middleOf(figure));
}

function shownEntry(position: Position): string | null {
  const price = entryPrice(position);
  return price === null ? null : shownAverage(price);
}

function toStrategyView(reading: StrategyReading): z.output<typeof strategyView> {
  return {
    strategy: reading.strategy,
    open_orders: reading.openOrders,
    positions: reading.books.map(({ book: { position }, figures }) => ({
      exchange: position.venue,
      account: position.accountId,
      symbol: position.symbol,
      position_side: position.positionSide,
      quantity: position.netQuantity.toString(),
      entry_price: shownEntry(position),
      pnl_asset: reading.baseCurrency,
      net_realized_pnl_total: middle(figures.realized),
      net_realized_pnl_today: middle(figures.realizedToday),
      unrealized_pnl: middle(figures.unrealized),
      fees: position.fees.map(({ asset, amount }) => ({ asset, amount: amount.toString() })),
      updated_at: isoTime(position.updatedAt),
    })),
    limits: reading.limits === null ? null : toStoredLimitsView(reading.limits),
    trading_state: reading.tradingState === null ? null : toTradingStateView(reading.tradingState),
  };
}
