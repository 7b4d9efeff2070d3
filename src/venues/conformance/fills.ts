/** Executions from acknowledgements, streams and lists (C80 to C82). */
import { describe, expect, it } from 'vitest';
import { Decimal } from '../../core/decimal.ts';
import type { VenueFill } from '../../core/venue/report.ts';
import type { CaseWorld } from './cases.ts';
import { expectSameFills } from './same-fills.ts';

export function fillCases({ kind, fixture }: CaseWorld): void {
  describe('fills', () => {
    it('C80 reads every fill, in order, whatever the cursor rests on', async () => {
      const one = await fixture();
      const since = one.gateway.venueNow() - 1_000;
      const read: VenueFill[] = [];
      // A cursor in time has the last executions come again.
      const isNew = (fill: VenueFill): boolean =>
        !read.some(
          ({ venueOrderId, tradeId }) => venueOrderId === fill.venueOrderId && tradeId === fill.tradeId,
        );
      let cursor: string | null = null;
      const readAll = async (): Promise<void> => {
        for (let pages = 0; pages < 20; pages += 1) {
          const answer = await one.gateway.fills(one.symbol, cursor, since);
          if (answer.kind === 'failed') expect.fail(answer.detail);
          read.push(...answer.value.fills.filter(isNew));
          ({ cursor } = answer.value);
          if (!answer.value.hasMore) return;
        }
        expect.fail('the pages do not end');
      };
      await readAll();
      expect(read).toHaveLength(0);
      for (let round = 0; round < 4; round += 1) {
        for (let index = 0; index < 3; index += 1)
          await one.place(one.market({ side: index === 2 ? 'sell' : 'buy' }));
        await readAll();
      }
      await readAll();
      expectSameFills(read, await one.trueFills());
      const times = read.map((fill) => fill.executedAt);
      expect(times).toEqual(times.toSorted((left, right) => left - right));
    });

    it('C81 finds fills that are days old from a first read', async () => {
      const one = await fixture();
      await one.place(one.market());
      const read: VenueFill[] = [];
      let cursor: string | null = null;
      for (let pages = 0; pages < 20; pages += 1) {
        const answer = await one.gateway.fills(
          one.symbol,
          cursor,
          one.gateway.venueNow() - 9 * 24 * 3_600_000,
        );
        if (answer.kind === 'failed') expect.fail(answer.detail);
        read.push(...answer.value.fills);
        ({ cursor } = answer.value);
        if (!answer.value.hasMore) break;
      }
      expectSameFills(read, await one.trueFills());
    });

    it('C82 agrees to the last digit in acknowledgement, stream and history', async () => {
      const one = await fixture();
      const since = one.gateway.venueNow() - 1_000;
      const quantity = Decimal.parse(kind === 'spot' ? '0.12345' : '0.123');
      const outcome = await one.send(one.market({ quantity }));
      if (outcome.kind !== 'accepted') expect.fail(JSON.stringify(outcome));
      const truth = await one.trueFills();
      await expect.poll(() => one.recorded.fills.length).toBe(truth.length);
      expectSameFills(one.recorded.fills, truth);
      const answer = await one.gateway.fills(one.symbol, null, since);
      if (answer.kind === 'failed') expect.fail(answer.detail);
      expectSameFills(answer.value.fills, truth);
      const sum = one.recorded.fills.reduce((total, fill) => total.add(fill.quantity), Decimal.zero);
      expect(sum.toString()).toBe(quantity.toString());
    });
  });
}
