/** Fields that the order and execution payloads of every venue have, and which orders of a list are read. */
import { venueClientOrderId } from '../core/ids.ts';
import type { VenueClientOrderId } from '../core/ids.ts';
import type { JsonObject, JsonValue } from '../core/json.ts';
import type { OrderReport } from '../core/venue/report.ts';
import { asObject, optionalText, text } from './ccxt/exact-json.ts';
import type { Names } from './markets.ts';

/** Our id, under the first of `keys` that holds one; null where its owner gave none. */
export function clientOrderIdIn(object: JsonObject, ...keys: readonly string[]): VenueClientOrderId | null {
  for (const key of keys) {
    const id = optionalText(object, key);
    if (id !== null) return venueClientOrderId(id);
  }
  return null;
}

/** The orders of a list that are of our instruments: a venue lists those of others beside them. `read` throws `MalformedAnswer`. */
export function knownOrders(
  rows: readonly JsonValue[],
  names: Names,
  read: (row: JsonValue, names: Names) => OrderReport,
): readonly OrderReport[] {
  return rows
    .filter((row) => names.known(text(asObject(row, 'order'), 'symbol')))
    .map((row) => read(row, names));
}
