import { expect, it } from 'vitest';
import { decimal } from '../core/decimal.ts';
import { JUMP_CONFIRM_AFTER_MS } from '../core/mark-confirmation.ts';
import type { TopOfBook } from '../core/quote.ts';
import { SPOT_INSTRUMENT, SWAP_INSTRUMENT } from '../core/testing/fixture.ts';
import { HeldQuote } from './held-quote.ts';

const top = (bid: string, ask: string): TopOfBook => ({
  bid: decimal(bid),
  bidQuantity: decimal('1'),
  ask: decimal(ask),
  askQuantity: decimal('1'),
  venueAt: null,
});

it('a confirmed mark grows old while a jump away from it waits to be confirmed', () => {
  const held = new HeldQuote(SPOT_INSTRUMENT);
  held.takeTop(top('99', '101'), 1_000);
  held.takeTop(top('99', '101'), 1_000 + JUMP_CONFIRM_AFTER_MS);
  const confirmed = { confirmedMark: decimal('100'), confirmedMarkAt: 1_000 + JUMP_CONFIRM_AFTER_MS };
  expect(held.quote()).toMatchObject({ ...confirmed, markAt: confirmed.confirmedMarkAt });
  held.takeTop(top('79', '81'), 60_000);
  expect(held.quote()).toMatchObject({ ...confirmed, mark: decimal('80'), markAt: 60_000 });
});

it('every datum stays as old as it is when our own clock is set', () => {
  const held = new HeldQuote(SWAP_INSTRUMENT);
  held.takeTop(top('99', '101'), 1_000);
  held.takeMark(decimal('100'), 2_000);
  held.takeAverage(decimal('100'), 3_000);
  held.shiftTimes(-600_000);
  expect(held.quote()).toMatchObject({
    bookAt: -599_000,
    markAt: -598_000,
    confirmedMarkAt: -598_000,
    averagePriceAt: -597_000,
  });
});
