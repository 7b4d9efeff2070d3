/** The idempotency key of a request and the hash of its content: normalised, with every default filled in. */
import { hash } from 'node:crypto';
import { Decimal } from '../core/decimal.ts';
import { Problem } from './problem.ts';

export interface IdempotencyMark {
  readonly key: string;
  readonly contentHash: string;
}

/** The Idempotency-Key header; null without one. Throws a `Problem` for one that cannot be kept. */
export function idempotencyKeyOf(header: string | readonly string[] | undefined): string | null {
  if (header === undefined) return null;
  if (typeof header === 'string' && /^[\x21-\x7e]{1,128}$/.test(header)) return header;
  throw new Problem(
    'invalid_request',
    'Idempotency-Key: must be 1 to 128 printable characters without spaces.',
    {
      errors: [{ field: 'Idempotency-Key', reason: 'must be 1 to 128 printable characters without spaces' }],
    },
  );
}

/** SHA-256 over the content's canonical text; equal figures are equal however they were written. */
export function contentHash(content: Readonly<Record<string, unknown>>): string {
  return hash('sha256', JSON.stringify(inOrder(content)), 'hex');
}

/** The value with decimals as text and the fields of every record in the order of their names. */
function inOrder(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Decimal) return value.toString();
  if (Array.isArray(value)) return value.map(inOrder);
  const fields = value as Readonly<Record<string, unknown>>;
  const ordered: Record<string, unknown> = {};
  for (const name of Object.keys(fields).sort()) ordered[name] = inOrder(fields[name]);
  return ordered;
}
