import { describe, expect, it } from 'vitest';
import { VenueClock } from './venue-clock.ts';
import type { Scheduler } from './platform.ts';
import { SYSTEM_PLATFORM } from './system-platform.ts';

/** Clocks of ours that stand still. */
const at = (now: number, monotonic = now): Scheduler => ({
  ...SYSTEM_PLATFORM.scheduler,
  now: () => now,
  monotonic: () => monotonic,
});

describe('venue clock', () => {
  it('is ours until the first sample', () => {
    const clock = new VenueClock(at(1_000));
    expect(clock.now()).toBe(1_000);
    expect(clock.measured).toBe(false);
  });

  it('places the reading in the middle of the round trip', () => {
    const clock = new VenueClock(at(10_000));
    clock.record(1_000, 1_100, 6_050);
    expect(clock.offsetMs).toBe(5_000);
    expect(clock.now()).toBe(15_000);
  });

  it('prefers the shortest round trip', () => {
    const clock = new VenueClock(at(0));
    clock.record(0, 10, 105);
    clock.record(1_000, 1_200, 1_260);
    expect(clock.offsetMs).toBe(100);
  });

  it('goes on as it did where our wall clock is set', () => {
    let wall = 1_000_000;
    let elapsed = 500;
    const clock = new VenueClock({ ...at(0), now: () => wall, monotonic: () => elapsed });
    clock.record(490, 500, 1_000_095);
    expect([clock.now(), clock.offsetMs]).toEqual([1_000_100, 100]);
    wall -= 3_600_000;
    elapsed += 40;
    expect([clock.now(), clock.offsetMs]).toEqual([1_000_140, 3_600_140]);
  });

  it('drops old samples when a clock was set', () => {
    const clock = new VenueClock(at(0));
    clock.record(0, 10, 105);
    clock.record(1_000, 1_200, 61_100);
    expect(clock.offsetMs).toBe(60_000);
  });
});
