import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Allowance, Allowances, retryAfterMs } from './allowance.ts';
import type { CallOptions, CallResult } from './ccxt/call.ts';
import { asObject, parseExactJson, wholeNumber } from './ccxt/exact-json.ts';
import type { NamedEndpoint, Parameters } from './ccxt/exchange.ts';
import { DEFAULT_TIMEOUTS } from './connection.ts';
import { RateStop, RateWindow } from './rate-budget.ts';
import type { ClassifiedRead } from './read-answer.ts';
import { NoSuchOrder } from './read-retry.ts';
import { VenueRequests } from './requests.ts';
import type { RequestRules } from './requests.ts';
import { VenueClock } from './venue-clock.ts';
import { SYSTEM_PLATFORM } from './system-platform.ts';

const NOW = 1_000_000;
const ORDER: NamedEndpoint = { api: 'private', path: 'order', method: 'POST' };
const TIME: NamedEndpoint = { api: 'public', path: 'time', method: 'GET' };

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
});
afterEach(() => {
  vi.useRealTimers();
});

interface Call {
  readonly path: string;
  readonly parameters: Parameters;
  readonly options: CallOptions;
  readonly at: number;
}

const answered = (body: string, status = 200, headers: Record<string, string> = {}): CallResult => ({
  kind: 'answered',
  answer: { status, headers, body },
});

/** The venue of these tests: 404 knows no order, 400 refuses, 408 refuses our time, 429 throttles, 5xx ails. */
function classify(status: number, body: string): ClassifiedRead {
  if (status === 404) return { kind: 'no_such_order' };
  if (status === 400) return { kind: 'refused', detail: 'no' };
  if (status !== 200)
    return {
      kind: 'retryable',
      detail: `HTTP ${status}`,
      unhealthy: status >= 500,
      clockRefused: status === 408,
    };
  return { kind: 'ok', body: parseExactJson(body) };
}

/** Requests whose calls are answered by `answers` one after the other, the last one from then on. */
function requestsTo(answers: readonly CallResult[], limit = 100) {
  const calls: Call[] = [];
  const window = new RateWindow('requests', limit, 60_000, Date.now);
  const allowances = new Allowances();
  const allowance = new Allowance({
    windows: [{ window, used: () => null }],
    stop: new RateStop(),
    scheduler: SYSTEM_PLATFORM.scheduler,
    brake: () => null,
  });
  allowances.put('all', allowance);
  const rules: RequestRules<NamedEndpoint> = {
    draw: () => ({ allowance, cost: { requests: 1 } }),
    bounded: (_endpoint, parameters, { expiresAt, lifetimeMs }) => ({
      parameters,
      receiveWindowMs: lifetimeMs,
      headers: { expTime: String(expiresAt) },
    }),
    classifyRead: (_endpoint, { body, status }) => classify(status, body),
    isThrottled: ({ status }) => status === 429,
    waitMs: retryAfterMs,
    timeEndpoint: () => TIME,
    timeFrom: (body) => wholeNumber(asObject(body, 'time'), 'now'),
  };
  const clock = new VenueClock(SYSTEM_PLATFORM.scheduler);
  const requests = new VenueRequests({
    random: () => SYSTEM_PLATFORM.random(),
    calls: {
      call: async ({ path }, parameters, options) => {
        calls.push({ path, parameters, options, at: Date.now() });
        const next = answers[Math.min(calls.length, answers.length) - 1];
        if (next === undefined) throw new Error('nothing to answer with');
        return next;
      },
    },
    rules,
    allowances,
    clock,
    timeouts: DEFAULT_TIMEOUTS,
    breaker: { failures: 2, halfOpenAfterMs: 60_000 },
    kinds: ['spot'],
  });
  return { requests, calls, clock, window };
}

