/**
 * JSON with numbers of any length: KuCoin writes ids and figures as numbers that a double does not hold.
 *
 * Entry points: `numeral` makes a number of its digits, `exactJson` writes a value, `withNumerals` mends a text that was written elsewhere.
 */
import type { Decimal } from '../../core/decimal.ts';

export type Json = Record<string, unknown>;

/** Stands before the digits until they are written; JSON shows it as six characters that no other text of ours has. */
const MARK = '\u0001';
const MARKED = /"\\u0001(-?\d+(?:\.\d+)?)"/g;

/** A number of the JSON that is written, to the last digit. */
export function numeral(value: Decimal | string): unknown {
  const digits = typeof value === 'string' ? value : value.toString();
  return { toJSON: (): string => `${MARK}${digits}` };
}

/** Numerals in a text that `JSON.stringify` made, as numbers. */
export function withNumerals(json: string): string {
  return json.replaceAll(MARKED, '$1');
}

export function exactJson(value: unknown): string {
  return withNumerals(JSON.stringify(value));
}
