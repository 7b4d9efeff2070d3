/** Orders behind a first one: placed when it is filled, gone when it is, and saved with it. BTC/USDT is held at 60000. */
import { describe, expect, test } from 'vitest';
import { decimal } from '../../core/decimal.ts';
import { decode, encode } from '../state/codec.ts';
import { exampleConfig, heldExchange, START_AT } from './example-venue.ts';
import { Exchange } from './exchange.ts';
import type { OrderListRequest, OrderRequest } from './order.ts';
import type { ExchangeSnapshot } from './snapshot.ts';

const AT = START_AT + 1;

function order(
  clientOrderId: string,
  side: 'buy' | 'sell',
  type: OrderRequest['type'],
  quantity: string | null,
  prices: { readonly price?: string; readonly stopPrice?: string },
): OrderRequest {
  return {
    symbol: 'BTC/USDT',
    clientOrderId,
    side,
    type,
    ...(quantity === null ? {} : { quantity: decimal(quantity) }),
    ...(prices.price === undefined ? {} : { price: decimal(prices.price) }),
    ...(prices.stopPrice === undefined ? {} : { stopPrice: decimal(prices.stopPrice) }),
  };
}

const FIRST = order('first', 'buy', 'limit', '0.5', { price: '59000' });
const PROFIT = order('profit', 'sell', 'limit', '0.5', { price: '62000' });
const LOSS = order('loss', 'sell', 'stop_market', '0.5', { stopPrice: '57000' });

function placed(exchange: Exchange, request: Omit<OrderListRequest, 'symbol'>): void {
  const result = exchange.placeList(AT, 'alice', { symbol: 'BTC/USDT', ...request });
  if (!result.ok) throw new Error(`refused: ${result.refusal.code}`);
}

function statuses(exchange: Exchange): unknown[] {
  return exchange
    .orders(exchange.now(), 'alice', {})
    .map(({ clientOrderId, status, endReason }) => [clientOrderId, status, endReason]);
}

function free(exchange: Exchange, asset: string): string | undefined {
  return exchange
    .balances('alice', 'spot')
    .find((balance) => balance.asset === asset)
    ?.free.toString();
}

/** As a process that is started again has it. */
function restarted(exchange: Exchange): Exchange {
  const saved = decode(encode(exchange.snapshot())) as ExchangeSnapshot;
  return new Exchange(exampleConfig(), saved);
}

describe('one triggers the other', () => {
  test('the second order is placed when the first is filled, holds nothing before, and survives a restart', () => {
    const exchange = heldExchange();
    placed(exchange, { first: FIRST, legs: [PROFIT] });
    expect(statuses(exchange)).toEqual([
      ['first', 'open', null],
      ['profit', 'pending', null],
    ]);
    expect(free(exchange, 'BTC')).toBe('2');
    exchange.movePrice(AT + 1, 'BTC/USDT', [decimal('59000')], true);
    expect(statuses(exchange)).toEqual([
      ['first', 'filled', null],
      ['profit', 'open', null],
    ]);
    exchange.movePrice(AT + 2, 'BTC/USDT', [decimal('62000')], true);
    expect(exchange.lists('alice')).toMatchObject([{ kind: 'one_triggers_other', status: 'done' }]);
  });

  test('a pair behind the first cancels each other', () => {
    const exchange = heldExchange();
    placed(exchange, { first: FIRST, legs: [PROFIT, LOSS] });
    exchange.movePrice(AT + 1, 'BTC/USDT', [decimal('59000')], true);
    exchange.movePrice(AT + 2, 'BTC/USDT', [decimal('57000')], true);
    expect(statuses(exchange)).toEqual([
      ['first', 'filled', null],
      ['profit', 'expired', 'list_other_leg'],
      ['loss', 'filled', null],
    ]);
  });

  test('cancelling the first or a pending order cancels all', () => {
    for (const clientOrderId of ['first', 'profit']) {
      const exchange = heldExchange();
      placed(exchange, { first: FIRST, legs: [PROFIT, LOSS] });
      expect(exchange.cancelOrder(AT, 'alice', { symbol: 'BTC/USDT', clientOrderId }).ok).toBe(true);
      expect(exchange.openOrders('alice', {})).toEqual([]);
      expect(exchange.orders(AT, 'alice', {}).map(({ status }) => status)).toEqual([
        'canceled',
        'canceled',
        'canceled',
      ]);
      expect(free(exchange, 'USDT')).toBe(free(heldExchange(), 'USDT'));
    }
  });

  test('a first order that expires takes the others with it', () => {
    const exchange = heldExchange();
    placed(exchange, { first: { ...FIRST, timeInForce: 'IOC' }, legs: [PROFIT] });
    expect(statuses(exchange)).toEqual([
      ['first', 'expired', 'rest_not_filled'],
      ['profit', 'expired', 'list_first_ended'],
    ]);
  });

  test('an order that cannot be placed any more expires when its time comes', () => {
    const exchange = heldExchange();
    placed(exchange, { first: FIRST, legs: [{ ...PROFIT, quantity: decimal('50') }] });
    exchange.movePrice(AT + 1, 'BTC/USDT', [decimal('59000')], true);
    expect(statuses(exchange)).toEqual([
      ['first', 'filled', null],
      ['profit', 'expired', 'refused_on_trigger'],
    ]);
  });

  test('two orders of a list cannot share a client id', () => {
    const result = heldExchange().placeList(AT, 'alice', {
      symbol: 'BTC/USDT',
      first: FIRST,
      legs: [{ ...PROFIT, clientOrderId: 'first' }],
    });
    expect(result).toMatchObject({ ok: false, refusal: { code: 'bad_field', field: 'clientOrderId' } });
  });
});

describe('one pays the other', () => {
  const legs = [order('profit', 'sell', 'limit', null, { price: '62000' })];

  test('what the first order buys is locked for the second, which sells it; a fee comes from what is free', () => {
    const exchange = heldExchange();
    placed(exchange, { first: FIRST, legs, sellsWhatWasBought: true });
    exchange.movePrice(AT + 1, 'BTC/USDT', [decimal('59000')], true);
    const [, profit] = exchange.orders(exchange.now(), 'alice', {});
    expect([profit?.status, profit?.quantity.toString()]).toEqual(['open', '0.5']);
    expect(free(exchange, 'BTC')).toBe('1.9995');
  });

  test('cancelled half filled, the list gives back what it had locked, also after a restart', () => {
    const exchange = heldExchange();
    const first = { ...FIRST, price: decimal('60000.01'), quantity: decimal('500') };
    expect(exchange.deposit(AT, 'alice', 'spot', 'USDT', decimal('40000000')).ok).toBe(true);
    exchange.movePrice(AT, 'BTC/USDT', [decimal('60000')], false);
    placed(exchange, { first, legs, sellsWhatWasBought: true });
    const resumed = restarted(exchange);
    const bought = resumed.orders(AT, 'alice', {})[0]?.filled ?? decimal('0');
    expect(bought.isPositive()).toBe(true);
    expect(free(resumed, 'BTC')).toBe(
      decimal('2')
        .subtract(bought.multiply(decimal('0.001')))
        .toString(),
    );
    expect(resumed.cancelOrder(AT, 'alice', { symbol: 'BTC/USDT', clientOrderId: 'first' }).ok).toBe(true);
    expect(free(resumed, 'BTC')).toBe(
      decimal('2')
        .add(bought.multiply(decimal('0.999')))
        .toString(),
    );
  });
});
