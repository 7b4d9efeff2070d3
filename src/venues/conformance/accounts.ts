/** Balances, positions, margin and account records (C100 to C107). */
import { describe, expect, it } from 'vitest';
import { Decimal } from '../../core/decimal.ts';
import type { AccountRecord } from '../../core/venue/account-record.ts';
import { inCents, ok, openPositions } from './cases.ts';
import type { CaseWorld } from './cases.ts';
import type { GatewayFixture } from './world.ts';

export function accountCases({ underTest, kind, capabilities, venue, fixture }: CaseWorld): void {
  describe('balances', () => {
    it('C100 agrees with the venue', async () => {
      const one = await fixture();
      await one.place(one.limit(await one.priceAt('bid', '0.97')));
      await one.place(one.market());
      const answer = await one.gateway.balances();
      if (answer.kind === 'failed') expect.fail(answer.detail);
      const truth = await venue().control.balances(one.account.account_id);
      const { wallet } = one.walletNames;
      for (const mine of truth.filter((balance) => balance.wallet === wallet)) {
        const reported = answer.value.find((balance) => balance.asset === mine.asset);
        expect(reported?.total.toString() ?? '0').toBe(mine.total);
        expect(reported?.free.toString() ?? '0').toBe(mine.free);
      }
    });

    it.skipIf(kind !== 'linear_swap')('C101 reports positions, leverage and margin mode', async () => {
      const one = await fixture();
      expect(await openPositions(one)).toHaveLength(0);
      expect(await one.gateway.setLeverage(one.symbol, Decimal.parse('7'))).toEqual({ kind: 'set' });
      const flat = await one.gateway.positions();
      if (flat.kind === 'failed') expect.fail(flat.detail);
      // A venue that shows the leverage of a flat swap shows the one that was set.
      for (const position of flat.value.filter((reported) => reported.symbol === one.symbol))
        expect(position.leverage?.toString()).toBe('7');
      await one.place(one.market({ side: 'sell' }));
      const [position, ...others] = await openPositions(one);
      expect(others).toHaveLength(0);
      const [truth] = await venue().control.positions(one.account.account_id);
      expect(position?.symbol).toBe(one.symbol);
      expect(position?.quantity.toString()).toBe(`-${truth?.quantity ?? ''}`);
      expect(position?.entryPrice?.toString()).toBe(truth?.entry_price);
      expect(position?.leverage?.toString()).toBe('7');
      expect(position?.marginMode).toMatch(/cross|isolated/);
    });

    it.skipIf(kind !== 'linear_swap')(
      'C106 reports the figures that the venue liquidates by, and no figure that it does not have',
      async () => {
        const one = await fixture();
        const flat = ok(await one.gateway.margins());
        for (const { maintenanceMargin } of flat) expect(maintenanceMargin?.isZero() ?? true).toBe(true);
        await one.place(one.market({ side: 'sell' }));
        const [position] = await openPositions(one);
        const [truth] = await venue().control.positions(one.account.account_id);
        const shown = position?.liquidationPrice ?? null;
        if (shown === 'none') expect(truth?.liquidation_price).toBeNull();
        else if (shown !== null) {
          // The venue rounds to its tick.
          const tick = one.instrument.tickSize;
          const liquidation = Decimal.parse(truth?.liquidation_price ?? '0');
          expect(shown.subtract(liquidation).abs().atMost(tick)).toBe(true);
        }
        const needed = inCents(Decimal.parse(truth?.maintenance_margin ?? '0'));
        if (position !== undefined && position.maintenanceMargin !== null)
          expect(inCents(position.maintenanceMargin)).toBe(needed);
        const margins = ok(await one.gateway.margins());
        expect(margins.length).toBeGreaterThan(0);
        for (const { wallet, marginBalance, maintenanceMargin } of margins) {
          expect(one.gateway.wallets.map((declared) => declared.wallet)).toContain(wallet);
          if (position?.marginMode !== 'cross' || maintenanceMargin === null || marginBalance === null)
            continue;
          expect(inCents(maintenanceMargin)).toBe(needed);
          expect(marginBalance.greaterThan(maintenanceMargin)).toBe(true);
        }
      },
    );

    it.skipIf(!capabilities.reduceOnly)('C102 never opens with a reduce-only order', async () => {
      const one = await fixture();
      const outcome = await one.send(one.market({ reduceOnly: true }), { reducing: true });
      expect(outcome).toMatchObject({ kind: 'refused', reason: { kind: 'reduce_only' } });
      await one.place(one.market());
      expect(await openPositions(one)).toHaveLength(1);
      await one.place(one.market({ side: 'sell', reduceOnly: true }), { reducing: true });
      expect(await openPositions(one)).toHaveLength(0);
    });

    it.skipIf(kind !== 'linear_swap')(
      'C107 shows a swap whose position is closed as flat where it is asked by name, and an open one once',
      async () => {
        const one = await fixture();
        await one.place(one.market());
        const shownOf = async (): Promise<readonly string[]> =>
          ok(await one.gateway.positions([one.symbol]))
            .filter(({ symbol }) => symbol === one.symbol)
            .map(({ quantity }) => quantity.toString());
        const [truth] = await venue().control.positions(one.account.account_id);
        expect(await shownOf()).toEqual([truth?.quantity]);
        await one.place(one.market({ side: 'sell', reduceOnly: true }), { reducing: true });
        expect(await shownOf()).toEqual(['0']);
      },
    );

    it('C103 reads account records, even when there was none', async () => {
      const one = await fixture();
      const reachMs = Math.min(8 * 24 * 3_600_000, venue().recordsReachMs);
      expect(await one.gateway.accountRecords(one.gateway.venueNow() - reachMs)).toMatchObject({
        kind: 'ok',
        value: { records: [], unread: underTest.leavesRecordsUnread === true ? expect.any(Array) : [] },
      });
    });

    const recordsOf = async (one: GatewayFixture): Promise<readonly AccountRecord[]> => {
      const answer = await one.gateway.accountRecords(one.gateway.venueNow() - 60_000);
      if (answer.kind === 'failed') expect.fail(answer.detail);
      return answer.value.records;
    };

    it('C104 reads what came into the wallet and left it, with the same ids at every reading', async () => {
      const one = await fixture();
      const { account_id: id } = one.account;
      const { wallet, other } = one.walletNames;
      await venue().control.deposit(id, wallet, 'USDT', '50.5');
      await venue().control.withdraw(id, wallet, 'USDT', '20');
      await venue().control.transfer(id, 'USDT', '7', wallet, other);
      await venue().control.transfer(id, 'USDT', '3', other, wallet);
      const records = await recordsOf(one);
      const amounts = records.map(({ amount }) => amount.toString()).toSorted();
      expect(amounts).toEqual(['-20', '-7', '3', '50.5']);
      expect(new Set(records.map(({ recordId }) => recordId)).size).toBe(4);
      for (const record of records) {
        expect(record.kind).toMatch(
          record.amount.isNegative() ? /^(withdrawal|transfer_out)$/ : /^(deposit|transfer_in)$/,
        );
        expect(record).toMatchObject({
          wallet: one.gateway.wallets.find((of) => of.kinds.includes(kind))?.wallet,
        });
        expect(Math.abs(record.at - one.gateway.venueNow())).toBeLessThan(60_000);
      }
      const again = await recordsOf(one);
      expect(again.map(({ recordId }) => recordId).toSorted()).toEqual(
        records.map(({ recordId }) => recordId).toSorted(),
      );
    });

    it('C105 leaves out of the records what executions say themselves', async () => {
      const one = await fixture();
      await one.place(one.market());
      await one.place(one.market({ side: 'sell' }), { reducing: true });
      expect(await recordsOf(one)).toEqual([]);
    });
  });
}
