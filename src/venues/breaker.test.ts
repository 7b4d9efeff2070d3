import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { VenueBreaker } from './breaker.ts';
import { SYSTEM_PLATFORM } from './system-platform.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function breakerWith(probe: (breaker: VenueBreaker) => Promise<void>): VenueBreaker {
  const breaker: VenueBreaker = new VenueBreaker({
    failures: 3,
    scheduler: SYSTEM_PLATFORM.scheduler,
    halfOpenAfterMs: 1_000,
    probe: async () => probe(breaker),
  });
  return breaker;
}

function fail(breaker: VenueBreaker, times: number): void {
  for (let index = 0; index < times; index += 1) breaker.observe('failing');
}

describe('breaker', () => {
  it('opens after failed reads in a row', () => {
    const breaker = breakerWith(async (self) => self.observe('failing'));
    fail(breaker, 2);
    breaker.observe('healthy');
    fail(breaker, 2);
    expect(breaker.allowsNewRisk()).toBe(true);
    fail(breaker, 1);
    expect(breaker.state).toBe('open');
    expect(breaker.allowsNewRisk()).toBe(false);
    breaker.close();
  });

  it('does not count reads while open', () => {
    const breaker = breakerWith(async (self) => self.observe('failing'));
    fail(breaker, 3);
    breaker.observe('healthy');
    expect(breaker.state).toBe('open');
    breaker.close();
  });

  it('closes by itself through a probe once the venue answers', async () => {
    let healthy = false;
    const breaker = breakerWith(async (self) => self.observe(healthy ? 'healthy' : 'failing'));
    fail(breaker, 3);
    await vi.advanceTimersByTimeAsync(1_010);
    expect(breaker.state).toBe('open');
    healthy = true;
    await vi.advanceTimersByTimeAsync(1_010);
    expect(breaker.state).toBe('closed');
    breaker.close();
  });

  it('runs one probe at a time', async () => {
    let probes = 0;
    let release: (() => void) | undefined;
    const breaker = breakerWith(async () => {
      probes += 1;
      await new Promise<void>((resolve) => {
        release = resolve;
      });
    });
    breaker.probe();
    breaker.probe();
    expect(probes).toBe(1);
    release?.();
    await vi.advanceTimersByTimeAsync(0);
    breaker.probe();
    expect(probes).toBe(2);
    breaker.close();
  });
});
