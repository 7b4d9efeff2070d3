import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { orderId } from '../core/ids.ts';
import { encodeState } from '../core/portfolio/snapshot.ts';
import { marketContext, NO_LIMITS, START } from '../core/testing/fixture.ts';
import { MemoryStorage, type MemoryJournal } from '../journal/testing/memory-journal.ts';
import { VirtualScheduler } from '../journal/testing/virtual-scheduler.ts';
import { EngineUnavailable } from './desk.ts';
import {
  funded,
  openNode as openNodeIn,
  place,
  placing,
  untilTrue,
  type NodeOptions,
  type WriterNode,
} from './testing/writer-node.ts';

let scheduler: VirtualScheduler;
let storage: MemoryStorage;

beforeEach(() => {
  scheduler = new VirtualScheduler(START);
  storage = new MemoryStorage(scheduler);
  scheduler.runByItself();
});
afterEach(() => {
  scheduler.stop();
});

type Node = WriterNode<MemoryJournal>;

const openNode = (name = 'node-1', options: Partial<NodeOptions> = {}): Promise<Node> =>
  openNodeIn({ storage, scheduler, name, ...options });

describe('the writer, when the wall clock is set', () => {
  const LIMITS = { ...NO_LIMITS, maxOrdersPerWindow: 1, orderRateWindowMs: 1_000 };

  const placeUnderRate = async (node: Node, id: string): Promise<string> => {
    const reply = await node.writer.submit('place', () => ({
      ...placing(id),
      context: marketContext({ at: scheduler.now() + node.skewMs, limits: LIMITS }),
    }));
    return reply.kind;
  };
  const pass = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      scheduler.after(ms, resolve);
    });

  it.each([
    ['back', -600_000],
    ['ahead', 600_000],
  ])('set %s by ten minutes: the order rate goes on by the time that has passed', async (_way, stepMs) => {
    const node = await openNode();
    await funded(node);
    expect(await placeUnderRate(node, 'one')).toBe('accepted');
    node.skewMs = stepMs;
    expect(await placeUnderRate(node, 'two')).toBe('denied');
    await pass(1_000);
    expect(await placeUnderRate(node, 'three')).toBe('accepted');
    const steps = node.durable.flatMap(({ events }) =>
      events.filter(({ event }) => event.type === 'clock_stepped'),
    );
    expect(steps.map(({ event }) => event)).toEqual([{ type: 'clock_stepped', stepMs }]);
    await expectReplayEqual(node);
  });

  it('set back while the service was down: the window goes on where it stood', async () => {
    const first = await openNode();
    await funded(first);
    expect(await placeUnderRate(first, 'one')).toBe('accepted');
    await first.writer.close();
    const second = await openNode('node-2', { skewMs: -600_000 });
    expect(await placeUnderRate(second, 'two')).toBe('denied');
    await pass(1_000);
    expect(await placeUnderRate(second, 'three')).toBe('accepted');
  });

  it('a step in an append that was lost is journaled with the next one', async () => {
    const node = await openNode();
    await funded(node);
    node.skewMs = -600_000;
    node.journal.loseNextAnswer(false);
    expect(await placeUnderRate(node, 'one')).toBe('accepted');
    expect(node.writer.state.clockStepsMs).toBe(-600_000);
  });
});

