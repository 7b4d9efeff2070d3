/** Records by type, time, actor, account and order (J25, J29, J30, J21). */
import { expect, test } from 'vitest';
import { orderId } from '../../core/ids.ts';
import { CursorInvalid, type JournalRecord, type RecordFilter, type RecordPage } from '../journal.ts';
import { A, B, AT, write, event, recordsOf, type JournalWorld } from './world.ts';

export function searchCases(world: JournalWorld): void {
  test('J25 records of a rare type are found newest first, page by page', async () => {
    const writer = await world.newWriter();
    for (const n of [1, 2, 3]) await write(writer, [event('limits_changed', { n }), event('other', { n })]);
    const read = (limit: number, cursor?: string) =>
      world.storage.readModels.recordsOfType(writer.portfolio, 'limits_changed', limit, cursor);
    const first = await read(2);
    expect(first.records.map(({ payload }) => payload)).toEqual([{ n: 3 }, { n: 2 }]);
    const second = await read(2, first.nextCursor ?? '');
    expect(second.records.map(({ payload }) => payload)).toEqual([{ n: 1 }]);
    expect(second.nextCursor).toBeNull();
    await expect(read(2, 'x')).rejects.toThrow(CursorInvalid);
  });

  test('J29 records are found by time, type, actor and account, newest first, page by page', async () => {
    const writer = await world.newWriter();
    for (const n of [1, 2, 3, 4, 5, 6]) {
      const by = n % 2 === 0 ? 'anna/bot' : 'anna b/bot';
      await write(writer, [
        { ...event('asked', { n, requestedBy: by }), at: AT + n * 1_000 },
        { ...event('accepted', { n, request: { requestedBy: by, accountId: A } }), at: AT + n * 1_000 },
        { ...event('opened', { n, drift: { accountId: B } }), at: AT + n * 1_000 },
      ]);
    }
    const all = async (filter: Partial<RecordFilter>): Promise<unknown[]> => {
      const found: unknown[] = [];
      let cursor: string | null = null;
      do {
        const page: RecordPage = await world.storage.readModels.records({
          portfolioId: writer.portfolio,
          limit: 2,
          ...filter,
          ...(cursor === null ? {} : { cursor }),
        });
        expect(page.records.length).toBeLessThanOrEqual(2);
        found.push(...page.records.map(({ type, payload }) => `${type} ${JSON.stringify(payload['n'])}`));
        cursor = page.nextCursor;
      } while (cursor !== null);
      return found;
    };
    expect(await all({ types: ['asked'] })).toEqual([6, 5, 4, 3, 2, 1].map((n) => `asked ${n}`));
    expect(await all({ types: ['asked', 'opened'], since: AT + 2_000, until: AT + 4_000 })).toEqual([
      'opened 3',
      'asked 3',
      'opened 2',
      'asked 2',
    ]);
    expect(await all({ actor: 'anna', since: AT + 3_000 })).toEqual([
      'accepted 6',
      'asked 6',
      'accepted 4',
      'asked 4',
    ]);
    expect(await all({ actor: 'anna b/bot', types: ['accepted'] })).toEqual(
      [5, 3, 1].map((n) => `accepted ${n}`),
    );
    expect(await all({ accountId: A, until: AT + 3_000 })).toEqual(['accepted 2', 'accepted 1']);
    expect(await all({ accountId: B, until: AT + 3_000 })).toEqual(['opened 2', 'opened 1']);
    await expect(all({ cursor: 'x' })).rejects.toThrow(CursorInvalid);
  });

  test('J30 records of several times in one append, and of a clock that was set back, come in order of time', async () => {
    const writer = await world.newWriter();
    // `AT` is the time of the writer's own `ownership_taken`.
    for (const times of [[10, 10, 20, 20, 20, 10], [10, 10, 20], [5, 5, 30], [20]])
      await write(
        writer,
        times.map((at) => ({ ...event('timed'), at: AT + at })),
      );
    const { records: whole } = await world.storage.readModels.records({
      portfolioId: writer.portfolio,
      types: ['timed'],
      limit: 100,
    });
    const expected = (await recordsOf(writer.journal, writer.portfolio))
      .filter(({ type }) => type === 'timed')
      .toSorted((left, right) => right.at - left.at || right.seq - left.seq);
    expect(whole).toEqual(expected);
    for (const [since, until] of [
      [0, 40],
      [10, 20],
      [11, 21],
      [5, 6],
      [20, 30],
    ] as const) {
      for (const limit of [1, 2, 5]) {
        const found: JournalRecord[] = [];
        for (let cursor: string | null | undefined; cursor !== null;) {
          const page: RecordPage = await world.storage.readModels.records({
            portfolioId: writer.portfolio,
            types: ['timed'],
            since: AT + since,
            until: AT + until,
            limit,
            ...(cursor === undefined ? {} : { cursor }),
          });
          found.push(...page.records);
          cursor = page.nextCursor;
        }
        expect(found).toEqual(expected.filter(({ at }) => at >= AT + since && at < AT + until));
      }
    }
  });

  test('J21 the records that name an order are found, and records after a seq', async () => {
    const writer = await world.newWriter();
    await write(writer, [
      event('accepted', { orderId: 'o1' }),
      event('other', { orderId: 'o2', note: 'o1' }),
      event('batch', { items: [{ order_id: 'o1' }, { orderIds: ['o2', 'o3'] }] }),
    ]);
    await write(writer, [event('filled', { fill: { orderId: 'o1' } })]);
    const of = await world.storage.readModels.recordsOfOrder(writer.portfolio, orderId('o1'));
    expect(of.map((record) => [record.seq, record.type])).toEqual([
      [2, 'accepted'],
      [4, 'batch'],
      [5, 'filled'],
    ]);
    expect(await world.storage.readModels.recordsOfOrder(writer.portfolio, orderId('o3'))).toHaveLength(1);
    const after = await world.storage.readModels.recordsAfter(writer.portfolio, 2, 2);
    expect(after.map((record) => record.seq)).toEqual([3, 4]);
    expect(after).toEqual((await recordsOf(world.node, writer.portfolio)).slice(2, 4));
  });
}
