import { describe, expect, it } from 'vitest';
import type { CancelOutcome } from '../core/venue/outcome.ts';
import { asObject, parseExactJson, text } from './ccxt/exact-json.ts';
import { carryOut } from './write.ts';
import type { Answered, Departed, Write, WriteResult } from './write.ts';

const ANSWER: WriteResult = { kind: 'answered', answer: { status: 200, headers: {}, body: '{"id":"1"}' } };
const AUTHENTICATION = {
  kind: 'refused',
  reason: { kind: 'authentication', venueCode: '1', venueMessage: 'no' },
} as const;

/** Carries out a cancel that comes back as `result` and means `verdict`; with what it set off. */
async function carried(
  result: Departed<CancelOutcome>,
  verdict: Answered | CancelOutcome = { kind: 'answered', body: { id: '1' } },
) {
  const setOff: string[] = [];
  const write: Write<CancelOutcome> = {
    expected: 'an order',
    leave: async () => {
      setOff.push('left');
      return result;
    },
    classify: () => verdict,
    read: (body) => {
      text(asObject(body, 'cancel'), 'id');
      return { kind: 'accepted', report: null };
    },
  };
  const outcome = await carryOut(write, {
    breaker: { probe: () => setOff.push('probe') },
    measureClock: () => setOff.push('clock'),
  });
  return { outcome, setOff };
}

describe('what a write came to', () => {
  it('is a success only once its answer could be read', async () => {
    expect(await carried(ANSWER)).toEqual({ outcome: { kind: 'accepted', report: null }, setOff: ['left'] });
    const unreadable = await carried(ANSWER, { kind: 'answered', body: parseExactJson('[]') });
    expect(unreadable).toEqual({
      outcome: { kind: 'unknown', detail: 'an answer without an order: cancel is not an object' },
      setOff: ['left'],
    });
  });

  it('is unknown when no whole answer came, and starts a harmless read', async () => {
    expect(await carried({ kind: 'lost', detail: 'reset' })).toEqual({
      outcome: { kind: 'unknown', detail: 'reset' },
      setOff: ['left', 'probe'],
    });
    const verdict = { kind: 'unknown', detail: 'HTTP 502' } as const;
    expect(await carried(ANSWER, verdict)).toEqual({ outcome: verdict, setOff: ['left', 'probe'] });
  });

  it('is what a reading before it proved, so that it did not leave', async () => {
    const outcome = { kind: 'not_found', venueCode: 'not_listed', venueMessage: '' } as const;
    expect(await carried({ kind: 'concluded', outcome })).toEqual({ outcome, setOff: ['left'] });
  });

  it('sets the clock right when the venue refused our time, and only then', async () => {
    const refused = { kind: 'not_sent', reason: 'timestamp_refused', detail: '' } as const;
    expect(await carried(ANSWER, refused)).toEqual({ outcome: refused, setOff: ['left', 'clock'] });
    const throttled = { kind: 'not_sent', reason: 'throttled', detail: '' } as const;
    expect(await carried(ANSWER, throttled)).toEqual({ outcome: throttled, setOff: ['left'] });
    const expired = { kind: 'not_sent', reason: 'expired', detail: '' } as const;
    expect(await carried(expired)).toEqual({ outcome: expired, setOff: ['left'] });
  });

  it.each([
    AUTHENTICATION,
    { kind: 'not_found', venueCode: '-2011', venueMessage: 'Unknown order' },
  ] as const)('is as the venue said: $kind', async (verdict) => {
    expect(await carried(ANSWER, verdict)).toEqual({ outcome: verdict, setOff: ['left'] });
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
