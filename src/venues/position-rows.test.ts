import { describe, expect, it } from 'vitest';
import { decimal } from '../core/decimal.ts';
import { ACCOUNT, Desk, positionReport } from '../core/testing/fixture.ts';
import type { PositionReport } from '../core/venue/report.ts';
import { MalformedAnswer } from './ccxt/exact-json.ts';
import { onePositionEach } from './position-rows.ts';

function part(marginMode: 'cross' | 'isolated', quantity: string, given: Partial<PositionReport> = {}) {
  return positionReport({
    quantity: decimal(quantity),
    marginMode,
    entryPrice: decimal('100'),
    markPrice: decimal('100'),
    ...given,
  });
}

describe('a contract that is held crossed and isolated at once', () => {
  it('is one position of both, in the books too', () => {
    const reports = onePositionEach([part('cross', '1'), part('isolated', '-0.05')]);
    const desk = Desk.funded();
    desk.run({ type: 'positions', accountId: ACCOUNT, reports });
    expect([...desk.state.positions.values()].map(({ netQuantity }) => netQuantity.toString())).toEqual([
      '0.95',
    ]);
  });

  it('has the result of its parts, and no margin mode, leverage or margin that is one part alone', () => {
    const [joined] = onePositionEach([
      part('cross', '3', { leverage: decimal('5'), unrealizedPnl: decimal('1') }),
      part('isolated', '1', {
        entryPrice: decimal('120'),
        leverage: decimal('10'),
        unrealizedPnl: decimal('-20'),
        isolatedMargin: decimal('12'),
      }),
    ]);
    expect(joined).toMatchObject({ marginMode: null, leverage: null, isolatedMargin: null });
    expect(joined?.entryPrice?.toString()).toBe('105');
    expect(joined?.unrealizedPnl?.toString()).toBe('-19');
  });

  it('is liquidated first at the price that lies nearest to the mark', () => {
    const at = (cross: PositionReport['liquidationPrice'], isolated: PositionReport['liquidationPrice']) =>
      onePositionEach([
        part('cross', '1', { liquidationPrice: cross }),
        part('isolated', '1', { liquidationPrice: isolated }),
      ])[0]?.liquidationPrice?.toString();
    expect(at(decimal('50'), decimal('90'))).toBe('90');
    expect(at('none', decimal('90'))).toBe('90');
    expect(at('none', 'none')).toBe('none');
    expect(at(null, decimal('90'))).toBeUndefined();
  });

  it('is flat without a price where its parts are opposite', () => {
    const [joined] = onePositionEach([part('cross', '1'), part('isolated', '-1')]);
    expect([joined?.quantity.toString(), joined?.entryPrice]).toEqual(['0', null]);
  });
});

describe('rows of one margin mode', () => {
  it('that repeat each other are one position, and sides stay apart', () => {
    const rows = [part('cross', '1'), part('cross', '1')];
    expect(onePositionEach(rows)).toEqual([rows[0]]);
    const sides = (['long', 'short'] as const).map((positionSide) => part('cross', '1', { positionSide }));
    expect(onePositionEach(sides)).toEqual(sides);
  });

  it('that differ are no reading', () => {
    expect(() => onePositionEach([part('cross', '1'), part('cross', '2')])).toThrow(MalformedAnswer);
  });
});
