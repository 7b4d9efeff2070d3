/** Spot trading in tables: types, times in force, self-trades, triggers, lists, funds, ids and look-up. BTC/USDT is held at 60000. */
import { describe, expect, test } from 'vitest';
import { decimal } from '../../core/decimal.ts';
import type { ExchangeEvent } from './event.ts';
import { BTC, BTC_SWAP, ETH, examplePolicy, heldExchange, START_AT } from './example-venue.ts';
import type { Exchange } from './exchange.ts';
import type { CancelResult, ListResult, OrderResult } from './results.ts';
import type { Order, OrderRequest } from './order.ts';
import type { MarketPolicy } from './policy.ts';

const AT = START_AT + 1;
const BEST_ASK = '60000.01';

type Terms = Omit<OrderRequest, 'symbol' | 'side' | 'type' | 'quantity' | 'price' | 'stopPrice'>;

function request(
  side: 'buy' | 'sell',
  type: OrderRequest['type'],
  quantity: string | null,
  prices: { readonly price?: string; readonly stopPrice?: string } = {},
  terms: Terms = {},
): OrderRequest {
  return {
    symbol: 'BTC/USDT',
    side,
    type,
    ...(quantity === null ? {} : { quantity: decimal(quantity) }),
    ...(prices.price === undefined ? {} : { price: decimal(prices.price) }),
    ...(prices.stopPrice === undefined ? {} : { stopPrice: decimal(prices.stopPrice) }),
    ...terms,
  };
}

function limit(side: 'buy' | 'sell', quantity: string, price: string, terms: Terms = {}): OrderRequest {
  return request(side, 'limit', quantity, { price }, terms);
}

function placed(result: OrderResult): Order {
  if (!result.ok) throw new Error(`refused: ${result.refusal.code}`);
  return result.order;
}

function refusal(result: OrderResult | CancelResult | ListResult): string {
  return result.ok ? 'accepted' : result.refusal.code;
}

function now(exchange: Exchange, order: Order): Order {
  const found = exchange.lookUp(exchange.now(), order.accountId, order);
  if (found === null) throw new Error('gone');
  return found;
}

function balance(exchange: Exchange, asset: string, accountId = 'alice'): { total: string; free: string } {
  const found = exchange.balances(accountId, 'spot').find((one) => one.asset === asset);
  return { total: found?.total.toString() ?? '0', free: found?.free.toString() ?? '0' };
}

/** A market whose ladder is two thin levels, so that a test knows what it takes. */
function thinExchange(policy: Partial<MarketPolicy> = {}): Exchange {
  const thin = { levels: 1, levelNotional: decimal('60'), volatilityPpm: 0, startPrice: decimal('60000') };
  return heldExchange({
    policy: examplePolicy(policy),
    instruments: [{ ...BTC, liquidity: thin }, ETH, BTC_SWAP],
  });
}

