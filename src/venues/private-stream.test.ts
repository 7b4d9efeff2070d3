import { describe, expect, it } from 'vitest';
import { Decimal } from '../core/decimal.ts';
import { asset, instrumentSymbol, tradeId, venueOrderId } from '../core/ids.ts';
import type { OrderReport, VenueFill } from '../core/venue/report.ts';
import { Continuity } from './private-stream.ts';

function reported(id: string, filled: string): OrderReport {
  return {
    symbol: instrumentSymbol('BTC/USDT'),
    venueOrderId: venueOrderId(id),
    venueClientOrderId: null,
    status: 'open',
    side: 'buy',
    positionSide: null,
    quantity: null,
    price: null,
    filledQuantity: Decimal.parse(filled),
    triggeredVenueOrderId: null,
    venueReason: '',
    updatedAt: 0,
  };
}

function executed(id: string, quantity: string): VenueFill {
  return {
    symbol: instrumentSymbol('BTC/USDT'),
    tradeId: tradeId('1'),
    venueOrderId: venueOrderId(id),
    venueClientOrderId: null,
    side: 'buy',
    positionSide: 'net',
    sequence: null,
    price: Decimal.one,
    quantity: Decimal.parse(quantity),
    fee: Decimal.zero,
    feeAsset: asset('BTC'),
    liquidity: 'taker',
    realizedPnl: null,
    executedAt: 0,
  };
}

/** Events of one order as `[filled so far, this execution or nothing]`. */
function followed(events: readonly (readonly [string, string | null])[]): string[] {
  const continuity = new Continuity();
  return events.map(([filled, execution]) =>
    continuity.follow(reported('1', filled), execution === null ? null : executed('1', execution)),
  );
}

describe('continuity of a private stream', () => {
  it.each([
    [
      'a whole life',
      [
        ['0', null],
        ['0.4', '0.4'],
        ['1', '0.6'],
        ['1', null],
      ],
      [],
    ],
    ['a start in an execution', [['0.4', '0.4']], []],
    [
      'a first execution missed',
      [
        ['0', null],
        ['1', '0.6'],
      ],
      [1],
    ],
    ['a start after an execution', [['1', '0.6']], [0]],
    [
      'an execution missed before the end',
      [
        ['0.4', '0.4'],
        ['1', null],
      ],
      [1],
    ],
    [
      'a repeated execution',
      [
        ['0.4', '0.4'],
        ['0.4', '0.4'],
        ['1', '0.6'],
      ],
      [],
    ],
    [
      'two executions in the wrong order',
      [
        ['0', null],
        ['1', '0.6'],
        ['0.4', '0.4'],
      ],
      [1, 2],
    ],
  ] as const)('%s', (_name, events, broken) => {
    const joining = followed(events);
    expect(joining.flatMap((state, index) => (state === 'broken' ? [index] : []))).toEqual(broken);
  });

  it('follows each order by itself', () => {
    const continuity = new Continuity();
    expect(continuity.follow(reported('1', '0.4'), executed('1', '0.4'))).toBe('joined');
    expect(continuity.follow(reported('2', '0.5'), executed('2', '0.5'))).toBe('joined');
    expect(continuity.follow(reported('1', '0.5'), executed('1', '0.1'))).toBe('joined');
    // A venue may count the orders of each instrument by themselves.
    const other = { symbol: instrumentSymbol('ETH/USDT') };
    const [first, execution] = [reported('1', '0.7'), executed('1', '0.7')];
    expect(continuity.follow({ ...first, ...other }, { ...execution, ...other })).toBe('joined');
  });
});