describe('the writer of a portfolio', () => {
  it('lets replies and sends out only once the journal has the events', async () => {
    const node = await openNode();
    await funded(node);
    const seqBefore = node.writer.seq;
    let isReplied = false;
    const replied = place(node, 'one').then((reply) => {
      isReplied = true;
      return reply;
    });
    await Promise.resolve();
    await Promise.resolve();
    expect([isReplied, node.effects]).toEqual([false, []]);
    expect((await replied).kind).toBe('accepted');
    expect(node.effects).toEqual([{ type: 'send', orderId: orderId('one') }]);
    expect(node.writer.seq).toBe(seqBefore + 2);
    expect(node.durable.at(-1)?.events.map(({ event }) => event.type)).toEqual([
      'order_accepted',
      'send_attempted',
    ]);
  });

  it('decides orders that wait together against each other', async () => {
    const node = await openNode();
    await funded(node);
    const replies = await Promise.all(['a', 'b', 'c'].map((id) => place(node, id, '4')));
    // 4 x 100 each, and 1,000 to hold them with.
    expect(replies.map(({ kind }) => kind)).toEqual(['accepted', 'accepted', 'denied']);
  });

  it('sends a cancel out before the journal has it', async () => {
    const node = await openNode();
    await funded(node);
    await place(node, 'one');
    node.effects.length = 0;
    storage.becomeUnavailable(60_000);
    void node.writer
      .submit('cancel', () => ({ type: 'cancel_order', orderId: orderId('one'), requestedBy: 'test' }))
      .catch(() => undefined);
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    expect(node.effects).toContainEqual({ type: 'cancel', orderId: orderId('one') });
  });

  it.each([
    ['written', true],
    ['not written', false],
  ])('a lost answer to a commit that was %s leaves each order decided once', async (_case, isWritten) => {
    const node = await openNode();
    await funded(node);
    node.journal.loseNextAnswer(isWritten);
    expect((await place(node, 'one', '6')).kind).toBe('accepted');
    expect(node.writer.state.unfinished.size).toBe(1);
    expect(node.effects.filter(({ type }) => type === 'send')).toHaveLength(1);
    // The hold is there once: 600 of 1,000.
    expect((await place(node, 'two', '5')).kind).toBe('denied');
    await expectReplayEqual(node);
  });

  it('is fenced once another node has taken over: its next append writes nothing, and callers that wait are notified', async () => {
    const frozen = await openNode('node-1', { renewsLeases: false });
    await funded(frozen);
    const next = await openNode('node-2');
    expect((await place(next, 'one')).kind).toBe('accepted');
    const seq = next.writer.seq;

    await expect(place(frozen, 'two')).rejects.toMatchObject({ reason: 'not_owner' });
    expect([frozen.isFenced, frozen.writer.isOpen]).toEqual([true, false]);
    expect(frozen.effects.filter(({ type }) => type === 'send')).toEqual([]);
    await expect(frozen.writer.read(() => 1)).rejects.toMatchObject({ reason: 'not_owner' });
    expect((await place(next, 'three')).kind).toBe('accepted');
    expect(next.writer.seq).toBe(seq + 2);
  });

  it('leaves no snapshot of a decision that was never journaled when it is fenced while it stops', async () => {
    const frozen = await openNode('node-1', { renewsLeases: false });
    await funded(frozen);
    const next = await openNode('node-2');
    const refused = expect(place(frozen, 'never')).rejects.toMatchObject({ reason: 'not_owner' });
    // Decided, and its append under way: no timer of the journal has run yet.
    while (!frozen.writer.state.unfinished.has(orderId('never'))) await Promise.resolve();
    await frozen.writer.close();
    await refused;
    next.journal.crash();
    const last = await openNode('node-3');
    expect(last.writer.state.unfinished.has(orderId('never'))).toBe(false);
  });

  it('refuses new orders while the journal stalls, and takes them again afterwards', async () => {
    const node = await openNode();
    await funded(node);
    storage.becomeUnavailable(20_000);
    const waiting = place(node, 'one');
    await untilTrue(() => node.writer.state.unfinished.has(orderId('one')));
    // In the queue before anybody can see that it is a stall: refused once it is one, not kept for its length.
    const startedAt = scheduler.monotonicMs();
    const early = node.writer
      .read(() => 1)
      .catch((error: unknown) => ({
        error,
        waitedMs: scheduler.monotonicMs() - startedAt,
      }));
    // Decided already: it waits until its fate is known. The ones that come after the stall is seen are refused.
    const refusal = expect(waiting).rejects.toMatchObject({ reason: 'journal_stalled' });
    await untilTrue(() => node.writer.isStalled);
    await expect(place(node, 'two')).rejects.toMatchObject({ reason: 'journal_stalled' });
    await expect(node.writer.read(() => 1)).rejects.toBeInstanceOf(EngineUnavailable);
    const rejected = await early;
    expect(rejected).toMatchObject({ error: { reason: 'journal_stalled' } });
    expect(rejected).toHaveProperty(
      'waitedMs',
      expect.toSatisfy((waitedMs: number) => waitedMs < 5_000),
    );
    // Proven not to be journaled, and by now too old to be placed late.
    await refusal;
    expect((await place(node, 'three')).kind).toBe('accepted');
    expect([...node.writer.state.unfinished.keys()]).toEqual([orderId('three')]);
  });

  it('halts on a broken assertion: nothing new comes in, cancels still go', async () => {
    const node = await openNode();
    await funded(node);
    await place(node, 'one');
    const broken = node.writer.submit('venue', () => {
      throw new Error('as a bug would');
    });
    await expect(broken).rejects.toMatchObject({ reason: 'halted' });
    expect(node.writer.halted).toContain('as a bug would');
    const refused = await node.writer.submit('place', () => ({
      ...placing('two'),
      context: marketContext({ halted: node.writer.halted }),
    }));
    expect(refused.kind === 'denied' ? refused.refusals[0]?.code : refused.kind).toBe('trading_halted');
    const canceled = await node.writer.submit('cancel', () => ({
      type: 'cancel_order',
      orderId: orderId('one'),
      requestedBy: 'test',
    }));
    expect(canceled.kind).toBe('canceling');
  });

  it('opens with the state it closed with, from a snapshot and from the journal alone', async () => {
    const node = await openNode();
    await funded(node);
    await place(node, 'one');
    await place(node, 'two');
    const before = encodeState(node.writer.state);
    await node.writer.close();
    const again = await openNode('node-2');
    expect(encodeState(again.writer.state)).toEqual(before);
  });
});

/** A fresh fold of the journal gives the live state, to the last digit. */
async function expectReplayEqual(node: Node): Promise<void> {
  const live = encodeState(node.writer.state);
  node.journal.crash();
  const again = await openNode('replay');
  expect(encodeState(again.writer.state)).toEqual(live);
}
