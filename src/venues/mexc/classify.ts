/**
 * The meaning of MEXC's codes and texts.
 *
 * Entry point: `CLASSIFIERS`. Sources: "Error Code" and "General API Information" of the spot v3 documentation; "Error code Example" and "Cancel
 * the order" of the contract documentation; the codes of both in ccxt's class. A 5xx of spot is unknown by the venue's own words: "it is
 * important to NOT treat this as a failure operation". A code that is in no table proves nothing.
 */
import type { InstrumentKind } from '../../core/instrument.ts';
import type { JsonValue } from '../../core/json.ts';
import { isObject } from '../ccxt/exact-json.ts';
import { BY_TEXT, Classifier, THROTTLED, TIMESTAMP, UNKNOWN, meaningsOf, refusedAs } from '../classifier.ts';
import type { AnswerRules, CodeTable, StatedAnswer } from '../classifier.ts';

const SPOT_CODES: CodeTable = [
  // Internal errors, "Request failed, please contact the customer service", and the risk control's, which say nothing of the order.
  [UNKNOWN, [500, 503, 504, 20002, 730000, 10098]],
  // The second is that of the firewall: both come before a request is looked at.
  [THROTTLED, [429, 403]],
  [TIMESTAMP, [700003, 10073]],
  // A scale that is too fine, a key that is missing.
  [BY_TEXT, [400]],
  [
    refusedAs('authentication'),
    [401, 402, 406, 602, 10001, 10072, 60005, 70011, 700001, 700002, 700006, 700007],
  ],
  [refusedAs('insufficient_balance'), [10101, 30004, 30005]],
  [refusedAs('filter'), [30002, 30003, 30010, 10096]],
  [refusedAs('price_band'), [30087]],
  [refusedAs('too_many_orders'), [30029]],
  [
    refusedAs('instrument_closed'),
    [10007, 30000, 30001, 30014, 30016, 30018, 30019, 30020, 30021, 30041, -1121],
  ],
  [
    refusedAs('other'),
    [
      26, 33333, 44444, 10015, 10095, 10097, 10102, 20001, 30025, 30026, 30027, 30028, 30032, 700004, 700005,
      700008, 700013, 730001, 730002, 730003, 730100, -1128, -2011,
    ],
  ],
];

/** Texts of `400`, first match; what matches none is `other`. */
const SPOT_TEXTS: AnswerRules['texts'] = [
  [/scale is invalid/i, 'filter'],
  [/api key required/i, 'authentication'],
];

const SWAP_CODES: CodeTable = [
  // "Internal error", "System busy" and "Public abnormal"; "Repeated requests" (603) and closed features (604, 801) say too little to stand here.
  [UNKNOWN, [500, 501, 502, 503, 504, 9999]],
  [THROTTLED, [510]],
  [TIMESTAMP, [513]],
  [refusedAs('authentication'), [401, 402, 403, 406, 511, 602, 701, 702, 703, 704, 8818]],
  [refusedAs('insufficient_balance'), [2005, 2018]],
  [refusedAs('price_band'), [2003, 2004, 2032, 2033]],
  [refusedAs('filter'), [1004, 2007, 2011, 2015, 2028]],
  [refusedAs('reduce_only'), [2008, 2009]],
  [refusedAs('position_mode'), [2022]],
  [refusedAs('too_many_orders'), [2036]],
  [refusedAs('instrument_closed'), [1001, 1002, 6001, 6002, 6003, 6004, 6005]],
  [
    refusedAs('other'),
    [
      600, 601, 1000, 1003, 2001, 2002, 2006, 2010, 2012, 2013, 2014, 2016, 2017, 2019, 2020, 2021, 2023,
      2024, 2025, 2026, 2027, 2029, 2030, 2031, 2034, 2035, 2037, 2038, 2040, 2041, 3001, 3002, 3003, 3004,
      4001, 5001, 5002, 5003, 5004,
    ],
  ],
];

/** An error is a code with a text; orders have neither, and other successes a code of nought or 200. */
function spotStated(body: JsonValue): StatedAnswer {
  if (!isObject(body)) return { kind: 'result', result: body };
  const code = Number(body['code']);
  if (body['code'] === undefined || !Number.isSafeInteger(code) || code === 0 || code === 200)
    return { kind: 'result', result: body };
  return { kind: 'error', code: String(code), message: wordsIn(body['msg'] ?? body['message']) };
}

/** An envelope: `success` with `data`, which a look-up of what is not there lacks. */
function swapStated(body: JsonValue): StatedAnswer {
  if (!isObject(body)) return { kind: 'nothing', detail: 'an answer without an envelope' };
  const code = Number(body['code']);
  if (body['success'] === true && code === 0) return { kind: 'result', result: body['data'] ?? null };
  if (body['code'] === undefined || !Number.isSafeInteger(code) || code === 0)
    return { kind: 'nothing', detail: 'an envelope without a code' };
  return { kind: 'error', code: String(code), message: wordsIn(body['message'] ?? body['msg']) };
}

function wordsIn(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

const NO_SUCH_ORDER_TEXT = /unknown order|not exist/i;

export const CLASSIFIERS: Readonly<Record<InstrumentKind, Classifier>> = {
  spot: new Classifier({
    stated: spotStated,
    meanings: meaningsOf(SPOT_CODES),
    texts: SPOT_TEXTS,
    byStatus: { 418: 'throttled', 429: 'throttled', 403: 'throttled' },
    // "-2011 Unknown order sent" is of an order that is not there and of one that has ended.
    ofCancel: ({ code, message }) => {
      if (code === '-2013' || (code === '-2011' && NO_SUCH_ORDER_TEXT.test(message))) return 'not_found';
      return code === '-2011' ? 'refused' : null;
    },
    alreadySo: new Set(),
    noSuchOrder: new Set(['-2013']),
  }),
  linear_swap: new Classifier({
    stated: swapStated,
    meanings: meaningsOf(SWAP_CODES),
    texts: [],
    byStatus: { 418: 'throttled', 429: 'throttled', 403: 'throttled' },
    ofCancel: ({ code }) => (isAbsence(code) ? 'not_found' : null),
    alreadySo: new Set(),
    noSuchOrder: new Set(['2040']),
  }),
};

/** "2040: order not exist" and "2041: order state cannot be cancelled", of cancels. */
export function isAbsence(code: string): boolean {
  return code === '2040' || code === '2041';
}
