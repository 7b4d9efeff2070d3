/** Where a venue takes every create for another order, the auditor sees a create that leaves again before the first is certain to have made none. */
import { describe, expect, it } from 'vitest';
import { evidenceOf, tradingVenue } from '../testing/evidence.ts';
import type { CreateOnWire, SendOnWire } from '../wire/venue-on-wire.ts';
import type { WorldVenue } from '../wire/worlds.ts';
import { AuditedRun } from './audited-run.ts';
import { secondSendsMakeNone } from './at-most-once.ts';

const SENT: SendOnWire = {
  clientOrderId: 'ours-1',
  symbol: 'BTC/USDT',
  departedAt: 1_000,
  isThrottled: false,
  create: null,
};

function arrived(verdict: CreateOnWire['verdict'], arrivedAt: number): CreateOnWire {
  return {
    clientOrderId: 'ours-1',
    symbol: 'BTC/USDT',
    side: 'buy',
    positionSide: 'net',
    terms: {
      type: 'market',
      quantity: '1',
      cost: null,
      price: null,
      stopPrice: null,
      triggerSource: null,
      timeInForce: null,
      postOnly: false,
      reduceOnly: false,
    },
    signedAt: 1_000,
    departedAt: 1_000,
    arrivedAt,
    process: 'one',
    wasJournaled: true,
    verdict,
  };
}

function violations(venueName: WorldVenue, first: Partial<SendOnWire>): readonly string[] {
  const { venue } = tradingVenue({ venue: venueName });
  venue.sends.push({ ...SENT, ...first }, { ...SENT, departedAt: 30_000 });
  const run = new AuditedRun(evidenceOf(venue, []));
  secondSendsMakeNone(run);
  return run.violations;
}

describe('a second send', () => {
  it.each(['mexc', 'htx'] as const)(
    'at %s is seen where the first never arrived, or made an order',
    (venue) => {
      expect(violations(venue, {})).toHaveLength(1);
      const placed = arrived({ kind: 'placed', venueOrderId: '1' }, 1_010);
      expect(violations(venue, { create: placed })).toHaveLength(1);
      expect(violations(venue, { create: arrived({ kind: 'timestamp' }, 40_000) })).toHaveLength(1);
    },
  );

  it.each(['mexc', 'htx'] as const)('at %s may follow what was refused before it left', (venue) => {
    expect(violations(venue, { isThrottled: true })).toEqual([]);
    expect(violations(venue, { create: arrived({ kind: 'timestamp' }, 6_000) })).toEqual([]);
    expect(violations(venue, { create: arrived({ kind: 'refused', code: '1' }, 6_000) })).toEqual([]);
  });

  it('is no concern of this check where the venue refuses an id that works', () => {
    expect(violations('binance', {})).toEqual([]);
  });
});
