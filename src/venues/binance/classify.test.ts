import { describe, expect, it } from 'vitest';
import type { InstrumentKind } from '../../core/instrument.ts';
import { proofIn } from '../testing/proofs.ts';
import { CLASSIFIERS } from './classify.ts';

const answer = (status: number, body: string) => ({ status, headers: {}, body });
const error = (status: number, code: number, msg = 'text') => answer(status, JSON.stringify({ code, msg }));

/** The proof of a create's answer, in one word or two. */
function meaning(kind: InstrumentKind, status: number, code: number, message?: string): string {
  return proofIn(CLASSIFIERS[kind].send(error(status, code, message)));
}

/** Every code of errors.md (spot), but those whose text decides. */
const SPOT: Readonly<Record<string, readonly number[]>> = {
  unknown: [-1000, -1001, -1006, -1007, -1008, -1016],
  'not_sent throttled': [-1003, -1015],
  'not_sent timestamp_refused': [-1021],
  'refused authentication': [-1002, -1022, -2014, -2015],
  'refused filter': [-1111],
  'refused no_match': [-1112],
  'refused instrument_closed': [-2016],
  'refused other': [
    -1014, -1020, -1033, -1034, -1035, -1100, -1101, -1102, -1103, -1104, -1105, -1106, -1108, -1114, -1115,
    -1116, -1117, -1118, -1119, -1120, -1121, -1122, -1125, -1127, -1128, -1130, -1134, -1135, -1139, -1145,
    -1151, -1152, -1153, -1155, -1158, -1160, -1161, -1165, -1166, -1168, -1169, -1170, -1171, -1172, -1173,
    -1174, -1175, -1176, -1177, -1178, -1179, -1180, -1181, -1182, -1183, -1184, -1185, -1186, -1187, -1188,
    -1189, -1190, -1191, -1194, -1196, -1197, -1198, -1199, -1210, -1211, -1220, -1221, -1222, -1223, -1224,
    -1225, -2035, -2036, -2039, -2042, -2043,
  ],
};

/** Every code of "Error Codes" (USD-M), but those whose text decides. */
const SWAP: Readonly<Record<string, readonly number[]>> = {
  unknown: [-1000, -1001, -1006, -1007, -1016],
  'not_sent throttled': [-1003, -1008, -1015],
  'not_sent timestamp_refused': [-1021, -5028],
  'refused authentication': [-1002, -1011, -1022, -1099, -2014, -2015, -2017, -4056, -4057, -4109],
  'refused insufficient_balance': [-2018, -2019, -4050, -4051],
  'refused duplicate_client_order_id': [-4116],
  'refused no_match': [-1112, -2020, -5021, -5041],
  'refused would_take': [-5022],
  'refused would_trigger': [-2021, -4142],
  'refused reduce_only': [-2022, -2024, -2026, -4062, -4087, -4118, -4138, -4400, -4401],
  'refused too_many_orders': [-2025, -4045],
  'refused position_mode': [-4061],
  'refused price_band': [-4016, -4024, -4131, -4183, -4184, -4210, -4211],
  'refused filter': [
    -1111, -4001, -4002, -4003, -4004, -4005, -4006, -4007, -4008, -4009, -4010, -4011, -4012, -4013, -4014,
    -4017, -4018, -4019, -4023, -4025, -4029, -4030, -4058, -4164, -5029,
  ],
  'refused instrument_closed': [-2016, -4022, -4140, -4141, -5024],
  'refused other': [
    -1004, -1005, -1014, -1020, -1023, -1100, -1101, -1102, -1103, -1104, -1105, -1106, -1108, -1109, -1110,
    -1113, -1114, -1115, -1116, -1117, -1118, -1119, -1120, -1121, -1122, -1125, -1126, -1127, -1128, -1130,
    -1136, -2023, -2027, -2028, -4000, -4015, -4020, -4021, -4026, -4027, -4028, -4031, -4032, -4033, -4044,
    -4046, -4047, -4048, -4049, -4052, -4053, -4054, -4055, -4059, -4060, -4063, -4064, -4065, -4066, -4067,
    -4068, -4069, -4070, -4071, -4072, -4073, -4074, -4075, -4076, -4077, -4078, -4079, -4080, -4081, -4082,
    -4083, -4084, -4085, -4086, -4088, -4104, -4114, -4115, -4117, -4120, -4135, -4137, -4139, -4144, -4161,
    -4165, -4167, -4168, -4169, -4170, -4171, -4172, -4192, -4202, -4203, -4205, -4206, -4208, -4209, -4402,
    -4403, -5025, -5026, -5027, -5037, -5038, -5039, -5040, -5043,
  ],
};

