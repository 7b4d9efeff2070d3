import { expect, it } from 'vitest';
import { decimal } from './decimal.ts';
import {
  JUMP_CONFIRM_AFTER_MS,
  JUMP_CONFIRM_WITHIN_MS,
  NO_MARK_YET,
  notedMark,
  witnessedMark,
  type MarkMemory,
  type PriceDatum,
} from './mark-confirmation.ts';

const AT = 1_000_000;

function datum(price: string, afterMs: number): PriceDatum {
  return { price: decimal(price), at: AT + afterMs };
}

function after(...marks: readonly (readonly [price: string, afterMs: number])[]): MarkMemory {
  return marks.reduce((memory, [price, afterMs]) => notedMark(memory, datum(price, afterMs), null), KNOWN);
}

const KNOWN: MarkMemory = { confirmed: datum('100', -1_000), pending: null };

const confirmedOf = ({ confirmed }: MarkMemory): string | undefined => confirmed?.price.toString();

it('a mark within two per cent of the confirmed one counts at once, one beyond it waits', () => {
  expect(confirmedOf(after(['102', 0]))).toBe('102');
  expect(confirmedOf(after(['98', 0]))).toBe('98');
  expect(confirmedOf(after(['102.01', 0]))).toBe('100');
  expect(confirmedOf(after(['97.99', 0]))).toBe('100');
});

it('a jump is confirmed by a second mark on its side, no sooner than 250 ms and no later than 2 s', () => {
  expect(confirmedOf(after(['50', 0], ['60', JUMP_CONFIRM_AFTER_MS - 1]))).toBe('100');
  expect(confirmedOf(after(['50', 0], ['60', JUMP_CONFIRM_AFTER_MS]))).toBe('60');
  expect(confirmedOf(after(['50', 0], ['60', JUMP_CONFIRM_WITHIN_MS]))).toBe('60');
  expect(confirmedOf(after(['50', 0], ['60', JUMP_CONFIRM_WITHIN_MS + 1]))).toBe('100');
  // Too early for the first, in time for the wait that began with it.
  expect(confirmedOf(after(['50', 0], ['55', 100], ['60', JUMP_CONFIRM_AFTER_MS]))).toBe('60');
  // After too long, the second begins a wait of its own.
  expect(confirmedOf(after(['50', 0], ['60', 3_000], ['61', 3_300]))).toBe('61');
});

it('a jump that goes back, or turns to the other side, confirms nothing', () => {
  expect(confirmedOf(after(['50', 0], ['100.5', 300], ['50', 600]))).toBe('100.5');
  expect(confirmedOf(after(['50', 0], ['150', 300]))).toBe('100');
  expect(confirmedOf(after(['50', 0], ['150', 300], ['150', 600]))).toBe('150');
});

it('a price from another source on the same side confirms a jump at once, before or after it', () => {
  const jumped = after(['50', 0]);
  expect(confirmedOf(witnessedMark(jumped, datum('55', 10)))).toBe('50');
  expect(confirmedOf(witnessedMark(jumped, datum('99', 10)))).toBe('100');
  expect(confirmedOf(witnessedMark(jumped, datum('55', JUMP_CONFIRM_WITHIN_MS + 1)))).toBe('100');
  expect(confirmedOf(notedMark(KNOWN, datum('50', 0), datum('55', -10)))).toBe('50');
  expect(confirmedOf(notedMark(KNOWN, datum('50', 0), datum('99', -10)))).toBe('100');
  expect(witnessedMark(KNOWN, datum('55', 0))).toBe(KNOWN);
});

it('the first mark of all waits for one that agrees with it', () => {
  const first = notedMark(NO_MARK_YET, datum('30002', 0), null);
  expect(confirmedOf(first)).toBeUndefined();
  expect(confirmedOf(notedMark(first, datum('60000', 300), null))).toBeUndefined();
  expect(confirmedOf(notedMark(first, datum('30010', 300), null))).toBe('30010');
  expect(confirmedOf(notedMark(NO_MARK_YET, datum('60000', 0), datum('60010', 0)))).toBe('60000');
});