describe('a request that has an effect', () => {
  it('is signed with its journaled time, bounded by its lifetime, and sent once', async () => {
    const { requests, calls, window } = requestsTo([answered('{}', 503)]);
    const terms = { lane: 'new', signedAt: NOW - 500, lifetimeMs: 2_000 } as const;
    expect(await requests.write(ORDER, { side: 'buy' }, terms)).toMatchObject({ kind: 'answered' });
    expect(calls).toMatchObject([
      {
        path: 'order',
        parameters: { side: 'buy' },
        options: {
          signedAt: NOW - 500,
          expiresAt: NOW + 1_500,
          extras: { receiveWindowMs: 2_000, headers: { expTime: String(NOW + 1_500) } },
        },
      },
    ]);
    expect(window.used).toBe(1);
  });

  it('does not leave after its lifetime, nor without room, nor once it is annulled', async () => {
    const { requests, calls, window } = requestsTo([answered('{}')], 1);
    const terms = { lane: 'new', signedAt: NOW - 2_001, lifetimeMs: 2_000 } as const;
    expect(await requests.write(ORDER, {}, terms)).toMatchObject({ kind: 'not_sent', reason: 'expired' });
    window.take(1);
    const short = requests.write(ORDER, {}, { ...terms, signedAt: NOW });
    const annul = new AbortController();
    const annulled = requests.write(ORDER, {}, { ...terms, signedAt: NOW, annul: annul.signal });
    annul.abort();
    expect(await annulled).toMatchObject({ kind: 'not_sent', reason: 'annulled' });
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await short).toMatchObject({ kind: 'not_sent', reason: 'rate_budget' });
    expect(calls).toEqual([]);
  });

  it('is signed as it leaves where no time was journaled', async () => {
    const { requests, calls } = requestsTo([answered('{}')]);
    await requests.writeNow(ORDER, {}, 'cancel');
    expect(calls).toMatchObject([
      { options: { signedAt: null, expiresAt: null, extras: { headers: { expTime: String(NOW + 5_000) } } } },
    ]);
  });

  it('has its whole lifetime from when it leaves where it waited for room first', async () => {
    const { requests, calls, window } = requestsTo([answered('{}')], 2);
    window.take(1);
    window.settle(1, null);
    // The wait of a write has a bound: the minute of the window has a second left.
    await vi.advanceTimersByTimeAsync(59_000 - (NOW % 60_000));
    const askedAt = Date.now();
    const writing = requests.writeNow(ORDER, {}, 'new');
    await vi.advanceTimersByTimeAsync(2_000);
    await writing;
    const leftAt = calls[0]?.at ?? 0;
    expect(leftAt).toBeGreaterThanOrEqual(askedAt + 1_000);
    expect(calls).toMatchObject([{ options: { extras: { headers: { expTime: String(leftAt + 5_000) } } } }]);
  });
});

describe('a reading', () => {
  it('is repeated until it is answered, and each attempt counts', async () => {
    const { requests, calls, window } = requestsTo([
      { kind: 'lost', detail: 'reset' },
      answered('', 503),
      answered('{"id":"1"}'),
    ]);
    const reading = requests.read(ORDER, {}, 'look_up');
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await reading).toEqual({ id: '1' });
    expect([calls.length, window.used]).toEqual([3, 3]);
    // Two failures in a row opened it; it stays open until its trial.
    expect(requests.breaker.state).toBe('open');
    requests.close();
  });

  it('counts an attempt without an answer no second time once the venue shows its own count', async () => {
    const { requests, window } = requestsTo([{ kind: 'lost', detail: 'reset' }, answered('{}')]);
    const reading = requests.read(ORDER, {}, 'look_up');
    await vi.advanceTimersByTimeAsync(5_000);
    await reading;
    // The venue's count has both attempts and this request in it: nothing is added to it.
    window.take(1);
    window.settle(1, 3);
    expect(window.used).toBe(3);
  });

  it('fails at once where the venue refuses or knows no such order', async () => {
    const refused = requestsTo([answered('', 400)]);
    await expect(refused.requests.read(ORDER, {}, 'look_up')).rejects.toMatchObject({ reason: 'refused' });
    const absent = requestsTo([answered('', 404)]);
    await expect(absent.requests.read(ORDER, {}, 'look_up')).rejects.toBeInstanceOf(NoSuchOrder);
    expect([refused.calls.length, absent.calls.length]).toEqual([1, 1]);
    expect(refused.requests.breaker.state).toBe('closed');
  });

  it('waits as long as the venue asks, and says that it asked too much', async () => {
    const { requests, calls } = requestsTo([answered('', 429, { 'retry-after': '3' }), answered('{}')]);
    const reading = requests.read(ORDER, {}, 'poll');
    await vi.advanceTimersByTimeAsync(2_900);
    expect(calls.length).toBe(1);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await reading).toEqual({});
    const hopeless = requestsTo([answered('', 429, { 'retry-after': '60' })]);
    await expect(hopeless.requests.read(ORDER, {}, 'poll')).rejects.toMatchObject({ reason: 'rate_budget' });
  });

  it('measures the clock anew where the venue refuses our time', async () => {
    const venueTime = answered(`{"now":${NOW + 7_000}}`);
    const { requests, calls, clock } = requestsTo([answered('', 408), venueTime, answered('{}')]);
    const reading = requests.read(ORDER, {}, 'look_up');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await reading).toEqual({});
    expect(calls.map(({ path }) => path)).toEqual(['order', 'time', 'order']);
    expect(clock.offsetMs).toBe(7_000);
  });
});

describe("the venue's clock", () => {
  it('is sampled by each reading of it', async () => {
    const { requests, clock } = requestsTo([answered(`{"now":${NOW + 250}}`)]);
    expect(await requests.venueTime('spot', 'look_up')).toBe(NOW + 250);
    expect(clock.offsetMs).toBe(250);
  });

  it.each([
    ['nothing', { kind: 'lost', detail: 'reset' }],
    ['a refusal', answered('', 400)],
    ['no time', answered('{}')],
  ] as const)('is measured in the background, where %s comes back too', async (_name, result) => {
    const { requests, calls, clock } = requestsTo([result]);
    requests.measureClock();
    requests.measureClock();
    await vi.advanceTimersByTimeAsync(0);
    expect(calls.length).toBe(1);
    expect(clock.measured).toBe(false);
    requests.measureClock();
    await vi.advanceTimersByTimeAsync(0);
    expect(calls.length).toBe(2);
  });
});
