/**
 * JSON in which figures are bare numbers with all their digits, as the contract API prints them.
 *
 * Entry point: `jsonText`. Decimals and bigints are printed as numbers; everything else as JSON.stringify does.
 */
import { Decimal } from '../../core/decimal.ts';

export function jsonText(value: unknown): string {
  if (value instanceof Decimal || typeof value === 'bigint') return value.toString();
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .map(([name, member]) => `${JSON.stringify(name)}:${jsonText(member)}`);
  return `{${members.join(',')}}`;
}
