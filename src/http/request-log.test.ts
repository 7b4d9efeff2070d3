import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { requestLog } from './request-log.ts';

function written(use: (log: ReturnType<typeof requestLog>) => void, level = 'trace'): unknown[] {
  const lines: unknown[] = [];
  const log = pino(
    { base: null, timestamp: false, level, redact: ['token'] },
    { write: (line: string) => lines.push(JSON.parse(line)) },
  );
  use(requestLog(log, { reqId: 'r-1', token: 'plm_secret' }, {}));
  return lines;
}

describe('the log of a request', () => {
  it('names the request, and hides what is hidden, at every level', () => {
    const lines = written((log) => {
      log.trace('a');
      log.debug({ n: 1 }, 'b');
      log.info('%s c', 'x');
      log.warn('d');
      log.error({ token: 'plm_other' }, 'e');
      log.fatal('f');
      log.silent('g');
    });
    const named = { reqId: 'r-1', token: '[Redacted]' };
    expect(lines).toEqual([
      { level: 10, ...named, msg: 'a' },
      { level: 20, ...named, n: 1, msg: 'b' },
      { level: 30, ...named, msg: 'x c' },
      { level: 40, ...named, msg: 'd' },
      { level: 50, ...named, msg: 'e' },
      { level: 60, ...named, msg: 'f' },
    ]);
  });

  it('has the level of the log that it belongs to, and children of its own', () => {
    const lines = written((log) => {
      expect(log.level).toBe('warn');
      log.info('too little');
      log.child({ part: 2 }).warn('enough');
      log.level = 'info';
      log.info('enough now');
    }, 'warn');
    expect(lines).toMatchObject([
      { reqId: 'r-1', part: 2, msg: 'enough' },
      { reqId: 'r-1', msg: 'enough now' },
    ]);
  });
});
