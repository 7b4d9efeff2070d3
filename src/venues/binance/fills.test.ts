import { describe, expect, it } from 'vitest';
import { instrumentSymbol } from '../../core/ids.ts';
import { parseExactJson } from '../ccxt/exact-json.ts';
import type { Parameters } from '../ccxt/exchange.ts';
import type { ListedInstrument } from '../markets.ts';
import { ReadFailure } from '../read-retry.ts';
import type { BinanceAccount } from './account.ts';
import { fillsPage, readCursor, writeCursor } from './fills.ts';

const NOW = 1_700_000_000_000;
const PAGE_LIMIT = 1_000;
const LISTED = {
  instrument: { kind: 'spot', symbol: instrumentSymbol('BTC/USDT') },
  venueSymbol: 'BTCUSDT',
} as unknown as ListedInstrument;

const trade = (id: number): object => ({
  symbol: 'BTCUSDT',
  id,
  orderId: 1,
  price: '60000',
  qty: '0.001',
  quoteQty: '60',
  commission: '0',
  commissionAsset: 'BTC',
  time: NOW - 60_000,
  isBuyer: true,
  isMaker: false,
});

/** The cursor after a page with executions of these ids. */
async function cursorAfter(cursor: string, ids: readonly number[]): Promise<string> {
  const account = {
    clock: { now: () => NOW },
    names: { spot: { kind: 'spot', symbol: () => LISTED.instrument.symbol } },
    requests: {
      read: async (_endpoint: unknown, _parameters: Parameters) =>
        parseExactJson(JSON.stringify(ids.map(trade))),
    },
  } as unknown as BinanceAccount;
  return (await fillsPage(account, LISTED, cursor, NOW)).cursor;
}

describe('cursors', () => {
  it.each([
    { kind: 'from_id', id: 12345678901234567890n },
    { kind: 'from_time', time: 1_700_000_000_000 },
  ] as const)('survive their text: %o', (position) => {
    expect(readCursor(writeCursor(position))).toEqual(position);
  });

  it('go on right after the last execution, at it where the page is full, and from its id once one is known', async () => {
    expect(await cursorAfter('id:5', [5, 6, 9])).toBe('id:10');
    expect(await cursorAfter('id:5', [])).toBe('id:5');
    const full = Array.from({ length: PAGE_LIMIT }, (_, index) => 5 + index);
    expect(await cursorAfter('id:5', full)).toBe(`id:${4 + PAGE_LIMIT}`);
    expect(await cursorAfter(writeCursor({ kind: 'from_time', time: NOW - 3_600_000 }), [5, 7])).toBe('id:8');
  });

  it('refuses a foreign text', () => {
    expect(() => readCursor('page:2')).toThrow(ReadFailure);
  });
});
