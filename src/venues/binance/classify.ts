/**
 * The meaning of Binance's codes and texts.
 *
 * Entry point: `CLASSIFIERS`. Sources: "HTTP Return Codes" and errors.md of binance-spot-api-docs, "General Info" and "Error Codes"
 * of the USD-M futures documentation. A 5xx is a failure by the three USD-M texts that the venue itself calls one, and unknown else.
 */
import type { InstrumentKind } from '../../core/instrument.ts';
import type { JsonValue } from '../../core/json.ts';
import type { VenueRefusal } from '../../core/venue/outcome.ts';
import { isObject } from '../ccxt/exact-json.ts';
import { BY_TEXT, Classifier, THROTTLED, TIMESTAMP, UNKNOWN, meaningsOf, refusedAs } from '../classifier.ts';
import type { AnswerRules, CodeTable, StatedAnswer } from '../classifier.ts';

/** Codes of the same meaning in both documents. */
const SHARED: CodeTable = [
  // -1000 unknown, -1001 internal error, -1006 no usable answer from the bus, -1007 timeout, -1016 shutting down.
  [UNKNOWN, [-1000, -1001, -1006, -1007, -1016]],
  // Too many requests; too many orders. Both are counted before the request is looked at.
  [THROTTLED, [-1003, -1015]],
  [TIMESTAMP, [-1021]],
  // Unauthorised, address, signature, key format, key or permissions.
  [refusedAs('authentication'), [-1002, -1011, -1022, -2014, -2015, -2017]],
  // Messages of the matching engine, and of the checks before it.
  [BY_TEXT, [-1010, -1013, -2010]],
  [refusedAs('filter'), [-1111]],
  [refusedAs('no_match'), [-1112]],
  [refusedAs('instrument_closed'), [-2016]],
  // Malformed or unsupported requests: refused before they are looked at.
  [
    refusedAs('other'),
    [
      -1014, -1020, -1100, -1101, -1102, -1103, -1104, -1105, -1106, -1108, -1114, -1115, -1116, -1117, -1118,
      -1119, -1120, -1121, -1122, -1125, -1127, -1128, -1130,
    ],
  ],
];

const SPOT_ONLY: CodeTable = [
  // "Overloaded": the spot page does not say whether the request was dropped.
  [UNKNOWN, [-1008]],
  // Connection and session codes, request formats, order lists, pegs; recvWindow too large (-1131).
  [
    refusedAs('other'),
    [
      -1033, -1034, -1035, -1131, -1134, -1135, -1139, -1145, -1151, -1152, -1153, -1155, -1158, -1160, -1161,
      -1165, -1166, -1168, -1169, -1170, -1171, -1172, -1173, -1174, -1175, -1176, -1177, -1178, -1179, -1180,
      -1181, -1182, -1183, -1184, -1185, -1186, -1187, -1188, -1189, -1190, -1191, -1194, -1196, -1197, -1198,
      -1199, -1210, -1211, -1220, -1221, -1222, -1223, -1224, -1225, -2035, -2036, -2039, -2042, -2043,
    ],
  ],
];

