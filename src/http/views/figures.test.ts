import { describe, expect, it } from 'vitest';
import { decimal } from '../../core/decimal.ts';
import { shownAmount, shownAverage, shownLoss } from './figures.ts';

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
});
