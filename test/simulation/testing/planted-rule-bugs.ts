/**
 * One bug in each rule of the risk review, most on the very edge of a bound or in what a rule must not hold back. Worlds have few limits and rarely
 * stand on such an edge: a named test finds each.
 *
 * Entry point: `RULE_BUGS`, part of `FOUND_BY_TESTS`.
 */
import type { FoundByTest } from './planted-bugs.ts';

export const RULE_BUGS: readonly FoundByTest[] = [
  {
    name: 'available_balance: a spot sale that closes needs no balance',
    foundIn: {
      file: 'src/core/risk/rules/market-data.test.ts',
      title: 'a spot close still needs what it sells',
    },
    replacements: [
      {
        file: 'src/core/risk/rules/available-balance.ts',
        find: "if (setting.kind === 'linear_swap' && reducing) return PASSED;",
        replace: 'if (reducing) return PASSED;',
      },
    ],
  },
  {
    name: 'base_value: a close is denied for want of a rate',
    foundIn: {
      file: 'src/core/risk/conversion.test.ts',
      title: 'new risk without a value is denied with its own code; what shrinks exposure never is',
    },
    replacements: [
      { file: 'src/core/risk/rules/base-value.ts', find: 'if (reducing || rateOf(', replace: 'if (rateOf(' },
    ],
  },
  {
    name: 'daily_loss: the limit itself may be lost',
    foundIn: {
      file: 'src/core/risk/rules/daily-loss.test.ts',
      title: 'refuses new risk once the limit is lost since midnight',
    },
    replacements: [
      {
        file: 'src/core/risk/rules/daily-loss.ts',
        find: 'if (loss.lessThan(limit)) return',
        replace: 'if (loss.atMost(limit)) return',
      },
    ],
  },
  {
    name: 'drawdown: the limit itself may be lost',
    foundIn: {
      file: 'src/core/risk/rules/drawdown.test.ts',
      title: 'measures the fraction of the peak that is lost',
    },
    replacements: [
      {
        file: 'src/core/risk/rules/drawdown.ts',
        find: 'if (lost.lessThan(limit)) return',
        replace: 'if (lost.atMost(limit)) return',
      },
    ],
  },
  {
    name: 'instrument_allowed: what is no longer allowed cannot be closed',
    foundIn: {
      file: 'src/core/risk/rules/instrument-allowed.test.ts',
      title: 'still lets what is held be closed',
    },
    replacements: [
      {
        file: 'src/core/risk/rules/instrument-allowed.ts',
        find: 'if (allowed === null || closing || allowed',
        replace: 'if (allowed === null || allowed',
      },
    ],
  },
  {
    name: 'instrument_filters: a small rest cannot be closed',
    foundIn: {
      file: 'src/core/risk/rules/instrument-filters.test.ts',
      title: 'lets a small rest be closed by a reduce-only order',
    },
    replacements: [
      {
        file: 'src/core/risk/rules/instrument-filters.ts',
        find: 'notional.lessThan(instrument.minNotional) &&\n    !onlyReduces(request)',
        replace: 'notional.lessThan(instrument.minNotional)',
      },
    ],
  },
  {
    name: 'margin: the ratio of the limit itself passes',
    foundIn: {
      file: 'src/core/risk/rules/margin.test.ts',
      title: 'refuses new risk from the margin ratio that is the limit on',
    },
    replacements: [
      {
        file: 'src/core/risk/rules/margin.ts',
        find: 'if (ratio.atLeast(maxMarginRatio))',
        replace: 'if (ratio.greaterThan(maxMarginRatio))',
      },
    ],
  },
  {
    name: 'market_data: the fresher of book and mark counts',
    foundIn: {
      file: 'src/core/risk/rules/market-data.test.ts',
      title:
        'is as old as the older of book and mark: a fresh book beside an old mark decides nothing, nor the reverse',
    },
    replacements: [
      {
        file: 'src/core/quote.ts',
        find: 'return Math.min(bookAt, markAt);',
        replace: 'return Math.max(bookAt, markAt);',
      },
    ],
  },
  {
    name: 'open_orders: the new order does not count',
    foundIn: {
      file: 'src/core/risk/rules/open-orders.test.ts',
      title: 'counts every unfinished order of the portfolio, and this one',
    },
    replacements: [
      { file: 'src/core/risk/rules/open-orders.ts', find: '? 1 : 0) + 1;', replace: '? 1 : 0);' },
    ],
  },
  {
    name: 'order_rate: closing orders count',
    foundIn: { file: 'src/core/risk/rules/order-rate.test.ts', title: 'never stops a closing order' },
    replacements: [
      {
        file: 'src/core/risk/rules/order-rate.ts',
        find: 'if (counted.limit === null || closing || excluding',
        replace: 'if (counted.limit === null || excluding',
      },
    ],
  },
  {
    name: 'order_shape: the time that a request takes is not added to the earliest end',
    foundIn: {
      file: 'src/core/risk/rules/order-shape.test.ts',
      title: 'refuses an end that the venue would find too soon when the request arrives, in words',
    },
    replacements: [
      {
        file: 'src/core/risk/rules/order-shape.ts',
        find: 'const aheadMs = goodTillAheadMs + requestLifetimeMs;',
        replace: 'const aheadMs = goodTillAheadMs + 0 * requestLifetimeMs;',
      },
    ],
  },
  {
    name: 'order_size: a close is bounded',
    foundIn: {
      file: 'src/core/risk/rules/order-size.test.ts',
      title: 'does not stop what closes a position, however large it is',
    },
    replacements: [
      { file: 'src/core/risk/rules/order-size.ts', find: '  if (closing) return PASSED;\n', replace: '' },
    ],
  },
  {
    name: 'price_collar: an old quote holds a close back',
    foundIn: {
      file: 'src/core/risk/rules/price-collar.test.ts',
      title: 'says nothing on a stale quote, so that a closing order gets out at the price there is',
    },
    replacements: [
      {
        file: 'src/core/risk/rules/price-collar.ts',
        find: '  if (context.at - valuation.at > staleQuoteMs) return PASSED;\n',
        replace: '',
      },
    ],
  },
  {
    name: 'reduce_only: resting orders of a hedged side claim nothing',
    foundIn: {
      file: 'src/core/risk/rules/reduce-only.test.ts',
      title: 'of a hedged side closes no more than resting orders leave of it, and says so in words',
    },
    replacements: [
      {
        file: 'src/core/risk/rules/reduce-only.ts',
        find: 'if (claimsHedgedSide(order)) claimed',
        replace: 'if (claimsHedgedSide(order) && order.orderId === excluding) claimed',
      },
    ],
  },
  {
    name: 'self_cross: a close is kept from trading with our own order',
    foundIn: { file: 'src/core/risk/rules/self-cross.test.ts', title: 'never stops a closing order' },
    replacements: [
      {
        file: 'src/core/risk/rules/self-cross.ts',
        find: 'if (closing || request.postOnly',
        replace: 'if (request.postOnly',
      },
    ],
  },
  {
    name: 'stop_trigger: an old price refuses a stop',
    foundIn: {
      file: 'src/core/order/protection.test.ts',
      title: 'is refused with both prices, on a fresh quote alone',
    },
    replacements: [
      {
        file: 'src/core/risk/rules/stop-trigger.ts',
        find: 'freshMarketPriceFor(request, context)',
        replace: '(context.quote?.mark ?? freshMarketPriceFor(request, context))',
      },
    ],
  },
  {
    name: 'strategy_limits: a result that is not known is none',
    foundIn: {
      file: 'src/core/risk/strategy-books.test.ts',
      title: 'take no new risk while what it holds has no mark',
    },
    replacements: [
      {
        file: 'src/core/risk/rules/strategy-limits.ts',
        find: 'if (loss === null || loss.atLeast(limits.maxDailyLoss))',
        replace: 'if (loss?.atLeast(limits.maxDailyLoss) === true)',
      },
    ],
  },
  {
    name: 'total_exposure: what has no mark is worth nothing',
    foundIn: {
      file: 'src/core/risk/rules/total-exposure.test.ts',
      title: 'values an instrument without a mark at what it was bought at',
    },
    replacements: [
      {
        file: 'src/core/risk/rules/total-exposure.ts',
        find: '?? lastKnownMark(state.positions.get(key), orders);',
        replace: '?? (orders === null ? lastKnownMark(state.positions.get(key), orders) : Decimal.zero);',
      },
    ],
  },
];