describe('market orders', () => {
  test('a buy takes the best offers, pays the fee from what it receives', () => {
    const exchange = heldExchange();
    const order = placed(exchange.placeOrder(AT, 'alice', request('buy', 'market', '1')));
    expect(order).toMatchObject({ status: 'filled', endReason: null });
    const fills = exchange.fills('alice', {});
    expect(fills.map((fill) => [fill.price.toString(), fill.quantity.toString()])).toEqual([
      [BEST_ASK, '0.709'],
      ['60010', '0.291'],
    ]);
    expect(order.filledCost.toString()).toBe('60002.91709');
    expect(order.fees.map(({ asset, amount }) => [asset, amount.toString()])).toEqual([['BTC', '0.001']]);
    expect(balance(exchange, 'BTC')).toEqual({ total: '2.999', free: '2.999' });
    expect(balance(exchange, 'USDT')).toEqual({ total: '39997.08291', free: '39997.08291' });
  });

  test('a sell pays the fee in quote', () => {
    const exchange = heldExchange();
    const order = placed(exchange.placeOrder(AT, 'alice', request('sell', 'market', '0.5')));
    expect(order.fees.map(({ asset, amount }) => [asset, amount.toString()])).toEqual([
      ['USDT', '29.999995'],
    ]);
  });

  test('by cost: buys what the cost pays for on the grid, never more', () => {
    const exchange = heldExchange();
    const order = placed(
      exchange.placeOrder(AT, 'alice', request('buy', 'market', null, {}, { cost: decimal('1000') })),
    );
    expect(order).toMatchObject({ status: 'filled' });
    expect(order.quantity.toString()).toBe('0.016');
    expect(order.filledCost.atMost(decimal('1000'))).toBe(true);
  });

  test('what the book cannot give expires', () => {
    const exchange = thinExchange();
    exchange.movePrice(AT, 'BTC/USDT', [decimal('60000')], false);
    const order = placed(exchange.placeOrder(AT, 'alice', request('buy', 'market', '0.5')));
    expect(order).toMatchObject({ status: 'expired', endReason: 'rest_not_filled' });
    expect(order.filled.lessThan(decimal('0.01'))).toBe(true);
  });
});

describe('time in force and post-only', () => {
  test.each([
    ['IOC that crosses in part', limit('buy', '1', BEST_ASK, { timeInForce: 'IOC' }), 'expired', '0.709'],
    ['FOK that the book fills', limit('buy', '0.7', BEST_ASK, { timeInForce: 'FOK' }), 'filled', '0.7'],
    ['FOK that it does not', limit('buy', '0.8', BEST_ASK, { timeInForce: 'FOK' }), 'expired', '0'],
    ['GTC at the held offer, which comes back for its rest', limit('buy', '1', BEST_ASK), 'filled', '1'],
    ['GTC at the mid rests', limit('buy', '1', '60000'), 'open', '0'],
    ['post-only below the offer', limit('buy', '1', '59999', { postOnly: true }), 'open', '0'],
  ] as const)('%s', (_name, order, status, filled) => {
    const result = placed(heldExchange().placeOrder(AT, 'alice', order));
    expect([result.status, result.filled.toString()]).toEqual([status, filled]);
  });

  test('GTC that the book fills in part rests with the rest', () => {
    const exchange = thinExchange();
    exchange.movePrice(AT, 'BTC/USDT', [decimal('60000')], false);
    const order = placed(exchange.placeOrder(AT, 'alice', limit('buy', '1', BEST_ASK)));
    expect(order).toMatchObject({ status: 'partially_filled', endReason: null });
    expect(exchange.book('BTC/USDT', 1)?.bids[0]?.map(String)).toEqual([
      BEST_ASK,
      decimal('1').subtract(order.filled).toString(),
    ]);
  });

  test('post-only that would take is refused, or ends at once, as the policy says', () => {
    const order = limit('buy', '1', BEST_ASK, { postOnly: true });
    expect(refusal(heldExchange().placeOrder(AT, 'alice', order))).toBe('post_only_would_take');
    const lenient = heldExchange({ policy: examplePolicy({ postOnlyWouldTake: 'canceled' }) });
    expect(placed(lenient.placeOrder(AT, 'alice', order))).toMatchObject({
      status: 'canceled',
      endReason: 'post_only_would_take',
    });
  });

  test('GTD expires at its time and gives the lock back', () => {
    const exchange = heldExchange();
    const order = placed(
      exchange.placeOrder(
        AT,
        'alice',
        limit('buy', '1', '50000', { timeInForce: 'GTD', expiresAt: AT + 5000 }),
      ),
    );
    exchange.advance(AT + 4999);
    expect(now(exchange, order).status).toBe('open');
    expect(balance(exchange, 'USDT').free).toBe('50000');
    exchange.advance(AT + 5000);
    expect(now(exchange, order)).toMatchObject({
      status: 'expired',
      endReason: 'good_till_date',
      updatedAt: AT + 5000,
    });
    expect(balance(exchange, 'USDT').free).toBe('100000');
  });
});

