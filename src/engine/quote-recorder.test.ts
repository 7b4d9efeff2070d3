import { beforeEach, expect, it } from 'vitest';
import { decimal } from '../core/decimal.ts';
import { orderId, portfolioId, tradeId, venueOrderId } from '../core/ids.ts';
import type { Quote } from '../core/instrument.ts';
import type { PortfolioEvent } from '../core/portfolio/events.ts';
import { initialState } from '../core/portfolio/state.ts';
import type { ReadModelChange } from '../journal/journal.ts';
import { ACCOUNT, quoteAt, SPOT, SPOT_INSTRUMENT, START } from '../core/testing/fixture.ts';
import { QuoteRecorder } from './quote-recorder.ts';

let now = START;
/** Our monotonic clock. */
let elapsed = 0;
let quote: Quote | undefined;
let recorder: QuoteRecorder;

beforeEach(() => {
  now = START;
  quote = quoteAt(SPOT_INSTRUMENT, decimal('100'));
  recorder = new QuoteRecorder({
    clock: { now: () => now, monotonic: () => elapsed, after: () => () => undefined },
    state: initialState,
    quote: () => quote,
  });
});

const booked: PortfolioEvent = {
  type: 'fill_booked',
  orderId: orderId('one'),
  accountId: ACCOUNT,
  positionPnl: decimal('0'),
  fill: {
    symbol: SPOT,
    tradeId: tradeId('1'),
    venueOrderId: venueOrderId('v1'),
    venueClientOrderId: null,
    side: 'buy',
    positionSide: 'net',
    sequence: null,
    price: decimal('100'),
    quantity: decimal('1'),
    fee: decimal('0'),
    feeAsset: null,
    liquidity: null,
    realizedPnl: null,
    executedAt: START,
  },
};
/** Drains when it is time to. */
const drained = (): readonly ReadModelChange[] => {
  recorder.drain();
  elapsed += 1_000;
  return recorder.drain();
};
const emit = (event: PortfolioEvent): void =>
  recorder.onDurable({ portfolioId: portfolioId('main'), events: [{ seq: 7, at: now, event }] });
const moments = (): readonly (number | string)[] =>
  drained().map((change) => (change.model === 'quote' ? change.moment - START : change.model));

it('records the quote at a fill, and 1, 10 and 60 seconds after it', () => {
  emit(booked);
  expect(moments()).toEqual([0]);
  now = START + 999;
  expect(moments()).toEqual([]);
  now = START + 10_000;
  expect(moments()).toEqual([1_000, 10_000]);
  now = START + 60_000;
  expect(moments()).toEqual([60_000]);
  now = START + 600_000;
  expect(moments()).toEqual([]);
});

it('writes the figures exactly, as they were at that moment', () => {
  emit(booked);
  quote = quoteAt(SPOT_INSTRUMENT, decimal('200'), START + 1_000);
  now = START + 1_000;
  const documents = drained().map((change) =>
    change.model === 'quote' ? [change.moment, change.document['mark']] : [],
  );
  expect(documents).toEqual([
    [START, '100'],
    [START + 1_000, '200'],
  ]);
});

it('keeps nothing where no quote is known, and a bounded number where nobody drains', () => {
  quote = undefined;
  emit(booked);
  expect(drained()).toEqual([]);
  quote = quoteAt(SPOT_INSTRUMENT, decimal('100'));
  for (let count = 0; count < 20_000; count += 1) {
    now += 1;
    emit(booked);
  }
  expect(drained()).toHaveLength(10_000);
});

it('keeps a quote once for an instrument and moment, whatever number of fills it concerns', () => {
  for (let count = 0; count < 50; count += 1) emit(booked);
  expect(moments()).toEqual([0]);
  now = START + 1_000;
  expect(moments()).toEqual([1_000]);
});

it('hands out observations at most once a second', () => {
  emit(booked);
  expect(recorder.drain()).toEqual([]);
  elapsed += 999;
  expect(recorder.drain()).toEqual([]);
  elapsed += 1;
  expect(recorder.drain()).toHaveLength(1);
  now += 1;
  emit(booked);
  expect(recorder.drain()).toEqual([]);
});
