/** Stops whose price the market passed while they were canceled to make room: over a desk of the core, on a clock of the test's own. */
import { describe, expect, it } from 'vitest';
import { decimal } from '../core/decimal.ts';
import { JUMP_CONFIRM_WITHIN_MS } from '../core/mark-confirmation.ts';
import { accepted, type Desk } from '../core/testing/fixture.ts';
import { releaseStopsOf } from './release-stops.ts';
import { LONGEST_PUT_BACK_MS } from './stop-keeper.ts';
import { passedWorld } from './testing/stop-keeper-fixture.ts';

describe('a stop whose price the market passed while it was canceled', () => {
  it('closes its position at once when a second datum says so, once, with an alarm until then', async () => {
    const { core, keeper, pass, tries, lines, closing } = passedWorld();
    await pass(500);
    expect(tries).toMatchObject([{ quantity: '2', onWouldTrigger: 'refuse' }]);
    expect(keeper.lost()[0]?.why).toMatch(/would trigger at once/);
    await pass(500);
    expect(tries.slice(1)).toMatchObject([{ quantity: '2', onWouldTrigger: 'close_now' }]);
    expect(closing()).toMatchObject({ type: 'market', insteadOfStop: { stopPrice: decimal('90') } });
    await pass(10_000);
    expect(tries).toHaveLength(2);
    core.outcome(closing(), accepted(closing()));
    core.fill(closing(), 'closed');
    await pass(60_000);
    expect(tries).toHaveLength(2);
    expect(keeper.lost()).toEqual([]);
    expect(lines.at(-1)).toBe('a position misses its stop no longer');
  });

  it('closes it too where the process that canceled it has ended', async () => {
    const { pass, tries, closing } = passedWorld({ isTakenOver: true });
    await pass(1_000);
    expect(tries.map(({ onWouldTrigger }) => onWouldTrigger)).toEqual(['refuse', 'close_now']);
    expect(closing()).toMatchObject({ type: 'market', quantity: decimal('2') });
  });

  it('rests again where the market has come back by then', async () => {
    const { keeper, pass, tries, closing, core, market } = passedWorld();
    await pass(500);
    market.price = '95';
    await pass(500);
    expect(tries.slice(1)).toMatchObject([{ quantity: '2', onWouldTrigger: 'refuse' }]);
    expect(closing()).toMatchObject({ type: 'stop_market', quantity: decimal('2') });
    core.outcome(closing(), accepted(closing()));
    await pass(1_000);
    expect(keeper.lost()).toEqual([]);
  });

  it('closes nothing by one datum: without a second one in its time it is placed and refused again', async () => {
    const { pass, tries, market, core } = passedWorld();
    await pass(500);
    market.isKnown = false;
    await pass(JUMP_CONFIRM_WITHIN_MS);
    expect(tries).toHaveLength(1);
    await pass(500);
    // Without any price here the venue decides.
    expect(tries.map(({ onWouldTrigger }) => onWouldTrigger)).toEqual(['refuse', 'refuse']);
    expect([...core.state.unfinished.values()]).toMatchObject([{ type: 'stop_market' }]);
  });

  it('closes it by two refusals of the venue as well', async () => {
    const { pass, tries, market, core, closing } = passedWorld();
    market.isKnown = false;
    const refuse = (): void => {
      const reason = { kind: 'would_trigger', venueCode: '-2021', venueMessage: 'would trigger' } as const;
      core.outcome(closing(), { kind: 'refused', reason });
    };
    await pass(500);
    refuse();
    await pass(1_000);
    expect(tries.map(({ onWouldTrigger }) => onWouldTrigger)).toEqual(['refuse', 'refuse']);
    refuse();
    await pass(1_000);
    expect(tries.slice(2)).toMatchObject([{ quantity: '2', onWouldTrigger: 'close_now' }]);
  });

  it('closes what is open after a part of it was closed, and never more', async () => {
    const { core, pass, tries, closing } = passedWorld();
    await pass(1_000);
    core.outcome(closing(), accepted(closing()));
    core.fill(closing(), 'part', { quantity: decimal('1.5') });
    core.report(closing(), { status: 'expired', filledQuantity: decimal('1.5') });
    await pass(30_000);
    expect(tries.slice(2).map(({ quantity }) => quantity)).toEqual(['0.5', '0.5']);
    expect(tries.at(-1)?.onWouldTrigger).toBe('close_now');
  });

  it('sells no coins beside the position: the alarm stands for those, and the stop comes back with the market', async () => {
    const { core, keeper, pass, tries, closing, market } = passedWorld({ beside: '3' });
    await pass(1_000);
    expect(tries).toMatchObject([
      { quantity: '5', onWouldTrigger: 'refuse' },
      { quantity: '2', onWouldTrigger: 'close_now' },
    ]);
    core.outcome(closing(), accepted(closing()));
    core.fill(closing(), 'closed', { quantity: decimal('2') });
    await pass(30_000);
    expect(keeper.lost()[0]?.uncovered.toString()).toBe('3');
    expect(new Set(tries.slice(2).map(({ onWouldTrigger }) => onWouldTrigger))).toEqual(new Set(['refuse']));
    market.price = '95';
    await pass(LONGEST_PUT_BACK_MS + 1_000);
    expect(closing()).toMatchObject({ type: 'stop_market', quantity: decimal('3') });
  });

  it.each([
    ['2', '1', '1'],
    ['10', '0.5', '9.5'],
  ])('of a position of %s closes the %s that it was for, once', async (position, quantity, left) => {
    const { core, keeper, pass, tries, closing } = passedWorld({ position, quantity });
    await pass(1_000);
    core.outcome(closing(), accepted(closing()));
    core.fill(closing(), 'closed', { quantity: decimal(quantity) });
    await pass(120_000);
    expect(tries.map(({ onWouldTrigger }) => onWouldTrigger)).toEqual(['refuse', 'close_now']);
    expect(keeper.lost()).toEqual([]);
    expect(netQuantity(core)).toBe(left);
  });

  it('closes no more than it was for over all orders in its place, those of a former process and out of memory included', async () => {
    const { core, pass, tries, closing, evict, restart } = passedWorld({
      position: '10',
      quantity: '3',
      isTakenOver: true,
    });
    await pass(1_000);
    core.outcome(closing(), accepted(closing()));
    core.fill(closing(), 'part', { quantity: decimal('2') });
    core.report(closing(), { status: 'expired', filledQuantity: decimal('2') });
    evict();
    restart();
    await pass(1_000);
    expect(tries.slice(2)).toMatchObject([
      { quantity: '1', onWouldTrigger: 'refuse' },
      { quantity: '1', onWouldTrigger: 'close_now' },
    ]);
    core.outcome(closing(), accepted(closing()));
    core.fill(closing(), 'rest', { quantity: decimal('1') });
    await pass(120_000);
    expect(tries).toHaveLength(4);
    expect(netQuantity(core)).toBe('7');
  });

  it.each([false, true])(
    'closes nothing more once a person has canceled the order that closes it, ended by then: %s',
    async (isEnded) => {
      const { core, stop, keeper, pass, tries, closing } = passedWorld();
      await pass(1_000);
      const close = closing();
      core.outcome(close, accepted(close));
      if (!isEnded) core.run({ type: 'cancel_order', orderId: close.orderId, requestedBy: 'bob' });
      core.report(core.order(close.orderId), { status: isEnded ? 'expired' : 'canceled' });
      if (isEnded) {
        await releaseStopsOf(
          {
            background: { unlessLate: async (work) => work },
            books: { stored: async () => null },
            writer: { state: core.state, submit: async (_lane, make) => core.run(make()).reply },
          },
          core.order(close.orderId),
        );
      }
      await pass(60_000);
      expect(tries).toHaveLength(2);
      expect([keeper.lost(), keeper.looksAfter(stop.orderId), core.state.keptStops.size]).toEqual([
        [],
        false,
        0,
      ]);
    },
  );

  it('closes it anew where the kill switch has canceled the order that closes it, and stops that protect are kept', async () => {
    const { core, pass, tries, closing } = passedWorld();
    await pass(1_000);
    const close = closing();
    core.outcome(close, accepted(close));
    const why = 'kill switch: test';
    core.run({ type: 'cancel_order', orderId: close.orderId, requestedBy: 'bob', why });
    core.report(core.order(close.orderId), { status: 'canceled' });
    await pass(2_000);
    expect(tries.length).toBeGreaterThan(2);
  });

  it('closes nothing of a position that a working stop at a lower price closes: the alarm stands for its inventory', async () => {
    const { core, keeper, pass, tries } = passedWorld({
      position: '0',
      beside: '3',
      other: { position: '2', stopPrice: '80' },
    });
    await pass(30_000);
    expect(new Set(tries.map((one) => `${one.onWouldTrigger} ${one.quantity}`))).toEqual(
      new Set(['refuse 3']),
    );
    expect(keeper.lost()[0]?.uncovered.toString()).toBe('3');
    expect(netQuantity(core)).toBe('2');
  });
});

function netQuantity(core: Desk): string | undefined {
  return [...core.state.positions.values()][0]?.netQuantity.toString();
}
