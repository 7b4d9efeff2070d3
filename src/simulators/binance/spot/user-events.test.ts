/** The private events of spot, in process, field by field. */
import { expect, test } from 'vitest';
import { decimal } from '../../../core/decimal.ts';
import { Exchange } from '../../exchange/exchange.ts';
import type { OrderRequest } from '../../exchange/order.ts';
import { USDM_POLICY } from '../usdm/instruments.ts';
import { SPOT_INSTRUMENTS, SPOT_POLICY } from './instruments.ts';
import { ExecutionIds, spotUserEvents } from './user-events.ts';

const AT = Date.UTC(2024, 0, 1);
const SYMBOL = 'BTC/USDT';

type Payload = Record<string, unknown>;

class World {
  readonly exchange: Exchange;
  /** By account. */
  readonly reported = new Map<string, Payload[]>();

  constructor() {
    this.exchange = new Exchange({
      venue: 'binance',
      instruments: SPOT_INSTRUMENTS,
      policy: { spot: SPOT_POLICY, swap: USDM_POLICY },
      seed: 5,
      limits: true,
      startAt: AT,
    });
    const ids = new ExecutionIds();
    for (const accountId of ['maker', 'taker']) {
      const reported: Payload[] = [];
      this.reported.set(accountId, reported);
      this.exchange.registerAccount(AT, {
        accountId,
        credentials: { key: accountId, secret: 'secret', passphrase: null },
        permissions: { trade: true, withdraw: false },
        balances: [
          { wallet: 'spot', asset: 'USDT', amount: decimal('100000') },
          { wallet: 'spot', asset: 'BTC', amount: decimal('1') },
        ],
      });
      this.exchange.subscribe((batch) => reported.push(...spotUserEvents(batch, accountId, AT + 1, ids)));
    }
    this.exchange.movePrice(AT, SYMBOL, [decimal('60000')], true);
  }

  place(accountId: string, request: Omit<OrderRequest, 'symbol'>): string {
    const result = this.exchange.placeOrder(AT, accountId, { symbol: SYMBOL, ...request });
    if (!result.ok) throw new Error(result.refusal.code);
    return result.order.venueOrderId;
  }

  reports(accountId: string): Payload[] {
    return (this.reported.get(accountId) ?? []).filter((payload) => payload['e'] === 'executionReport');
  }

  latestBalances(accountId: string): unknown {
    return this.reported.get(accountId)?.findLast((payload) => payload['e'] === 'outboundAccountPosition')?.[
      'B'
    ];
  }
}

test('a new order is reported with every field of the documentation, and what it locks', () => {
  const world = new World();
  const id = world.place('maker', {
    side: 'buy',
    type: 'limit',
    price: decimal('50000'),
    quantity: decimal('0.02'),
    timeInForce: 'GTC',
    clientOrderId: 'mine-1',
  });
  const [report] = world.reports('maker');
  const { I: executionId, ...fields } = report ?? {};
  expect(executionId).toBeTypeOf('number');
  expect(fields).toEqual({
    e: 'executionReport',
    E: AT + 1,
    s: 'BTCUSDT',
    c: 'mine-1',
    S: 'BUY',
    o: 'LIMIT',
    f: 'GTC',
    q: '0.02000000',
    p: '50000.00000000',
    P: '0.00000000',
    F: '0.00000000',
    g: -1,
    C: '',
    x: 'NEW',
    X: 'NEW',
    r: 'NONE',
    i: Number(id),
    l: '0.00000000',
    z: '0.00000000',
    L: '0.00000000',
    n: '0',
    N: null,
    T: AT,
    t: -1,
    w: true,
    m: false,
    M: false,
    O: AT,
    Z: '0.00000000',
    Y: '0.00000000',
    Q: '0.00000000',
    W: AT,
    V: 'NONE',
  });
  expect(world.latestBalances('maker')).toEqual([{ a: 'USDT', f: '99000.00000000', l: '1000.00000000' }]);
});

