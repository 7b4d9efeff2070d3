/**
 * Bugs in the code that gateways share, and in Binance's own: the edges of a budget, a time or a payload. A named test finds each.
 *
 * Entry point: `VENUE_BUGS`, part of `FOUND_BY_TESTS`.
 */
import type { FoundByTest } from './planted-bugs.ts';

export const VENUE_BUGS: readonly FoundByTest[] = [
  {
    name: 'classifier: any error of a reading says that there is no such order',
    foundIn: {
      file: 'src/venues/classifier.test.ts',
      title: 'says of a reading whether another attempt may help, and of the venue whether it is at work',
    },
    replacements: [
      {
        file: 'src/venues/classifier.ts',
        find: "if (isAbsent) return { kind: 'no_such_order' };",
        replace: "if (stated.kind === 'error') return { kind: 'no_such_order' };",
      },
    ],
  },
  {
    name: 'breaker: failures that are far apart add up',
    foundIn: { file: 'src/venues/breaker.test.ts', title: 'opens after failed reads in a row' },
    replacements: [
      {
        file: 'src/venues/breaker.ts',
        find: "outcome === 'failing' ? this.#failures + 1 : 0;",
        replace: "outcome === 'failing' ? this.#failures + 1 : this.#failures;",
      },
    ],
  },
  {
    name: 'rate budget: our own estimate holds a cancel back',
    foundIn: {
      file: 'src/venues/rate-budget.test.ts',
      title: 'never holds a cancel back on our own estimate',
    },
    replacements: [
      {
        file: 'src/venues/rate-budget.ts',
        find: "lane === 'cancel' || this.#windows.every",
        replace: 'this.#windows.every',
      },
    ],
  },
  {
    name: 'requests: one leaves after its lifetime',
    foundIn: {
      file: 'src/venues/requests.test.ts',
      title: 'does not leave after its lifetime, nor without room, nor once it is annulled',
    },
    replacements: [
      {
        file: 'src/venues/requests.ts',
        find: "    if (leftMs < 0) return { kind: 'not_sent', reason: 'expired', detail: `${-leftMs} ms too late` };\n",
        replace: '',
      },
    ],
  },
  {
    name: 'write: an answer that cannot be read proves that nothing was sent',
    foundIn: { file: 'src/venues/write.test.ts', title: 'is a success only once its answer could be read' },
    replacements: [
      {
        file: 'src/venues/write.ts',
        find: "return { kind: 'unknown', detail: `an answer without",
        replace: "return { kind: 'not_sent', reason: 'connect_failed', detail: `an answer without",
      },
    ],
  },
  {
    name: 'look-up: an absence is dated after the questions',
    foundIn: {
      file: 'src/venues/look-up.test.ts',
      title: 'counts an absence as of a time that was read before anything else, after everything was asked',
    },
    replacements: [
      {
        file: 'src/venues/look-up.ts',
        find: "return { kind: 'absent', venueTime, fills: await search.fills(request.since, until) };",
        replace:
          "const fills = await search.fills(request.since, until);\n    return { kind: 'absent', venueTime: await search.venueTime(), fills };",
      },
    ],
  },
  {
    name: 'fills: the cursor passes what may still be listed',
    foundIn: {
      file: 'src/venues/fills-span.test.ts',
      title: 'are all read, however late they are listed within the lag and however pages fall',
    },
    replacements: [
      {
        file: 'src/venues/fills-span.ts',
        find: 'Math.min(to + 1, now - listingLagMs)',
        replace: 'Math.min(to + 1, now)',
      },
    ],
  },
  {
    name: 'quotes: a slow answer is as fresh as its arrival',
    foundIn: {
      file: 'src/venues/quotes.test.ts',
      title: 'prices that take a while to read are of when they were asked for',
    },
    replacements: [
      {
        file: 'src/venues/quotes.ts',
        find: 'const startedAt = this.#timeOf(startedAtMonotonic);',
        replace: 'const startedAt = this.#timeOf(Math.max(startedAtMonotonic, clock.local.monotonic()));',
      },
    ],
  },
  {
    name: 'private stream: the orders of two instruments are one',
    foundIn: { file: 'src/venues/private-stream.test.ts', title: 'follows each order by itself' },
    replacements: [
      {
        file: 'src/venues/private-stream.ts',
        find: 'const key = `${report.symbol} ${report.venueOrderId}`;',
        replace: 'const key = ` ${report.venueOrderId}`;',
      },
    ],
  },
  {
    name: 'classifier: any refused cancel says that there is no such order',
    foundIn: {
      file: 'src/venues/binance/classify.test.ts',
      title: 'knows a working order that is not there from one that may not be canceled',
    },
    replacements: [
      {
        file: 'src/venues/binance/classify.ts',
        find: "(code === '-2011' && /unknown order/i.test(message))",
        replace: "code === '-2011'",
      },
    ],
  },
  {
    name: 'normaliser: what orders lock is no part of a balance',
    foundIn: { file: 'src/venues/binance/normalize.test.ts', title: 'adds free and locked' },
    replacements: [
      {
        file: 'src/venues/binance/normalize-account.ts',
        find: 'total: free.add(locked),',
        replace: 'total: free,',
      },
    ],
  },
  {
    name: 'parameters: a quantity goes through a double',
    foundIn: { file: 'src/venues/binance/order-parameters.test.ts', title: 'sends figures digit for digit' },
    replacements: [
      {
        file: 'src/venues/wire-order.ts',
        find: 'return quantity.toString();',
        replace: 'return String(Number(quantity.toString()));',
      },
    ],
  },
];
