import { describe, expect, it } from 'vitest';
import { decimal } from '../decimal.ts';
import { instrumentKey } from '../portfolio/keys.ts';
import { ACCOUNT, Desk, NO_LIMITS, positionReport, START, SWAP } from '../testing/fixture.ts';
import type { PositionReport } from '../venue/report.ts';
import { bookedSwaps } from './booked-swaps.ts';
import {
  accountMargin,
  currentMargin,
  highestRatio,
  LIQUIDATION_DISTANCE_ALARM,
  liquidationDistance,
  MARGIN_FRESH_MS,
  MARGIN_RATIO_ALARM,
  MARGIN_RATIO_CEILING,
  marginAlarms,
  marginRatio,
  type MarginReading,
} from './liquidation.ts';

describe('marginRatio', () => {
  it('is rounded up, and unknown without one of its figures', () => {
    expect(marginRatio(decimal('1'), decimal('3'))?.toString()).toBe('0.333334');
    expect(marginRatio(decimal('0'), decimal('0'))?.toString()).toBe('0');
    expect(marginRatio(null, decimal('3'))).toBeNull();
    expect(marginRatio(decimal('1'), null)).toBeNull();
  });

  it('is at its ceiling where nothing stands behind the positions any more', () => {
    for (const balance of ['0', '-5', '0.0000001'])
      expect(marginRatio(decimal('1'), decimal(balance))).toBe(MARGIN_RATIO_CEILING);
  });
});

describe('liquidationDistance', () => {
  const distance = (given: Partial<PositionReport>, mark: string | null) =>
    liquidationDistance(
      positionReport({ quantity: decimal('1'), ...given }),
      mark === null ? null : decimal(mark),
    )?.toString() ?? null;

  it('is a fraction of the mark, rounded down, on either side', () => {
    expect(distance({ liquidationPrice: decimal('100') }, '300')).toBe('0.666666');
    expect(distance({ quantity: decimal('-1'), liquidationPrice: decimal('400') }, '300')).toBe('0.333333');
  });

  it('is 0 once the mark has passed the price, and 1 where no price liquidates the position', () => {
    expect(distance({ liquidationPrice: decimal('301') }, '300')).toBe('0');
    expect(distance({ quantity: decimal('-1'), liquidationPrice: decimal('299') }, '300')).toBe('0');
    expect(distance({ liquidationPrice: 'none' }, null)).toBe('1');
  });

  it('counts to the shared price of two hedged sides from both of them', () => {
    const short = {
      positionSide: 'short',
      quantity: decimal('-1'),
      liquidationPrice: decimal('270'),
    } as const;
    expect(distance(short, '300')).toBe('0.1');
  });

  it('is unknown without a price or a mark', () => {
    expect(distance({ liquidationPrice: null }, '300')).toBeNull();
    expect(distance({ liquidationPrice: decimal('100') }, null)).toBeNull();
  });
});

describe('accountMargin', () => {
  it("takes the lesser of the distances from the venue's mark and from ours", () => {
    const positions = [positionReport({ quantity: decimal('1'), liquidationPrice: decimal('90') })];
    const distanceAt = (ours: string | null): string | undefined => {
      const marks = new Map(ours === null ? [] : [[instrumentKey(ACCOUNT, SWAP), decimal(ours)]]);
      const shown = accountMargin(
        ACCOUNT,
        { readAt: START, margins: [], positions, booked: new Map() },
        marks,
      );
      return shown?.positions[0]?.liquidationDistance?.toString();
    };
    // The venue's mark is 100.
    expect([distanceAt('120'), distanceAt('96'), distanceAt(null)]).toEqual(['0.1', '0.0625', '0.1']);
  });
});

