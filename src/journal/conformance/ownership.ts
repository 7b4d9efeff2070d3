/** One owner a portfolio: fencing, leases, release, closing (J6, J7, J8, J9, J10, J22). */
import { expect, test } from 'vitest';
import { AT, write, event, claimWithin, recordsOf, type JournalWorld } from './world.ts';

export function ownershipCases(world: JournalWorld): void {
  test('J6 a writer whose head has moved is fenced', async () => {
    const writer = await world.newWriter();
    await write(writer, [event('a')]);
    const behind = await world.node.append({
      portfolioId: writer.portfolio,
      epoch: writer.epoch,
      expectedSeq: writer.seq - 1,
      records: [event('b')],
      changes: [],
    });
    expect(behind).toEqual({ kind: 'fenced' });
    expect(await recordsOf(world.node, writer.portfolio)).toHaveLength(2);
  });

  test('J7 claiming again raises the epoch and fences the older one', async () => {
    const older = await world.newWriter();
    const newer = await world.claim(world.node, older.portfolio);
    expect(newer.epoch).toBe(older.epoch + 1);
    expect(await write({ ...older, seq: newer.seq }, [event('stale')])).toEqual({ kind: 'fenced' });
    expect((await write(newer, [event('fresh')])).kind).toBe('durable');
  });

  test('J8 a living owner keeps what it owns, renewals included; a released portfolio is free at once', async () => {
    const owner = await world.storage.open({ leaseMs: 400 });
    const other = await world.storage.open({ leaseMs: 400 });
    const writer = await world.newWriter(owner);
    const startedMs = world.storage.monotonicMs();
    let attempts = 0;
    while (world.storage.monotonicMs() - startedMs < 1_000) {
      const refused = await other.claim(writer.portfolio, 'node-2', AT);
      expect(refused).toMatchObject({ kind: 'owned_elsewhere', node: 'node-1' });
      expect(owner.ownedUntil(writer.portfolio)).toBeGreaterThan(world.storage.monotonicMs());
      attempts += 1;
      await world.storage.pause(50);
    }
    expect(attempts).toBeGreaterThan(3);
    expect((await write(writer, [event('still mine')])).kind).toBe('durable');
    await owner.release(writer.portfolio);
    expect(owner.ownedUntil(writer.portfolio)).toBe(0);
    expect(await other.claim(writer.portfolio, 'node-2', AT)).toMatchObject({ kind: 'owned', epoch: 2 });
    expect(await write(writer, [event('no longer')])).toEqual({ kind: 'fenced' });
    await Promise.all([owner.close(), other.close()]);
  });

  test('J9 a dead owner frees its portfolios at once, long before its lease ends', async () => {
    const owner = await world.storage.open({ leaseMs: 600_000 });
    const writer = await world.newWriter(owner);
    await write(writer, [event('last words')]);
    world.storage.crash(owner);
    const startedMs = world.storage.monotonicMs();
    const successor = await claimWithin(world.storage, world.node, writer.portfolio, 10_000);
    expect(world.storage.monotonicMs() - startedMs).toBeLessThan(10_000);
    expect(successor).toMatchObject({ kind: 'owned', epoch: 2, seq: 3 });
  });

  test('J10 a frozen owner is replaced when its lease ends, and had stopped by then', async () => {
    const frozen = await world.storage.open({ leaseMs: 500, renewsLeases: false });
    const writer = await world.newWriter(frozen);
    expect(await world.node.claim(writer.portfolio, 'node-2', AT)).toMatchObject({ kind: 'owned_elsewhere' });
    const successor = await claimWithin(world.storage, world.node, writer.portfolio, 10_000);
    expect(successor).toMatchObject({ kind: 'owned', epoch: 2 });
    expect(frozen.ownedUntil(writer.portfolio)).toBeLessThan(world.storage.monotonicMs());
    expect(await write(writer, [event('woken')])).toEqual({ kind: 'fenced' });
    if (successor.kind !== 'owned') throw new Error('not owned');
    const heir = {
      journal: world.node,
      portfolio: writer.portfolio,
      epoch: successor.epoch,
      seq: successor.seq,
    };
    expect((await write(heir, [event('by the heir')])).kind).toBe('durable');
    await frozen.close();
  });

  test('J22 closing finishes what was handed in and frees what was owned', async () => {
    const journal = await world.storage.open({ leaseMs: 600_000 });
    const writers = await Promise.all(Array.from({ length: 3 }, () => world.newWriter(journal)));
    const results = writers.map((writer) => write(writer, [event('last')]));
    await journal.close();
    expect((await Promise.all(results)).map((result) => result.kind)).toEqual([
      'durable',
      'durable',
      'durable',
    ]);
    for (const writer of writers) {
      expect(await claimWithin(world.storage, world.node, writer.portfolio, 5_000)).toMatchObject({
        kind: 'owned',
        epoch: 2,
      });
      await expect(write(writer, [event('too late')])).rejects.toThrow(/closed/);
    }
  });
}
