/** Two instruments in one book: their orders meet, and each is paid in its own quote. */
import { describe, expect, it } from 'vitest';
import { decimal, type Decimal } from '../../core/decimal.ts';
import { decode, encode } from '../state/codec.ts';
import { BTC, exampleConfig, examplePolicy, START_AT } from './example-venue.ts';
import { Exchange } from './exchange.ts';
import type { OrderRequest } from './order.ts';
import type { ExchangeSnapshot } from './snapshot.ts';

const USD = { ...BTC, symbol: 'BTC/USD', quote: 'USD' };
const USDC = { ...BTC, symbol: 'BTC/USDC', quote: 'USDC', sharesBookOf: 'BTC/USD' };
const config = exampleConfig({ instruments: [USDC, USD], policy: examplePolicy({ orderIds: 'uuid' }) });

function venue(): Exchange {
  const exchange = new Exchange(config);
  for (const [accountId, asset] of [
    ['alice', 'USD'],
    ['bob', 'USDC'],
  ] as const)
    exchange.registerAccount(START_AT, {
      accountId,
      credentials: { key: accountId, secret: '', passphrase: null },
      permissions: { trade: true, withdraw: false },
      balances: [
        { wallet: 'spot', asset, amount: decimal('100000') },
        { wallet: 'spot', asset: 'BTC', amount: decimal('2') },
      ],
    });
  exchange.movePrice(START_AT, 'BTC/USDC', [decimal('60000')], true);
  exchange.setMarket(START_AT, 'BTC/USD', {
    shape: { bidLevels: 0, askLevels: 0, share: decimal('1'), distance: null, refills: true },
  });
  return exchange;
}

const total = (exchange: Exchange, accountId: string, asset: string): Decimal =>
  exchange.balances(accountId, 'spot').find((balance) => balance.asset === asset)?.total ?? decimal('0');

const sell: OrderRequest = {
  symbol: 'BTC/USD',
  side: 'sell',
  type: 'limit',
  price: decimal('60010'),
  quantity: decimal('1'),
};
const buy: OrderRequest = { ...sell, symbol: 'BTC/USDC', side: 'buy' };

describe('an instrument that shares the book of another', () => {
  it('has the same market under either name', () => {
    const exchange = venue();
    exchange.placeOrder(START_AT, 'alice', sell);
    const shown = exchange.book('BTC/USDC', 5);
    expect(shown?.asks).toEqual([[decimal('60010'), decimal('1')]]);
    expect(shown?.asks).toEqual(exchange.book('BTC/USD', 5)?.asks);
    exchange.movePrice(START_AT, 'BTC/USDC', [decimal('59000')], true);
    expect(exchange.market('BTC/USD')?.lastPrice).toEqual(decimal('59000'));
  });

  it('lets orders of both meet, each paid in its own quote, and keeps what there is of each asset', () => {
    const exchange = venue();
    const supply = () => ['USD', 'USDC', 'BTC'].map((asset) => exchange.supply(asset).toString());
    const before = supply();
    exchange.placeOrder(START_AT, 'alice', sell);
    const bought = exchange.placeOrder(START_AT, 'bob', buy);
    expect(bought).toMatchObject({ ok: true, order: { status: 'filled', symbol: 'BTC/USDC' } });
    expect(total(exchange, 'alice', 'USD').toString()).toBe('159949.99');
    expect(total(exchange, 'bob', 'USDC').toString()).toBe('39990');
    expect(total(exchange, 'bob', 'BTC').toString()).toBe('2.999');
    expect(exchange.fills('alice', {})).toMatchObject([{ symbol: 'BTC/USD', feeAsset: 'USD' }]);
    expect(exchange.fills('bob', {})).toMatchObject([{ symbol: 'BTC/USDC', feeAsset: 'BTC' }]);
    expect(supply()).toEqual(before);
  });

  it('holds and gives back its own quote', () => {
    const exchange = venue();
    const free = () =>
      exchange
        .balances('bob', 'spot')
        .find(({ asset }) => asset === 'USDC')
        ?.free.toString();
    const placed = exchange.placeOrder(START_AT, 'bob', { ...buy, price: decimal('50000') });
    if (!placed.ok) expect.fail(placed.refusal.code);
    expect(free()).toBe('50000');
    const { venueOrderId } = placed.order;
    expect(exchange.lookUp(START_AT, 'bob', { symbol: 'BTC/USD', venueOrderId })).toBeNull();
    exchange.cancelOrder(START_AT, 'bob', { symbol: 'BTC/USDC', venueOrderId });
    expect(free()).toBe('100000');
  });

  it('triggers its stops by the shared market, and comes back from the saved state', () => {
    const first = venue();
    const placed = first.placeOrder(START_AT, 'bob', {
      ...buy,
      type: 'stop_limit',
      stopPrice: decimal('60100'),
      price: decimal('60200'),
      quantity: decimal('0.5'),
    });
    if (!placed.ok) expect.fail(placed.refusal.code);
    first.placeOrder(START_AT, 'alice', { ...sell, price: decimal('60150') });
    const saved = decode(encode(first.snapshot())) as ExchangeSnapshot;
    for (const exchange of [first, new Exchange(config, saved)]) {
      const { venueOrderId } = placed.order;
      exchange.movePrice(START_AT, 'BTC/USD', [decimal('60120')], true);
      expect(exchange.known(START_AT, 'bob', { symbol: 'BTC/USDC', venueOrderId })).toMatchObject({
        status: 'filled',
        filledCost: decimal('30075'),
      });
      expect(total(exchange, 'bob', 'USDC').toString()).toBe('69925');
    }
  });

  it('is a trade of the book it shares', () => {
    const exchange = venue();
    const symbols: string[] = [];
    exchange.subscribe((events) => {
      for (const event of events)
        if (event.kind === 'trade' || event.kind === 'book') symbols.push(event.symbol);
    });
    exchange.placeOrder(START_AT, 'alice', sell);
    exchange.placeOrder(START_AT, 'bob', buy);
    expect(new Set(symbols)).toEqual(new Set(['BTC/USD']));
  });
});