describe('currentMargin', () => {
  it('knows no figure once a position has changed since the reading began, and every figure of one reading before', () => {
    const desk = Desk.funded();
    const began = (quantity: string | null): MarginReading => ({
      readAt: START,
      margins: [
        {
          wallet: 'linear_swap',
          marginBalance: decimal('100'),
          maintenanceMargin: decimal(quantity === null ? '0' : '10'),
        },
      ],
      positions:
        quantity === null
          ? []
          : [
              positionReport({
                quantity: decimal(quantity),
                marginMode: 'cross',
                liquidationPrice: decimal('90'),
              }),
            ],
      booked: bookedSwaps(desk.state, ACCOUNT),
    });
    const figures = (reading: MarginReading) => {
      const shown = currentMargin(desk.state, ACCOUNT, reading, new Map());
      if (shown === null) throw new Error('there is a reading');
      return [
        highestRatio(shown)?.toString() ?? null,
        ...shown.positions.map((position) => [
          position.marginRatio?.toString() ?? null,
          position.liquidationPrice?.toString() ?? null,
          position.liquidationDistance?.toString() ?? null,
        ]),
      ];
    };
    const flat = began(null);
    expect(figures(flat)).toEqual(['0']);
    desk.hold(SWAP, '1');
    expect(figures(flat)).toEqual([null]);
    const one = began('1');
    expect(figures(one)).toEqual(['0.1', ['0.1', '90', '0.1']]);
    desk.hold(SWAP, '1');
    expect(figures(one)).toEqual([null, [null, null, null]]);
    expect(figures(began('2'))).toEqual(['0.1', ['0.1', '90', '0.1']]);
    // The venue's figures have the holdings of others in them.
    expect(figures(began('3'))).toEqual(['0.1', ['0.1', '90', '0.1']]);
    expect(figures(began('-2'))).toEqual([null, [null, null, null]]);
  });
});

describe('marginAlarms', () => {
  const desk = Desk.funded();
  desk.hold(SWAP, '1');
  const reading = (maintenanceMargin: string | null, liquidationPrice: string): MarginReading => ({
    readAt: START,
    margins: [
      {
        wallet: 'linear_swap',
        marginBalance: decimal('100'),
        maintenanceMargin: maintenanceMargin === null ? null : decimal(maintenanceMargin),
      },
    ],
    positions: [
      positionReport({
        quantity: decimal('1'),
        marginMode: 'cross',
        liquidationPrice: decimal(liquidationPrice),
      }),
    ],
    booked: bookedSwaps(desk.state, ACCOUNT),
  });
  const kinds = (
    shown: MarginReading | undefined,
    { limits = NO_LIMITS, at = START, of = desk }: { limits?: typeof NO_LIMITS; at?: number; of?: Desk } = {},
  ): readonly string[] =>
    marginAlarms(
      of.state,
      { accountId: ACCOUNT, mode: 'paper' },
      accountMargin(ACCOUNT, shown, new Map()),
      limits,
      at,
    ).map(({ kind }) => kind);

  it('stand from the margin ratio of the alarm on, and from a stricter limit', () => {
    expect(MARGIN_RATIO_ALARM.toString()).toBe('0.8');
    expect(kinds(reading('79.9999', '50'))).toEqual([]);
    expect(kinds(reading('80', '50'))).toEqual(['margin_ratio']);
    const limits = { ...NO_LIMITS, maxMarginRatio: decimal('0.3') };
    expect(kinds(reading('29', '50'), { limits })).toEqual([]);
    expect(kinds(reading('30', '50'), { limits })).toEqual(['margin_ratio']);
    expect(kinds(reading('80', '50'), { limits: { ...NO_LIMITS, maxMarginRatio: decimal('0.9') } })).toEqual([
      'margin_ratio',
    ]);
  });

  it('stand below the distance of the alarm, and below a stricter limit', () => {
    expect(LIQUIDATION_DISTANCE_ALARM.toString()).toBe('0.02');
    expect(kinds(reading('10', '98'))).toEqual([]);
    expect(kinds(reading('10', '98.0001'))).toEqual(['liquidation_distance']);
    const limits = { ...NO_LIMITS, minLiquidationDistance: decimal('0.1') };
    expect(kinds(reading('10', '90'), { limits })).toEqual([]);
    expect(kinds(reading('10', '90.1'), { limits })).toEqual(['liquidation_distance']);
  });

  it('show a figure that is unknown, or too old, while something is open', () => {
    expect(kinds(undefined)).toEqual(['margin_unknown']);
    expect(kinds(reading(null, '50'))).toEqual(['margin_unknown']);
    expect(kinds(reading('10', '50'), { at: START + MARGIN_FRESH_MS })).toEqual([]);
    expect(kinds(reading('10', '50'), { at: START + MARGIN_FRESH_MS + 1 })).toEqual(['margin_unknown']);
    // The clock was set back since the reading.
    expect(kinds(reading('10', '50'), { at: START - MARGIN_FRESH_MS - 1 })).toEqual(['margin_unknown']);
    expect(kinds(undefined, { of: Desk.funded() })).toEqual([]);
  });
});
