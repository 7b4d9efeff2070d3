import { expect, it } from 'vitest';
import { instrumentSymbol } from '../../core/ids.ts';
import type { JsonValue } from '../../core/json.ts';
import { parseExactJson } from '../ccxt/exact-json.ts';
import type { Parameters } from '../ccxt/exchange.ts';
import type { KucoinAccount } from './account.ts';
import { readAccountRecords } from './account-records.ts';
import { SWAP, type Endpoint } from './endpoints.ts';

const NOW = 2_000_000_000_000;
const json = (value: unknown): JsonValue => parseExactJson(JSON.stringify(value));

it('funding is read of contracts with a position now, and of those whose position was closed since', async () => {
  const answers = new Map<Endpoint, unknown>([
    [SWAP.ledger, { dataList: [], hasMore: false }],
    [SWAP.positions, [{ symbol: 'ETHUSDTM' }]],
    [SWAP.closedPositions, { items: [{ symbol: 'XBTUSDTM' }, { symbol: 'XBTUSDCM' }] }],
  ]);
  const payment = (symbol: unknown) => ({
    id: 1,
    symbol,
    timePoint: NOW - 1,
    funding: -2.5,
    settleCurrency: 'USDT',
  });
  const account = {
    kinds: ['linear_swap'],
    clock: { now: () => NOW },
    names: {
      linear_swap: {
        known: (symbol: string) => symbol.endsWith('USDTM'),
        symbol: (symbol: string) => instrumentSymbol(symbol),
      },
    },
    requests: {
      read: async (endpoint: Endpoint, { symbol }: Parameters) =>
        json(answers.get(endpoint) ?? { dataList: [payment(symbol)], hasMore: false }),
    },
  } as unknown as KucoinAccount;
  const { records } = await readAccountRecords(account, NOW - 60_000);
  expect(records.map(({ kind, symbol }) => [kind, symbol])).toEqual([
    ['funding', 'ETHUSDTM'],
    ['funding', 'XBTUSDTM'],
  ]);
});

it('records of spot from before what the venue lists are named as unread', async () => {
  const account = {
    kinds: ['spot'],
    clock: { now: () => NOW },
    names: {},
    requests: { read: async () => [] },
  } as unknown as KucoinAccount;
  const unreadSince = async (days: number) =>
    (await readAccountRecords(account, NOW - days * 24 * 3_600_000)).unread;
  expect(await unreadSince(2)).toEqual([]);
  expect(await unreadSince(4)).toMatchObject([{ wallet: 'spot' }]);
});
