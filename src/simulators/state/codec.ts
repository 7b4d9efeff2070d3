/**
 * JSON text of plain data with exact decimals in it: a Decimal is written `{"$d":"1.5"}`. Everything else must be
 * what JSON knows; `undefined` members are left out. `decode(encode(x))` equals `x`, and equal data has equal text.
 */
import { Decimal } from '../../core/decimal.ts';

export function encode(value: unknown): string {
  return JSON.stringify(tag(value));
}

/** Reads what `encode` wrote. */
export function decode(text: string): unknown {
  const value: unknown = JSON.parse(text, (_key, member: unknown) => {
    if (typeof member === 'object' && member !== null && '$d' in member) {
      return Decimal.parse(String(member.$d));
    }
    return member;
  });
  return value;
}

function tag(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Decimal) return { $d: value.toString() };
  if (Array.isArray(value)) return value.map(tag);
  const tagged: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) tagged[name] = tag(member);
  return tagged;
}
