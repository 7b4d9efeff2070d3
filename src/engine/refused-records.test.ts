/** Records that the journal refuses or loses: the input at fault is answered alone, and nothing else is dropped. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { orderId } from '../core/ids.ts';
import type { Reply } from '../core/portfolio/decide.ts';
import { orderOf } from '../core/portfolio/state.ts';
import { START } from '../core/testing/fixture.ts';
import type { Append, AppendResult } from '../journal/journal.ts';
import { MemoryStorage, type MemoryJournal } from '../journal/testing/memory-journal.ts';
import { VirtualScheduler } from '../journal/testing/virtual-scheduler.ts';
import { EngineUnavailable } from './desk.ts';
import { FIRST_RETRY_MS, LONGEST_RETRY_MS, MAX_LOSSES, MAX_REFUSALS, STALL_MS } from './journal-health.ts';
import { silentLog } from './log.ts';
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
let logged: { readonly fields: unknown; readonly words: string | undefined }[];
/** The appends that were refused or lost, by their moment. */
let asked: { readonly at: number; readonly records: number }[];

beforeEach(async () => {
  scheduler = new VirtualScheduler(START);
  storage = new MemoryStorage(scheduler);
  scheduler.runByItself();
  logged = [];
  asked = [];
  const log = {
    ...silentLog,
    error: (fields: unknown, words?: string) => {
      logged.push({ fields, words });
    },
  };
  node = await openNode({ storage, scheduler, log });
  await funded(node);
});
afterEach(() => {
  scheduler.stop();
});

const names = (append: Append, id: string): boolean =>
  append.records.some(({ payload }) => JSON.stringify(payload).includes(`"${id}"`));

/** As a constraint does, of each append with the name in its records. */
function refuse(...ids: readonly string[]): void {
  storage.refuseAppends((append) => {
    const id = ids.find((each) => names(append, each));
    if (id === undefined) return null;
    asked.push({ at: scheduler.monotonicMs(), records: append.records.length });
    return { kind: 'refused', detail: `violates a constraint: ${id}` };
  });
}

function loseAll(): void {
  storage.refuseAppends((append): AppendResult => {
    asked.push({ at: scheduler.monotonicMs(), records: append.records.length });
    return { kind: 'lost', detail: 'no space left on device' };
  });
}

const settled = async (replies: readonly Promise<Reply>[]): Promise<readonly string[]> =>
  (await Promise.allSettled(replies)).map((result) =>
    result.status === 'fulfilled'
      ? result.value.kind
      : result.reason instanceof EngineUnavailable
        ? result.reason.reason
        : String(result.reason),
  );

