import { describe, expect, it } from 'vitest';
import { Departure } from './dispatcher.ts';

const noAbort = (): void => undefined;

describe('a departure', () => {
  it('lets one write leave and refuses a second', () => {
    const departure = new Departure(() => false);
    departure.leave(noAbort);
    expect(departure.departed).toBe(true);
    expect(() => {
      departure.leave(noAbort);
    }).toThrow('second_write');
    expect(departure.refused).toBe('second_write');
    expect(departure.departed).toBe(true);
  });

  it('refuses what expired or was revoked, and then never left', () => {
    const expired = new Departure(() => true);
    expect(() => {
      expired.leave(noAbort);
    }).toThrow('expired');
    expect(expired.departed).toBe(false);
    const revoked = new Departure(() => false);
    revoked.revoke('deadline');
    expect(() => {
      revoked.leave(noAbort);
    }).toThrow('revoked');
    expect(revoked.departed).toBe(false);
  });

  it('cuts off what has left', () => {
    const reasons: string[] = [];
    const departure = new Departure(() => false);
    departure.leave((reason) => {
      reasons.push(reason.message);
    });
    departure.revoke('deadline');
    expect(reasons).toEqual(['deadline']);
  });
});