describe('resting orders', () => {
  test('the market reaching an order fills it at its own price as maker', () => {
    const exchange = heldExchange();
    const order = placed(exchange.placeOrder(AT, 'alice', limit('buy', '1', '59000')));
    exchange.movePrice(AT + 1, 'BTC/USDT', [decimal('59000.01')], true);
    expect(now(exchange, order).status).toBe('open');
    exchange.movePrice(AT + 2, 'BTC/USDT', [decimal('59000')], true);
    expect(now(exchange, order).status).toBe('filled');
    expect(exchange.fills('alice', {})).toMatchObject([{ liquidity: 'maker' }]);
    expect(order.filledCost.isZero(), 'a view never changes under its reader').toBe(true);
  });

  test('better prices first, then older orders', () => {
    const exchange = heldExchange();
    const inside = (accountId: string, price: string): Order =>
      placed(exchange.placeOrder(AT, accountId, limit('sell', '0.1', price)));
    // At the held mid itself, so that the venue's own quotes are further from it.
    const [worse, first, second] = [
      inside('alice', '60000.01'),
      inside('alice', '60000'),
      inside('bob', '60000'),
    ];
    exchange.placeOrder(AT, 'bob', limit('buy', '0.15', '60001'));
    expect([worse, first, second].map((order) => now(exchange, order).filled.toString())).toEqual([
      '0',
      '0.1',
      '0.05',
    ]);
  });

  test('a quantity below what self-trade prevention took off is refused, since nothing would be left to trade', () => {
    const exchange = heldExchange();
    const resting = placed(exchange.placeOrder(AT, 'alice', limit('sell', '1', '60000')));
    exchange.placeOrder(AT, 'alice', limit('buy', '0.4', '60000', { selfTradePrevention: 'decrement' }));
    expect(now(exchange, resting).preventedQuantity.toString()).toBe('0.4');
    const amended = (quantity: string): string =>
      refusal(exchange.amendOrder(AT, 'alice', resting, { quantity: decimal(quantity) }));
    expect(amended('0.4')).toBe('amend_refused');
    expect(amended('0.5')).toBe('accepted');
    expect(exchange.book('BTC/USDT', 1)?.asks[0]?.[1].toString()).toBe('0.1');
  });

  test('amending the quantity down keeps the place, anything else loses it', () => {
    const exchange = heldExchange();
    const sell = (accountId: string): Order =>
      placed(exchange.placeOrder(AT, accountId, limit('sell', '0.2', '60000')));
    const [alice, bob] = [sell('alice'), sell('bob')];
    expect(refusal(exchange.amendOrder(AT, 'alice', alice, { quantity: decimal('0.1') }))).toBe('accepted');
    expect(balance(exchange, 'BTC').free).toBe('1.9');
    exchange.placeOrder(AT, 'bob', limit('buy', '0.05', '60000'));
    expect(now(exchange, alice).filled.toString()).toBe('0.05');
    expect(refusal(exchange.amendOrder(AT, 'alice', alice, { quantity: decimal('0.3') }))).toBe('accepted');
    exchange.placeOrder(AT, 'alice', limit('buy', '0.05', '60000'));
    expect(now(exchange, bob).filled.toString()).toBe('0.05');
    expect(refusal(exchange.amendOrder(AT, 'alice', alice, { quantity: decimal('0.05') }))).toBe(
      'amend_refused',
    );
  });

  test('a cancel gives the lock back; a second one is refused because the order is finished', () => {
    const exchange = heldExchange();
    const events: ExchangeEvent[] = [];
    const order = placed(exchange.placeOrder(AT, 'alice', limit('sell', '2', '70000')));
    expect(balance(exchange, 'BTC')).toEqual({ total: '2', free: '0' });
    exchange.subscribe((reported) => events.push(...reported));
    expect(refusal(exchange.cancelOrder(AT, 'alice', order, 'cancel-7'))).toBe('accepted');
    expect(events.map((event) => event.kind)).toEqual(['order', 'balance', 'book']);
    expect(events[0]).toMatchObject({ change: 'canceled', requestClientOrderId: 'cancel-7' });
    expect(balance(exchange, 'BTC').free).toBe('2');
    expect(refusal(exchange.cancelOrder(AT, 'alice', order))).toBe('order_not_open');
    expect(refusal(exchange.cancelOrder(AT, 'bob', order))).toBe('order_not_found');
  });

  test('cancel and replace: by mode, the new order waits for the cancel or does not', () => {
    const exchange = heldExchange();
    const missing = { symbol: 'BTC/USDT', clientOrderId: 'nobody' };
    const next = limit('buy', '0.1', '50000');
    const strict = exchange.cancelReplace(AT, 'alice', missing, next, 'stop_on_failure');
    expect([strict.cancel.ok, strict.place]).toEqual([false, null]);
    const loose = exchange.cancelReplace(AT, 'alice', missing, next, 'allow_failure');
    expect([loose.cancel.ok, loose.place?.ok]).toEqual([false, true]);
  });
});

