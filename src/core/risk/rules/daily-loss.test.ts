import { beforeEach, describe, expect, it } from 'vitest';
import { decimal } from '../../decimal.ts';
import { Desk, ETH_BTC_INSTRUMENT, NO_LIMITS, quoteAt, START } from '../../testing/fixture.ts';

let desk: Desk;
beforeEach(() => {
  desk = Desk.funded();
});

const reading = (pnl: string): void => {
  desk.readEquity(pnl);
};

describe('daily_loss', () => {
  const limits = { ...NO_LIMITS, maxDailyLoss: decimal('100') };

  it('refuses new risk once the limit is lost since midnight', () => {
    reading('50');
    desk.at += 5_000;
    reading('-49.99');
    expect(desk.refusalBy('daily_loss', {}, { limits })).toBeNull();
    desk.at += 5_000;
    reading('-50');
    expect(desk.refusalBy('daily_loss', {}, { limits })).toMatchObject({
      code: 'daily_loss_limit',
      limit: '100',
      actual: '100',
    });
    expect(desk.refusalBy('daily_loss', { side: 'sell' }, { limits })).toBeNull();
  });

  it('begins anew with the next day', () => {
    reading('0');
    desk.at += 5_000;
    reading('-100');
    desk.at = START + 86_400_000;
    expect(desk.refusalBy('daily_loss', {}, { limits })).toBeNull();
    reading('-100');
    expect(desk.refusalBy('daily_loss', {}, { limits })).toBeNull();
  });

  it('names the currency of the loss, whatever the order is quoted in', () => {
    reading('0');
    desk.at += 5_000;
    reading('-100');
    const market = { instrument: ETH_BTC_INSTRUMENT, quote: quoteAt(ETH_BTC_INSTRUMENT, decimal('0.04')) };
    const { symbol } = ETH_BTC_INSTRUMENT;
    const refusal = desk.refusalBy('daily_loss', { symbol }, { limits, ...market });
    expect(refusal?.detail).toBe('100 USDT were lost since 00:00 UTC');
  });

  it('passes before the first reading', () => {
    expect(desk.refusalBy('daily_loss', {}, { limits })).toBeNull();
  });
});
