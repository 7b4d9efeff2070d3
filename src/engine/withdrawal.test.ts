/** A cancel of an order that is not durable yet withdraws its placement: the order never leaves, whatever the journal does. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { orderId } from '../core/ids.ts';
import { START } from '../core/testing/fixture.ts';
import { MemoryStorage, type MemoryJournal } from '../journal/testing/memory-journal.ts';
import { VirtualScheduler } from '../journal/testing/virtual-scheduler.ts';
import {
  cancel,
  funded,
  openNode,
  place,
  placing,
  untilTrue,
  type WriterNode,
} from './testing/writer-node.ts';

let scheduler: VirtualScheduler;
let storage: MemoryStorage;
let node: WriterNode<MemoryJournal>;

beforeEach(async () => {
  scheduler = new VirtualScheduler(START);
  storage = new MemoryStorage(scheduler);
  scheduler.runByItself();
  node = await openNode({ storage, scheduler });
  await funded(node);
});
afterEach(() => {
  scheduler.stop();
});

const ONE = orderId('one');

const sends = (): readonly string[] =>
  node.effects.flatMap((effect) => (effect.type === 'send' ? [effect.orderId] : []));

const statusOf = (id: string): string | undefined =>
  (node.writer.state.unfinished.get(orderId(id)) ?? node.writer.state.finished.get(orderId(id)))?.status;

/** Until the condition holds, while no timer runs: what was decided is on its way to the journal, which has not answered. */
async function atOnce(condition: () => boolean): Promise<void> {
  for (let round = 0; round < 1_000; round += 1) {
    if (condition()) return;
    await Promise.resolve();
  }
  throw new Error('the condition did not come');
}

/** The order is decided, and its append under way. */
const decided = (id: string): Promise<void> => atOnce(() => node.writer.state.unfinished.has(orderId(id)));

/** Until nothing is left to decide. */
async function quiet(): Promise<void> {
  await node.writer.submit('timer', () => ({ type: 'evict', finishedBefore: 0 }));
  await node.writer.read(() => null);
}

describe('a cancel while the append of its order is under way', () => {
  it.each([
    ['is durable', null],
    ['loses its answer and was written', true],
    ['is lost', false],
  ])('keeps the order from being sent when the append %s', async (_case, isWritten) => {
    if (isWritten !== null) node.journal.loseNextAnswer(isWritten);
    const placed = place(node, 'one');
    await decided('one');
    expect(node.writer.isWithdrawable(ONE)).toBe(true);
    const canceled = cancel(node, 'one');
    expect((await placed).kind).toBe('accepted');
    expect(['canceling', 'annulled']).toContain((await canceled).kind);
    await quiet();
    expect(sends()).toEqual([]);
    expect(statusOf('one')).toBe('canceled');
    expect(node.writer.isWithdrawable(ONE)).toBe(false);
    // Its hold is free again: 1,000 of 1,000.
    expect((await place(node, 'two', '10')).kind).toBe('accepted');
  });

  it('finds no order when the placement was refused for having waited too long, and the order is not sent either', async () => {
    storage.becomeUnavailable(20_000);
    const placed = expect(place(node, 'one')).rejects.toMatchObject({ reason: 'journal_stalled' });
    await decided('one');
    await untilTrue(() => node.writer.isStalled);
    const canceled = cancel(node, 'one');
    await placed;
    expect((await canceled).kind).toBe('unknown_order');
    expect([sends(), node.writer.state.unfinished.size]).toEqual([[], 0]);
  });

  it('ends the one of a batch, and the others are sent', async () => {
    node.journal.loseNextAnswer(false);
    const ids = ['one', 'two', 'three'];
    const placed = node.writer.submit(
      'place',
      () => ({
        type: 'place_all',
        placements: ids.map((id) => {
          const input = placing(id);
          if (input.type !== 'place_order') throw new Error('not an order');
          return input;
        }),
      }),
      { places: ids.map(orderId) },
    );
    await decided('two');
    const canceled = cancel(node, 'two');
    await placed;
    expect((await canceled).kind).toBe('annulled');
    await quiet();
    expect(sends()).toEqual(['one', 'three']);
    expect(ids.map(statusOf)).toEqual(['submitting', 'canceled', 'submitting']);
  });

  it('repeats once for each of many lost appends', async () => {
    node.journal.loseNextAnswer(false);
    const placed = place(node, 'one');
    await decided('one');
    const canceled = cancel(node, 'one');
    // The second append, of the placement and its cancel, is lost as well.
    await untilTrue(() => !node.writer.state.unfinished.has(ONE));
    node.journal.loseNextAnswer(false);
    expect([(await placed).kind, (await canceled).kind]).toEqual(['accepted', 'annulled']);
    await quiet();
    expect([sends(), statusOf('one')]).toEqual([[], 'canceled']);
  });
});

describe('a cancel in the other half of a batch that the journal refuses', () => {
  it('keeps the order of the first half from being sent', async () => {
    storage.refuseAppends(({ records }) =>
      records.some(({ payload }) => JSON.stringify(payload).includes('"poison"'))
        ? { kind: 'refused', detail: 'violates a constraint' }
        : null,
    );
    // Of one batch: the halves are (other, one) and (the cancel of one, poison).
    const placed = [place(node, 'other'), place(node, 'one')];
    const canceled = cancel(node, 'one');
    const poison = expect(place(node, 'poison')).rejects.toThrow();
    await Promise.all([...placed, canceled, poison]);
    await quiet();
    expect([sends(), statusOf('one')]).toEqual([['other'], 'canceled']);
  });
});

describe('a cancel of an order whose placement waits to be decided', () => {
  it('is decided behind it', async () => {
    const other = place(node, 'other');
    await decided('other');
    const placed = place(node, 'one');
    const canceled = cancel(node, 'one');
    await Promise.all([other, placed]);
    expect((await canceled).kind).toBe('annulled');
    await quiet();
    expect([sends(), statusOf('one')]).toEqual([['other'], 'canceled']);
  });

  it('finds no order when the placement is refused since the journal stalls', async () => {
    storage.becomeUnavailable(20_000);
    const other = expect(place(node, 'other')).rejects.toMatchObject({ reason: 'journal_stalled' });
    await decided('other');
    const placed = expect(place(node, 'one')).rejects.toMatchObject({ reason: 'journal_stalled' });
    const canceled = cancel(node, 'one');
    await Promise.all([other, placed]);
    expect((await canceled).kind).toBe('unknown_order');
    expect(sends()).toEqual([]);
  });
});

describe('a cancel while the append of a retry is under way', () => {
  it('keeps the retry from being sent', async () => {
    await place(node, 'one');
    const jitter = 0;
    await node.writer.submit('outcome', () => ({
      type: 'send_outcome',
      orderId: ONE,
      n: 1,
      outcome: { kind: 'not_sent', reason: 'connect_failed', detail: '' },
      jitter,
    }));
    node.effects.length = 0;
    const input = placing('one');
    if (input.type !== 'place_order') throw new Error('not an order');
    const { context } = input;
    const retried = node.writer.submit('timer', () => ({ type: 'retry_due', orderId: ONE, context }));
    await atOnce(() => statusOf('one') === 'submitting');
    const canceled = cancel(node, 'one');
    await Promise.all([retried, canceled]);
    await quiet();
    expect([sends(), statusOf('one')]).toEqual([[], 'canceled']);
  });
});
