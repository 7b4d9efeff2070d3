/** Long and short positions side by side. BTC/USDT:USDT is held at 60000; alice and bob are in hedge mode. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { decimal } from '../../core/decimal.ts';
import { decode, encode } from '../state/codec.ts';
import type { Position } from './account.ts';
import type { ExchangeEvent } from './event.ts';
import { BTC_SWAP, exampleConfig, heldExchange, START_AT } from './example-venue.ts';
import { Exchange } from './exchange.ts';
import type { DoneResult, OrderResult } from './results.ts';
import type { Order, OrderRequest, PositionSide } from './order.ts';
import type { ExchangeSnapshot } from './snapshot.ts';
import type { ExchangeSnapshot1 } from './snapshot-versions.ts';

const AT = START_AT + 1;
const SYMBOL = 'BTC/USDT:USDT';

type Terms = Omit<OrderRequest, 'symbol' | 'side' | 'positionSide' | 'type' | 'quantity' | 'price'>;

function market(
  side: 'buy' | 'sell',
  positionSide: PositionSide,
  quantity: string,
  terms: Terms = {},
): OrderRequest {
  return { symbol: SYMBOL, side, positionSide, type: 'market', quantity: decimal(quantity), ...terms };
}

function limit(
  side: 'buy' | 'sell',
  positionSide: PositionSide,
  quantity: string,
  price: string,
  terms: Terms = {},
): OrderRequest {
  return { ...market(side, positionSide, quantity, terms), type: 'limit', price: decimal(price) };
}

function hedged(): Exchange {
  const exchange = heldExchange();
  for (const accountId of ['alice', 'bob'])
    expect(exchange.setHedged(AT, accountId, true)).toEqual({ ok: true });
  return exchange;
}

function place(exchange: Exchange, request: OrderRequest): Order {
  const result = exchange.placeOrder(exchange.now(), 'alice', request);
  if (!result.ok) throw new Error(`refused: ${result.refusal.code}`);
  return result.order;
}

function attempt(exchange: Exchange, request: OrderRequest): string {
  return refusal(exchange.placeOrder(exchange.now(), 'alice', request));
}

function refusal(result: OrderResult | DoneResult): string {
  return result.ok ? 'accepted' : result.refusal.code;
}

function position(exchange: Exchange, side: PositionSide, accountId = 'alice'): Position {
  const found = exchange.positions(accountId).find((one) => one.symbol === SYMBOL && one.side === side);
  if (found === undefined) throw new Error(`no ${side} position`);
  return found;
}

function quantities(exchange: Exchange, accountId = 'alice'): string[] {
  return exchange.positions(accountId).map(({ side, quantity }) => `${side} ${quantity.toString()}`);
}

function move(exchange: Exchange, price: string): void {
  exchange.movePrice(exchange.now() + 1, SYMBOL, [decimal(price)], true);
}

function conserved(exchange: Exchange): string {
  return exchange.supply('USDT').subtract(exchange.openCost('USDT')).toString();
}

describe('two sides', () => {
  test('are opened, grown and closed each by itself, and never offset one another', () => {
    const exchange = hedged();
    place(exchange, market('buy', 'long', '1'));
    place(exchange, market('sell', 'short', '2'));
    expect(quantities(exchange)).toEqual(['long 1', 'short -2']);
    expect(position(exchange, 'long').entryPrice.toString()).toBe('60000.01');
    expect(position(exchange, 'short').entryPrice.toString()).toBe('59999.99');
    move(exchange, '61000');
    expect(position(exchange, 'long').unrealizedPnl.toString()).toBe('999.99');
    expect(position(exchange, 'short').unrealizedPnl.toString()).toBe('-2000.02');
    place(exchange, market('sell', 'long', '0.4'));
    place(exchange, market('buy', 'short', '0.5'));
    expect(quantities(exchange)).toEqual(['long 0.6', 'short -1.5']);
    const fills = exchange.fills('alice', {}).map((fill) => ({
      side: fill.positionSide,
      pnl: fill.realizedPnl.toString(),
    }));
    expect(fills).toEqual([
      { side: 'long', pnl: '0' },
      { side: 'short', pnl: '0' },
      { side: 'long', pnl: '399.992' },
      { side: 'short', pnl: '-500.01' },
    ]);
  });

  test('trade with one another like the orders of two accounts', () => {
    const exchange = hedged();
    const before = conserved(exchange);
    place(exchange, limit('buy', 'long', '1', '60000', { selfTradePrevention: 'none' }));
    place(exchange, limit('sell', 'short', '1', '60000', { selfTradePrevention: 'none' }));
    expect(quantities(exchange)).toEqual(['long 1', 'short -1']);
    expect(conserved(exchange)).toBe(before);
  });

  test('an order names a side where the account has two, and none where it has one', () => {
    const exchange = hedged();
    expect(attempt(exchange, market('buy', 'net', '1'))).toBe('position_side_mismatch');
    exchange.setHedged(AT, 'alice', false);
    expect(attempt(exchange, market('buy', 'long', '1'))).toBe('position_side_mismatch');
    expect(attempt(exchange, { ...market('buy', 'long', '1'), symbol: 'BTC/USDT' })).toBe('bad_field');
    expect(exchange.positions('alice')).toEqual([]);
  });
});

describe('closing', () => {
  test('is refused beyond what there is to close', () => {
    const exchange = hedged();
    expect(attempt(exchange, market('sell', 'long', '1'))).toBe('reduce_only_refused');
    place(exchange, market('buy', 'long', '1'));
    expect(attempt(exchange, market('sell', 'long', '1.001'))).toBe('reduce_only_refused');
    expect(attempt(exchange, market('buy', 'short', '1'))).toBe('reduce_only_refused');
    expect(attempt(exchange, market('sell', 'long', '1'))).toBe('accepted');
    expect(quantities(exchange)).toEqual(['long 0', 'short 0']);
  });

  test('limit orders cannot close the same quantity twice, and hold no margin', () => {
    const exchange = hedged();
    place(exchange, market('buy', 'long', '1'));
    const free = exchange.margin('alice')?.availableBalance.toString();
    const first = place(exchange, limit('sell', 'long', '0.6', '61000'));
    expect(first).toMatchObject({ positionSide: 'long', reduceOnly: true });
    expect(attempt(exchange, limit('sell', 'long', '0.5', '62000'))).toBe('reduce_only_refused');
    expect(attempt(exchange, limit('sell', 'long', '0.4', '62000'))).toBe('accepted');
    expect(exchange.margin('alice')?.availableBalance.toString()).toBe(free);
    const grown = exchange.amendOrder(exchange.now(), 'alice', first, { quantity: decimal('0.7') });
    expect(refusal(grown)).toBe('reduce_only_refused');
    const smaller = exchange.amendOrder(exchange.now(), 'alice', first, { quantity: decimal('0.3') });
    expect(refusal(smaller)).toBe('accepted');
    // A sell of the short side opens it and has nothing to do with the long one.
    expect(attempt(exchange, limit('sell', 'short', '5', '62000'))).toBe('accepted');
  });

  test('at the market ends the orders in the book that have nothing left to close', () => {
    const exchange = hedged();
    place(exchange, market('buy', 'long', '1'));
    place(exchange, market('sell', 'short', '1'));
    const target = place(exchange, limit('sell', 'long', '1', '61000'));
    const other = place(exchange, limit('buy', 'short', '1', '59000'));
    place(exchange, market('sell', 'long', '1'));
    expect(exchange.lookUp(AT, 'alice', target)).toMatchObject({
      status: 'expired',
      endReason: 'reduce_only',
    });
    expect(exchange.lookUp(AT, 'alice', other)?.status).toBe('open');
  });

  test('an order below the least notional may close', () => {
    const exchange = hedged();
    place(exchange, market('buy', 'long', '1'));
    move(exchange, '4000');
    expect(attempt(exchange, limit('buy', 'long', '0.001', '3999'))).toBe('notional_too_small');
    place(exchange, market('buy', 'long', '0.01'));
    expect(attempt(exchange, market('sell', 'long', '0.001'))).toBe('accepted');
  });

  test('a stop closes its own side; one that is larger than its side is rejected when it fires', () => {
    const exchange = hedged();
    place(exchange, market('buy', 'long', '1'));
    place(exchange, market('sell', 'short', '1'));
    const stop = { ...market('sell', 'long', '1'), type: 'stop_market' } as const;
    const fitting = place(exchange, { ...stop, stopPrice: decimal('59000') });
    const larger = place(exchange, { ...stop, quantity: decimal('2'), stopPrice: decimal('59500') });
    const { quantity: _all, ...closing } = stop;
    const whole = place(exchange, {
      ...closing,
      side: 'buy',
      positionSide: 'short',
      closePosition: true,
      stopPrice: decimal('61000'),
    });
    move(exchange, '59400');
    expect(exchange.lookUp(exchange.now(), 'alice', larger)).toMatchObject({
      status: 'rejected',
      endReason: 'reduce_only',
    });
    expect(quantities(exchange)).toEqual(['long 1', 'short -1']);
    move(exchange, '58900');
    expect(exchange.lookUp(exchange.now(), 'alice', fitting)?.status).toBe('triggered');
    expect(quantities(exchange)).toEqual(['long 0', 'short -1']);
    move(exchange, '61100');
    expect(exchange.lookUp(exchange.now(), 'alice', whole)?.status).toBe('triggered');
    expect(quantities(exchange)).toEqual(['long 0', 'short 0']);
  });
});

describe('settings', () => {
  test('the mode stays while there are open swap orders or positions', () => {
    const exchange = hedged();
    const order = place(exchange, limit('buy', 'long', '1', '50000'));
    expect(exchange.setHedged(AT, 'alice', false)).toMatchObject({
      refusal: { code: 'position_mode_in_use', by: 'orders' },
    });
    exchange.cancelOrder(AT, 'alice', order);
    place(exchange, {
      symbol: SYMBOL,
      side: 'buy',
      positionSide: 'long',
      type: 'stop_market',
      quantity: decimal('1'),
      stopPrice: decimal('70000'),
    });
    expect(refusal(exchange.setHedged(AT, 'alice', false))).toBe('position_mode_in_use');
    exchange.cancelAll(AT, 'alice', { conditional: true });
    place(exchange, market('buy', 'long', '1'));
    expect(exchange.setHedged(AT, 'alice', false)).toMatchObject({
      refusal: { code: 'position_mode_in_use', by: 'positions' },
    });
    place(exchange, market('sell', 'long', '1'));
    expect(refusal(exchange.setHedged(AT, 'alice', false))).toBe('accepted');
    expect(quantities(exchange)).toEqual(['net 0']);
  });

  test('leverage and margin mode are the symbol’s, in both modes and on both sides', () => {
    const exchange = heldExchange();
    exchange.setLeverage(AT, 'alice', SYMBOL, 7);
    exchange.setMarginMode(AT, 'alice', SYMBOL, 'isolated');
    exchange.setHedged(AT, 'alice', true);
    const shown = (): string[] =>
      exchange
        .positions('alice')
        .map(({ side, leverage, marginMode }) => `${side} ${leverage} ${marginMode}`);
    expect(shown()).toEqual(['long 7 isolated', 'short 7 isolated']);
    const events: ExchangeEvent[] = [];
    exchange.subscribe((batch) => events.push(...batch));
    exchange.setLeverage(AT, 'alice', SYMBOL, 9);
    expect(shown()).toEqual(['long 9 isolated', 'short 9 isolated']);
    expect(events).toMatchObject([
      { kind: 'position', reason: 'leverage', position: { side: 'long' } },
      { kind: 'position', reason: 'leverage', position: { side: 'short' } },
    ]);
    exchange.setHedged(AT, 'alice', false);
    expect(shown()).toEqual(['net 9 isolated']);
  });

  test('a lower leverage that is refused leaves the isolated margins as they were', () => {
    const exchange = hedged();
    exchange.setMarginMode(AT, 'alice', SYMBOL, 'isolated');
    place(exchange, market('buy', 'long', '10'));
    place(exchange, market('sell', 'short', '10'));
    const margins = (): string[] =>
      exchange.positions('alice').map(({ isolatedMargin }) => isolatedMargin.toString());
    const before = margins();
    expect(refusal(exchange.setLeverage(AT, 'alice', SYMBOL, 2))).toBe('insufficient_balance');
    expect(margins()).toEqual(before);
    expect(position(exchange, 'short').leverage).toBe(20);
  });
});

describe('margin', () => {
  test('each side needs its own, nothing is offset', () => {
    const exchange = hedged();
    exchange.setLeverage(AT, 'alice', SYMBOL, 1);
    place(exchange, market('buy', 'long', '0.8'));
    expect(attempt(exchange, market('sell', 'short', '0.9'))).toBe('insufficient_balance');
    expect(attempt(exchange, market('sell', 'short', '0.8'))).toBe('accepted');
    expect(exchange.margin('alice')?.positionInitialMargin.toString()).toBe('96000');
    expect(exchange.margin('alice')?.maintenanceMargin.toString()).toBe('480');
  });
});

describe('funding', () => {
  test('is paid by the long side and received by the short one, each in an entry of its own', () => {
    const exchange = hedged();
    place(exchange, market('buy', 'long', '1'));
    place(exchange, market('sell', 'short', '2'));
    exchange.settleFunding(exchange.now(), SYMBOL, decimal('0.001'));
    expect(
      exchange.funding('alice').map(({ positionSide, amount }) => `${positionSide} ${amount.toString()}`),
    ).toEqual(['long -60', 'short 120']);
  });
});

describe('liquidation', () => {
  test('crossed sides are closed together, at the price that both show', () => {
    const exchange = hedged();
    const before = conserved(exchange);
    place(exchange, market('buy', 'long', '20'));
    place(exchange, market('sell', 'short', '4'));
    const { liquidationPrice } = position(exchange, 'long');
    if (liquidationPrice === null) throw new Error('the sides do not balance, so there is a price');
    expect(position(exchange, 'short').liquidationPrice?.toString()).toBe(liquidationPrice.toString());
    const edge = liquidationPrice.roundToMultipleOf(decimal('0.01'), 'down');
    move(exchange, edge.add(decimal('0.02')).toString());
    expect(quantities(exchange)).toEqual(['long 20', 'short -4']);
    move(exchange, edge.subtract(decimal('0.02')).toString());
    expect(quantities(exchange)).toEqual(['long 0', 'short 0']);
    const closed = exchange
      .orders(exchange.now(), 'alice', {})
      .filter((order) => order.tags['liquidation'] === 'true')
      .map(({ side, positionSide }) => `${side} ${positionSide}`);
    expect(closed).toEqual(['sell long', 'buy short']);
    expect(conserved(exchange)).toBe(before);
  });

  test('sides that balance have no liquidation price of their own', () => {
    const exchange = hedged();
    exchange.placeOrder(AT, 'alice', limit('buy', 'long', '1', '60000', { selfTradePrevention: 'none' }));
    exchange.placeOrder(AT, 'alice', limit('sell', 'short', '1', '60000', { selfTradePrevention: 'none' }));
    move(exchange, '40000');
    move(exchange, '90000');
    expect(quantities(exchange)).toEqual(['long 1', 'short -1']);
  });

  test('an isolated side is closed alone', () => {
    const exchange = hedged();
    exchange.setMarginMode(AT, 'alice', SYMBOL, 'isolated');
    place(exchange, market('buy', 'long', '1'));
    place(exchange, market('sell', 'short', '1'));
    const margin = position(exchange, 'long').isolatedMargin;
    const before = exchange.balances('alice', 'swap')[0]?.total;
    move(exchange, '50000');
    expect(quantities(exchange)).toEqual(['long 0', 'short -1']);
    const after = exchange.balances('alice', 'swap')[0]?.total;
    expect(after === undefined ? undefined : before?.subtract(after).toString()).toBe(margin.toString());
  });
});

describe('a snapshot', () => {
  test('keeps both sides and the orders that close them', () => {
    const exchange = hedged();
    place(exchange, market('buy', 'long', '1'));
    place(exchange, market('sell', 'short', '2'));
    place(exchange, limit('sell', 'long', '1', '61000'));
    const saved = decode(encode(exchange.snapshot())) as ExchangeSnapshot;
    const resumed = new Exchange(exampleConfig(), saved);
    expect(quantities(resumed)).toEqual(['long 1', 'short -2']);
    expect(attempt(resumed, limit('sell', 'long', '1', '62000'))).toBe('reduce_only_refused');
    expect(encode(resumed.snapshot())).not.toBe('');
  });

  /** Written by the program before hedge mode: alice long 1.5 with a target and a stop, bob short 1, carol flat and hedged. */
  const sample = (): ExchangeSnapshot1 =>
    decode(
      readFileSync(new URL('snapshot-version-1.sample.json', import.meta.url), 'utf8'),
    ) as ExchangeSnapshot1;
  const config = exampleConfig({
    instruments: [{ ...BTC_SWAP, liquidity: { ...BTC_SWAP.liquidity, levels: 1 } }],
  });

  test('of version 1 opens: one-way positions as they were, a hedged account with both sides', () => {
    const exchange = new Exchange(config, sample());
    expect(quantities(exchange)).toEqual(['net 1.5']);
    expect(quantities(exchange, 'bob')).toEqual(['net -1']);
    expect(exchange.isHedged('carol')).toBe(true);
    expect(quantities(exchange, 'carol')).toEqual(['long 0', 'short 0']);
    expect(position(exchange, 'short', 'carol')).toMatchObject({ leverage: 7, marginMode: 'isolated' });
    expect(exchange.fills('alice', {})[0]).toMatchObject({ positionSide: 'net' });
    expect(exchange.funding('bob')).toMatchObject([{ positionSide: 'net' }]);
  });

  test('of version 1 goes on: targets fill, stops fire, and it is saved as today’s', () => {
    const exchange = new Exchange(config, sample());
    move(exchange, '61000.01');
    expect(quantities(exchange)).toEqual(['net 1']);
    move(exchange, '58900');
    expect(quantities(exchange)).toEqual(['net 0']);
    const saved = decode(encode(exchange.snapshot())) as ExchangeSnapshot;
    expect(quantities(new Exchange(config, saved))).toEqual(['net 0']);
  });

  test('of a version that no program wrote is refused', () => {
    const unknown = { ...sample(), version: 4 } as unknown as ExchangeSnapshot;
    expect(() => new Exchange(config, unknown)).toThrow('has version 4, this program reads 1 to 3');
  });
});
