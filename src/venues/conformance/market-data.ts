/** Books, trades, candles and figures of a day (C140 to C145). */
import { describe, expect, it } from 'vitest';
import { Decimal } from '../../core/decimal.ts';
import { instrumentSymbol } from '../../core/ids.ts';
import { expectRising, ok } from './cases.ts';
import type { CaseWorld } from './cases.ts';

export function marketDataCases({ capabilities, venue, fixture }: CaseWorld): void {
  describe('market data', () => {
    it('C140 shows the book, best prices first, no deeper than asked', async () => {
      const one = await fixture();
      const { bid } = await one.bestPrices();
      const price = bid.subtract(one.instrument.tickSize);
      await one.place(one.limit(price));
      const book = ok(await one.gateway.book(one.symbol, 7));
      expect(book.symbol).toBe(one.symbol);
      expect(book.bids.length).toBeGreaterThan(1);
      expect(book.bids.length).toBeLessThanOrEqual(7);
      expect(book.asks.length).toBeLessThanOrEqual(7);
      const ours = book.bids.find((level) => level.price.equals(price));
      expect(ours?.quantity.lessThan(one.size)).toBe(false);
      expectRising(book.asks.map((level) => level.price));
      expectRising(book.bids.map((level) => level.price).toReversed());
      const [bestAsk] = book.asks;
      expect(book.bids[0]?.price.lessThan(bestAsk?.price ?? Decimal.zero)).toBe(true);
      expect(ok(await one.gateway.book(one.symbol, 1)).bids).toHaveLength(1);
      const most = ok(await one.gateway.book(one.symbol, 1_000_000));
      expect(most.bids.length).toBeLessThanOrEqual(capabilities.marketData.bookDepth);
    });

    it('C141 shows the last trades, oldest first, to the digit', async () => {
      const one = await fixture();
      await one.place(one.market());
      const truth = await one.trueFills();
      const trades = ok(await one.gateway.trades(one.symbol, 100));
      expect(trades.length).toBeLessThanOrEqual(100);
      for (const fill of truth) {
        const trade = trades.find(
          ({ tradeId, price, quantity }) =>
            tradeId === fill.trade_id ||
            // A venue that gives its trades no ids.
            (tradeId === null && price.toString() === fill.price && quantity.toString() === fill.quantity),
        );
        expect(trade?.price.toString()).toBe(fill.price);
        expect(trade?.quantity.toString()).toBe(fill.quantity);
        expect(trade?.takerSide).toBe('buy');
      }
      const times = trades.map((trade) => trade.executedAt);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      expect(ok(await one.gateway.trades(one.symbol, 1))).toHaveLength(1);
    });

    it.skipIf(!capabilities.marketData.candleIntervals.includes('1m'))(
      'C142 shows candles, oldest first: the last ones, the first ones since, none from until on',
      async () => {
        const one = await fixture();
        await one.place(one.market());
        const last = { since: null, until: null, limit: 5 };
        const candles = ok(await one.gateway.candles(one.symbol, '1m', last));
        expect(candles.length).toBeGreaterThan(2);
        expect(candles.length).toBeLessThanOrEqual(5);
        const opened = candles.map((candle) => candle.openedAt);
        expect(opened).toEqual(opened.map((_, index) => (opened[0] ?? 0) + index * 60_000));
        expect(opened.every((at) => at % 60_000 === 0)).toBe(true);
        expect(candles.at(-1)?.isComplete).toBe(false);
        expect(candles.slice(0, -1).every((candle) => candle.isComplete)).toBe(true);
        for (const { low, open: first, close, high, volume, quoteVolume } of candles) {
          expect(low.atMost(first) && low.atMost(close)).toBe(true);
          expect(first.atMost(high) && close.atMost(high)).toBe(true);
          expect(volume.isNegative() || quoteVolume?.isNegative() === true).toBe(false);
        }
        expect(candles.at(-1)?.volume.lessThan(one.size)).toBe(false);
        const [, second, third] = opened;
        if (second === undefined || third === undefined) expect.fail('three candles');
        const spanned = (changes: object) => one.gateway.candles(one.symbol, '1m', { ...last, ...changes });
        const from = ok(await spanned({ since: second, limit: 1 }));
        expect(from.map((candle) => candle.openedAt)).toEqual([second]);
        const between = ok(await spanned({ since: second, until: third }));
        expect(between.map((candle) => candle.openedAt)).toEqual([second]);
        const before = ok(await spanned({ until: third, limit: 1 }));
        expect(before.map((candle) => candle.openedAt)).toEqual([second]);
      },
    );

    it('C145 shows the last price and the figures of the last 24 hours', async () => {
      const one = await fixture();
      await one.place(one.market());
      const traded = (await one.trueFills()).at(-1);
      const day = ok(await one.gateway.dayFigures(one.symbol));
      const { last, open, high, low, volume, change } = day;
      if (last === null || open === null || high === null || low === null) expect.fail('it was traded');
      expect(last.atMost(high) && low.atMost(last)).toBe(true);
      expect(Decimal.parse(traded?.price ?? '0').atMost(high)).toBe(true);
      expect(volume?.lessThan(one.size)).toBe(false);
      expect(change?.toString()).toBe(last.subtract(open).toString());
      const unlisted = { kind: 'failed', reason: 'not_listed' };
      expect(await one.gateway.dayFigures(instrumentSymbol('NOPE/NOPE'))).toMatchObject(unlisted);
    });

    it('C143 repeats a question that failed, and says why there is no answer', async () => {
      const one = await fixture();
      await venue().control.fault({ kind: 'http_error', route: 'market_data', status: 500, count: 1 });
      expect((await one.gateway.book(one.symbol, 5)).kind).toBe('ok');
      await venue().control.fault({ kind: 'truncate_body', route: 'market_data', count: 1 });
      expect((await one.gateway.trades(one.symbol, 5)).kind).toBe('ok');
      await venue().control.fault({ kind: 'http_error', route: 'market_data', status: 500 });
      const failed = { kind: 'failed', reason: 'unreachable' };
      expect(await one.gateway.book(one.symbol, 5)).toMatchObject(failed);
      expect(await one.gateway.trades(one.symbol, 5)).toMatchObject(failed);
      await venue().control.clearFaults();
      const nope = instrumentSymbol('NOPE/NOPE');
      const unlisted = { kind: 'failed', reason: 'not_listed' };
      expect(await one.gateway.book(nope, 5)).toMatchObject(unlisted);
      expect(await one.gateway.trades(nope, 5)).toMatchObject(unlisted);
      const last = { since: null, until: null, limit: 5 };
      expect(await one.gateway.candles(nope, '1m', last)).toMatchObject(unlisted);
      await one.gateway.stop();
      expect(await one.gateway.book(one.symbol, 5)).toMatchObject(failed);
    });

    it('C144 asks no market data of a venue that said stop, and says so', async () => {
      const one = await fixture();
      await venue().control.fault({
        kind: 'rate_limit',
        route: 'market_data',
        status: 429,
        retry_after_s: 30,
        count: 1,
      });
      const refused = { kind: 'failed', reason: 'rate_budget' };
      expect(await one.gateway.book(one.symbol, 5)).toMatchObject(refused);
      const before = await venue().control.requestCount('market_data');
      expect(await one.gateway.trades(one.symbol, 5)).toMatchObject(refused);
      expect(await venue().control.requestCount('market_data')).toBe(before);
    });
  });
}
