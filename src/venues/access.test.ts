/** The parts that accounts at one address share: instruments are read once for all of them, and a window is one for all who ask. */
import { describe, expect, it } from 'vitest';
import { instrumentSymbol } from '../core/ids.ts';
import { openAccess } from './access.ts';
import type { VenueAccess } from './access.ts';
import { parseSpotInstruments } from './binance/markets.ts';
import type { ListedInstrument } from './markets.ts';
import { SYSTEM_PLATFORM } from './system-platform.ts';

const BTC = instrumentSymbol('BTC/USDT');
const HOUR_MS = 3_600_000;

const listed = (status: string): readonly ListedInstrument[] =>
  parseSpotInstruments({
    symbols: [{ symbol: 'BTCUSDT', status, baseAsset: 'BTC', quoteAsset: 'USDT', filters: [] }],
  });

function accessAt(now: () => number): VenueAccess {
  return openAccess(
    { production: { origins: {}, streams: {} }, testnet: null },
    {
      mode: 'paper',
      endpoints: { rest: 'http://127.0.0.1:1', ws: 'ws://127.0.0.1:1' },
      platform: { ...SYSTEM_PLATFORM, scheduler: { ...SYSTEM_PLATFORM.scheduler, now, monotonic: now } },
    },
  );
}

describe('the instruments that accounts share', () => {
  it('are read once for all who ask, and again when they are old', async () => {
    let now = 0;
    let reads = 0;
    let status = 'TRADING';
    const access = accessAt(() => now);
    const read = async (): Promise<readonly ListedInstrument[]> => {
      reads += 1;
      return listed(status);
    };
    await Promise.all([access.readMarkets('spot', HOUR_MS, read), access.readMarkets('spot', HOUR_MS, read)]);
    expect(reads).toBe(1);
    expect(access.markets.get(BTC)?.instrument.active).toBe(true);
    status = 'HALT';
    now = HOUR_MS - 1;
    await access.readMarkets('spot', HOUR_MS, read);
    expect(reads).toBe(1);
    now = HOUR_MS;
    await access.readMarkets('spot', HOUR_MS, read);
    expect(reads).toBe(2);
    expect(access.markets.get(BTC)?.instrument.active).toBe(false);
  });

  it('stay as they were when reading them again fails, and are tried anew', async () => {
    let now = 0;
    const access = accessAt(() => now);
    const failing = async (): Promise<never> => Promise.reject(new Error('down'));
    await expect(access.readMarkets('spot', HOUR_MS, failing)).rejects.toThrow('down');
    await access.readMarkets('spot', HOUR_MS, async () => listed('TRADING'));
    now = 2 * HOUR_MS;
    await expect(access.readMarkets('spot', HOUR_MS, failing)).rejects.toThrow('down');
    expect(access.markets.get(BTC)?.instrument.active).toBe(true);
    await access.readMarkets('spot', HOUR_MS, async () => listed('BREAK'));
    expect(access.markets.get(BTC)?.instrument.active).toBe(false);
  });
});

it('a window is made once for its key, with the size that it was first asked for', () => {
  const access = accessAt(() => 0);
  const window = access.window('GET orders', 'endpoint', 10, 1_000);
  expect(access.window('GET orders', 'endpoint', 10, 1_000)).toBe(window);
  expect(access.window('GET fills', 'endpoint', 20, 1_000)).not.toBe(window);
  expect(window.limit).toBe(10);
});
