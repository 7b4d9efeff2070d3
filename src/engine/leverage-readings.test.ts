import { describe, expect, it } from 'vitest';
import { decimal, type Decimal } from '../core/decimal.ts';
import { accountId, instrumentSymbol } from '../core/ids.ts';
import { instrumentKey } from '../core/portfolio/keys.ts';
import type { SwapSettings } from '../core/venue/setting.ts';
import type { ReadAnswer } from '../venues/gateway.ts';
import { LEVERAGE_FRESH_MS, LeverageReadings } from './leverage-readings.ts';

const ACCOUNT = accountId('a1');
const SWAP = instrumentSymbol('BTC/USDT:USDT');
const KEY = instrumentKey(ACCOUNT, SWAP);

class StoppedClock {
  elapsedMs = 0;
  now(): number {
    return this.elapsedMs;
  }
  monotonic(): number {
    return this.elapsedMs;
  }
  after(): () => void {
    return () => undefined;
  }
}

class Venue {
  leverage: Decimal | null = decimal('20');
  answers = true;
  asked = 0;

  readonly swapSettings = async (): Promise<ReadAnswer<SwapSettings>> => {
    this.asked += 1;
    return this.answers
      ? { kind: 'ok', value: { leverage: this.leverage, marginMode: 'cross' }, startedAt: 0, finishedAt: 0 }
      : { kind: 'failed', reason: 'unreachable', detail: 'no answer' };
  };
}

describe('the leverage of a swap that no reading of positions shows', () => {
  it('is asked for once by orders that come together, and known for a minute', async () => {
    const clock = new StoppedClock();
    const venue = new Venue();
    const readings = new LeverageReadings(clock);
    await Promise.all([1, 2, 3].map(() => readings.read(ACCOUNT, venue, SWAP)));
    expect(venue.asked).toBe(1);
    expect(readings.known().get(KEY)?.toString()).toBe('20');
    venue.leverage = decimal('5');
    clock.elapsedMs = LEVERAGE_FRESH_MS - 1;
    await readings.read(ACCOUNT, venue, SWAP);
    expect(readings.known().get(KEY)?.toString()).toBe('20');
    clock.elapsedMs = LEVERAGE_FRESH_MS;
    expect(readings.known().size).toBe(0);
    await readings.read(ACCOUNT, venue, SWAP);
    expect(readings.known().get(KEY)?.toString()).toBe('5');
  });

  it('stays unknown without an answer, and the next order asks again', async () => {
    const venue = new Venue();
    venue.answers = false;
    const readings = new LeverageReadings(new StoppedClock());
    await readings.read(ACCOUNT, venue, SWAP);
    expect(readings.known().size).toBe(0);
    venue.answers = true;
    await readings.read(ACCOUNT, venue, SWAP);
    expect(readings.known().get(KEY)?.toString()).toBe('20');
  });

  it('is forgotten once it is set', async () => {
    const venue = new Venue();
    const readings = new LeverageReadings(new StoppedClock());
    await readings.read(ACCOUNT, venue, SWAP);
    readings.forget(ACCOUNT, SWAP);
    expect(readings.known().size).toBe(0);
    venue.leverage = decimal('3');
    await readings.read(ACCOUNT, venue, SWAP);
    expect(readings.known().get(KEY)?.toString()).toBe('3');
  });

  it('is forgotten with its account, and with no other', async () => {
    const venue = new Venue();
    const readings = new LeverageReadings(new StoppedClock());
    const other = accountId('a10');
    const another = instrumentSymbol('ETH/USDT:USDT');
    for (const [account, symbol] of [
      [ACCOUNT, SWAP],
      [ACCOUNT, another],
      [other, SWAP],
    ] as const)
      await readings.read(account, venue, symbol);
    readings.forget(ACCOUNT, another);
    expect([...readings.known().keys()]).toEqual([KEY, instrumentKey(other, SWAP)]);
    readings.forget(ACCOUNT);
    expect([...readings.known().keys()]).toEqual([instrumentKey(other, SWAP)]);
  });
});
