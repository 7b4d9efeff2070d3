import { describe, expect, it } from 'vitest';
import { decimal } from '../core/decimal.ts';
import { instrumentSymbol, tradeId, venueOrderId } from '../core/ids.ts';
import type { OrderReport, VenueFill } from '../core/venue/report.ts';
import { ExecutionTotals } from './execution-totals.ts';

const PATIENCE_MS = 5_000;
const SYMBOL = instrumentSymbol('BTC/USDT');

function reported(id: string, filled: string): OrderReport {
  return {
    symbol: SYMBOL,
    venueOrderId: venueOrderId(id),
    venueClientOrderId: null,
    status: 'open',
    side: 'buy',
    positionSide: null,
    quantity: null,
    price: null,
    filledQuantity: decimal(filled),
    triggeredVenueOrderId: null,
    venueReason: '',
    updatedAt: 0,
  };
}

function executed(id: string, quantity: string): VenueFill {
  return {
    symbol: SYMBOL,
    tradeId: tradeId('a'),
    sequence: null,
    venueOrderId: venueOrderId(id),
    venueClientOrderId: null,
    side: 'buy',
    positionSide: 'net',
    price: decimal('1'),
    quantity: decimal(quantity),
    fee: decimal('0'),
    feeAsset: null,
    liquidity: null,
    realizedPnl: null,
    executedAt: 0,
  };
}

/** Events of order 1 in their order, a millisecond apart: `total 1` or `fill 1`. */
function followed(events: readonly string[]): ExecutionTotals {
  const totals = new ExecutionTotals(PATIENCE_MS);
  events.forEach((event, now) => {
    const [what, figure = ''] = event.split(' ');
    if (what === 'total') totals.onOrder(reported('1', figure), now);
    else totals.onFill(executed('1', figure), now);
  });
  return totals;
}

describe('executions apart from their orders', () => {
  it.each([
    ['totals first', ['total 0', 'total 0.4', 'total 1', 'fill 0.4', 'fill 0.6']],
    ['executions first', ['fill 0.4', 'fill 0.6', 'total 0.4', 'total 1']],
    ['a total that comes late', ['total 1', 'fill 0.4', 'total 0.4', 'fill 0.6']],
  ])('add up: %s', (_name, events) => {
    const totals = followed(events);
    expect(totals.dueAt()).toBeNull();
    expect(totals.takeDue(1e9)).toEqual([]);
  });

  it.each([
    ['an execution that never came', ['total 0.4', 'fill 0.4', 'total 1'], 2],
    ['a total that never came', ['total 0.4', 'fill 0.4', 'fill 0.6'], 2],
    ['an execution that came twice', ['fill 1', 'total 1', 'fill 1'], 2],
    ['a difference that only changes', ['total 0.4', 'total 0.6', 'fill 0.4'], 0],
  ])('are due once after a while: %s', (_name, events, since) => {
    const totals = followed(events);
    expect(totals.dueAt()).toBe(since + PATIENCE_MS);
    expect(totals.takeDue(since + PATIENCE_MS - 1)).toEqual([]);
    expect(totals.takeDue(since + PATIENCE_MS)).toEqual(['1']);
    expect(totals.dueAt()).toBeNull();
    expect(totals.takeDue(1e9)).toEqual([]);
  });

  it('are followed on after an order was due', () => {
    const totals = followed(['total 0.4']);
    totals.takeDue(PATIENCE_MS);
    totals.onOrder(reported('1', '1'), 6_000);
    expect(totals.dueAt()).toBe(6_000 + PATIENCE_MS);
    totals.onFill(executed('1', '0.6'), 6_001);
    expect(totals.dueAt()).toBeNull();
  });

  it('are followed for each order by itself', () => {
    const totals = followed(['total 1']);
    totals.onFill(executed('2', '1'), 10);
    expect(totals.knows(SYMBOL, venueOrderId('2'))).toBe(true);
    expect(totals.knows(SYMBOL, venueOrderId('3'))).toBe(false);
    expect(totals.dueAt()).toBe(PATIENCE_MS);
    expect(totals.takeDue(PATIENCE_MS)).toEqual(['1']);
    expect(totals.takeDue(PATIENCE_MS + 10)).toEqual(['2']);
  });
});
