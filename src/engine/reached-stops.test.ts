/** Whether the market has reached a stop: by a price that is new enough to be a datum of its own. */
import { expect, it } from 'vitest';
import { decimal } from '../core/decimal.ts';
import { DEFAULT_LIMITS } from '../core/risk/limits.ts';
import { ACCOUNT, Desk, NO_CONVERSIONS, quoteAt, SPOT_INSTRUMENT } from '../core/testing/fixture.ts';
import { Accounts } from './accounts.ts';
import { read, silentGateway } from './testing/silent-gateway.ts';

it('a stop is reached by no price that is older than was asked for: it may be the very datum that is to be confirmed', async () => {
  const desk = Desk.funded();
  const stop = desk.open({
    type: 'stop_market',
    side: 'sell',
    quantity: decimal('1'),
    price: null,
    stopPrice: decimal('90'),
  });
  const asked: (number | undefined)[] = [];
  const knownAt = desk.at;
  const gateway = silentGateway({
    freshQuote: async (_symbol, maxAgeMs) => {
      asked.push(maxAgeMs);
      return read(quoteAt(SPOT_INSTRUMENT, decimal('85'), knownAt));
    },
  });
  const accounts = new Accounts({
    accounts: [
      { accountId: ACCOUNT, venue: 'binance', mode: 'paper', gateway, instance: null, connectionId: 'one' },
    ],
    clock: { now: () => desk.at, monotonic: () => desk.at, after: () => () => undefined },
    state: () => desk.state,
    limits: () => DEFAULT_LIMITS,
    priceAt: () => null,
    conversions: () => NO_CONVERSIONS,
    halted: () => null,
  });
  for (const account of accounts.all()) account.started = true;
  desk.at += 100;
  expect(await accounts.isReachedWithin(stop, 100)).toBe(true);
  desk.at += 1;
  expect(await accounts.isReachedWithin(stop, 100)).toBeNull();
  expect(asked).toEqual([100, 100]);
});