describe('self-trades', () => {
  test('none: both orders get the same trade id, and trade ids count per symbol', () => {
    const exchange = heldExchange();
    exchange.placeOrder(AT, 'alice', limit('sell', '0.1', '60000'));
    exchange.placeOrder(AT, 'alice', limit('buy', '0.1', '60000'));
    const [maker, taker] = exchange.fills('alice', {});
    expect(maker?.tradeId).toBe(taker?.tradeId);
    expect(maker?.venueOrderId).not.toBe(taker?.venueOrderId);
    const next = BigInt(taker?.tradeId ?? 0) + 1n;
    exchange.placeOrder(AT, 'alice', { ...request('buy', 'market', '0.01'), symbol: 'ETH/USDT' });
    exchange.placeOrder(AT, 'alice', request('buy', 'market', '0.01'));
    expect(exchange.fills('alice', { symbol: 'BTC/USDT' }).at(-1)?.tradeId).toBe(String(next));
    expect(exchange.fills('alice', { symbol: 'ETH/USDT' }).at(-1)?.tradeId).not.toBe(String(next + 1n));
  });

  test.each([
    ['expire_taker', ['open', '0', '0'], ['expired', '0', '0.3']],
    ['expire_maker', ['expired', '0', '0.1'], ['open', '0', '0']],
    ['expire_both', ['expired', '0', '0.1'], ['expired', '0', '0.3']],
    ['decrement', ['expired', '0', '0.1'], ['open', '0', '0.1']],
  ] as const)(
    '%s: what expires loses all that was left of it, and the match is recorded',
    (selfTradePrevention, maker, taker) => {
      const exchange = heldExchange();
      const first = placed(exchange.placeOrder(AT, 'alice', limit('sell', '0.1', '60000')));
      const second = placed(
        exchange.placeOrder(AT, 'alice', limit('buy', '0.3', '60000', { selfTradePrevention })),
      );
      const shown = [first, second].map((order) => {
        const { status, filled, preventedQuantity } = now(exchange, order);
        return [status, filled.toString(), preventedQuantity.toString()];
      });
      expect(shown).toEqual([maker, taker]);
      expect(exchange.fills('alice', {})).toEqual([]);
      const [match] = exchange.preventedMatches('alice');
      expect(match).toMatchObject({ number: 0, mode: selfTradePrevention });
      expect([match?.makerPrevented, match?.takerPrevented].map((lost) => lost?.toString() ?? '0')).toEqual([
        maker[2],
        taker[2],
      ]);
    },
  );
});

