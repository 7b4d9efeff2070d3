import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ReadFailure, RetryableReadFailure, retryRead } from './read-retry.ts';
import { SYSTEM_PLATFORM } from './system-platform.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

async function settle<Value>(promise: Promise<Value>): Promise<Value | Error> {
  const settled = promise.catch((error: unknown) => error as Error);
  await vi.runAllTimersAsync();
  return settled;
}

describe('retryRead', () => {
  it('gives a read three further attempts', async () => {
    let attempts = 0;
    const result = await settle(
      retryRead(
        async () => {
          attempts += 1;
          throw new RetryableReadFailure('reset');
        },
        { ...SYSTEM_PLATFORM, timeoutMs: 60_000 },
      ),
    );
    expect(attempts).toBe(4);
    expect(result).toBeInstanceOf(ReadFailure);
  });

  it('returns the first value', async () => {
    let attempts = 0;
    const result = await settle(
      retryRead(
        async () => {
          attempts += 1;
          if (attempts < 3) throw new RetryableReadFailure('reset');
          return 'value';
        },
        { ...SYSTEM_PLATFORM, timeoutMs: 60_000 },
      ),
    );
    expect(result).toBe('value');
  });

  it('does not repeat a refusal', async () => {
    let attempts = 0;
    const result = await settle(
      retryRead(
        async () => {
          attempts += 1;
          throw new ReadFailure('no such order', 'refused');
        },
        { ...SYSTEM_PLATFORM, timeoutMs: 60_000 },
      ),
    );
    expect(attempts).toBe(1);
    expect(result).toBeInstanceOf(ReadFailure);
  });

  it('stays inside its deadline', async () => {
    const startedAt = Date.now();
    let attempts = 0;
    let endedAt = 0;
    const result = await settle(
      retryRead(
        async () => {
          attempts += 1;
          await new Promise((resolve) => {
            setTimeout(resolve, 400);
          });
          throw new RetryableReadFailure('slow');
        },
        { ...SYSTEM_PLATFORM, timeoutMs: 1_000 },
      ).finally(() => {
        endedAt = Date.now();
      }),
    );
    expect(result).toBeInstanceOf(ReadFailure);
    expect(endedAt - startedAt).toBe(1_000);
    expect(attempts).toBeLessThan(4);
  });

  it('waits as long as the venue said, or gives up when that is too long', async () => {
    const startedAt = Date.now();
    let attempts = 0;
    const result = await settle(
      retryRead(
        async () => {
          attempts += 1;
          if (attempts === 1) throw new RetryableReadFailure('429', 5_000);
          return Date.now() - startedAt;
        },
        { ...SYSTEM_PLATFORM, timeoutMs: 10_000 },
      ),
    );
    expect(result).toBeGreaterThanOrEqual(5_000);
    attempts = 0;
    const refused = await settle(
      retryRead(
        async () => {
          attempts += 1;
          throw new RetryableReadFailure('429', 60_000);
        },
        { ...SYSTEM_PLATFORM, timeoutMs: 10_000 },
      ),
    );
    expect(refused).toBeInstanceOf(ReadFailure);
    expect(attempts).toBe(1);
  });
});
