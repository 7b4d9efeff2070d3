/** Spot and swaps of a venue whose policies name one wallet: what one product holds, the other cannot use. */
import { describe, expect, it } from 'vitest';
import { decimal } from '../../core/decimal.ts';
import { BTC, BTC_SWAP, exampleConfig, START_AT } from './example-venue.ts';
import { Exchange } from './exchange.ts';

const ACCOUNT = 'user';

function unifiedExchange(usdt: string): Exchange {
  const config = exampleConfig();
  const exchange = new Exchange({
    ...config,
    policy: {
      spot: { ...config.policy.spot, wallet: 'unified' },
      swap: { ...config.policy.swap, wallet: 'unified' },
    },
  });
  exchange.registerAccount(START_AT, {
    accountId: ACCOUNT,
    credentials: { key: ACCOUNT, secret: ACCOUNT, passphrase: null },
    permissions: { trade: true, withdraw: false },
    balances: [{ wallet: 'unified', asset: 'USDT', amount: decimal(usdt) }],
  });
  for (const { symbol, liquidity } of [BTC, BTC_SWAP])
    exchange.movePrice(START_AT, symbol, [liquidity.startPrice], true);
  return exchange;
}

describe('a wallet that spot and swaps share', () => {
  it('a resting purchase on spot leaves less for the margin of a swap', () => {
    const exchange = unifiedExchange('1000');
    const bought = exchange.placeOrder(START_AT, ACCOUNT, {
      symbol: BTC.symbol,
      side: 'buy',
      type: 'limit',
      price: decimal('50000'),
      quantity: decimal('0.018'),
    });
    expect(bought.ok).toBe(true);
    const swap = { symbol: BTC_SWAP.symbol, side: 'buy', type: 'market', quantity: decimal('0.05') } as const;
    expect(exchange.placeOrder(START_AT, ACCOUNT, swap)).toMatchObject({
      ok: false,
      refusal: { code: 'insufficient_balance', asset: 'USDT' },
    });
    exchange.cancelAll(START_AT, ACCOUNT, { symbol: BTC.symbol });
    expect(exchange.placeOrder(START_AT, ACCOUNT, swap).ok).toBe(true);
  });

  it('the margin of a swap leaves less for a purchase on spot, and both are paid from the one balance', () => {
    const exchange = unifiedExchange('1000');
    exchange.placeOrder(START_AT, ACCOUNT, {
      symbol: BTC_SWAP.symbol,
      side: 'buy',
      type: 'market',
      quantity: decimal('0.1'),
    });
    const spot = { symbol: BTC.symbol, side: 'buy', type: 'market' } as const;
    expect(exchange.placeOrder(START_AT, ACCOUNT, { ...spot, cost: decimal('900') })).toMatchObject({
      ok: false,
      refusal: { code: 'insufficient_balance', asset: 'USDT' },
    });
    expect(exchange.placeOrder(START_AT, ACCOUNT, { ...spot, cost: decimal('300') }).ok).toBe(true);
    expect(new Set(exchange.balances(ACCOUNT).map(({ wallet }) => wallet))).toEqual(new Set(['unified']));
    expect(exchange.margin(ACCOUNT)?.walletBalance).toEqual(
      exchange.balances(ACCOUNT).find(({ asset }) => asset === 'USDT')?.total,
    );
  });
});
