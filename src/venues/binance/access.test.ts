import { describe, expect, it } from 'vitest';
import { instrumentSymbol } from '../../core/ids.ts';
import type { JsonValue } from '../../core/json.ts';
import { openBinanceAccess } from './access.ts';
import type { BinanceAccess } from './access.ts';
import { SYSTEM_PLATFORM } from '../system-platform.ts';

const exchangeInfo = (status: string): JsonValue => ({
  rateLimits: [{ rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: 1234 }],
  symbols: [{ symbol: 'BTCUSDT', status, baseAsset: 'BTC', quoteAsset: 'USDT', filters: [] }],
});
const BTC = instrumentSymbol('BTC/USDT');
const HOUR_MS = 3_600_000;

function accessAt(now: () => number): BinanceAccess {
  return openBinanceAccess({
    mode: 'paper',
    endpoints: { rest: 'http://127.0.0.1:1', ws: 'ws://127.0.0.1:1' },
    platform: { ...SYSTEM_PLATFORM, scheduler: { ...SYSTEM_PLATFORM.scheduler, now, monotonic: now } },
  });
}

describe('the instruments that accounts share', () => {
  it('are read once for all who ask, and again when they are old', async () => {
    let now = 0;
    let reads = 0;
    let status = 'TRADING';
    const access = accessAt(() => now);
    const read = async (): Promise<JsonValue> => {
      reads += 1;
      return exchangeInfo(status);
    };
    await Promise.all([access.loadMarkets('spot', HOUR_MS, read), access.loadMarkets('spot', HOUR_MS, read)]);
    expect(reads).toBe(1);
    expect(access.weights.spot.limit).toBe(1234);
    expect(access.markets.get(BTC)?.instrument.active).toBe(true);
    status = 'HALT';
    now = HOUR_MS - 1;
    await access.loadMarkets('spot', HOUR_MS, read);
    expect(reads).toBe(1);
    now = HOUR_MS;
    await access.loadMarkets('spot', HOUR_MS, read);
    expect(reads).toBe(2);
    expect(access.markets.get(BTC)?.instrument.active).toBe(false);
  });

  it('stay as they were when reading them again fails, and are tried anew', async () => {
    let now = 0;
    const access = accessAt(() => now);
    const failing = async (): Promise<JsonValue> => Promise.reject(new Error('down'));
    await expect(access.loadMarkets('spot', HOUR_MS, failing)).rejects.toThrow('down');
    await access.loadMarkets('spot', HOUR_MS, async () => exchangeInfo('TRADING'));
    now = 2 * HOUR_MS;
    await expect(access.loadMarkets('spot', HOUR_MS, failing)).rejects.toThrow('down');
    expect(access.markets.get(BTC)?.instrument.active).toBe(true);
    await access.loadMarkets('spot', HOUR_MS, async () => exchangeInfo('BREAK'));
    expect(access.markets.get(BTC)?.instrument.active).toBe(false);
  });
});
