/** Times as Coinbase writes them (RFC 3339, to the nanosecond), both ways. */
import type { TimeMs } from '../../core/ids.ts';
import type { JsonObject } from '../../core/json.ts';
import { MalformedAnswer, excerpt, optionalText, text } from '../ccxt/exact-json.ts';

/** Milliseconds; what is finer is cut. Throws `MalformedAnswer`. */
export function timeIn(object: JsonObject, key: string): TimeMs {
  const written = text(object, key);
  const at = Date.parse(written);
  if (Number.isNaN(at)) throw new MalformedAnswer(`${key} is no time: ${excerpt(written)}`);
  return at;
}

export function optionalTimeIn(object: JsonObject, key: string): TimeMs | null {
  return optionalText(object, key) === null ? null : timeIn(object, key);
}

export function timeText(at: TimeMs): string {
  return new Date(at).toISOString();
}
