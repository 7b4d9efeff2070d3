/**
 * Conformance of accounts in hedged mode: long and short positions side by side, and the change between the modes.
 *
 * Entry point: `hedgedCases`, which has cases for a kind whose capabilities list `hedged`. C153 and C154, which said that a hedged account
 * is refused, stand no more.
 */
import { describe, expect, it } from 'vitest';
import { Decimal } from '../../core/decimal.ts';
import type { PositionSide, Side } from '../../core/order/terms.ts';
import type { WireOrder } from '../gateway.ts';
import { START_PRICE, openPositions } from './cases.ts';
import type { CaseWorld } from './cases.ts';
import type { FaultSpec } from './control.ts';
import { expectSameFills } from './same-fills.ts';
import { freshId } from './world.ts';
import type { GatewayFixture } from './world.ts';

const MODE_REFUSAL = { kind: 'refused', reason: { kind: 'position_mode' } } as const;
const VENUE_REFUSAL = { kind: 'refused', reason: { venueCode: expect.stringMatching(/./) } };

const OPENING: Readonly<Record<'long' | 'short', Side>> = { long: 'buy', short: 'sell' };
const CLOSING: Readonly<Record<'long' | 'short', Side>> = { long: 'sell', short: 'buy' };
const BOTH_SIDES = ['long', 'short'] as const;

/** The terms of an order that opens, or closes, a side. */
const opens = (side: 'long' | 'short', quantity = '0.01'): Partial<WireOrder> => ({
  side: OPENING[side],
  positionSide: side,
  quantity: Decimal.parse(quantity),
});
const closes = (side: 'long' | 'short', quantity = '0.01'): Partial<WireOrder> => ({
  ...opens(side, quantity),
  side: CLOSING[side],
});