describe.each([
  ['spot', SPOT],
  ['linear_swap', SWAP],
] as const)('every documented code of %s', (kind, table) => {
  const rows = Object.entries(table).flatMap(([expected, codes]) =>
    codes.map((code) => ({ code, expected })),
  );

  it.each(rows)('$code: $expected', ({ code, expected }) => {
    expect(meaning(kind, 400, code)).toBe(expected);
  });

  it('names each code once', () => {
    expect(new Set(rows.map((row) => row.code)).size).toBe(rows.length);
  });

  it.each(rows)('$code proves nothing with a 5xx', ({ code }) => {
    expect(meaning(kind, 500, code)).toBe('unknown');
    expect(meaning(kind, 504, code)).toBe('unknown');
  });

  it.each([-9999, -2038, -1999, -6000])(
    '%i, which is not documented for a create, proves nothing',
    (code) => {
      expect(meaning(kind, 400, code)).toBe('unknown');
    },
  );
});

describe('texts of the matching engine', () => {
  it.each([
    [-2010, 'Duplicate order sent.', 'duplicate_client_order_id'],
    [-2010, 'Account has insufficient balance for requested action.', 'insufficient_balance'],
    [-2010, 'Order would immediately match and take.', 'would_take'],
    [-2010, 'Order would trigger immediately.', 'would_trigger'],
    [-2010, 'Market is closed.', 'instrument_closed'],
    [-2010, 'Price * QTY is zero or less.', 'filter'],
    [-2010, 'This action is disabled on this account.', 'authentication'],
    [-2010, 'This account may not place or cancel orders.', 'authentication'],
    [-2010, 'This symbol is not permitted for this account.', 'authentication'],
    [-2010, 'This symbol is restricted for this account.', 'authentication'],
    [-2010, 'Rest API trading is not enabled.', 'authentication'],
    [-2010, 'Order book liquidity is less than `LOT_SIZE` filter minimum quantity.', 'no_match'],
    [-2010, 'Order book liquidity is less than symbol minimum quantity.', 'no_match'],
    [-2010, 'Market orders are not supported for this symbol.', 'other'],
    [-2010, 'Unsupported order combination', 'other'],
    [-1010, 'Duplicate order sent.', 'duplicate_client_order_id'],
    [-1010, 'ERROR_MSG_RECEIVED.', 'other'],
    [-1013, 'Filter failure: PRICE_FILTER', 'filter'],
    [-1013, 'Filter failure: LOT_SIZE', 'filter'],
    [-1013, 'Filter failure: NOTIONAL', 'filter'],
    [-1013, 'Filter failure: MIN_NOTIONAL', 'filter'],
    [-1013, 'Filter failure: MARKET_LOT_SIZE', 'filter'],
    [-1013, 'Filter failure: MAX_POSITION', 'filter'],
    [-1013, 'Filter failure: PERCENT_PRICE_BY_SIDE', 'price_band'],
    [-1013, 'Filter failure: PERCENT_PRICE', 'price_band'],
    [-1013, 'Filter failure: MAX_NUM_ORDERS', 'too_many_orders'],
    [-1013, 'Filter failure: MAX_NUM_ALGO_ORDERS', 'too_many_orders'],
    [-1013, 'Filter failure: EXCHANGE_MAX_NUM_ORDERS', 'too_many_orders'],
    [-1013, 'Invalid message', 'other'],
  ])('%i %s: %s', (code, message, expected) => {
    expect(meaning('spot', 400, code, message)).toBe(`refused ${expected}`);
  });

  it('passes on code and text, without NUL', () => {
    expect(CLASSIFIERS.spot.send(error(400, -2010, 'Market\0 is closed.'))).toEqual({
      kind: 'refused',
      reason: { kind: 'instrument_closed', venueCode: '-2010', venueMessage: 'Market is closed.' },
    });
  });
});

describe('answers without a code', () => {
  it.each([
    [200, '', 'unknown'],
    [200, '<html>maintenance</html>', 'unknown'],
    [200, '{"orderId":1', 'unknown'],
    [403, '<html>blocked</html>', 'unknown'],
    [404, '<html>', 'unknown'],
    [408, '', 'unknown'],
    [400, '{}', 'unknown'],
    [302, '{}', 'unknown'],
    [429, '', 'not_sent'],
    [418, '{}', 'not_sent'],
    [500, '{"orderId":1}', 'unknown'],
    [503, '', 'unknown'],
    [200, '{"orderId":1}', 'answered'],
    // The algo service says success with a code.
    [200, '{"code":"200","msg":"success","algoId":1}', 'answered'],
  ])('%i %j: %s', (status, body, expected) => {
    expect(CLASSIFIERS.spot.send(answer(status, body)).kind).toBe(expected);
  });
});

