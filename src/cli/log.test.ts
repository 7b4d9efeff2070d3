import { describe, expect, it } from 'vitest';
import { createLog, FIRST_REPEAT_MS, LONGEST_REPEAT_MS, readableLine } from './log.ts';

function written(format: 'json' | 'readable' | 'auto' = 'json', isTerminal = false) {
  const lines: string[] = [];
  let at = 0;
  const log = createLog({
    level: 'info',
    format,
    isTerminal,
    monotonic: () => at,
    write: (line) => lines.push(line),
  });
  return {
    log,
    lines,
    parsed: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>),
    pass: (ms: number) => {
      at += ms;
    },
  };
}

describe('the log', () => {
  it('writes an exchange that cannot be reached at growing intervals, with the count of what it left out', () => {
    const { log, parsed, pass } = written();
    const hour = 3_600;
    for (let second = 0; second < hour; second += 1) {
      log.warn({ accountId: 'binance-live', error: new Error(`connect ${second}`) }, 'cannot be reached');
      pass(1_000);
    }
    const lines = parsed();
    // 0, 2, 6, 14, 30, 62, 126, 254, 510 s, then every five minutes.
    expect(lines.length).toBeGreaterThan(8);
    expect(lines.length).toBeLessThan(25);
    expect(lines.slice(0, 3)).toMatchObject([{ msg: 'cannot be reached' }, { repeated: 1 }, { repeated: 3 }]);
    expect(lines[0]).not.toHaveProperty('repeated');
    expect(lines.at(-1)).toMatchObject({ repeated: LONGEST_REPEAT_MS / 1_000 - 1 });
  });

  it('writes another account, another reason and every line of level info', () => {
    const { log, lines } = written();
    for (let round = 0; round < 3; round += 1) {
      log.warn({ accountId: 'a', error: new Error('refused') }, 'cannot be reached');
      log.warn({ accountId: 'b', error: new Error('refused') }, 'cannot be reached');
      log.warn({ accountId: 'a', error: new Error('timed out') }, 'cannot be reached');
      log.info({ request_id: 'r' }, 'GET / 200');
    }
    expect(lines).toHaveLength(3 + 3);
  });

  it('takes a warning for new again when it was absent for a while', () => {
    const { log, parsed, pass } = written();
    for (const pauseMs of [FIRST_REPEAT_MS, FIRST_REPEAT_MS * 2, 3_600_000, FIRST_REPEAT_MS]) {
      log.warn({}, 'again');
      pass(pauseMs);
    }
    log.warn({}, 'again');
    expect(parsed()).toHaveLength(5);
  });

  it('writes no secret, in either form', () => {
    for (const format of ['json', 'readable'] as const) {
      const { log, lines } = written(format);
      const secret = 'plm_the-secret';
      log.warn({ token: secret, request: { headers: secret }, deep: { a: { apiKey: secret } } }, 'careful');
      expect(lines).toHaveLength(1);
      expect(lines.join('')).not.toContain(secret);
    }
  });

  it('is readable on a terminal and JSON elsewhere, unless it is said otherwise', () => {
    const isJson = (...wish: Parameters<typeof written>): boolean => {
      const { log, lines } = written(...wish);
      log.info({}, 'ready');
      return lines[0]?.startsWith('{') === true;
    };
    expect([isJson('auto', true), isJson('auto', false)]).toEqual([false, true]);
    expect([isJson('json', true), isJson('readable', false)]).toEqual([true, false]);
  });

  it('gives a person one line with time, level, message and fields, and the stack of an error below', () => {
    const line = (fields: object): string =>
      readableLine(
        `${JSON.stringify({ level: 30, time: 3_723_004, name: 'plimsoll', pid: 1, hostname: 'h', ...fields })}\n`,
      );
    expect(line({ msg: 'POST /orders 201', order_id: 'ord_1', ms: 12.5, note: 'two words' })).toBe(
      '01:02:03.004 info  POST /orders 201  order_id=ord_1  ms=12.5  note="two words"\n',
    );
    expect(line({ level: 50, msg: 'a bug', err: { message: 'no', stack: 'Error: no\n  at x' } })).toBe(
      '01:02:03.004 ERROR a bug  err="no"\n    Error: no\n      at x\n',
    );
    expect(line({ level: 40, msg: 'silent', error: { message: 'refused', stack: 'at x' } })).toBe(
      '01:02:03.004 WARN  silent  error="refused"\n',
    );
    expect(readableLine('no json\n')).toBe('no json\n');
  });
});
