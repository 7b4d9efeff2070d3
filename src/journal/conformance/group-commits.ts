/** Appends of many writers in one commit: keys, fences, lost answers (J11, J12, J13, J14, J23, J31). */
import { expect, test } from 'vitest';
import { orderId } from '../../core/ids.ts';
import type { ReadModelChange } from '../journal.ts';
import { write, event, newOrder, claimWithin, recordsOf, type JournalWorld } from './world.ts';

export function groupCommitCases(world: JournalWorld): void {
  test('J11 a taken key leaves its append out, whole, and disturbs no other in the group', async () => {
    const writers = await Promise.all(Array.from({ length: 6 }, () => world.newWriter()));
    const key = (text: string): ReadModelChange => ({
      model: 'idempotency',
      key: text,
      contentHash: `hash of ${text}`,
      orderId: orderId('first'),
      answer: null,
    });
    const [one] = writers;
    if (one === undefined) throw new Error('no writer');
    await write(one, [event('a')], [key('k1')]);
    const results = await Promise.all(
      writers.map((writer) =>
        write(writer, [event('b')], [newOrder(`o-${writer.portfolio}`), key('k1'), key('k2')]),
      ),
    );
    expect(results.map((result) => result.kind)).toEqual(['duplicate_key', ...Array(5).fill('durable')]);
    expect(results[0]).toEqual({ kind: 'duplicate_key', key: 'k1' });
    expect(await recordsOf(world.node, one.portfolio)).toHaveLength(2);
    expect(await world.storage.readModels.order(one.portfolio, orderId(`o-${one.portfolio}`))).toBeNull();
    expect(await world.storage.readModels.idempotency(one.portfolio, 'k2')).toBeNull();
    expect(await world.storage.readModels.idempotency(one.portfolio, 'k1')).toEqual({
      contentHash: 'hash of k1',
      orderId: 'first',
      answer: null,
    });
    expect(await write(one, [event('c')], [key('k9'), key('k9'), key('k8')])).toEqual({
      kind: 'duplicate_key',
      key: 'k9',
    });
    expect((await write(one, [event('d')], [key('k9')])).kind).toBe('durable');
    await write(one, [event('e')], ['k1/b', 'k1/a', 'k1 d', 'k1 c', 'k10', 'k1-', 'k10/a', 'k10 a'].map(key));
    expect(await world.storage.readModels.idempotencyOfParts(one.portfolio, 'k1')).toEqual(
      ['k1 c', 'k1 d', 'k1/a', 'k1/b'].map((part) => ({
        key: part,
        contentHash: `hash of ${part}`,
        orderId: 'first',
      })),
    );
    expect(await world.storage.readModels.idempotencyOfParts(one.portfolio, 'k9')).toEqual([]);
  });

  test('J12 a fenced portfolio disturbs no other in the group', async () => {
    const owner = await world.storage.open({ leaseMs: 300, renewsLeases: false });
    const stolen = await world.newWriter(owner);
    const kept = await Promise.all(Array.from({ length: 4 }, () => world.newWriter(owner)));
    await claimWithin(world.storage, world.node, stolen.portfolio, 10_000);
    const results = await Promise.all([stolen, ...kept].map((writer) => write(writer, [event('x')])));
    expect(results.map((result) => result.kind)).toEqual(['fenced', ...Array(4).fill('durable')]);
    await owner.close();
  });

  test('J13 an answer that is lost after the commit is found to be durable', async () => {
    const journal = await world.storage.open();
    const writer = await world.newWriter(journal);
    world.storage.loseNextAnswer(journal, true);
    const result = await write(writer, [event('a')], [newOrder('o1')]);
    expect(result).toMatchObject({ kind: 'durable', seq: 2 });
    expect((await write(writer, [event('b')])).kind).toBe('durable');
    expect((await recordsOf(journal, writer.portfolio)).map((record) => record.type)).toEqual([
      'ownership_taken',
      'a',
      'b',
    ]);
    await journal.close();
  });

  test('J14 an answer that is lost before the commit is found to be lost, and the writer goes on from there', async () => {
    const journal = await world.storage.open();
    const writer = await world.newWriter(journal);
    world.storage.loseNextAnswer(journal, false);
    const result = await write(writer, [event('a')], [newOrder('o1')]);
    expect(result.kind).toBe('lost');
    expect(await world.storage.readModels.order(writer.portfolio, orderId('o1'))).toBeNull();
    expect(journal.healthy).toBe(true);
    expect(journal.ownedUntil(writer.portfolio)).toBeGreaterThan(world.storage.monotonicMs());
    expect((await write(writer, [event('b')])).kind).toBe('durable');
    expect((await recordsOf(journal, writer.portfolio)).map((record) => record.type)).toEqual([
      'ownership_taken',
      'b',
    ]);
    await journal.close();
  });

  test('J23 many writers at once, with answers lost in between: nothing lost, nothing doubled', async () => {
    const journal = await world.storage.open();
    const writers = await Promise.all(Array.from({ length: 16 }, () => world.newWriter(journal)));
    const durable = await Promise.all(
      writers.map(async (writer, index) => {
        const kept: string[] = [];
        for (let round = 0; round < 12; round += 1) {
          if (index === 0 && round % 3 === 1) world.storage.loseNextAnswer(journal, round % 2 === 0);
          const type = `e${round}`;
          const result = await write(writer, [event(type)], [newOrder(type)]);
          if (result.kind === 'durable') kept.push(type);
          else expect(result.kind).toBe('lost');
        }
        return kept;
      }),
    );
    for (const [index, writer] of writers.entries()) {
      const types = (await recordsOf(journal, writer.portfolio)).slice(1).map((record) => record.type);
      expect(types).toEqual(durable[index]);
    }
    await journal.close();
  });

  test('J31 a key of a request that placed no order is taken, with its answer, and is no part of another', async () => {
    const writer = await world.newWriter();
    const { portfolio } = writer;
    const answered = (key: string, answer: string | null): ReadModelChange => ({
      model: 'idempotency',
      key,
      contentHash: 'h',
      orderId: null,
      answer,
    });
    await write(writer, [event('a')], [answered('k', '{"a":"\\u0000"}'), answered('k 1', null)]);
    expect(await world.storage.readModels.idempotency(portfolio, 'k')).toEqual({
      contentHash: 'h',
      orderId: null,
      answer: '{"a":"\\u0000"}',
    });
    expect(await world.storage.readModels.idempotency(portfolio, 'k 1')).toMatchObject({ answer: null });
    expect(await world.storage.readModels.idempotencyOfParts(portfolio, 'k')).toEqual([]);
    const again = [answered('k', null)];
    expect(await write(writer, [event('b')], again)).toEqual({ kind: 'duplicate_key', key: 'k' });
  });
}
