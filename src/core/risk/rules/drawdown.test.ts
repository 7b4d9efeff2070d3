import { beforeEach, describe, expect, it } from 'vitest';
import { decimal } from '../../decimal.ts';
import { ACCOUNT, Desk, NO_LIMITS, SWAP } from '../../testing/fixture.ts';

let desk: Desk;
beforeEach(() => {
  desk = Desk.funded();
});

const reading = (pnl: string): void => {
  desk.readEquity(pnl);
};

describe('drawdown', () => {
  const limits = { ...NO_LIMITS, maxDrawdown: decimal('0.1') };

  it('measures the fraction of the peak that is lost', () => {
    reading('0');
    reading('1000');
    desk.at += 5_000;
    reading('801');
    expect(desk.refusalBy('drawdown', {}, { limits })).toBeNull();
    desk.at += 5_000;
    reading('800');
    expect(desk.refusalBy('drawdown', {}, { limits })).toMatchObject({
      code: 'drawdown_limit',
      limit: '0.1',
      actual: '0.1',
    });
  });

  it('is not moved by money that is taken out', () => {
    reading('0');
    const move = { capital: decimal('-500'), equity: decimal('-500'), baseline: decimal('-500') };
    desk.force({ type: 'capital_moved', accountId: ACCOUNT, mode: 'paper', cause: 'flow', ...move });
    expect(desk.equity).toMatchObject({ current: decimal('500'), peak: decimal('500') });
    expect(desk.refusalBy('drawdown', {}, { limits })).toBeNull();
  });

  it('lets out what shrinks exposure', () => {
    desk.hold(SWAP, '1');
    reading('0');
    desk.at += 5_000;
    reading('-500');
    expect(desk.refusalBy('drawdown', { symbol: SWAP, side: 'sell' }, { limits })).toBeNull();
    expect(desk.refusalBy('drawdown', {}, { limits })).not.toBeNull();
  });
});
