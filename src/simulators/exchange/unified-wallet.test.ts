/** Spot and swaps of a venue whose policies name one wallet: what one product holds, the other cannot use; assets as collateral. */
import { describe, expect, it } from 'vitest';
import { decimal, type Decimal } from '../../core/decimal.ts';
import { BTC, BTC_SWAP, exampleConfig, START_AT } from './example-venue.ts';
import { Exchange } from './exchange.ts';

const ACCOUNT = 'user';

function unifiedExchange(
  usdt: string,
  {
    btc = '0',
    rates = null,
  }: { readonly btc?: string; readonly rates?: Record<string, Decimal> | null } = {},
): Exchange {
  const config = exampleConfig();
  const exchange = new Exchange({
    ...config,
    policy: {
      spot: { ...config.policy.spot, wallet: 'unified' },
      swap: { ...config.policy.swap, wallet: 'unified', collateralRates: rates },
    },
  });
  exchange.registerAccount(START_AT, {
    accountId: ACCOUNT,
    credentials: { key: ACCOUNT, secret: ACCOUNT, passphrase: null },
    permissions: { trade: true, withdraw: false },
    balances: [
      { wallet: 'unified', asset: 'USDT', amount: decimal(usdt) },
      { wallet: 'unified', asset: 'BTC', amount: decimal(btc) },
    ],
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

describe('a wallet in which every asset is collateral', () => {
  const RATES = { BTC: decimal('0.95') };
  const swap = { symbol: BTC_SWAP.symbol, side: 'buy', type: 'market' } as const;
  const totalOf = (exchange: Exchange, asset: string): Decimal | undefined =>
    exchange.balances(ACCOUNT).find((balance) => balance.asset === asset)?.total;

  it('other assets back a swap at their ratio, and back none where the venue does not count them', () => {
    // 0.3 contracts at a twentieth of 60,000 want 900; 0.02 BTC are worth 1,140 as collateral.
    const order = { ...swap, quantity: decimal('0.3') };
    expect(unifiedExchange('1', { btc: '0.02' }).placeOrder(START_AT, ACCOUNT, order)).toMatchObject({
      ok: false,
      refusal: { code: 'insufficient_balance' },
    });
    const exchange = unifiedExchange('1', { btc: '0.02', rates: RATES });
    expect(exchange.placeOrder(START_AT, ACCOUNT, { ...swap, quantity: decimal('0.4') }).ok).toBe(false);
    expect(exchange.placeOrder(START_AT, ACCOUNT, order).ok).toBe(true);
    // The fee was paid by what there was of the asset, and left a debt in it.
    expect(totalOf(exchange, 'USDT')?.isNegative()).toBe(true);
  });

  it('an asset that backs a swap and a debt can be sold whole, and backs both until it is', () => {
    const exchange = unifiedExchange('1', { btc: '0.02', rates: RATES });
    exchange.placeOrder(START_AT, ACCOUNT, { ...swap, quantity: decimal('0.3') });
    expect(totalOf(exchange, 'USDT')?.isNegative()).toBe(true);
    const backing = exchange.margin(ACCOUNT)?.availableBalance;
    const sell = { symbol: BTC.symbol, side: 'sell', quantity: decimal('0.02') } as const;
    const resting = { ...sell, type: 'limit', price: decimal('66000') } as const;
    expect(exchange.placeOrder(START_AT, ACCOUNT, resting).ok).toBe(true);
    expect(exchange.margin(ACCOUNT)?.availableBalance).toEqual(backing);
    expect(exchange.placeOrder(START_AT, ACCOUNT, { ...resting, quantity: decimal('0.001') })).toMatchObject({
      refusal: { code: 'insufficient_balance', asset: 'BTC' },
    });
    exchange.cancelAll(START_AT, ACCOUNT, { symbol: BTC.symbol });
    expect(exchange.placeOrder(START_AT, ACCOUNT, { ...sell, type: 'market' }).ok).toBe(true);
    expect(totalOf(exchange, 'BTC')?.toString()).toBe('0');
    expect(totalOf(exchange, 'USDT')?.isPositive()).toBe(true);
    expect(exchange.positions(ACCOUNT).filter(({ quantity }) => !quantity.isZero())).toHaveLength(1);
  });

  it('a fall of the collateral liquidates, and a debt that the rest backs stays', () => {
    const exchange = unifiedExchange('1', { btc: '0.02', rates: RATES });
    exchange.placeOrder(START_AT, ACCOUNT, { ...swap, quantity: decimal('0.3') });
    exchange.movePrice(START_AT, BTC.symbol, [decimal('5000')], true);
    exchange.movePrice(START_AT, BTC_SWAP.symbol, [BTC_SWAP.liquidity.startPrice], true);
    expect(exchange.positions(ACCOUNT).filter(({ quantity }) => !quantity.isZero())).toEqual([]);
    const debt = totalOf(exchange, 'USDT');
    const backing = decimal('0.02').multiply(decimal('5000')).multiply(decimal('0.95'));
    expect(debt?.isNegative()).toBe(true);
    expect(debt?.negate().atMost(backing)).toBe(true);
    expect(totalOf(exchange, 'BTC')?.toString()).toBe('0.02');
  });
});
