import { describe, expect, it } from 'vitest';
import { decimal } from '../../core/decimal.ts';
import type { BalanceReading } from '../../engine/desk.ts';
import { toBalanceView } from './balance.ts';
import { shownAmount, shownAverage, shownDown, shownLoss, shownUp } from './figures.ts';

describe('computed figures', () => {
  it.each([
    ['-0.0003050312625367', '-0.00030504'],
    ['-0.000000027377038796', '-0.00000003'],
    ['0.0236949687374633', '0.02369496'],
    ['0.000000009', '0'],
    ['1234567890.5', '1234567890.5'],
  ])('a PnL of %s is shown as %s', (exact, shown) => {
    expect(shownAmount(decimal(exact))).toBe(shown);
  });

  it.each([
    ['0.000000001', '0.00000001'],
    ['12.5', '12.5'],
  ])('a loss of %s is shown as %s', (exact, shown) => {
    expect(shownLoss(decimal(exact))).toBe(shown);
  });

  it.each([
    ['60000.003818275982705718', '60000.0038183'],
    ['0.00000015000000012345678', '0.000000150000000123'],
    ['48254.728185401895823485', '48254.7281854'],
    ['1234567890123.5', '1234567890124'],
    ['60034.69', '60034.69'],
    ['0', '0'],
  ])('an average of %s is shown as %s', (exact, shown) => {
    expect(shownAverage(decimal(exact))).toBe(shown);
  });

  it('a margin ratio is rounded up, and a distance to liquidation down', () => {
    expect(shownUp(decimal('0.012345678123456789'))).toBe('0.01234568');
    expect(shownDown(decimal('0.012345678999999999'))).toBe('0.01234567');
  });

  it.each([
    ['100', '66.666666666666', true, { free: '66.66666666', used: '33.33333334' }],
    ['0.123456789012', '0.123456789012', true, { free: '0.123456789012', used: '0' }],
    ['100', '0', false, { free: null, used: null }],
  ])('of %s, %s are free (margin known: %s)', (total, available, isMarginKnown, shown) => {
    const balance = { asset: 'USDT', wallet: 'linear_swap', total: decimal(total), updatedAt: 0 };
    const reading = { balance, available: decimal(available), isMarginKnown } as unknown as BalanceReading;
    expect(toBalanceView(reading)).toMatchObject(shown);
  });
});
