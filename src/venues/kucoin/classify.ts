/**
 * The meaning of KuCoin's codes and texts.
 *
 * Entry point: `CLASSIFIERS`. Sources: "Error Code" of the documentation, "Errors" of the spot and the futures documentation, texts that clients of the
 * venue recorded (ccxt, Kucoin.Net, hummingbot). Refusals of orders come with HTTP 200. A code of spot may mean something else at futures.
 */
import type { InstrumentKind } from '../../core/instrument.ts';
import type { JsonValue } from '../../core/json.ts';
import type { VenueRefusal } from '../../core/venue/outcome.ts';
import { excerpt, isObject, text } from '../ccxt/exact-json.ts';
import { BY_TEXT, Classifier, THROTTLED, TIMESTAMP, UNKNOWN, meaningsOf, refusedAs } from '../classifier.ts';
import type { AnswerRules, CodeTable, StatedAnswer } from '../classifier.ts';

const SUCCESS = '200000';

const SHARED: CodeTable = [
  // Internal error, busy, network timeout, third-party service: the request may have been carried out.
  [UNKNOWN, [500000, 230005, 408000, 400900, 500, 503]],
  // Counted before the request is looked at; 1015 is the block of an address.
  [THROTTLED, [429000, 1015, 429]],
  [TIMESTAMP, [400002]],
  // Keys, signatures, addresses, permissions, frozen users and what a country or an identity may not do.
  [
    refusedAs('authentication'),
    [
      400001, 400003, 400004, 400005, 400006, 400007, 400008, 400009, 400303, 400401, 400500, 401000, 411100,
      40010,
    ],
  ],
  // "Parameter Error": the text says which.
  [BY_TEXT, [400100, 400400, 100001]],
  [refusedAs('other'), [404000, 415000, 400200]],
];

const SPOT_ONLY: CodeTable = [
  // "The order is being processed and cannot be canceled".
  [UNKNOWN, [102428, 126038, 126039]],
  [refusedAs('insufficient_balance'), [200004, 102421, 230003, 210021, 126013, 130204]],
  [refusedAs('duplicate_client_order_id'), [102426, 126033, 126044]],
  [refusedAs('too_many_orders'), [200003, 102427, 126011]],
  [refusedAs('price_band'), [400370, 400760, 102429, 400330, 126022, 126029, 126030]],
  [refusedAs('filter'), [600100, 600101, 102434, 102435, 126003]],
  [
    refusedAs('instrument_closed'),
    [200001, 200002, 900001, 400600, 600203, 126004, 126006, 126007, 126009, 126010, 126015],
  ],
  // Unknown order; parameters; limits of holding; limit orders alone for now.
  [refusedAs('other'), [102436, 102411, 400350, 126027, 126028, 126041, 126042, 126043]],
];

const SWAP_ONLY: CodeTable = [
  // "business layer request frequency limit, block 10s".
  [THROTTLED, [200002]],
  [refusedAs('insufficient_balance'), [300003, 330008]],
  [refusedAs('duplicate_client_order_id'), [300018]],
  [refusedAs('too_many_orders'), [300001, 300004]],
  [refusedAs('price_band'), [300006, 300007, 300011, 300012]],
  [refusedAs('reduce_only'), [300009, 300010]],
  [refusedAs('position_mode'), [330011]],
  // The contract is not there, is suspended, is being settled, or has no contra order.
  [refusedAs('instrument_closed'), [100003, 200003, 300002, 300008, 300013, 300015, 400000]],
  // Parameters, risk limits, leverage, margin and position modes, liquidation under way, no longer cancelable.
  [
    refusedAs('other'),
    [100002, 100004, 100005, 20001, 300000, 300005, 300014, 300016, 300017, 330005, 330012, 330013, 50002],
  ],
];

/** Texts of 400100, 400400 and 100001, first match. */
const TEXTS: readonly (readonly [RegExp, VenueRefusal['kind']])[] = [
  [/clientOid.*(duplicat|repeat)/i, 'duplicate_client_order_id'],
  [/balance|insufficient|account\.available/i, 'insufficient_balance'],
  [/symbol|trading pair/i, 'instrument_closed'],
  [/price|size|quantity|qty|funds|increment|minimum|maximum/i, 'filter'],
];

/** An order is not there, or was done already: one text for both below 400100. */
const NO_ORDER =
  /order[\s._]?not[\s._]?exist|order does not exist|not allow(?:ed)? to (?:be )?cancel|position does not exist/i;

function stated(body: JsonValue): StatedAnswer {
  if (!isObject(body) || body['code'] === undefined)
    return { kind: 'nothing', detail: `no code: ${excerpt(JSON.stringify(body))}` };
  const code = text(body, 'code');
  if (code === SUCCESS) return { kind: 'result', result: body['data'] ?? null };
  const message = body['msg'];
  return { kind: 'error', code, message: typeof message === 'string' ? message : '' };
}

const RULES: Omit<AnswerRules, 'meanings' | 'ofCancel'> = {
  stated,
  texts: TEXTS,
  byStatus: { 401: 'authentication', 403: 'authentication', 429: 'throttled' },
  alreadySo: new Set(),
  noSuchOrder: new Set(['102436', '126043', 'order_not_exist']),
  saysNoSuchOrder: ({ message }) => NO_ORDER.test(message),
};

/** Codes of a cancel that found no working order. */
const NOTHING_TO_CANCEL: Readonly<Record<InstrumentKind, ReadonlySet<string>>> = {
  spot: new Set(['102436', '126043', 'order_not_exist']),
  linear_swap: new Set(['100004', '20001']),
};

function classifierOf(kind: InstrumentKind, own: CodeTable): Classifier {
  return new Classifier({
    ...RULES,
    meanings: meaningsOf(SHARED, own),
    ofCancel: ({ code, message }) =>
      NOTHING_TO_CANCEL[kind].has(code) || NO_ORDER.test(message) ? 'not_found' : null,
  });
}

export const CLASSIFIERS: Readonly<Record<InstrumentKind, Classifier>> = {
  spot: classifierOf('spot', SPOT_ONLY),
  linear_swap: classifierOf('linear_swap', SWAP_ONLY),
};
