/**
 * Bugs in the gateway: the wire's parameters, the classifier, the normaliser, quotes, cursors, the rate budget. Only seeds that run
 * the real gateway meet them.
 *
 * Entry point: `GATEWAY_BUGS`, part of `FOUND_BY_SEEDS`.
 */
import type { FoundBySeed } from './planted-bugs.ts';

export const GATEWAY_BUGS: readonly FoundBySeed[] = [
  {
    name: 'classifier: a 5xx proves that nothing was sent',
    foundBy: 17,
    replacements: [
      {
        file: 'src/venues/classifier.ts',
        find: 'return isCertainFailure?.(status, error) === true',
        replace: 'return isCertainFailure?.(status, error) !== false || true',
      },
    ],
  },
  {
    name: 'normaliser: the filled quantity of an answer is the quantity that was asked for',
    foundBy: 2,
    replacements: [
      {
        file: 'src/venues/binance/normalize-orders.ts',
        find: "filledQuantity: figure(order, 'executedQty'),",
        replace: "filledQuantity: figure(order, 'origQty'),",
      },
    ],
  },
  {
    name: 'normaliser: the size of an execution on the stream is its order’s total',
    foundBy: 11,
    replacements: [
      {
        file: 'src/venues/binance/normalize-fills.ts',
        find: "quantity: figure(event, 'l') };",
        replace: "quantity: figure(event, 'z') };",
      },
    ],
  },
  {
    name: 'normaliser: a listed execution of the maker is a purchase',
    foundBy: 9,
    replacements: [
      {
        file: 'src/venues/binance/normalize-fills.ts',
        find: "flag(trade, 'isBuyer') ? 'buy' : 'sell'",
        replace: "flag(trade, 'isMaker') ? 'buy' : 'sell'",
      },
    ],
  },
  {
    name: 'normaliser: a short position is shown without its sign',
    foundBy: 128,
    replacements: [
      {
        file: 'src/venues/binance/normalize-account.ts',
        find: "        quantity: figure(position, 'positionAmt'),",
        replace: "        quantity: figure(position, 'positionAmt').abs(),",
      },
    ],
  },
  {
    name: 'quotes: a reading of all books gives every instrument the first price',
    foundBy: 2,
    replacements: [
      {
        file: 'src/venues/quotes.ts',
        find: 'instrument.kind === kind ? all.prices.get(venueSymbol) : undefined;',
        replace:
          'instrument.kind === kind ? [...all.prices.values()].at(-1) ?? all.prices.get(venueSymbol) : undefined;',
      },
    ],
  },
  {
    name: 'quotes: bid and ask of the stream are swapped',
    foundBy: 6,
    replacements: [
      {
        file: 'src/venues/binance/quote-feed.ts',
        find: "    bid: figure(top, 'b'),\n    bidQuantity: figure(top, 'B'),\n    ask: figure(top, 'a'),",
        replace: "    bid: figure(top, 'B'),\n    bidQuantity: figure(top, 'b'),\n    ask: figure(top, 'a'),",
      },
    ],
  },
  {
    name: 'rate budget: requests that keep coming put off those that wait',
    foundBy: 139,
    replacements: [
      {
        file: 'src/venues/rate-budget.ts',
        find: 'must not put them off.\n      this.#serve();',
        replace: 'must not put them off.\n      this.#schedule();',
      },
    ],
  },
  {
    name: 'streams: a connection that comes back is no gap',
    foundBy: 6,
    replacements: [
      {
        file: 'src/venues/private-stream.ts',
        find: '          listener.onGap(`${name}: connected`);\n',
        replace: '',
      },
      {
        file: 'src/venues/private-stream.ts',
        find: '        onDown: (reason) => {\n          listener.onGap(reason);',
        replace: '        onDown: () => {',
      },
    ],
  },
  {
    name: 'requests: a create is signed as it leaves',
    foundBy: 2,
    replacements: [
      {
        file: 'src/venues/requests.ts',
        find: '      timeoutMs: timeouts.writeMs,\n      signedAt,',
        replace: '      timeoutMs: timeouts.writeMs,\n      signedAt: null,',
      },
    ],
  },
];