describe('self-trades of a list', () => {
  test('a leg that prevention cuts counts as one that traded: the other expires, the lock is its own', () => {
    const exchange = thinExchange();
    exchange.movePrice(AT, 'BTC/USDT', [decimal('60000')], false);
    exchange.placeList(AT, 'alice', {
      symbol: 'BTC/USDT',
      legs: [
        limit('sell', '1', '60000.01', { clientOrderId: 'limit' }),
        request('sell', 'stop_limit', '1', { stopPrice: '58000', price: '57900' }, { clientOrderId: 'stop' }),
      ],
    });
    const taker = limit('buy', '0.4', '60000.01', { selfTradePrevention: 'decrement', timeInForce: 'IOC' });
    placed(exchange.placeOrder(AT, 'alice', taker));
    const [leg, other] = exchange.orders(AT, 'alice', {});
    expect(other).toMatchObject({ status: 'expired', endReason: 'list_other_leg' });
    const rest = decimal('1').subtract(leg?.preventedQuantity ?? decimal('0'));
    expect(rest.lessThan(decimal('0.62'))).toBe(true);
    const { total, free } = balance(exchange, 'BTC');
    expect(decimal(total).subtract(decimal(free)).toString()).toBe(rest.toString());
  });
});

describe('triggers', () => {
  test.each([
    ['a buy stop', request('buy', 'stop_market', '0.1', { stopPrice: '61000' }), '60999.99', '61000'],
    ['a sell stop', request('sell', 'stop_market', '0.1', { stopPrice: '59000' }), '59000.01', '59000'],
    [
      'a buy take-profit',
      request('buy', 'take_profit_market', '0.1', { stopPrice: '59000' }),
      '59000.01',
      '59000',
    ],
    [
      'a sell take-profit',
      request('sell', 'take_profit_market', '0.1', { stopPrice: '61000' }),
      '60999.99',
      '61000',
    ],
  ])('%s waits until the market trades at its price', (_name, stop, before, at) => {
    const exchange = heldExchange();
    const order = placed(exchange.placeOrder(AT, 'alice', stop));
    expect(order.status).toBe('untriggered');
    exchange.movePrice(AT + 1, 'BTC/USDT', [decimal(before)], true);
    expect(now(exchange, order).status).toBe('untriggered');
    exchange.movePrice(AT + 2, 'BTC/USDT', [decimal(at)], true);
    expect(now(exchange, order)).toMatchObject({
      status: 'filled',
      triggeredAt: AT + 2,
      venueOrderId: order.venueOrderId,
    });
  });

  test('a stop-limit rests at its limit once triggered, under the same id', () => {
    const exchange = heldExchange();
    const order = placed(
      exchange.placeOrder(
        AT,
        'alice',
        request('sell', 'stop_limit', '0.1', { stopPrice: '59000', price: '59500' }),
      ),
    );
    exchange.movePrice(AT + 1, 'BTC/USDT', [decimal('58900')], true);
    expect(now(exchange, order)).toMatchObject({ status: 'open', venueOrderId: order.venueOrderId });
    expect(exchange.book('BTC/USDT', 100)?.asks.some(([price]) => price.toString() === '59500')).toBe(true);
  });

  test('a trigger that the market has passed is refused, or fires at once, as the policy says', () => {
    const stop = request('buy', 'stop_market', '0.1', { stopPrice: '59000' });
    expect(refusal(heldExchange().placeOrder(AT, 'alice', stop))).toBe('would_trigger_immediately');
    const eager = heldExchange({ policy: examplePolicy({ alreadyTriggered: 'trigger' }) });
    expect(placed(eager.placeOrder(AT, 'alice', stop)).status).toBe('filled');
  });

  test('one stop sets off another', () => {
    const exchange = thinExchange();
    const resting = placed(exchange.placeOrder(AT, 'bob', limit('sell', '0.05', '60500')));
    const stops = ['60100', '60400'].map((stopPrice) =>
      placed(exchange.placeOrder(AT, 'alice', request('buy', 'stop_market', '0.03', { stopPrice }))),
    );
    exchange.movePrice(AT + 1, 'BTC/USDT', [decimal('60100')], true);
    // The first one runs through the thin ladder into the resting offer at 60500, which fires the second.
    expect(stops.map((stop) => now(exchange, stop).triggeredAt)).toEqual([AT + 1, AT + 1]);
    expect(now(exchange, resting).filled.isPositive()).toBe(true);
  });
});

