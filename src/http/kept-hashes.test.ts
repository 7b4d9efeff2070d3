/**
 * Hashes of requests that journals hold already. The literals were taken from the release before orders had position
 * sides: a client that repeats an old request under its key has to get the first order again, and no conflict.
 */
import { describe, expect, it } from 'vitest';
import { Decimal } from '../core/decimal.ts';
import { accountId, instrumentSymbol, portfolioId } from '../core/ids.ts';
import type { AccountRecord } from '../directory/accounts.ts';
import type { Caller } from '../directory/callers.ts';
import { hashOfClose, type CloseWish } from './closing.ts';
import {
  anyOrderBody,
  limitOrderBody,
  marketOrderBody,
  stopOrderBody,
  toIntent,
  type AnyOrderBody,
} from './order-request.ts';

const ACCOUNT: AccountRecord = {
  portfolioId: portfolioId('main'),
  accountId: accountId('acc_hash'),
  exchange: 'binance',
  mode: 'paper',
  label: 'paper',
  isDefault: true,
  hasCredentials: false,
  createdAt: new Date(0),
  paperResets: 0,
};
const CALLER: Caller = {
  userId: 'user',
  portfolioId: portfolioId('main'),
  userName: 'user',
  scopes: ['trade'],
  tokenId: 'token',
  tokenLabel: 'token',
  users: 'none',
  bounds: { accounts: null, strategies: null },
};
const SPOT = { exchange: 'binance', symbol: 'BTC/USDT', side: 'buy', quantity: '0.001' };
const SWAP = { ...SPOT, symbol: 'BTC/USDT:USDT' };
const MARKET_ON_SWAP = '4f96f7d0f1d4290eeb3f54fd1e3c7f0c980c7ff46fe3add1ba590089011d094a';

function hashOf(body: AnyOrderBody): string | undefined {
  return toIntent(body, ACCOUNT, CALLER, 'key').idempotency?.contentHash;
}

describe('the hash of an order request from before there were position sides', () => {
  it.each<readonly [string, AnyOrderBody, string]>([
    [
      'a market order',
      marketOrderBody.parse(SPOT),
      'c26a1c3095754bc45762b74ddb218963797263075338bd8e5f1a0e34710c571b',
    ],
    [
      'a market order by cost with every field',
      marketOrderBody.parse({
        exchange: 'binance',
        symbol: 'BTC/USDT',
        side: 'buy',
        cost: 50,
        client_order_id: 'mine',
        strategy: 'grid',
        market_protection_bps: 100,
      }),
      '2390c5009a888b0d3b1f7bb0fc6f59e0799c273f321a927b1420bc11f88a3108',
    ],
    [
      'a limit order',
      limitOrderBody.parse({
        ...SWAP,
        side: 'sell',
        price: '60000.10',
        post_only: true,
        reduce_only: true,
        send_within_ms: 9_000,
      }),
      '65433d24634ea20937299c1eb4ca99b36ffdd25a45b306ae5cc4201a0044195c',
    ],
    [
      'a limit order with an end',
      limitOrderBody.parse({
        ...SWAP,
        price: 60_000,
        time_in_force: 'GTD',
        expires_at: '2030-01-01T00:00:00Z',
      }),
      '851b8827a99be01c698215ad53af6da2c0c283646f0de614b37076cc2a1f06e2',
    ],
    [
      'a stop order',
      stopOrderBody.parse({ ...SWAP, side: 'sell', stop_price: '59000', trigger: 'mark', reduce_only: true }),
      '472152e9b8587ae3b1fa14cdcd0150882d853674400bc44ad75872e0ca7e4b66',
    ],
    [
      'an order of a batch',
      anyOrderBody.parse({ type: 'stop', ...SWAP, stop_price: '61000', price: '61010', wait_ms: 0 }),
      '49aa8ee87a7dd25bd233ac701cbe02a8c0f9fcde985e6cbb75b5415ca0f26e14',
    ],
    ['a market order on a swap', marketOrderBody.parse(SWAP), MARKET_ON_SWAP],
  ])('%s', (_name, body, kept) => {
    expect(hashOf(body)).toBe(kept);
  });

  it('is the same with the side that it had by default, under either name, and another for any other', () => {
    const on = (side: string): string | undefined =>
      hashOf(marketOrderBody.parse({ ...SWAP, position_side: side }));
    expect([on('net'), on('both')]).toEqual([MARKET_ON_SWAP, MARKET_ON_SWAP]);
    expect(new Set([MARKET_ON_SWAP, on('long'), on('short')]).size).toBe(3);
  });
});

describe('the hash of a close from before there were position sides', () => {
  const ALL: CloseWish = {
    account: ACCOUNT,
    symbol: instrumentSymbol('BTC/USDT:USDT'),
    positionSide: null,
    quantity: null,
    fraction: null,
    marketProtectionBps: null,
    clientOrderId: null,
    strategy: null,
    key: 'key',
    request: null,
    waitMs: 0,
  };
  it.each<readonly [string, Partial<CloseWish>, string]>([
    ['of all of it', {}, '813e13df8f29dda759b5f2d6d3aaad079e5d2667592e06141fb9afbf1ca6ce7d'],
    [
      'of a quantity, with every field',
      {
        symbol: instrumentSymbol('BTC/USDT'),
        quantity: Decimal.parse('0.50'),
        marketProtectionBps: 50,
        clientOrderId: 'c-1',
        strategy: 'grid',
      },
      '93dd9c5118d7e1f6d247d5d73a70af40b7ccd7d4ede81d396a0cbcb051e66d9f',
    ],
    [
      'of a fraction',
      { fraction: Decimal.parse('0.25') },
      'ec128aef996805888f3e8979fb262621fc4a5b19cca4ef3d622e98d501e38321',
    ],
  ])('%s', (_name, parts, kept) => {
    expect(hashOfClose({ ...ALL, ...parts })).toBe(kept);
  });

  it('is another for each side that is named', () => {
    const hashes = ([null, 'long', 'short'] as const).map((positionSide) =>
      hashOfClose({ ...ALL, positionSide }),
    );
    expect(new Set(hashes).size).toBe(3);
  });
});
