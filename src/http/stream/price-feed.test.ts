/** Prices of one instrument as two accounts see it: each has its own. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { decimal } from '../../core/decimal.ts';
import { accountId, type AccountId } from '../../core/ids.ts';
import type { Quote } from '../../core/instrument.ts';
import { quoteAt, SPOT, SPOT_INSTRUMENT } from '../../core/testing/fixture.ts';
import type { Desk } from '../../engine/desk.ts';
import { PriceFeed, type PriceReader } from './price-feed.ts';

const [PAPER, LIVE] = [accountId('acc-paper'), accountId('acc-live')];

let listeners: Map<AccountId, (quote: Quote) => void>;
let feed: PriceFeed;
beforeEach(() => {
  vi.useFakeTimers();
  listeners = new Map();
  feed = new PriceFeed(
    () => Date.now(),
    (error) => {
      throw error;
    },
  );
});
afterEach(() => {
  vi.useRealTimers();
});

/** The part of a desk that has prices. */
const markets: Pick<Desk['markets'], 'knownQuote' | 'quote' | 'staleQuoteMs' | 'watchQuote'> = {
  knownQuote: () => undefined,
  quote: async () => null,
  staleQuoteMs: () => 5_000,
  watchQuote: (account, _symbol, listener) => {
    listeners.set(account, listener);
    return () => void listeners.delete(account);
  },
};
const desk = { markets } as unknown as Desk;

interface Received {
  readonly account: string;
  readonly bid: string;
}

function subscribe(account: AccountId): { readonly received: Received[]; readonly end: () => void } {
  const received: Received[] = [];
  const reader: PriceReader = {
    isOpen: true,
    isBehind: false,
    send: (text) => {
      const { account: of, bid } = JSON.parse(text) as Received;
      received.push({ account: of, bid });
    },
  };
  const subject = { desk, accountId: account, exchange: 'binance', symbol: SPOT, channel: 'prices' } as const;
  return { received, end: feed.subscribe(subject, reader, () => undefined) };
}

it('two accounts that ask for one instrument are sent the prices of their own venue each', async () => {
  const [paper, live] = [subscribe(PAPER), subscribe(LIVE)];
  expect(feed.topicCount).toBe(2);
  listeners.get(PAPER)?.(quoteAt(SPOT_INSTRUMENT, decimal('100'), Date.now()));
  listeners.get(LIVE)?.(quoteAt(SPOT_INSTRUMENT, decimal('200'), Date.now()));
  await vi.advanceTimersByTimeAsync(200);
  expect([paper.received, live.received]).toEqual([
    [{ account: PAPER, bid: '99.99' }],
    [{ account: LIVE, bid: '199.99' }],
  ]);
  paper.end();
  expect([feed.topicCount, [...listeners.keys()]]).toEqual([1, [LIVE]]);
  live.end();
  expect(feed.topicCount).toBe(0);
});
