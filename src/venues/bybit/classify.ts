/**
 * The meaning of Bybit's codes and texts.
 *
 * Entry point: `CLASSIFIER`. Source: "Error Codes" of the v5 documentation. Nearly every refusal comes with HTTP 200 and its
 * `retCode`; the `result` of an answer without one is what the readers of this folder get.
 */
import type { JsonValue } from '../../core/json.ts';
import type { VenueRefusal } from '../../core/venue/outcome.ts';
import { excerpt, isObject, text } from '../ccxt/exact-json.ts';
import { BY_TEXT, Classifier, THROTTLED, TIMESTAMP, UNKNOWN, meaningsOf, refusedAs } from '../classifier.ts';
import type { CodeTable, StatedAnswer } from '../classifier.ts';

const CODES: CodeTable = [
  // Server timeout, server error, invalid duplicate request; internal error, no answer of the backend, network error, still being
  // processed; creation, cancellation and modification timeouts and failures; "the order is processing".
  [
    UNKNOWN,
    [
      10000, 10014, 10016, 40004, 110079, 170001, 170007, 170032, 170035, 170146, 170147, 170149, 170150,
      170191, 170212, 170234, 170310, 170311, 3400214,
    ],
  ],
  // Counted before the request is looked at: the account's limit, the address's, the venue's own protection.
  [THROTTLED, [429, 10006, 10018, 10429, 170222]],
  [TIMESTAMP, [-1, 10002]],
  [
    refusedAs('authentication'),
    [-2015, 10003, 10004, 10005, 10007, 10008, 10009, 10010, 10024, 10027, 10028, 33004, 100028, 110018],
  ],
  [BY_TEXT, [10001]],
  [
    refusedAs('insufficient_balance'),
    [
      110004, 110006, 110007, 110011, 110012, 110014, 110040, 110044, 110045, 110046, 110051, 110052, 110053,
      110131, 170033, 170131, 30256,
    ],
  ],
  [
    refusedAs('filter'),
    [110049, 110064, 110094, 170124, 170134, 170136, 170137, 170140, 170148, 170313, 170341, 170381, 170382],
  ],
  [
    refusedAs('price_band'),
    [30208, 30209, 110003, 110120, 110121, 170132, 170133, 170192, 170193, 170194, 170371, 170372],
  ],
  [refusedAs('too_many_orders'), [110009, 110020, 110061, 170005, 170810]],
  [refusedAs('duplicate_client_order_id'), [110030, 110072, 170141]],
  [refusedAs('reduce_only'), [110017, 110034]],
  [refusedAs('would_trigger'), [110092, 110093]],
  [refusedAs('would_take'), [170218]],
  [
    refusedAs('instrument_closed'),
    [
      10029, 110023, 110042, 110063, 110066, 110074, 110095, 110124, 110132, 110137, 170031, 170121, 170151,
      170157, 170159, 30228,
    ],
  ],
  // Leverage and modes that cannot be set now, positions beyond a limit, and requests that the venue has no form for.
  [
    refusedAs('other'),
    [
      110005, 110013, 110015, 110019, 110021, 110022, 110024, 110028, 110029, 110032, 110036, 110037, 110038,
      110039, 110057, 110067, 110068, 110073, 110077, 110085, 110086, 110088, 110089, 110090, 110103, 110118,
      110123, 110125, 170105, 170115, 170116, 170117, 170130, 170201, 170202, 170203, 170204, 170206, 170209,
      170210, 170217, 170224, 170226, 170227, 170228, 170229, 170241, 170312, 170344, 3400045,
    ],
  ],
];

/** "Request parameter error": the text says which. ccxt #16102 and pybit #168 quote two of them. */
const TEXTS: readonly (readonly [RegExp, VenueRefusal['kind']])[] = [
  [/position idx not match/i, 'position_mode'],
  [/duplicate/i, 'duplicate_client_order_id'],
  [/qty|quantity|number of contracts|tick|price/i, 'filter'],
];

function stated(body: JsonValue): StatedAnswer {
  if (!isObject(body) || body['retCode'] === undefined)
    return { kind: 'nothing', detail: `no retCode: ${excerpt(JSON.stringify(body))}` };
  const code = text(body, 'retCode');
  if (code === '0') return { kind: 'result', result: body['result'] ?? null };
  const message = body['retMsg'];
  return { kind: 'error', code, message: typeof message === 'string' ? message : '' };
}

/** No such order, completed or cancelled, filled, not on the book, the cancel has been finished. */
const NOTHING_TO_CANCEL: ReadonlySet<string> = new Set(
  [110001, 110008, 110010, 170139, 170142, 170143, 170190, 170213].map(String),
);

export const CLASSIFIER = new Classifier({
  stated,
  meanings: meaningsOf(CODES),
  texts: TEXTS,
  // Parameters of authentication are missing; the address or the account asked too often.
  byStatus: { 401: 'authentication', 403: 'throttled', 429: 'throttled' },
  ofCancel: ({ code }) => (NOTHING_TO_CANCEL.has(code) ? 'not_found' : null),
  // "has not been modified".
  alreadySo: new Set(['110025', '110026', '110043']),
  // An order that is not there is an empty list, which no code says.
  noSuchOrder: new Set(),
});
