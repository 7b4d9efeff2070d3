/** The private events of USD-M, in process: funding, settings, liquidation. */
import { expect, test } from 'vitest';
import { decimal } from '../../../core/decimal.ts';
import { Exchange } from '../../exchange/exchange.ts';
import { SPOT_POLICY } from '../spot/instruments.ts';
import { USDM_INSTRUMENTS, USDM_POLICY } from './instruments.ts';
import { UsdmUserEvents } from './user-events.ts';

const START_AT = Date.UTC(2024, 0, 1, 7, 0, 0);
const HOUR_MS = 60 * 60 * 1000;
const SYMBOL = 'BTC/USDT:USDT';

type Event = { e: string; a?: Record<string, unknown>; o?: Record<string, unknown>; ac?: unknown };

function world(balance: string): { exchange: Exchange; reported: Event[] } {
  const exchange = new Exchange({
    venue: 'binance',
    instruments: USDM_INSTRUMENTS,
    policy: { spot: SPOT_POLICY, swap: USDM_POLICY },
    seed: 5,
    limits: true,
    startAt: START_AT,
  });
  exchange.registerAccount(START_AT, {
    accountId: 'trader',
    credentials: { key: 'key', secret: 'secret', passphrase: null },
    permissions: { trade: true, withdraw: false },
    balances: [{ wallet: 'swap', asset: 'USDT', amount: decimal(balance) }],
  });
  exchange.movePrice(START_AT, SYMBOL, [decimal('60000')], true);
  const reported: Event[] = [];
  const events = new UsdmUserEvents(exchange);
  exchange.subscribe((batch) => {
    reported.push(...(events.payloads(batch, 'trader', exchange.now()) as Event[]));
  });
  return { exchange, reported };
}

function buy(exchange: Exchange, quantity: string): void {
  const placed = exchange.placeOrder(START_AT, 'trader', {
    symbol: SYMBOL,
    side: 'buy',
    type: 'market',
    quantity: decimal(quantity),
  });
  expect(placed.ok).toBe(true);
}

test('funding of a crossed position is reported by the balance alone', () => {
  const { exchange, reported } = world('10000');
  buy(exchange, '0.1');
  reported.length = 0;
  exchange.advance(START_AT + HOUR_MS);
  expect(reported).toHaveLength(1);
  expect(reported[0]).toMatchObject({
    e: 'ACCOUNT_UPDATE',
    a: { m: 'FUNDING_FEE', B: [{ a: 'USDT', bc: '-0.60000000' }], P: [] },
  });
});

test('leverage and margin type have their own events', () => {
  const { exchange, reported } = world('10000');
  exchange.setLeverage(START_AT, 'trader', SYMBOL, 10);
  exchange.setMarginMode(START_AT, 'trader', SYMBOL, 'isolated');
  expect(reported).toMatchObject([
    { e: 'ACCOUNT_CONFIG_UPDATE', ac: { s: 'BTCUSDT', l: 10 } },
    { e: 'ACCOUNT_UPDATE', a: { m: 'MARGIN_TYPE_CHANGE', P: [{ s: 'BTCUSDT', mt: 'isolated' }] } },
  ]);
});

test('a liquidation is an order of the venue with its own client id and execution type', () => {
  const { exchange, reported } = world('400');
  buy(exchange, '0.1');
  reported.length = 0;
  exchange.movePrice(START_AT + 1000, SYMBOL, [decimal('56000')], true);
  const orders = reported.filter((event) => event.e === 'ORDER_TRADE_UPDATE').map((event) => event.o);
  expect(orders.length).toBeGreaterThan(1);
  expect(orders[0]).toMatchObject({ x: 'NEW', S: 'SELL', R: true });
  expect(String(orders[0]?.['c'])).toMatch(/^autoclose-/);
  expect(orders.at(-1)).toMatchObject({ x: 'CALCULATED' });
  const updates = reported.filter((event) => event.e === 'ACCOUNT_UPDATE').map((event) => event.a);
  expect(updates.at(-2)?.['P']).toMatchObject([{ s: 'BTCUSDT', pa: '0.000' }]);
  expect(updates.at(-1)).toMatchObject({ m: 'INSURANCE_CLEAR', B: [{ a: 'USDT' }], P: [] });
});

test('an order that only rests changes no balance that is reported', () => {
  const { exchange, reported } = world('10000');
  exchange.placeOrder(START_AT, 'trader', {
    symbol: SYMBOL,
    side: 'buy',
    type: 'limit',
    price: decimal('58000'),
    quantity: decimal('0.01'),
    timeInForce: 'GTC',
  });
  expect(reported.map((event) => event.e)).toEqual(['ORDER_TRADE_UPDATE']);
});
