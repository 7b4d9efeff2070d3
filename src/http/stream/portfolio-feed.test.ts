/** The feed over an engine on the journal in memory: nothing but the events of its own kill switch. */
import { describe, expect, it } from 'vitest';
import { portfolioId } from '../../core/ids.ts';
import { NOTHING_SET } from '../../core/risk/limits.ts';
import { systemClock } from '../../engine/clock.ts';
import { memoryEmergencyLog } from '../../engine/emergency-log.ts';
import { createIdentity, secureFraction } from '../../engine/identity.ts';
import { silentLog } from '../../engine/log.ts';
import { PortfolioEngine } from '../../engine/portfolio-engine.ts';
import { MemoryStorage, NO_MEMORY_FAULTS, openMemoryJournal } from '../../journal/testing/memory-journal.ts';
import { memoryReadModels } from '../../journal/testing/memory-read-models.ts';
import { BookReadings } from './book-reading.ts';
import { STREAM_LIMITS } from './limits.ts';
import { PortfolioFeed, type EventReader } from './portfolio-feed.ts';

const MAIN = portfolioId('main');

function storage(): MemoryStorage {
  return new MemoryStorage({
    now: Date.now,
    monotonicMs: () => performance.now(),
    after: (delayMs, run) => void setTimeout(run, delayMs).unref(),
  });
}

function engineOn(stored: MemoryStorage, node: string, lease: object = {}): PortfolioEngine {
  return new PortfolioEngine({
    portfolioId: MAIN,
    node,
    journal: openMemoryJournal({ storage: stored, random: () => 0.999, faults: NO_MEMORY_FAULTS, ...lease }),
    readModels: memoryReadModels(stored),
    accounts: [],
    limits: NOTHING_SET,
    clock: systemClock,
    identity: createIdentity('test', secureFraction),
    emergencyLog: memoryEmergencyLog(),
    log: silentLog,
  });
}

/** Keeps the messages it is sent, in order; `unsentBytes` is set to make it a socket that is full. */
class Reader implements EventReader {
  readonly received: { readonly seq: number; readonly why: string }[] = [];
  isOpen = true;
  unsentBytes = 0;

  send(message: object): void {
    const { seq, data } = message as { seq: number; data: { why: string } };
    this.received.push({ seq, why: data.why });
  }

  fail(error: unknown): void {
    throw error;
  }

  get whys(): readonly string[] {
    return this.received.map(({ why }) => why);
  }
}

function feedOf(
  desk: PortfolioEngine,
  stored: MemoryStorage,
  reader: Reader,
  from: number,
  waitingEvents: number,
): PortfolioFeed {
  return new PortfolioFeed({
    desk,
    readModels: memoryReadModels(stored),
    reader,
    limits: { ...STREAM_LIMITS, waitingEvents },
    from,
    channels: new Set(['risk']),
    bounds: { accounts: null, strategies: null },
    readings: new BookReadings(never),
    booksAtFrom: null,
    exchangeOf: () => null,
    now: Date.now,
  });
}

const never = (error: unknown): never => {
  throw error;
};

const numbered = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, index) => String(from + index));

async function set(desk: PortfolioEngine, whys: readonly string[]): Promise<void> {
  await Promise.all(
    whys.map((why) =>
      desk.controls.setKillSwitch({ engaged: false, requestedBy: 'test', why, idempotency: null }),
    ),
  );
}

describe('the feed of a portfolio', () => {
  it('sends each event once and in order, whether it is read from the journal or comes live', async () => {
    const stored = storage();
    const engine = engineOn(stored, 'a');
    await engine.start();
    await set(engine, numbered(0, 50));
    const reader = new Reader();
    const feed = feedOf(engine, stored, reader, 0, 1_000);
    const [, during] = await Promise.all([feed.start(), set(engine, numbered(50, 100))]);
    await set(engine, numbered(100, 120));
    await expect.poll(() => reader.received.length).toBeGreaterThanOrEqual(120);
    expect(during).toBeUndefined();
    expect(reader.whys).toEqual(numbered(0, 120));
    expect(feed.seq).toBe(reader.received.at(-1)?.seq);
    feed.stop();
    await set(engine, ['late']);
    expect(reader.received).toHaveLength(120);
    await engine.stop();
  });

  it('keeps few live events waiting: those that come too fast are read from the journal instead', async () => {
    const stored = storage();
    const engine = engineOn(stored, 'a');
    await engine.start();
    const reader = new Reader();
    const feed = feedOf(engine, stored, reader, 0, 5);
    await feed.start();
    for (let from = 0; from < 600; from += 100) await set(engine, numbered(from, from + 100));
    await expect.poll(() => reader.received.length).toBeGreaterThanOrEqual(600);
    expect(reader.whys).toEqual(numbered(0, 600));
    feed.stop();
    await engine.stop();
  });

  it('sends past events no faster than the reader takes them', async () => {
    const stored = storage();
    const engine = engineOn(stored, 'a');
    await engine.start();
    await set(engine, numbered(0, 30));
    const reader = new Reader();
    reader.unsentBytes = STREAM_LIMITS.bufferedBytes;
    const feed = feedOf(engine, stored, reader, 0, 1_000);
    const started = feed.start();
    await set(engine, numbered(30, 40));
    expect(reader.received).toEqual([]);
    reader.unsentBytes = 0;
    await started;
    expect(reader.whys).toEqual(numbered(0, 40));
    feed.stop();
    await engine.stop();
  });

  it('reads the events of another node, which owned the portfolio meanwhile, from the journal', async () => {
    const stored = storage();
    const first = engineOn(stored, 'a', { leaseMs: 150, renewsLeases: false });
    await first.start();
    const reader = new Reader();
    const feed = feedOf(first, stored, reader, 0, 1_000);
    await feed.start();
    await set(first, ['0']);
    const second = engineOn(stored, 'b');
    await second.start();
    await set(second, ['1', '2', '3']);
    await second.stop();
    // The first node finds that it lost the portfolio, and acquires it again.
    await set(first, ['refused']).catch((error: unknown) =>
      expect(error).toMatchObject({ reason: 'not_owner' }),
    );
    await expect.poll(() => first.ready, { timeout: 5_000 }).toBe(true);
    await set(first, ['4']);
    await expect.poll(() => reader.received.length).toBeGreaterThanOrEqual(5);
    expect(reader.whys).toEqual(numbered(0, 5));
    feed.stop();
    await first.stop();
  });
});
