import { describe, expect, it } from 'vitest';
import type { CancelOutcome } from '../core/venue/outcome.ts';
import { asObject, parseExactJson, text } from './ccxt/exact-json.ts';
import { carryOut } from './write.ts';
import type { Answered, Write, WriteResult } from './write.ts';

const ANSWER: WriteResult = { kind: 'answered', answer: { status: 200, headers: {}, body: '{"id":"1"}' } };
const AUTHENTICATION = {
  kind: 'refused',
  reason: { kind: 'authentication', venueCode: '1', venueMessage: 'no' },
} as const;

/** Carries out a cancel that comes back as `result` and means `verdict`; tells what was set off by it. */
async function carried(
  result: WriteResult,
  verdict: Answered | CancelOutcome = { kind: 'answered', body: { id: '1' } },
) {
  const told: string[] = [];
  const write: Write<CancelOutcome> = {
    expected: 'an order',
    leave: async () => {
      told.push('left');
      return result;
    },
    classify: () => verdict,
    read: (body) => {
      text(asObject(body, 'cancel'), 'id');
      return { kind: 'accepted', report: null };
    },
  };
  const outcome = await carryOut(write, {
    breaker: { probe: () => told.push('probe') },
    measureClock: () => told.push('clock'),
  });
  return { outcome, told };
}

describe('what a write came to', () => {
  it('is a success only once its answer could be read', async () => {
    expect(await carried(ANSWER)).toEqual({ outcome: { kind: 'accepted', report: null }, told: ['left'] });
    const unreadable = await carried(ANSWER, { kind: 'answered', body: parseExactJson('[]') });
    expect(unreadable).toEqual({
      outcome: { kind: 'unknown', detail: 'an answer without an order: cancel is not an object' },
      told: ['left'],
    });
  });

  it('is unknown when no whole answer came, and starts a harmless read', async () => {
    expect(await carried({ kind: 'lost', detail: 'reset' })).toEqual({
      outcome: { kind: 'unknown', detail: 'reset' },
      told: ['left', 'probe'],
    });
    const verdict = { kind: 'unknown', detail: 'HTTP 502' } as const;
    expect(await carried(ANSWER, verdict)).toEqual({ outcome: verdict, told: ['left', 'probe'] });
  });

  it('sets the clock right when the venue refused our time, and only then', async () => {
    const refused = { kind: 'not_sent', reason: 'timestamp_refused', detail: '' } as const;
    expect(await carried(ANSWER, refused)).toEqual({ outcome: refused, told: ['left', 'clock'] });
    const throttled = { kind: 'not_sent', reason: 'throttled', detail: '' } as const;
    expect(await carried(ANSWER, throttled)).toEqual({ outcome: throttled, told: ['left'] });
    const expired = { kind: 'not_sent', reason: 'expired', detail: '' } as const;
    expect(await carried(expired)).toEqual({ outcome: expired, told: ['left'] });
  });

  it.each([
    AUTHENTICATION,
    { kind: 'not_found', venueCode: '-2011', venueMessage: 'Unknown order' },
  ] as const)('is as the venue said: $kind', async (verdict) => {
    expect(await carried(ANSWER, verdict)).toEqual({ outcome: verdict, told: ['left'] });
  });

  it('does not hide a mistake of ours', async () => {
    const broken: Write<CancelOutcome> = {
      expected: 'an order',
      leave: async () => ANSWER,
      classify: () => ({ kind: 'answered', body: {} }),
      read: () => {
        throw new RangeError('a mistake');
      },
    };
    const watch = { breaker: { probe: () => undefined }, measureClock: () => undefined };
    await expect(carryOut(broken, watch)).rejects.toThrow('a mistake');
  });
});