describe('one cancels the other', () => {
  const oco = (clientListId: string) => ({
    symbol: 'BTC/USDT',
    clientListId,
    legs: [
      limit('sell', '2', '62000', { clientOrderId: 'profit' }),
      request('sell', 'stop_limit', '2', { stopPrice: '58000', price: '57900' }, { clientOrderId: 'loss' }),
    ] as const,
  });

  test('the legs share one lock; when one trades the other expires', () => {
    const exchange = heldExchange();
    const result = exchange.placeList(AT, 'alice', oco('list'));
    expect(refusal(result)).toBe('accepted');
    expect(balance(exchange, 'BTC')).toEqual({ total: '2', free: '0' });
    exchange.movePrice(AT + 1, 'BTC/USDT', [decimal('62000')], true);
    const orders = exchange.orders(AT + 1, 'alice', {});
    expect(orders.map(({ clientOrderId, status, endReason }) => [clientOrderId, status, endReason])).toEqual([
      ['profit', 'filled', null],
      ['loss', 'expired', 'list_other_leg'],
    ]);
    expect(exchange.lists('alice')).toMatchObject([{ clientListId: 'list', status: 'done' }]);
    expect(balance(exchange, 'BTC')).toEqual({ total: '0', free: '0' });
  });

  test('when the stop triggers the limit leg expires', () => {
    const exchange = heldExchange();
    exchange.placeList(AT, 'alice', oco('list'));
    exchange.movePrice(AT + 1, 'BTC/USDT', [decimal('58000')], true);
    expect(exchange.orders(AT + 1, 'alice', {}).map((order) => order.status)).toEqual(['expired', 'filled']);
  });

  test('cancelling one leg, or the list, cancels both', () => {
    for (const cancel of [
      (exchange: Exchange) =>
        exchange.cancelOrder(AT, 'alice', { symbol: 'BTC/USDT', clientOrderId: 'loss' }),
      (exchange: Exchange) => exchange.cancelList(AT, 'alice', { symbol: 'BTC/USDT', clientListId: 'list' }),
    ]) {
      const exchange = heldExchange();
      exchange.placeList(AT, 'alice', oco('list'));
      expect(refusal(cancel(exchange))).toBe('accepted');
      expect(exchange.orders(AT, 'alice', {}).map((order) => order.status)).toEqual(['canceled', 'canceled']);
      expect(balance(exchange, 'BTC').free).toBe('2');
    }
  });

  test('legs on the same side of the market are refused', () => {
    const wrong = {
      ...oco('list'),
      legs: [limit('sell', '2', '62000'), limit('sell', '2', '63000')] as const,
    };
    expect(refusal(heldExchange().placeList(AT, 'alice', wrong))).toBe('list_prices_refused');
  });
});

