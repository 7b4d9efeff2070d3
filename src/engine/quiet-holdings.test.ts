/** Positions of an account on which nothing is traded are held against what its venue shows. */
import { describe, expect, it } from 'vitest';
import { decimal } from '../core/decimal.ts';
import { instrumentKey, positionKey } from '../core/portfolio/keys.ts';
import { ACCOUNT, balanceReport, Desk, SPOT, SPOT_INSTRUMENT } from '../core/testing/fixture.ts';
import { INTERVAL_MS } from './comparison-pace.ts';
import { compareWith, quietGateway } from './testing/compared-desk.ts';

describe('a position of an account without traffic', () => {
  it('that is larger than what the account holds is cut, with the second reading that shows so', async () => {
    const { compared, desk, held, venue } = quietAccount();
    // 0.6 of the 1 BTC were withdrawn.
    venue.btc = '0.4';
    await compared();
    expect(held()).toBe('1');
    await compared();
    expect(held()).toBe('0.4');
    expect(cutsOf(desk)).toEqual([
      expect.objectContaining({ reason: 'not_held', quantity: '0.6', price: '90' }),
    ]);
    await compared();
    expect(held()).toBe('0.4');
  });

  it('is not cut for one wrong answer of the venue', async () => {
    const { compared, desk, held, venue } = quietAccount();
    for (const shown of ['0', '1', '0.2', '1', '1']) {
      venue.btc = shown;
      await compared();
    }
    expect(held()).toBe('1');
    expect(cutsOf(desk)).toEqual([]);
  });

  it('of which too little is left to be sold is ended as dust', async () => {
    const { compared, desk, held, venue } = quietAccount();
    venue.btc = '0.00001';
    await compared();
    await compared();
    await compared();
    expect(held()).toBe('0');
    expect(cutsOf(desk)).toMatchObject([{ reason: 'not_held' }, { reason: 'dust', quantity: '0.00001' }]);
  });
});

function cutsOf(desk: Desk): readonly unknown[] {
  return desk.journal.flatMap(({ type, payload }) =>
    type === 'position_cut' ? [(JSON.parse(payload) as { cut: unknown }).cut] : [],
  );
}

/** An account that bought 1 BTC a minute ago, and a venue that shows the balance of `venue`. */
function quietAccount(): {
  readonly desk: Desk;
  readonly venue: { btc: string };
  readonly compared: () => Promise<void>;
  readonly held: () => string | undefined;
} {
  const desk = Desk.funded('1000', '0');
  desk.fill(desk.open({ quantity: decimal('1') }), 'bought');
  desk.at += 60_000;
  const venue = { btc: '1' };
  const gateway = quietGateway(desk, {
    balances: async () => ({
      kind: 'ok',
      value: [
        balanceReport('spot', 'USDT', '900'),
        balanceReport('spot', 'BTC', venue.btc),
        balanceReport('linear_swap', 'USDT', '1000'),
      ],
      startedAt: desk.at,
      finishedAt: desk.at,
    }),
  });
  const { compare } = compareWith(desk, gateway, {
    instrument: () => SPOT_INSTRUMENT,
    marks: () => new Map([[instrumentKey(ACCOUNT, SPOT), decimal('90')]]),
  });
  return {
    desk,
    venue,
    compared: async () => {
      await compare();
      desk.at += INTERVAL_MS;
    },
    held: () => desk.state.positions.get(positionKey(ACCOUNT, SPOT, 'net'))?.netQuantity.toString(),
  };
}