const SWAP_ONLY: CodeTable = [
  // Throttled by system-level protection, before the order was looked at.
  [THROTTLED, [-1008]],
  // The matching engine's own check of the window.
  [TIMESTAMP, [-5028]],
  [refusedAs('authentication'), [-1099, -4056, -4057, -4109]],
  [refusedAs('insufficient_balance'), [-2018, -2019, -4050, -4051]],
  [refusedAs('duplicate_client_order_id'), [-4116]],
  // FOK that could not fill, no depth for a price match, unable to fill.
  [refusedAs('no_match'), [-2020, -5021, -5041]],
  [refusedAs('would_take'), [-5022]],
  [refusedAs('would_trigger'), [-2021, -4142]],
  [refusedAs('reduce_only'), [-2022, -2024, -2026, -4062, -4087, -4118, -4138, -4400, -4401]],
  [refusedAs('too_many_orders'), [-2025, -4045]],
  // "Order's position side does not match user's setting."
  [refusedAs('position_mode'), [-4061]],
  [refusedAs('price_band'), [-4016, -4024, -4131, -4183, -4184, -4210, -4211]],
  [
    refusedAs('filter'),
    [
      -4001, -4002, -4003, -4004, -4005, -4006, -4007, -4008, -4009, -4010, -4011, -4012, -4013, -4014, -4017,
      -4018, -4019, -4023, -4025, -4029, -4030, -4058, -4164, -5029,
    ],
  ],
  [refusedAs('instrument_closed'), [-4022, -4140, -4141, -5024]],
  [
    refusedAs('other'),
    [
      -1004, -1005, -1023, -1109, -1110, -1113, -1126, -1136, -2023, -2027, -2028, -4000, -4015, -4020, -4021,
      -4026, -4027, -4028, -4031, -4032, -4033, -4044, -4046, -4047, -4048, -4049, -4052, -4053, -4054, -4055,
      -4059, -4060, -4063, -4064, -4065, -4066, -4067, -4068, -4069, -4070, -4071, -4072, -4073, -4074, -4075,
      -4076, -4077, -4078, -4079, -4080, -4081, -4082, -4083, -4084, -4085, -4086, -4088, -4104, -4114, -4115,
      -4117, -4120, -4135, -4137, -4139, -4144, -4161, -4165, -4167, -4168, -4169, -4170, -4171, -4172, -4192,
      -4202, -4203, -4205, -4206, -4208, -4209, -4402, -4403, -5025, -5026, -5027, -5037, -5038, -5039, -5040,
      -5043,
    ],
  ],
];

/** Texts of `-1010`, `-1013` and `-2010`, first match; what matches none is `other`. */
const TEXTS: readonly (readonly [RegExp, VenueRefusal['kind']])[] = [
  [/duplicate order/i, 'duplicate_client_order_id'],
  [/insufficient/i, 'insufficient_balance'],
  [/would immediately match and take/i, 'would_take'],
  [/would (immediately trigger|trigger immediately)/i, 'would_trigger'],
  [/market is closed/i, 'instrument_closed'],
  [/order book liquidity/i, 'no_match'],
  [/filter failure: PERCENT_PRICE/i, 'price_band'],
  [/filter failure: (EXCHANGE_)?MAX_NUM_/i, 'too_many_orders'],
  [/filter failure|zero or less/i, 'filter'],
  [
    /may not place|action is disabled|trading is not enabled|not permitted|restricted for this account/i,
    'authentication',
  ],
];

/** USD-M answers 503 with one of these when the order was certainly not placed. */
const CERTAIN_FAILURES: readonly RegExp[] = [
  /^service unavailable\.?$/i,
  /^internal error; unable to process your request/i,
  /^request throttled by system-level protection/i,
];

/** An error is a `{code, msg}` with a code below zero: the algo endpoints answer a success with code "200". */
function stated(body: JsonValue): StatedAnswer {
  if (!isObject(body)) return { kind: 'result', result: body };
  const code = Number(body['code']);
  if (!Number.isSafeInteger(code) || code >= 0) return { kind: 'result', result: body };
  const message = body['msg'];
  return { kind: 'error', code: String(code), message: typeof message === 'string' ? message : '' };
}

const RULES: Omit<AnswerRules, 'meanings'> = {
  stated,
  texts: TEXTS,
  byStatus: { 418: 'throttled', 429: 'throttled' },
  // `-2011` covers every refused cancel; only its "unknown order" text says that there is no such working order.
  ofCancel: ({ code, message }) => {
    if (code === '-2013' || (code === '-2011' && /unknown order/i.test(message))) return 'not_found';
    return code === '-2011' ? 'refused' : null;
  },
  // "No need to change" margin type and position side.
  alreadySo: new Set(['-4046', '-4059']),
  // `-2026` on spot is an archived order, which is no absence.
  noSuchOrder: new Set(['-2013']),
};

export const CLASSIFIERS: Readonly<Record<InstrumentKind, Classifier>> = {
  spot: new Classifier({ ...RULES, meanings: meaningsOf(SHARED, SPOT_ONLY) }),
  linear_swap: new Classifier({
    ...RULES,
    meanings: meaningsOf(SHARED, SWAP_ONLY),
    isCertainFailure: (status, { message }) =>
      status === 503 && CERTAIN_FAILURES.some((pattern) => pattern.test(message)),
  }),
};
