/** The private stream, quotes and what a price band is measured from (C90 to C99). */
import { describe, expect, it } from 'vitest';
import { Decimal } from '../../core/decimal.ts';
import { instrumentSymbol } from '../../core/ids.ts';
import { START_PRICE } from './cases.ts';
import type { CaseWorld } from './cases.ts';
import { expectSameFills } from './same-fills.ts';
import { TIMEOUTS, freshId } from './world.ts';

export function streamCases({ kind, venue, fixture }: CaseWorld): void {
  describe('streams', () => {
    it('C90 reports every order state and fill, in the order of the venue', async () => {
      const one = await fixture();
      const id = freshId();
      await one.place(one.limit(await one.priceAt('bid', '0.97')), { venueClientOrderId: id });
      await one.gateway.cancel(one.referenceTo(id));
      await expect
        .poll(() =>
          one.recorded.orders.filter((order) => order.venueClientOrderId === id).map((order) => order.status),
        )
        .toEqual(['open', 'canceled']);
      await one.place(one.market());
      await expect.poll(async () => one.recorded.fills.length === (await one.trueFills()).length).toBe(true);
      expectSameFills(one.recorded.fills, await one.trueFills());
      expect(one.recorded.gaps).toHaveLength(venue().privateConnections);
    });

    it('C91 announces a cut connection and comes back by itself', async () => {
      const one = await fixture();
      await venue().control.fault({ kind: 'ws_disconnect', route: 'private_stream', count: 1 });
      // A message must meet the fault where it acts on messages.
      await one.place(one.limit(await one.priceAt('bid', '0.97')));
      await expect.poll(() => one.recorded.gaps.length, { timeout: 10_000 }).toBeGreaterThanOrEqual(3);
      await expect.poll(() => one.gateway.connection().privateStream, { timeout: 10_000 }).toBe('connected');
      const before = one.recorded.fills.length;
      await one.place(one.market());
      await expect.poll(() => one.recorded.fills.length).toBeGreaterThan(before);
    });

    it('C92 suspects a loss when an execution is missing', async () => {
      const one = await fixture({ timeouts: { ...TIMEOUTS, streamEvidenceMs: 300 } });
      const gaps = one.recorded.gaps.length;
      // The first state and the first execution are lost; the second execution no longer joins up.
      await venue().control.fault({
        kind: 'ws_drop',
        route: 'private_stream',
        count: venue().messagesToFirstExecution[kind],
      });
      await one.place(one.market({ quantity: Decimal.parse('1') }));
      const truth = await one.trueFills();
      expect(truth.length).toBeGreaterThan(1);
      if (venue().makesGood?.includes(kind) === true) {
        await expect
          .poll(() => new Set(one.recorded.fills.map(({ tradeId }) => tradeId)).size)
          .toBe(truth.length);
        return;
      }
      await expect.poll(() => one.recorded.gaps.length, { timeout: 5_000 }).toBeGreaterThan(gaps);
      if (venue().readsExecutions !== true) expect(one.recorded.fills.length).toBeLessThan(truth.length);
    });

    it.each([
      ['C93', 'ws_duplicate'],
      ['C94', 'ws_reorder'],
    ])('%s loses and invents no fill under %s', async (_number, fault) => {
      const one = await fixture();
      await venue().control.fault({ kind: fault, route: 'private_stream', count: 6 });
      for (let index = 0; index < 4; index += 1) await one.place(one.market());
      const truth = await one.trueFills();
      const keys = (): string[] =>
        [...new Set(one.recorded.fills.map((fill) => `${fill.venueOrderId} ${fill.tradeId}`))].toSorted();
      await expect
        .poll(keys)
        .toEqual(truth.map((fill) => `${fill.venue_order_id} ${fill.trade_id}`).toSorted());
    });

    it('C97 does not trust a connection that stays silent about an acknowledged order', async () => {
      const one = await fixture({ timeouts: { ...TIMEOUTS, streamEvidenceMs: 300 } });
      await venue().control.fault({ kind: 'ws_drop', route: 'private_stream' });
      await one.place(one.limit(await one.priceAt('bid', '0.97')));
      await expect.poll(() => one.recorded.gaps.length, { timeout: 5_000 }).toBeGreaterThanOrEqual(3);
      await venue().control.clearFaults();
      await expect.poll(() => one.gateway.connection().privateStream, { timeout: 10_000 }).toBe('connected');
      await one.place(one.market());
      await expect.poll(() => one.recorded.fills.length).toBeGreaterThan(0);
    });

    it('C95 quotes what it is asked for, from the stream once the market moves', async () => {
      const one = await fixture();
      expect(one.gateway.quote(one.symbol)).toBeUndefined();
      await expect.poll(() => one.gateway.quote(one.symbol)).toBeDefined();
      const quote = one.gateway.quote(one.symbol);
      const { bid, ask, mark } = quote ?? {};
      expect(ask?.greaterThan(bid ?? ask)).toBe(true);
      expect(mark?.isPositive()).toBe(true);
      await expect.poll(() => one.gateway.connection().publicStream).toBe('connected');
      try {
        await venue().control.price(one.symbol, '61000');
        await expect
          .poll(() => one.gateway.quote(one.symbol)?.bid?.greaterThan(Decimal.parse('60500')))
          .toBe(true);
        expect(one.recorded.quotes.length).toBeGreaterThan(0);
      } finally {
        await venue().control.price(one.symbol, START_PRICE);
      }
    });

    it('C96 reads a quote where the stream has none fresh enough', async () => {
      const one = await fixture();
      const answer = await one.gateway.freshQuote(one.symbol, 0);
      expect(answer.kind).toBe('ok');
      const unlisted = await one.gateway.freshQuote(instrumentSymbol('NOPE/NOPE'), 1_000);
      expect(unlisted.kind).toBe('failed');
    });

    it('C98 knows what moved behind a market stream that is connected and silent', async () => {
      const one = await fixture();
      await expect.poll(() => one.gateway.quote(one.symbol)).toBeDefined();
      await expect.poll(() => one.gateway.connection().publicStream).toBe('connected');
      await venue().control.fault({ kind: 'ws_drop', route: 'public_stream' });
      try {
        await venue().control.price(one.symbol, '49800');
        await expect
          .poll(() => one.gateway.quote(one.symbol)?.bid?.lessThan(Decimal.parse('50000')), {
            timeout: 10_000,
          })
          .toBe(true);
        await expect
          .poll(() => one.gateway.quote(one.symbol)?.confirmedMark?.lessThan(Decimal.parse('50000')), {
            timeout: 10_000,
          })
          .toBe(true);
        const { bookAt, markAt } = one.gateway.quote(one.symbol) ?? {};
        expect(Date.now() - (bookAt ?? 0)).toBeLessThan(5_000);
        expect(Date.now() - (markAt ?? 0)).toBeLessThan(5_000);
        expect(one.gateway.connection().publicStream).toBe('connected');
      } finally {
        await venue().control.clearFaults();
        await venue().control.price(one.symbol, START_PRICE);
      }
    });
  });

  describe('the price band', () => {
    it('C99 is known with the price that it is measured from', async () => {
      const one = await fixture();
      const { priceBand } = one.instrument;
      const answer = await one.gateway.freshQuote(one.symbol, 0);
      if (answer.kind === 'failed') expect.fail(answer.detail);
      const { mark, averagePrice } = answer.value;
      const reference = priceBand?.reference === 'average' ? averagePrice : mark;
      expect(priceBand === null || reference?.isPositive()).toBe(true);
    });
  });
}
