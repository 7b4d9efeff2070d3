import { expect, it } from 'vitest';
import { portfolioId } from '../core/ids.ts';
import type { JournalTrouble } from '../engine/journal-health.ts';
import type { Log } from '../engine/log.ts';
import { silentLog } from '../engine/log.ts';
import { watchReadiness } from './readiness-watch.ts';

it('a portfolio that was not ready is followed by a line that it is, whatever kept it', () => {
  let now = 0;
  const timer: { tick: (() => void) | null } = { tick: null };
  const lines: string[] = [];
  const note: Log['info'] = (fields, text) => {
    lines.push(`${text} ${JSON.stringify(fields)}`);
  };
  const desk = {
    portfolioId: portfolioId('pfl-1'),
    ready: false,
    journalTrouble: null as JournalTrouble | null,
  };
  const steady = { ...desk, portfolioId: portfolioId('pfl-2'), ready: true };
  const stop = watchReadiness({
    clock: {
      now: () => now,
      monotonic: () => now,
      after: (delayMs, action) => {
        timer.tick = () => {
          now += delayMs;
          action();
        };
        return () => {
          timer.tick = null;
        };
      },
    },
    log: { ...silentLog, info: note, warn: note },
    desks: () => [desk, steady],
  });
  const seconds = (count: number): readonly string[] => {
    for (let passed = 0; passed < count; passed += 1) timer.tick?.();
    return lines.splice(0);
  };
  expect(seconds(5)).toEqual([
    'a portfolio is not ready: it takes no orders {"portfolioId":"pfl-1","why":"not_recovered"}',
  ]);
  desk.ready = true;
  expect(seconds(2)).toEqual(['the portfolio is ready: it takes orders {"portfolioId":"pfl-1","ms":6000}']);
  desk.journalTrouble = { since: 0, detail: 'its disk is full' };
  expect(seconds(3)).toEqual([
    'a portfolio is not ready: it takes no orders {"portfolioId":"pfl-1","why":"journal_unavailable"}',
  ]);
  desk.journalTrouble = null;
  expect(seconds(1)).toEqual(['the portfolio is ready: it takes orders {"portfolioId":"pfl-1","ms":3000}']);
  stop();
  expect(timer.tick).toBeNull();
});
