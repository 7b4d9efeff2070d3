/**
 * The meaning of Bitget's codes and texts.
 *
 * Entry point: `CLASSIFIER`. Sources: "Rest API Error Code" of the unified account's documentation, "Place Order" for 40010, 40725 and 45001, and the
 * table of the former API for codes that its answers share. Codes are texts of digits; 00000 alone is a success.
 */
import type { JsonValue } from '../../core/json.ts';
import type { VenueRefusal } from '../../core/venue/outcome.ts';
import { excerpt, isObject, text } from '../ccxt/exact-json.ts';
import { BY_TEXT, Classifier, THROTTLED, TIMESTAMP, UNKNOWN, meaningsOf, refusedAs } from '../classifier.ts';
import type { CodeTable, StatedAnswer } from '../classifier.ts';

const CODES: CodeTable = [
  // "query by clientOid" after them: timed out, a service returned an error, unknown (ccxt takes 40010 for a fault of the keys). Then
  // abnormal, server upgrades, operations that failed, timed out, are under way or are to be tried again, closing that failed.
  [
    UNKNOWN,
    [40010, 40725, 45001, 25000, 25001, 25003, 25113, 25114, 25239, 25653, 40015, 40200, 40400, 40910],
  ],
  // Counted before the request is looked at.
  [THROTTLED, [429, 25004]],
  [TIMESTAMP, [40004, 40005, 40008, 40078, 40079, 40911]],
  [
    refusedAs('authentication'),
    [
      40001, 40002, 40003, 40006, 40009, 40011, 40012, 40013, 40014, 40016, 40018, 40022, 40023, 40024, 40025,
      40026, 40036, 40037, 40038, 40040, 40041, 40042, 25005, 25006, 25007, 25620,
    ],
  ],
  [refusedAs('insufficient_balance'), [25202, 25203, 25218, 25219, 25220, 40762, 43012]],
  // "{0} validation error": the text names the field.
  [BY_TEXT, [25200]],
  [refusedAs('filter'), [25207, 25208, 25244, 25610, 25611, 40808, 45110, 45115]],
  [refusedAs('price_band'), [25205, 25206, 25209, 25210, 25654, 25655]],
  [refusedAs('too_many_orders'), [25211, 25229, 25567]],
  [refusedAs('duplicate_client_order_id'), [25212, 40708, 40786, 43118, 45034]],
  [refusedAs('reduce_only'), [25225, 25226, 25227, 25231, 25232, 25242, 25574, 22002]],
  [refusedAs('instrument_closed'), [25013, 25100, 25101, 25102, 25103, 25104, 25105, 25106, 25108]],
  [refusedAs('position_mode'), [25236, 25237, 40774]],
  // Settings that cannot be made now, positions beyond a limit, and requests that the venue has no form for.
  [
    refusedAs('other'),
    [
      '00001',
      20001,
      25010,
      25107,
      25204,
      25223,
      25228,
      25230,
      25233,
      25234,
      25235,
      25240,
      25241,
      25243,
      25245,
      25568,
      25570,
      25571,
      25593,
      40017,
      40019,
      40020,
      40034,
    ],
  ],
];

const TEXTS: readonly (readonly [RegExp, VenueRefusal['kind']])[] = [
  [/posSide|tradeSide|holdSide/i, 'position_mode'],
  [/clientOid.*(?:duplicate|repeat|exist)/i, 'duplicate_client_order_id'],
  [/qty|size|price|amount/i, 'filter'],
];

/** "00000", as text. */
const SUCCESS = '00000';

function stated(body: JsonValue): StatedAnswer {
  if (!isObject(body) || body['code'] === undefined)
    return { kind: 'nothing', detail: `no code: ${excerpt(JSON.stringify(body))}` };
  const code = text(body, 'code');
  if (code === SUCCESS) return { kind: 'result', result: body['data'] ?? null };
  const message = body['msg'];
  return { kind: 'error', code, message: typeof message === 'string' ? message : '' };
}

/** "Order does not exist", in the unified account's table and in those before it. */
const NO_SUCH_ORDER: ReadonlySet<string> = new Set([25204, 22001, 40109, 40768, 43001].map(String));

export const CLASSIFIER = new Classifier({
  stated,
  meanings: meaningsOf(CODES),
  texts: TEXTS,
  byStatus: { 401: 'authentication', 429: 'throttled' },
  ofCancel: ({ code }) => (NO_SUCH_ORDER.has(code) ? 'not_found' : null),
  // A setting that is made already is answered as one that was made.
  alreadySo: new Set(),
  noSuchOrder: NO_SUCH_ORDER,
});