describe('the 503 of USD-M futures', () => {
  it.each([
    [-1000, 'Unknown error, please check your request or try again later.', 'unknown'],
    [-1000, 'Service Unavailable.', 'not_sent throttled'],
    [-1001, 'Internal error; unable to process your request. Please try again.', 'not_sent throttled'],
    [
      -1008,
      'Request throttled by system-level protection. Reduce-only/close-position orders are exempt. Please try again.',
      'not_sent throttled',
    ],
  ])('%i %s: %s', (code, message, expected) => {
    expect(meaning('linear_swap', 503, code, message)).toBe(expected);
    expect(meaning('spot', 503, code, message)).toBe('unknown');
  });
});

describe('cancels', () => {
  it('knows a working order that is not there from one that may not be canceled', () => {
    expect(CLASSIFIERS.spot.cancel(error(400, -2011, 'Unknown order sent.'))).toMatchObject({
      kind: 'not_found',
    });
    expect(CLASSIFIERS.spot.cancel(error(400, -2013, 'Order does not exist.'))).toMatchObject({
      kind: 'not_found',
    });
    expect(
      CLASSIFIERS.spot.cancel(error(400, -2011, 'Order was not canceled due to cancel restrictions.')),
    ).toMatchObject({ kind: 'refused' });
    expect(CLASSIFIERS.spot.cancel(error(500, -2011, 'Unknown order sent.')).kind).toBe('unknown');
    expect(CLASSIFIERS.spot.cancel(answer(200, '')).kind).toBe('unknown');
  });
});

describe('reads', () => {
  it('takes no refusal for an absence', () => {
    expect(CLASSIFIERS.spot.read(error(400, -2013)).kind).toBe('no_such_order');
    expect(CLASSIFIERS.spot.read(error(500, -2013)).kind).toBe('retryable');
    expect(CLASSIFIERS.spot.read(error(400, -2026)).kind).not.toBe('no_such_order');
    expect(CLASSIFIERS.spot.read(error(401, -2015))).toMatchObject({ kind: 'refused' });
  });

  it.each([
    [500, -1000, true],
    [429, -1003, true],
    [418, -1003, true],
    [400, -1021, false],
    [400, -1000, false],
  ])('%i %i is tried again; a sign of bad health: %s', (status, code, unhealthy) => {
    expect(CLASSIFIERS.spot.read(error(status, code))).toMatchObject({ kind: 'retryable', unhealthy });
  });

  it.each([
    [200, ''],
    [403, '<html>blocked</html>'],
    [502, '<html>'],
  ])('takes %i %j for a sign of bad health', (status, body) => {
    expect(CLASSIFIERS.spot.read(answer(status, body))).toMatchObject({ kind: 'retryable', unhealthy: true });
  });

  it('says when the clock was refused', () => {
    expect(CLASSIFIERS.spot.read(error(400, -1021))).toMatchObject({ clockRefused: true });
  });
});

describe('hedged orders', () => {
  it.each([
    [-4061, "Order's position side does not match user's setting.", 'position_mode'],
    [-2022, 'ReduceOnly Order is rejected.', 'reduce_only'],
    [-4062, 'Invalid or improper reduceOnly value.', 'reduce_only'],
  ])('%i "%s" is a refusal of kind %s', (code, message, kind) => {
    expect(CLASSIFIERS.linear_swap.send(error(400, code, message))).toEqual({
      kind: 'refused',
      reason: { kind, venueCode: String(code), venueMessage: message },
    });
    // A 5xx proves nothing, whatever its body says.
    expect(CLASSIFIERS.linear_swap.send(error(500, code, message)).kind).toBe('unknown');
  });
});

describe('settings', () => {
  it.each([
    [-4059, 'No need to change position side.'],
    [-4046, 'No need to change margin type.'],
  ])('%i: it is as it was asked for', (code, message) => {
    expect(CLASSIFIERS.linear_swap.setting(error(400, code, message))).toEqual({ kind: 'set' });
    expect(CLASSIFIERS.linear_swap.setting(error(502, code, message)).kind).toBe('unknown');
  });

  it.each([
    [-4067, 'Position side cannot be changed if there exists open orders.'],
    [-4068, 'Position side cannot be changed if there exists position.'],
    [-4047, 'Margin type cannot be changed if there exists open orders.'],
    [-4048, 'Margin type cannot be changed if there exists position.'],
  ])('%i: refused, with the reason of the venue', (code, message) => {
    expect(CLASSIFIERS.linear_swap.setting(error(400, code, message))).toEqual({
      kind: 'refused',
      reason: { kind: 'other', venueCode: String(code), venueMessage: message },
    });
  });

  it('passes on what was answered', () => {
    expect(CLASSIFIERS.linear_swap.setting(answer(200, '{"code":200,"msg":"success"}'))).toEqual({
      kind: 'answered',
      body: { code: expect.anything(), msg: 'success' },
    });
  });
});
