/** Fields that the order and execution payloads of every venue have. */
import { venueClientOrderId } from '../core/ids.ts';
import type { VenueClientOrderId } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import { optionalText } from './ccxt/exact-json.ts';

/** Our id, under the first of `keys` that holds one; null where its owner gave none. */
export function clientOrderIdIn(object: JsonObject, ...keys: readonly string[]): VenueClientOrderId | null {
  for (const key of keys) {
    const id = optionalText(object, key);
    if (id !== null) return venueClientOrderId(id);
  }
  return null;
}