describe('filters and funds', () => {
  test.each([
    [limit('buy', '0.1', '50000.001'), 'price_off_tick'],
    [limit('buy', '0.1234', '50000'), 'quantity_off_step'],
    [limit('buy', '0.0001', '50000'), 'quantity_too_small'],
    [limit('buy', '9001', '50000'), 'quantity_too_large'],
    [request('buy', 'market', '101'), 'quantity_too_large'],
    [{ ...limit('buy', '0.001', '1000'), symbol: 'ETH/USDT' }, 'notional_too_small'],
    [limit('buy', '0.1', '11999'), 'price_outside_band'],
    [limit('buy', '3', '50000'), 'insufficient_balance'],
    [request('sell', 'market', '2.1'), 'insufficient_balance'],
    [request('buy', 'market', '0.1', { price: '1' }), 'bad_field'],
    [request('buy', 'limit', '0.1'), 'bad_field'],
    [request('buy', 'market', null), 'bad_field'],
    [limit('buy', '0.1', '50000', { timeInForce: 'GTD' }), 'bad_field'],
    [limit('buy', '0.1', '50000', { reduceOnly: true }), 'bad_field'],
    [{ ...limit('buy', '0.1', '50000'), symbol: 'DOGE/USDT' }, 'unknown_symbol'],
  ])('%# %s', (order, code) => {
    const exchange = heldExchange();
    expect(refusal(exchange.placeOrder(AT, 'alice', order))).toBe(code);
    expect(exchange.allOrders()).toEqual([]);
  });

  test('count limits hold, and are lifted when limits are off', () => {
    const stop = (): OrderRequest => request('sell', 'stop_market', '0.01', { stopPrice: '50000' });
    for (const [limits, code] of [
      [true, 'too_many_open_orders'],
      [false, 'accepted'],
    ] as const) {
      const exchange = heldExchange({ limits });
      for (let count = 0; count < 5; count += 1) placed(exchange.placeOrder(AT, 'alice', stop()));
      expect(refusal(exchange.placeOrder(AT, 'alice', stop()))).toBe(code);
    }
  });
});

describe('client ids', () => {
  const id = { clientOrderId: 'same' };

  test.each([
    ['open', limit('buy', '0.1', '50000', id), 'duplicate_client_order_id'],
    ['open', limit('buy', '0.1', BEST_ASK, id), 'accepted'],
    ['unfilled', limit('buy', '0.8', BEST_ASK, { ...id, timeInForce: 'FOK' }), 'duplicate_client_order_id'],
    ['unfilled', limit('buy', '0.1', BEST_ASK, id), 'accepted'],
    ['ever', limit('buy', '0.1', BEST_ASK, id), 'duplicate_client_order_id'],
  ] as const)('known while %s: after %o', (knownWhile, first, code) => {
    const policy = examplePolicy({
      clientOrderId: { onDuplicate: 'refuse', knownWhile, forMs: 60_000, scope: 'symbol' },
    });
    const exchange = heldExchange({ policy });
    placed(exchange.placeOrder(AT, 'alice', first));
    expect(refusal(exchange.placeOrder(AT, 'bob', limit('buy', '0.1', '50000', id)))).toBe('accepted');
    expect(refusal(exchange.placeOrder(AT, 'alice', limit('buy', '0.1', '50000', id)))).toBe(code);
    if (code === 'accepted') return;
    expect(refusal(exchange.placeOrder(AT + 60_001, 'alice', limit('buy', '0.1', '50000', id)))).toBe(
      'accepted',
    );
  });

  test('a venue may give back the first order, or not look at all', () => {
    const policy = (onDuplicate: 'return_existing' | 'accept') =>
      examplePolicy({ clientOrderId: { onDuplicate, knownWhile: 'ever', forMs: null, scope: 'account' } });
    const idempotent = heldExchange({ policy: policy('return_existing') });
    const first = placed(idempotent.placeOrder(AT, 'alice', request('buy', 'market', '0.1', {}, id)));
    const again = idempotent.placeOrder(AT, 'alice', {
      ...request('buy', 'market', '0.1', {}, id),
      symbol: 'ETH/USDT',
    });
    expect(again).toMatchObject({ ok: true, existing: true, order: { venueOrderId: first.venueOrderId } });
    expect(idempotent.allOrders()).toHaveLength(1);
    const careless = heldExchange({ policy: policy('accept') });
    for (let count = 0; count < 2; count += 1)
      placed(careless.placeOrder(AT, 'alice', limit('buy', '0.1', '50000', id)));
    expect(careless.openOrders('alice', {})).toHaveLength(2);
  });
});