describe('an append that the journal refuses', () => {
  it('costs the one input at fault its answer, and none of the outcomes, cancels and orders that came with it', async () => {
    for (const id of ['a', 'b', 'c']) await place(node, id);
    refuse('poison');
    const accepted = node.writer.submit('outcome', () => ({
      type: 'send_outcome',
      orderId: orderId('a'),
      n: 1,
      outcome: { kind: 'not_sent', reason: 'breaker_open', detail: '' },
      jitter: 0,
    }));
    const replies = [
      accepted,
      cancel(node, 'b'),
      cancel(node, 'c'),
      place(node, 'd'),
      place(node, 'poison'),
      place(node, 'e'),
    ];
    expect(await settled(replies)).toEqual([
      'done',
      'canceling',
      'canceling',
      'accepted',
      'record_refused',
      'accepted',
    ]);
    await expect(replies[4]).rejects.toThrow(
      'place_order poison: its records (order_accepted, send_attempted): violates a constraint: poison',
    );
    expect(orderOf(node.writer.state, orderId('a'))?.status).toBe('failed');
    expect(orderOf(node.writer.state, orderId('poison'))).toBeUndefined();
    expect(node.effects).not.toContainEqual({ type: 'send', orderId: orderId('poison') });
    expect(logged).toEqual([
      {
        fields: expect.objectContaining({ input: 'place_order', places: ['poison'] }),
        words: 'the journal refuses the records of an input, which is given up',
      },
    ]);
    // Nothing is halted: the journal goes on for everything else.
    expect([node.writer.halted, (await place(node, 'f')).kind]).toEqual([null, 'accepted']);
  });

  it(`is tried ${MAX_REFUSALS} times where an input was alone, and answered then`, async () => {
    refuse('poison');
    await expect(place(node, 'poison')).rejects.toMatchObject({ reason: 'record_refused' });
    expect(asked.length).toBe(MAX_REFUSALS);
  });

  it('finds several at fault among hundreds, in few appends', async () => {
    refuse('n7', 'n300');
    const replies = Array.from({ length: 400 }, (_, n) =>
      node.writer.submit('place', () => placing(`n${n}`, '0.001'), { places: [orderId(`n${n}`)] }),
    );
    const kinds = await settled(replies);
    expect(
      kinds.flatMap((kind, n) => (['accepted', 'denied'].includes(kind) ? [] : [`${n} ${kind}`])),
    ).toEqual(['7 record_refused', '300 record_refused']);
    expect(asked.length).toBeLessThanOrEqual(2 * 2 * Math.ceil(Math.log2(400)));
  });

  it('is decided once more where what came along was at fault', async () => {
    let refusals = 1;
    storage.refuseAppends(() =>
      refusals-- > 0 ? { kind: 'refused', detail: 'an observation that came along' } : null,
    );
    expect((await place(node, 'one')).kind).toBe('accepted');
  });

  it('of what no journal can hold halts, and still loses nothing else', async () => {
    await place(node, 'a');
    const broken = node.writer.submit('place', () => placing('broken', '1', { sendWithinMs: Number.NaN }));
    const replies = [broken, cancel(node, 'a')];
    expect(await settled(replies)).toEqual(['halted', 'canceling']);
  });

  it('keeps a withdrawn order from being sent while the batch is taken apart', async () => {
    refuse('poison');
    const replies = [place(node, 'poison'), place(node, 'one'), place(node, 'two')];
    await untilTrue(() => asked.length > 0);
    replies.push(cancel(node, 'two'));
    expect((await settled(replies)).slice(0, 3)).toEqual(['record_refused', 'accepted', 'accepted']);
    await node.writer.submit('timer', () => ({ type: 'evict', finishedBefore: 0 }));
    expect(node.effects.filter(({ type }) => type === 'send')).toEqual([
      { type: 'send', orderId: orderId('one') },
    ]);
    expect(orderOf(node.writer.state, orderId('two'))?.status).toBe('canceled');
  });
});

describe('a journal that loses every append', () => {
  it('is asked again at growing intervals, keeps every outcome and cancel, and refuses orders', async () => {
    await place(node, 'a');
    loseAll();
    const canceled = cancel(node, 'a');
    const placed = place(node, 'late');
    await expect(placed).rejects.toMatchObject({ reason: 'journal_stalled' });
    await untilTrue(() => asked.length >= 12);
    const pauses = asked.slice(1).map(({ at }, n) => at - (asked[n]?.at ?? 0));
    expect(pauses[1]).toBeGreaterThanOrEqual(FIRST_RETRY_MS);
    expect(Math.max(...pauses)).toBeLessThan(LONGEST_RETRY_MS + 100);
    expect(pauses.slice(1)).toEqual(pauses.slice(1).sort((left, right) => left - right));
    expect(node.writer.journalTrouble).toMatchObject({ detail: 'no space left on device' });
    expect(node.writer.isStalled).toBe(true);
    await expect(place(node, 'refused')).rejects.toMatchObject({ reason: 'journal_stalled' });
    // Durable state can still be read.
    expect(await node.writer.read((state) => state.unfinished.size)).toBe(1);
    storage.refuseAppends(null);
    expect((await canceled).kind).toBe('canceling');
    expect([node.writer.journalTrouble, node.writer.isStalled]).toEqual([null, false]);
    expect((await place(node, 'next')).kind).toBe('accepted');
  });

  it.each([
    [MAX_LOSSES, 'accepted'],
    [MAX_LOSSES + 1, 'journal_stalled'],
  ] as const)('%i times in a row for an order: %s', async (losses, outcome) => {
    let left = losses;
    storage.refuseAppends((): AppendResult | null => {
      if (left === 0) return null;
      left -= 1;
      return { kind: 'lost', detail: 'no answer' };
    });
    expect(await settled([place(node, 'one')])).toEqual([outcome]);
  });

  it('is no trouble before the stall bound is over, and is one after it', async () => {
    await place(node, 'a');
    const startedAt = scheduler.monotonicMs();
    loseAll();
    const canceled = cancel(node, 'a');
    await untilTrue(() => asked.length > 0);
    expect(node.writer.journalTrouble).toBeNull();
    await untilTrue(() => node.writer.journalTrouble !== null);
    expect(scheduler.monotonicMs() - startedAt).toBeGreaterThan(STALL_MS);
    storage.refuseAppends(null);
    await canceled;
  });
});
