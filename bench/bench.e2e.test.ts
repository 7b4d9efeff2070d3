/** The bench's pieces work: everybody trades against the stub, figures are figures, and what was acknowledged is there. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Children } from './children.ts';
import { openContest, type Contest, type SubjectName, type VenueUnderTest } from './contest.ts';
import { flushPages } from './flushed-pages.ts';
import { printRatios, printSummary, ratiosOf, summarize } from './report.ts';
import { runRounds } from './slices.ts';
import { median } from './statistics.ts';
import { residentBytes } from './usage.ts';
import { missingAtStub, startStub } from './venues.ts';
import { processesOf } from '../test/acceptance/processes.ts';

const SLICE_MS = 500;

describe('the bench', () => {
  let children: Children;
  let stub: VenueUnderTest;
  let contest: Contest;

  beforeAll(async () => {
    children = await Children.open();
    stub = await startStub(children);
    contest = await openContest(children, stub);
  });

  afterAll(async () => {
    await contest.close();
    await children.close();
    expect(processesOf(children.root)).toEqual([]);
  });

  it('measures everybody in slices, and every acknowledged order is at the stub', async () => {
    const wanted: readonly (readonly [SubjectName, number])[] = [
      ['bare ccxt', 1],
      ['service', 1],
      ['bare ccxt', 64],
      ['service', 64],
      ['naive gateway', 64],
      ['service', 256],
    ];
    const subjects = wanted.map(([name, callers]) => contest.subject(name, callers));
    const rounds = await runRounds(subjects, { rounds: 1, sliceMs: SLICE_MS });
    const summaries = summarize(subjects, rounds);
    for (const { name, callers, orders, p50Ms, ordersPerSecond, cpuMsPerOrder } of summaries) {
      const label = `${name} at ${callers}`;
      expect(orders, label).toBeGreaterThan(0);
      expect(p50Ms, label).toBeGreaterThan(0);
      expect(ordersPerSecond, label).toBeGreaterThan(0);
      for (const ms of Object.values(cpuMsPerOrder)) expect(ms, label).toBeGreaterThanOrEqual(0);
    }
    const facts = {
      fsyncsPerOrder: 0.05,
      idleBytes: await residentBytes(contest.service.pid),
      growthBytesPer100k: null,
    };
    const ratios = ratiosOf(subjects, rounds, facts);
    expect(ratios).toHaveLength(7);
    for (const { value, figure } of ratios) expect(value, figure).toBeGreaterThan(0);
    expect(printRatios(ratios)).toContain('fsyncs per order');
    expect(printSummary('', summaries)).toContain('service at 256');

    const { missing, orders } = await missingAtStub(stub, contest.acknowledged);
    expect(contest.acknowledged.length).toBe(summaries.reduce((sum, summary) => sum + summary.orders, 0));
    expect(new Set(contest.acknowledged).size).toBe(contest.acknowledged.length);
    expect(missing).toEqual([]);
    // Nobody sent an order twice: what is there beyond the acknowledged ones was answered with a refusal.
    expect(orders - contest.acknowledged.length).toBeLessThanOrEqual(contest.refused());
    expect((await missingAtStub(stub, ['999999999'])).missing).toEqual(['999999999']);
  });

  it('counts the flushes of the log', async () => {
    const before = await contest.service.walFlushes();
    const { done } = await contest.subject('service', 64).run(SLICE_MS);
    const flushes = (await contest.service.walFlushes()) - before;
    expect(flushes).toBeGreaterThan(0);
    expect(flushes).toBeLessThan(2 * done + 10);
  });

  it('flushes pages', () => {
    expect(median(flushPages(children.root, 50))).toBeGreaterThan(0);
  });
});
