/** Planted bugs in the terms that go out and in the limits on orders: with `FOUND_BY_SEEDS` in `planted-bugs.ts`. */
import type { FoundBySeed } from './planted-bugs.ts';

const bug = (name: string, foundBy: number, file: string, find: string, replace: string): FoundBySeed => ({
  name,
  foundBy,
  replacements: [{ file, find, replace }],
});

export const LIMIT_BUGS: readonly FoundBySeed[] = [
  bug(
    'a market order is protected on the side that does not fill',
    1,
    'src/core/order/market-protection.ts',
    "if (side === 'buy') {",
    "if (side === 'sell') {",
  ),
  bug(
    'what a market order leaves unfilled goes on working',
    1,
    'src/engine/wire-order.ts',
    "timeInForce: isProtected ? 'IOC' : order.timeInForce,",
    "timeInForce: isProtected ? 'GTC' : order.timeInForce,",
  ),
  bug(
    'a post-only order on spot may take',
    6,
    'src/venues/binance/order-parameters.ts',
    "if (order.postOnly) return { type: 'LIMIT_MAKER', ...quantity(order), ...price(order) };",
    '',
  ),
  bug(
    'an order that may only reduce is sent without saying so',
    128,
    'src/venues/binance/order-parameters.ts',
    "return reduceOnly ? { reduceOnly: 'true' } : {};",
    'return reduceOnly && false ? {} : {};',
  ),
  bug(
    'a stop on the mark is sent as one on the last price',
    18,
    'src/venues/binance/order-parameters.ts',
    "return 'MARK_PRICE';",
    "return 'CONTRACT_PRICE';",
  ),
  bug(
    'an order at its stop price is sent at its limit price',
    12,
    'src/venues/wire-order.ts',
    'return order.stopPrice.toString();',
    'return (order.price ?? order.stopPrice).toString();',
  ),
  bug(
    'one order more may be open than the limit says',
    210,
    'src/core/risk/rules/open-orders.ts',
    'if (open <= limit) return passed(limit, open);',
    'if (open <= limit + 1) return passed(limit, open);',
  ),
  bug(
    'the window of the order rate is empty',
    27,
    'src/core/risk/rules/order-rate.ts',
    'const start = steadyTimeOf(state, at) - orderRateWindowMs;',
    'const start = steadyTimeOf(state, at) - orderRateWindowMs * 0;',
  ),
  bug(
    'purchases may be of any size',
    5,
    'src/core/risk/rules/order-size.ts',
    'if (closing) return PASSED;',
    "if (closing || request.side === 'buy') return PASSED;",
  ),
  bug(
    'an order of a quantity is worth nothing',
    19,
    'src/core/risk/rules/order-size.ts',
    'const price = (worstPriceOf(request, protectionPrice) ?? rawMarketPrice(side, mark)).max(mark);',
    'const price = mark.subtract(mark);',
  ),
  bug(
    'the collar is ten times as wide',
    135,
    'src/core/risk/rules/price-collar.ts',
    'Decimal.of(BigInt(priceCollarBps), 4)',
    'Decimal.of(BigInt(priceCollarBps), 3)',
  ),
  bug(
    'an instrument that is not listed may be bought',
    20,
    'src/core/risk/rules/instrument-allowed.ts',
    'allowed.includes(request.symbol)',
    'allowed.length > 0',
  ),
  bug(
    'the same order again is taken at once',
    17,
    'src/core/risk/rules/duplicate-order.ts',
    'if (ageMs >= windowMs) return PASSED;',
    'if (ageMs >= 0) return PASSED;',
  ),
  bug(
    'a position may be opened at any leverage',
    251,
    'src/core/risk/rules/leverage.ts',
    'if (actual.atMost(limit)) return passed(limit, actual);',
    'if (actual.isPositive()) return passed(limit, actual);',
  ),
  bug(
    'exposure elsewhere is left out of the total',
    172,
    'src/core/risk/rules/total-exposure.ts',
    'const total = elsewhere.add(here);',
    'const total = elsewhere.subtract(elsewhere).add(here);',
  ),
];