test('a partial fill is reported to both sides, each with its own fee', () => {
  const world = new World();
  world.place('maker', {
    side: 'sell',
    type: 'limit',
    price: decimal('60000'),
    quantity: decimal('0.02'),
    timeInForce: 'GTC',
  });
  world.place('taker', { side: 'buy', type: 'market', quantity: decimal('0.01') });
  const [, sold] = world.reports('maker');
  const [accepted, bought] = world.reports('taker');
  expect(accepted).toMatchObject({ x: 'NEW', X: 'NEW', t: -1 });
  expect(sold).toMatchObject({
    x: 'TRADE',
    X: 'PARTIALLY_FILLED',
    l: '0.01000000',
    z: '0.01000000',
    L: '60000.00000000',
    Y: '600.00000000',
    Z: '600.00000000',
    n: '0.60000000',
    N: 'USDT',
    m: true,
    w: true,
  });
  expect(bought).toMatchObject({ x: 'TRADE', X: 'FILLED', n: '0.00001000', N: 'BTC', m: false, w: false });
  expect(bought?.['t']).toBe(sold?.['t']);
  expect(bought?.['I']).not.toBe(sold?.['I']);
  expect(world.latestBalances('taker')).toEqual(
    expect.arrayContaining([
      { a: 'BTC', f: '1.00999000', l: '0.00000000' },
      { a: 'USDT', f: '99400.00000000', l: '0.00000000' },
    ]),
  );
});

test('a cancel carries its own client id and, as C, that of the order', () => {
  const world = new World();
  const venueOrderId = world.place('maker', {
    side: 'buy',
    type: 'limit',
    price: decimal('50000'),
    quantity: decimal('0.02'),
    timeInForce: 'GTC',
    clientOrderId: 'mine-2',
  });
  world.exchange.cancelOrder(AT, 'maker', { symbol: SYMBOL, venueOrderId }, 'cancel-2');
  expect(world.reports('maker').at(-1)).toMatchObject({
    x: 'CANCELED',
    X: 'CANCELED',
    c: 'cancel-2',
    C: 'mine-2',
    w: false,
  });
  expect(world.latestBalances('maker')).toEqual([{ a: 'USDT', f: '100000.00000000', l: '0.00000000' }]);
});

test('what an IOC order cannot fill expires with the reason', () => {
  const world = new World();
  world.place('taker', {
    side: 'buy',
    type: 'limit',
    price: decimal('50000'),
    quantity: decimal('0.02'),
    timeInForce: 'IOC',
  });
  expect(world.reports('taker').at(-1)).toMatchObject({
    x: 'EXPIRED',
    X: 'EXPIRED',
    eR: 'UNFILLED_IOC_QUANTITY_EXPIRED',
  });
});

test('self-trade prevention ends the order as expired in match', () => {
  const world = new World();
  world.place('maker', {
    side: 'sell',
    type: 'limit',
    price: decimal('60000'),
    quantity: decimal('0.01'),
    timeInForce: 'GTC',
  });
  world.place('maker', {
    side: 'buy',
    type: 'limit',
    price: decimal('60000'),
    quantity: decimal('0.01'),
    timeInForce: 'GTC',
    selfTradePrevention: 'expire_taker',
  });
  expect(world.reports('maker').at(-1)).toMatchObject({
    S: 'BUY',
    x: 'TRADE_PREVENTION',
    X: 'EXPIRED_IN_MATCH',
    V: 'EXPIRE_TAKER',
  });
});

test('a deposit is reported as a balance update and a position', () => {
  const world = new World();
  world.exchange.deposit(AT, 'maker', 'spot', 'USDT', decimal('12.5'));
  const reported = world.reported.get('maker') ?? [];
  expect(reported.slice(-2)).toMatchObject([
    { e: 'balanceUpdate', a: 'USDT', d: '12.50000000' },
    { e: 'outboundAccountPosition', B: [{ a: 'USDT', f: '100012.50000000' }] },
  ]);
});
