import { beforeEach, describe, expect, it } from 'vitest';
import { decimal } from '../../decimal.ts';
import { instrumentKey } from '../../portfolio/keys.ts';
import {
  ACCOUNT,
  Desk,
  NO_LIMITS,
  positionReport,
  START,
  SWAP,
  SWAP_INSTRUMENT,
} from '../../testing/fixture.ts';
import type { MarginReport, PositionReport } from '../../venue/report.ts';
import { MARGIN_FRESH_MS, type MarginReading } from '../liquidation.ts';

let desk: Desk;
beforeEach(() => {
  desk = Desk.funded();
  desk.hold(SWAP, '1');
});

interface Shown {
  readonly margin?: Partial<MarginReport>;
  readonly position?: Partial<PositionReport>;
  readonly readAt?: number;
}

/** The venue shows a long position of 1 at 100 in cross mode: liquidated at 90, with a tenth of its backing in use. */
function shown({ margin = {}, position = {}, readAt = START }: Shown = {}): MarginReading {
  return {
    readAt,
    margins: [
      {
        wallet: 'linear_swap',
        marginBalance: decimal('100'),
        maintenanceMargin: decimal('10'),
        ...margin,
      },
    ],
    positions: [
      positionReport({
        quantity: decimal('1'),
        marginMode: 'cross',
        liquidationPrice: decimal('90'),
        ...position,
      }),
    ],
  };
}

const RATIO = { ...NO_LIMITS, maxMarginRatio: decimal('0.5') };
const DISTANCE = { ...NO_LIMITS, minLiquidationDistance: decimal('0.05') };

type Context = NonNullable<Parameters<Desk['review']>[1]>;

const context = (reading: MarginReading | null, given: Partial<Context> = {}): Context => ({
  limits: RATIO,
  margins: new Map(reading === null ? [] : [[ACCOUNT, reading]]),
  ...given,
});

describe('margin', () => {
  it('refuses new risk from the margin ratio that is the limit on', () => {
    const at = (maintenanceMargin: string) =>
      desk.refusalBy(
        'margin',
        { symbol: SWAP },
        context(shown({ margin: { maintenanceMargin: decimal(maintenanceMargin) } })),
      );
    expect(at('49.9999')).toBeNull();
    expect(at('50')).toMatchObject({ code: 'margin_ratio_limit', limit: '0.5', actual: '0.5' });
    expect(at('50.0001')).toMatchObject({ code: 'margin_ratio_limit', actual: '0.500001' });
  });

  it('refuses new risk while the nearest position is nearer to liquidation than the limit', () => {
    const at = (liquidationPrice: string) =>
      desk.refusalBy(
        'margin',
        { symbol: SWAP },
        context(shown({ position: { liquidationPrice: decimal(liquidationPrice) } }), { limits: DISTANCE }),
      );
    expect(at('94')).toBeNull();
    expect(at('95')).toBeNull();
    expect(at('95.0001')).toMatchObject({
      code: 'liquidation_distance_limit',
      limit: '0.05',
      actual: '0.049999',
    });
  });

  it('takes the mark of now where that is nearer than the mark of the reading', () => {
    const marks = new Map([[instrumentKey(ACCOUNT, SWAP), decimal('94')]]);
    expect(
      desk.refusalBy('margin', { symbol: SWAP }, context(shown(), { limits: DISTANCE, marks })),
    ).toMatchObject({ code: 'liquidation_distance_limit' });
  });

  it('judges an isolated position by its own margin', () => {
    const position = {
      marginMode: 'isolated',
      maintenanceMargin: decimal('6'),
      isolatedMargin: decimal('10'),
    } as const;
    expect(desk.refusalBy('margin', { symbol: SWAP }, context(shown({ position })))).toMatchObject({
      code: 'margin_ratio_limit',
      actual: '0.6',
    });
  });

  it('refuses new risk on a figure that is unknown or older than it may be', () => {
    const at = (reading: MarginReading | null, given: Partial<Context> = {}) =>
      desk.refusalBy('margin', { symbol: SWAP }, context(reading, given))?.code;
    expect(at(null)).toBe('margin_unknown');
    expect(at(shown({ margin: { marginBalance: null } }))).toBe('margin_unknown');
    expect(at(shown({ position: { liquidationPrice: null } }), { limits: DISTANCE })).toBe('margin_unknown');
    expect(at(shown({ position: { quantity: decimal('0') } }), { limits: DISTANCE })).toBe('margin_unknown');
    expect(at(shown({ readAt: START - MARGIN_FRESH_MS }))).toBeUndefined();
    expect(at(shown({ readAt: START - MARGIN_FRESH_MS - 1 }))).toBe('margin_unknown');
    expect(
      desk.refusalBy('margin', { symbol: SWAP }, context(shown({ readAt: START - MARGIN_FRESH_MS - 1 }))),
    ).toMatchObject({ limit: String(MARGIN_FRESH_MS), actual: String(MARGIN_FRESH_MS + 1) });
  });

  it('needs no figure while nothing is open, no limit is set, or the order is of spot', () => {
    expect(Desk.funded().refusalBy('margin', { symbol: SWAP }, context(null))).toBeNull();
    expect(desk.refusalBy('margin', { symbol: SWAP }, context(null, { limits: NO_LIMITS }))).toBeNull();
    expect(desk.refusalBy('margin', {}, context(null))).toBeNull();
  });

  it('never keeps an order that reduces from getting out', () => {
    const worst = shown({
      margin: { maintenanceMargin: decimal('99') },
      position: { liquidationPrice: decimal('99') },
    });
    const limits = { ...RATIO, ...DISTANCE, maxMarginRatio: decimal('0.5') };
    for (const reading of [worst, null])
      expect(
        desk.refusalBy(
          'margin',
          { symbol: SWAP, side: 'sell', quantity: decimal('1') },
          context(reading, { limits, instrument: SWAP_INSTRUMENT }),
        ),
      ).toBeNull();
  });
});