describe('look-up', () => {
  test('ends as the policy says: unfilled, finished, by client id', () => {
    const policy = examplePolicy({
      lookUp: { unfilledForMs: 1000, finishedForMs: 5000, clientOrderIdEndsWithOrder: true },
    });
    const exchange = heldExchange({ policy });
    const canceled = placed(
      exchange.placeOrder(AT, 'alice', limit('buy', '0.1', '50000', { clientOrderId: 'c' })),
    );
    const filled = placed(
      exchange.placeOrder(AT, 'alice', request('buy', 'market', '0.1', {}, { clientOrderId: 'f' })),
    );
    const byClientId = { symbol: 'BTC/USDT', clientOrderId: 'c' };
    const byId = (order: Order) => ({ symbol: order.symbol, venueOrderId: order.venueOrderId });
    expect(exchange.lookUp(AT, 'alice', byClientId)).not.toBeNull();
    exchange.cancelOrder(AT, 'alice', canceled);
    expect(exchange.lookUp(AT, 'alice', byClientId)).toBeNull();
    expect(exchange.lookUp(AT + 1000, 'alice', byId(canceled))).not.toBeNull();
    expect(exchange.lookUp(AT + 1001, 'alice', byId(canceled))).toBeNull();
    expect(exchange.lookUp(AT + 5000, 'alice', byId(filled))).not.toBeNull();
    expect(exchange.lookUp(AT + 5001, 'alice', byId(filled))).toBeNull();
    expect(exchange.orders(AT + 5001, 'alice', {})).toEqual([]);
    expect(exchange.allOrders()).toHaveLength(2);
    expect(exchange.fills('alice', { venueOrderId: filled.venueOrderId })).toHaveLength(1);
  });
});

describe('the market', () => {
  test('held, it stays: nobody moves it and what is taken comes back at once', () => {
    const exchange = heldExchange();
    const before = exchange.book('BTC/USDT', 20);
    exchange.placeOrder(AT, 'alice', request('buy', 'market', '1'));
    const atMid = placed(exchange.placeOrder(AT, 'bob', limit('buy', '0.1', '60000')));
    exchange.placeOrder(AT, 'alice', request('buy', 'market', '0.1'));
    exchange.advance(AT + 60_000);
    expect(now(exchange, atMid).status).toBe('open');
    exchange.cancelOrder(AT + 60_000, 'bob', atMid);
    expect(exchange.book('BTC/USDT', 20)).toEqual({ ...before, updateId: expect.any(Number) as number });
    expect(exchange.market('BTC/USDT')).toMatchObject({ held: true });
  });

  test('free, it walks on its grid, and follows a path step by step', () => {
    const exchange = heldExchange();
    exchange.movePrice(AT, 'BTC/USDT', ['60000', '61000', '62000'].map(decimal), true);
    const seen = [0, 1000, 2000, 9000].map((ms) => {
      exchange.advance(AT + ms);
      return exchange.market('BTC/USDT')?.lastPrice.toString();
    });
    expect(seen).toEqual(['60000', '61000', '62000', '62000']);
    exchange.movePrice(AT + 9000, 'BTC/USDT', [decimal('62000')], false);
    exchange.advance(AT + 30_000);
    expect(exchange.market('BTC/USDT')?.markPrice.equals(decimal('62000'))).toBe(false);
    expect(exchange.market('BTC/USDT')?.markPrice.isMultipleOf(decimal('0.01'))).toBe(true);
  });

  test('a listener that calls back is stopped', () => {
    const exchange = heldExchange();
    exchange.subscribe(() => exchange.advance(AT));
    expect(() => exchange.placeOrder(AT, 'alice', limit('buy', '0.1', '50000'))).toThrow(
      'called the exchange back',
    );
  });
});