export function hedgedCases({ kind, capabilities, venue, fixture, reopened }: CaseWorld): void {
  if (!capabilities.positionModes.includes('hedged')) return;

  const hedged = async (): Promise<GatewayFixture> => fixture({}, venue().enterHedgeMode ?? unhedgeable);

  /** An account with `0.03` long and `0.02` short. */
  const both = async (): Promise<GatewayFixture> => {
    const one = await hedged();
    await one.place(one.market(opens('long', '0.03')));
    await one.place(one.market(opens('short', '0.02')));
    return one;
  };

  describe('hedged', () => {
    it('C160 starts hedged, says so, and lists no position yet', async () => {
      const one = await hedged();
      expect(one.gateway.connection().positionMode).toBe('hedged');
      expect(await one.gateway.positionMode()).toMatchObject({ kind: 'ok', value: 'hedged' });
      expect(await heldSides(one)).toEqual({});
      await one.gateway.stop();
      expect(one.gateway.connection().positionMode).toBeNull();
    });

    it('C161 opens long and short side by side; answers, stream and history name the side', async () => {
      const one = await hedged();
      const since = one.gateway.venueNow() - 1_000;
      const ids: Record<string, PositionSide> = {};
      for (const side of BOTH_SIDES) {
        const id = freshId();
        const outcome = await one.sendAndLook(one.market(opens(side)), { venueClientOrderId: id });
        if (outcome.kind !== 'accepted') expect.fail(JSON.stringify(outcome));
        expect(outcome.report).toMatchObject({ positionSide: side, side: OPENING[side], status: 'filled' });
        for (const fill of outcome.fills) expect(fill.positionSide).toBe(side);
        ids[outcome.venueOrderId] = side;
      }
      const truth = await one.trueFills();
      expect(new Set(truth.map((fill) => fill.position_side))).toEqual(new Set(BOTH_SIDES));
      expect(await heldSides(one)).toEqual({ long: '0.01', short: '-0.01' });
      await expect.poll(() => one.recorded.fills.length).toBe(truth.length);
      const history = await one.gateway.fills(one.symbol, null, since);
      if (history.kind === 'failed') expect.fail(history.detail);
      for (const fills of [one.recorded.fills, history.value.fills]) {
        expectSameFills(fills, truth);
        for (const fill of fills) expect(fill.positionSide).toBe(ids[fill.venueOrderId]);
      }
      for (const report of one.recorded.orders) expect(report.positionSide).toBe(ids[report.venueOrderId]);
    });

    it('C162 reports each side with its own entry price, and settings that hold for both', async () => {
      const one = await hedged();
      expect(await one.gateway.setLeverage(one.symbol, Decimal.parse('7'))).toEqual({ kind: 'set' });
      await one.place(one.market(opens('long', '0.03')));
      await one.place(one.market(opens('short', '0.02')));
      const truth = await venue().control.positions(one.account.account_id);
      expect(truth).toHaveLength(2);
      const reports = await openPositions(one);
      expect(reports).toHaveLength(2);
      for (const side of BOTH_SIDES) {
        const report = reports.find(({ positionSide }) => positionSide === side);
        const at = truth.find(({ position_side }) => position_side === side);
        expect(report?.symbol).toBe(one.symbol);
        expect(report?.quantity.abs().toString()).toBe(at?.quantity);
        expect(report?.quantity.isPositive()).toBe(side === 'long');
        expect(report?.entryPrice?.toString()).toBe(at?.entry_price);
        expect(report?.leverage?.toString()).toBe('7');
        expect(report?.marginMode).toMatch(/cross|isolated/);
      }
    });

    it.each(BOTH_SIDES)('C163 closes the %s side and leaves the other', async (side) => {
      const one = await both();
      const [all, other] = side === 'long' ? ['0.03', { short: '-0.02' }] : ['0.02', { long: '0.03' }];
      await one.place(one.market(closes(side, '0.01')), { reducing: true });
      expect(await heldSides(one)).toEqual({
        ...other,
        ...(side === 'long' ? { long: '0.02' } : { short: '-0.01' }),
      });
      const rest = Decimal.parse(all).subtract(Decimal.parse('0.01')).toString();
      await one.place(one.market(closes(side, rest)), { reducing: true });
      expect(await heldSides(one)).toEqual(other);
    });

    it.each(BOTH_SIDES)('C164 never opens with an order that closes more %s than there is', async (side) => {
      const one = await both();
      const other = side === 'long' ? { short: '-0.02' } : { long: '0.03' };
      const outcome = await one.send(one.market(closes(side, '0.05')), { reducing: true });
      const held = await heldSides(one);
      if (outcome.kind === 'refused') {
        expect(outcome.reason.kind).toBe('reduce_only');
        expect(held).toEqual({ long: '0.03', short: '-0.02' });
      } else {
        // Cut to the position.
        expect(outcome.kind).toBe('accepted');
        expect(held).toEqual(other);
      }
    });

    it.each(BOTH_SIDES)('C165 closes nothing of a flat %s side', async (side) => {
      const one = await hedged();
      const opposite = side === 'long' ? 'short' : 'long';
      await one.place(one.market(opens(opposite)));
      for (const order of [
        one.market(closes(side)),
        one.limit(await one.priceAt(side === 'long' ? 'bid' : 'ask', '1'), closes(side)),
      ])
        expect(await one.send(order, { reducing: true })).toMatchObject({
          kind: 'refused',
          reason: { kind: 'reduce_only' },
        });
      expect(await heldSides(one)).toEqual(opposite === 'long' ? { long: '0.01' } : { short: '-0.01' });
    });

    it('C166 lets no net order leave a hedged account, and no sided one a one-way account', async () => {
      const [two, one] = [await hedged(), await fixture()];
      const before = await venue().control.requestCount('create_order');
      const price = await one.priceAt('bid', '0.97');
      for (const order of [two.market(), two.limit(price), two.market({ reduceOnly: true })])
        expect(await two.send(order)).toMatchObject(MODE_REFUSAL);
      for (const side of BOTH_SIDES)
        for (const order of [one.market(opens(side)), one.limit(price, closes(side))])
          expect(await one.send(order)).toMatchObject(MODE_REFUSAL);
      expect(await venue().control.requestCount('create_order')).toBe(before);
      expect(await two.trueOrders()).toHaveLength(0);
      expect(await one.trueOrders()).toHaveLength(0);
    });

    it('C167 notices a mode that was changed elsewhere by the first refusal, and trades in it', async () => {
      const one = await fixture();
      await (venue().enterHedgeMode ?? unhedgeable)(one.account);
      expect(one.gateway.connection().positionMode).toBe('one_way');
      expect(await one.send(one.market())).toMatchObject(MODE_REFUSAL);
      expect(one.gateway.connection().positionMode).toBe('hedged');
      const before = await venue().control.requestCount('create_order');
      expect(await one.send(one.market())).toMatchObject(MODE_REFUSAL);
      expect(await venue().control.requestCount('create_order')).toBe(before);
      await one.place(one.market(opens('short')));
      expect(await heldSides(one)).toEqual({ short: '-0.01' });
    });

    it('C168 notices a mode that was changed elsewhere, either way, with the next reading of positions', async () => {
      const one = await fixture();
      await (venue().enterHedgeMode ?? unhedgeable)(one.account);
      expect((await one.gateway.positions()).kind).toBe('ok');
      expect(one.gateway.connection().positionMode).toBe('hedged');
      const elsewhere = await reopened(one);
      expect(await elsewhere.gateway.setPositionMode('one_way')).toEqual({ kind: 'set' });
      expect(one.gateway.connection().positionMode).toBe('hedged');
      expect((await one.gateway.positions()).kind).toBe('ok');
      expect(one.gateway.connection().positionMode).toBe('one_way');
      await one.place(one.market());
    });

    it('C169 is set to hedged and back, as often as it is asked', async () => {
      const one = await fixture();
      for (const mode of ['hedged', 'hedged', 'one_way', 'one_way', 'hedged'] as const) {
        expect(await one.gateway.setPositionMode(mode)).toEqual({ kind: 'set' });
        expect(one.gateway.connection().positionMode).toBe(mode);
        expect(await one.gateway.positionMode()).toMatchObject({ kind: 'ok', value: mode });
      }
      await one.place(one.market(opens('long')));
      await one.place(one.market(closes('long')), { reducing: true });
      expect(await one.gateway.setPositionMode('one_way')).toEqual({ kind: 'set' });
      await one.place(one.market());
      expect(await heldSides(one)).toEqual({ net: '0.01' });
    });

    it('C170 keeps its mode while it has an order or a position, whichever mode that is', async () => {
      const two = await hedged();
      const price = await two.priceAt('bid', '0.97');
      const resting = freshId();
      await two.place(two.limit(price, opens('long')), { venueClientOrderId: resting });
      expect(await two.gateway.setPositionMode('one_way')).toMatchObject(VENUE_REFUSAL);
      await two.gateway.cancel(two.referenceTo(resting));
      await two.place(two.market(opens('short')));
      expect(await two.gateway.setPositionMode('one_way')).toMatchObject(VENUE_REFUSAL);
      expect(two.gateway.connection().positionMode).toBe('hedged');
      await two.place(two.market(closes('short')), { reducing: true });
      expect(await two.gateway.setPositionMode('one_way')).toEqual({ kind: 'set' });

      const one = await fixture();
      await one.place(one.limit(price));
      expect(await one.gateway.setPositionMode('hedged')).toMatchObject(VENUE_REFUSAL);
      expect(one.gateway.connection().positionMode).toBe('one_way');
      await one.place(one.market());
    });

    it('C171 calls a change of mode unknown where the answer proves nothing, and reads what it is', async () => {
      const one = await fixture();
      for (const [fault, after] of [
        [{ kind: 'drop_response' }, 'hedged'],
        [{ kind: 'drop_request' }, 'hedged'],
        [{ kind: 'http_error_after', status: 500 }, 'one_way'],
        [{ kind: 'http_error', status: 500 }, 'one_way'],
      ] as const) {
        const wanted = one.gateway.connection().positionMode === 'hedged' ? 'one_way' : 'hedged';
        await venue().control.fault({ ...fault, route: 'settings', count: 1 });
        expect((await one.gateway.setPositionMode(wanted)).kind, fault.kind).toBe('unknown');
        expect(await one.gateway.positionMode(), fault.kind).toMatchObject({ kind: 'ok', value: after });
        expect(one.gateway.connection().positionMode, fault.kind).toBe(after);
      }
    });

    if (capabilities.nativeStops)
      it.each(BOTH_SIDES)('C172 rests a stop of the %s side, finds it and cancels it', async (side) => {
        const one = await both();
        const id = freshId();
        const placed = await one.sendAndLook(await protective(one, side), { venueClientOrderId: id });
        expect(placed).toMatchObject({
          kind: 'accepted',
          report: { status: 'untriggered', positionSide: side },
        });
        if (placed.kind !== 'accepted') return;
        const request = {
          ...one.lookUpOf(id, { venueOrderIds: [placed.venueOrderId] }),
          conditional: capabilities.triggeredStopIsNewOrder,
        };
        expect(await one.gateway.lookUp(request)).toMatchObject({
          kind: 'found',
          report: { status: 'untriggered', positionSide: side, venueOrderId: placed.venueOrderId },
        });
        const listed = await one.gateway.openOrders();
        if (listed.kind === 'failed') expect.fail(listed.detail);
        expect(listed.value).toMatchObject([{ venueClientOrderId: id, positionSide: side }]);
        expect((await one.gateway.cancel(request)).kind).toBe('accepted');
        expect(await one.gateway.lookUp(request)).toMatchObject({
          kind: 'found',
          report: { status: 'canceled', positionSide: side },
        });
        expect(await heldSides(one)).toEqual({ long: '0.03', short: '-0.02' });
      });

    if (capabilities.nativeStops)
      it.each([
        ['long', '59000', { short: '-0.02' }],
        ['short', '61000', { long: '0.03' }],
      ] as const)(
        'C173 triggers the stop of the %s side, which closes that side alone',
        async (side, at, left) => {
          const one = await both();
          const id = freshId();
          const stopId = await one.place(await protective(one, side), { venueClientOrderId: id });
          try {
            await venue().control.price(one.symbol, at);
            await expect.poll(async () => heldSides(one)).toEqual(left);
          } finally {
            await venue().control.price(one.symbol, START_PRICE);
          }
          const closed = (await one.trueOrders()).find(
            (order) =>
              order.status === 'filled' && order.side === CLOSING[side] && order.position_side === side,
          );
          await expect
            .poll(() => one.recorded.fills.filter((fill) => fill.venueOrderId === closed?.venue_order_id))
            .not.toHaveLength(0);
          for (const fill of one.recorded.fills.filter(({ side: traded }) => traded === CLOSING[side]))
            if (fill.venueOrderId === closed?.venue_order_id) expect(fill.positionSide).toBe(side);
          if (!capabilities.triggeredStopIsNewOrder) {
            expect(closed?.venue_order_id).toBe(stopId);
            return;
          }
          expect(
            await one.gateway.lookUp(one.lookUpOf(id, { venueOrderIds: [stopId], conditional: true })),
          ).toMatchObject({
            kind: 'found',
            report: {
              status: 'triggered',
              positionSide: side,
              triggeredVenueOrderId: closed?.venue_order_id,
            },
          });
        },
      );

    it.each(BOTH_SIDES)('C174 fills a part of a %s order, and cancels the rest', async (side) => {
      const one = await hedged();
      const order = await largerThanOnOffer(one, side, Decimal.parse('0.005'));
      const id = freshId();
      const placed = await one.sendAndLook(order, { venueClientOrderId: id });
      expect(placed).toMatchObject({
        kind: 'accepted',
        report: { status: 'partially_filled', positionSide: side },
      });
      const outcome = await one.gateway.cancel(one.referenceTo(id));
      expect(outcome.kind).toBe('accepted');
      const [truth] = await one.trueOrders();
      expect(truth).toMatchObject({ status: 'canceled', position_side: side });
      const filled = one.size.toString();
      expect(truth?.filled).toBe(filled);
      expect(await heldSides(one)).toEqual({ [side]: side === 'long' ? filled : `-${filled}` });
      await expect.poll(async () => one.recorded.fills.length === (await one.trueFills()).length).toBe(true);
      expectSameFills(one.recorded.fills, await one.trueFills());
    });

    it.each(BOTH_SIDES)('C175 says the truth of a cancel that races the fill of a %s order', async (side) => {
      const one = await both();
      const best = await one.priceAt(side === 'long' ? 'ask' : 'bid', side === 'long' ? '1.003' : '0.997');
      const id = freshId();
      await one.place(one.limit(best, closes(side)), { venueClientOrderId: id, reducing: true });
      try {
        const [outcome] = await Promise.all([
          one.gateway.cancel(one.referenceTo(id)),
          venue().control.price(one.symbol, side === 'long' ? '60600' : '59400'),
        ]);
        const mine = (await one.trueOrders()).find((order) => order.client_order_id === id);
        expect(mine?.status).toBe(outcome.kind === 'accepted' ? 'canceled' : 'filled');
        if (outcome.kind !== 'accepted') expect(outcome.kind).toBe('not_found');
        expect(await one.gateway.lookUp(one.lookUpOf(id))).toMatchObject({
          kind: 'found',
          report: { status: mine?.status, positionSide: side },
        });
      } finally {
        await venue().control.price(one.symbol, START_PRICE);
      }
      const held = await heldSides(one);
      const truth = await venue().control.positions(one.account.account_id);
      for (const { position_side, quantity } of truth)
        expect(held[position_side]?.replace('-', '')).toBe(quantity);
      expect(Object.keys(held)).toHaveLength(truth.length);
    });

    const lost: readonly { readonly fault: FaultSpec; readonly made: 0 | 1 }[] = [
      { fault: { kind: 'drop_request' }, made: 0 },
      { fault: { kind: 'drop_response' }, made: 1 },
      { fault: { kind: 'http_error_after', status: 504 }, made: 1 },
      { fault: { kind: 'empty_body' }, made: 1 },
    ];
    it.each(lost)(
      'C176 looks up a hedged create of unknown outcome: $fault.kind',
      async ({ fault, made }) => {
        const one = await both();
        const before = await heldSides(one);
        for (const side of BOTH_SIDES) {
          const id = freshId();
          await venue().control.fault({ ...fault, route: 'create_order', count: 1 });
          const outcome = await one.send(one.market(closes(side)), {
            venueClientOrderId: id,
            reducing: true,
          });
          expect(outcome.kind).toBe('unknown');
          const found = await one.gateway.lookUp(one.lookUpOf(id));
          if (made === 0) expect(found.kind).toBe('absent');
          else
            expect(found).toMatchObject({
              kind: 'found',
              report: { positionSide: side, side: CLOSING[side], status: 'filled', venueClientOrderId: id },
            });
        }
        expect(await heldSides(one)).toEqual(made === 0 ? before : { long: '0.02', short: '-0.01' });
      },
    );

    it.each(BOTH_SIDES)(
      'C179 learns from the refusal that resting orders close the %s side already',
      async (side) => {
        const one = await both();
        const price = await one.priceAt(side === 'long' ? 'ask' : 'bid', side === 'long' ? '1.02' : '0.98');
        const all = closes(side, side === 'long' ? '0.03' : '0.02');
        await one.place(one.limit(price, all), { reducing: true });
        expect(await one.send(one.limit(price, all), { reducing: true })).toMatchObject({
          kind: 'refused',
          reason: { kind: 'reduce_only' },
        });
      },
    );

    it('C177 finds a hedged order again after a restart in mid-flight', async () => {
      const one = await both();
      const [created, stopped] = [freshId(), freshId()];
      const price = await one.priceAt('bid', '0.97');
      await venue().control.fault({ kind: 'drop_response', route: 'create_order', count: 2 });
      const sends = [
        one.send(one.limit(price, opens('long')), { venueClientOrderId: created }),
        one.send(one.market(closes('short')), { venueClientOrderId: stopped, reducing: true }),
      ];
      for (const outcome of await Promise.all(sends)) expect(outcome.kind).toBe('unknown');
      await one.gateway.stop();
      const next = await reopened(one);
      expect(next.gateway.connection().positionMode).toBe('hedged');
      expect(await next.gateway.lookUp(next.lookUpOf(created))).toMatchObject({
        kind: 'found',
        report: { positionSide: 'long', side: 'buy', status: 'open' },
      });
      expect(await next.gateway.lookUp(next.lookUpOf(stopped))).toMatchObject({
        kind: 'found',
        report: { positionSide: 'short', side: 'buy', status: 'filled' },
      });
      expect(await heldSides(next)).toEqual({ long: '0.03', short: '-0.01' });
      const since = next.gateway.venueNow() - 60_000;
      const history = await next.gateway.fills(next.symbol, null, since);
      if (history.kind === 'failed') expect.fail(history.detail);
      expectSameFills(history.value.fills, await next.trueFills());
      const lastOfShort = history.value.fills.findLast((fill) => fill.positionSide === 'short');
      expect(lastOfShort?.side).toBe('buy');
    });

    it('C180 shows the sides of a swap as flat where it is asked by name, once both are closed', async () => {
      const one = await both();
      await one.place(one.market(closes('long', '0.03')), { reducing: true });
      await one.place(one.market(closes('short', '0.02')), { reducing: true });
      const shown = await one.gateway.positions([one.symbol]);
      if (shown.kind === 'failed') expect.fail(shown.detail);
      const own = shown.value.filter(({ symbol }) => symbol === one.symbol);
      expect(own.length).toBeGreaterThan(0);
      for (const { quantity } of own) expect(quantity.isZero()).toBe(true);
    });

    it('C178 keeps what both sides take within the balances that the venue has', async () => {
      const one = await both();
      await one.place(one.limit(await one.priceAt('bid', '0.97'), opens('long')));
      const answer = await one.gateway.balances();
      if (answer.kind === 'failed') expect.fail(answer.detail);
      const truth = await venue().control.balances(one.account.account_id);
      for (const mine of truth.filter(({ wallet }) => wallet === one.walletNames.wallet)) {
        const reported = answer.value.find(({ asset }) => asset === mine.asset);
        expect(reported?.total.toString() ?? '0').toBe(mine.total);
        expect(reported?.free.toString() ?? '0').toBe(mine.free);
      }
    });
  });

  /** A stop that closes all of a side of `both` once the market runs against it. */
  async function protective(one: GatewayFixture, side: 'long' | 'short'): Promise<WireOrder> {
    return one.market({
      ...closes(side, side === 'long' ? '0.03' : '0.02'),
      type: 'stop_market',
      stopPrice: await one.priceAt(side === 'long' ? 'bid' : 'ask', side === 'long' ? '0.99' : '1.01'),
      stopDirection: side === 'long' ? 'down' : 'up',
      trigger: 'last',
    });
  }

  /** An order of one more account between the best prices, and ours that takes it and wants `rest` more. */
  async function largerThanOnOffer(
    one: GatewayFixture,
    side: 'long' | 'short',
    rest: Decimal,
  ): Promise<WireOrder> {
    const other = await fixture();
    const { bid, ask } = await one.bestPrices();
    const price = bid
      .add(ask)
      .multiply(Decimal.parse('0.5'))
      .roundToMultipleOf(one.instrument.tickSize, 'down');
    await other.place(other.limit(price, { side: CLOSING[side] }));
    return one.limit(price, { ...opens(side), quantity: other.size.add(rest) });
  }

  function unhedgeable(): never {
    throw new Error(`a venue whose ${kind} can be hedged says how an account enters that mode`);
  }
}

/** Signed quantity of each side of the fixture's instrument that is open. */
async function heldSides(one: GatewayFixture): Promise<Readonly<Record<string, string>>> {
  const open = (await openPositions(one)).filter(({ symbol }) => symbol === one.symbol);
  return Object.fromEntries(open.map(({ positionSide, quantity }) => [positionSide, quantity.toString()]));
}
