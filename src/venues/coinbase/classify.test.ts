import { describe, expect, it } from 'vitest';
import { proofIn } from '../testing/proofs.ts';
import { CLASSIFIER } from './classify.ts';

const answer = (status: number, body: object | string) => ({
  status,
  headers: {},
  body: typeof body === 'string' ? body : JSON.stringify(body),
});

/** "Create Order": an order that was refused, inside an answer with status 200. */
const refused = (reasons: Readonly<Record<string, string>>, status = 200) =>
  answer(status, {
    success: false,
    failure_reason: 'UNKNOWN_FAILURE_REASON',
    order_id: '',
    error_response: {
      error: 'UNKNOWN_FAILURE_REASON',
      message: 'text',
      error_details: '',
      preview_failure_reason: 'UNKNOWN_PREVIEW_FAILURE_REASON',
      new_order_failure_reason: 'UNKNOWN_FAILURE_REASON',
      ...reasons,
    },
    order_configuration: null,
  });

const MADE = {
  success: true,
  failure_reason: 'UNKNOWN_FAILURE_REASON',
  order_id: '11111-00000-000000',
  success_response: {
    order_id: '11111-00000-000000',
    product_id: 'BTC-USD',
    side: 'BUY',
    client_order_id: '0000-00000-000000',
  },
  order_configuration: { limit_limit_gtc: { base_size: '0.001', limit_price: '10000.00', post_only: false } },
};

/** Reasons of orders that can be placed here. */
const REASONS: Readonly<Record<string, readonly string[]>> = {
  unknown: ['COMMANDER_REJECTED_NEW_ORDER', 'RISK_PROXY_FAILURE', 'A_REASON_OF_TOMORROW'],
  'refused insufficient_balance': ['INSUFFICIENT_FUND', 'INSUFFICIENT_FUNDS', 'INVALID_LEDGER_BALANCE'],
  'refused filter': [
    'INVALID_SIZE_PRECISION',
    'INVALID_PRICE_PRECISION',
    'INVALID_BASE_SIZE_TOO_SMALL',
    'INVALID_BASE_SIZE_TOO_LARGE',
    'INVALID_QUOTE_SIZE_TOO_SMALL',
    'INVALID_LIMIT_PRICE',
  ],
  'refused price_band': [
    'LIMIT_PRICE_TOO_FAR_FROM_MARKET',
    'LIMIT_ORDER_PRICE_EXCEEDS_PRICE_BAND_ON_BUY',
    'LIMIT_ORDER_PRICE_EXCEEDS_PRICE_BAND_ON_SELL',
    'BREACHED_PRICE_LIMIT',
  ],
  'refused would_take': ['INVALID_LIMIT_PRICE_POST_ONLY'],
  'refused no_match': ['INVALID_NO_LIQUIDITY'],
  'refused duplicate_client_order_id': ['DUPLICATE_CLIENT_ORDER_ID'],
  'refused instrument_closed': [
    'INVALID_PRODUCT_ID',
    'INELIGIBLE_PAIR',
    'ORDER_ENTRY_DISABLED',
    'UNTRADABLE_PRODUCT',
    'PRODUCT_TRADING_HALTED',
    'TRADING_DISABLED',
  ],
  'refused other': ['UNSUPPORTED_ORDER_CONFIGURATION', 'INVALID_REQUEST', 'END_TIME_IS_IN_THE_PAST'],
};

const NAMED = Object.entries(REASONS).flatMap(([expected, reasons]) =>
  reasons.map((reason) => ({ reason, expected })),
);

describe('creates', () => {
  it('takes an order for made whose failure is called unknown', () => {
    expect(CLASSIFIER.send(answer(200, MADE))).toEqual({ kind: 'answered', body: MADE });
  });

  it.each(NAMED)('$reason is $expected, whichever field has it', ({ reason, expected }) => {
    for (const fields of [
      { new_order_failure_reason: reason },
      { error: reason },
      { preview_failure_reason: `PREVIEW_${reason}` },
    ])
      expect(proofIn(CLASSIFIER.send(refused(fields))), JSON.stringify(fields)).toBe(expected);
  });

  it('takes a refusal without a reason for no proof', () => {
    expect(CLASSIFIER.send(refused({})).kind).toBe('unknown');
    expect(CLASSIFIER.send(answer(200, { success: false })).kind).toBe('unknown');
  });

  it('takes no reason for a proof where the status says that a server failed', () => {
    for (const { reason } of NAMED)
      expect(CLASSIFIER.send(refused({ new_order_failure_reason: reason }, 502)).kind).toBe('unknown');
    expect(CLASSIFIER.send(answer(500, MADE)).kind).toBe('unknown');
  });

  it.each([
    // Keys that nobody knows and a time that is not good are answered alike.
    [401, 'Unauthorized\n', 'not_sent timestamp_refused'],
    [403, { error: 'PERMISSION_DENIED', error_details: 'Missing required scopes' }, 'refused authentication'],
    [429, { errors: [{ id: 'rate_limit_exceeded', message: 'Too many requests' }] }, 'not_sent throttled'],
    [429, '', 'not_sent throttled'],
    [400, { error: 'INVALID_ARGUMENT', error_details: 'side is required', message: '' }, 'refused other'],
    [400, { error: 'unknown', error_details: '', message: '' }, 'unknown'],
    [404, '404 page not found\n', 'unknown'],
    [500, { error: 'INTERNAL', error_details: '', message: '' }, 'unknown'],
    [503, '<html>', 'unknown'],
    [200, '', 'unknown'],
    [200, '<html>Welcome</html>', 'unknown'],
    [200, '[]', 'unknown'],
    [200, '{}', 'unknown'],
  ])('HTTP %i with the body %j is %s', (status, body, expected) => {
    expect(proofIn(CLASSIFIER.send(answer(status, body)))).toBe(expected);
  });

  it('keeps the reason and the text of the venue', () => {
    const said = refused({ error: 'INSUFFICIENT_FUND', message: 'Insufficient balance in source account' });
    expect(CLASSIFIER.send(said)).toEqual({
      kind: 'refused',
      reason: {
        kind: 'insufficient_balance',
        venueCode: 'INSUFFICIENT_FUND',
        venueMessage: 'Insufficient balance in source account',
      },
    });
  });
});

describe('cancels', () => {
  const result = (success: boolean, reason: string) =>
    answer(200, { results: [{ success, failure_reason: reason, order_id: '0000-00000' }] });

  it.each([
    [true, 'UNKNOWN_CANCEL_FAILURE_REASON', 'answered'],
    // The first cancel is under way.
    [false, 'DUPLICATE_CANCEL_REQUEST', 'answered'],
    [false, 'UNKNOWN_CANCEL_ORDER', 'not_found'],
    [false, 'ORDER_IS_FULLY_FILLED', 'not_found'],
    [false, 'INVALID_CANCEL_REQUEST', 'refused'],
    [false, 'NOT_ALLOWED_TO_CANCEL', 'refused'],
    [false, 'COMMANDER_REJECTED_CANCEL_ORDER', 'unknown'],
    [false, 'UNKNOWN_CANCEL_FAILURE_REASON', 'unknown'],
  ])('success %j with %s is %s', (success, reason, kind) => {
    expect(CLASSIFIER.cancel(result(success, reason)).kind).toBe(kind);
  });

  it('takes no reason for a proof with a 5xx', () => {
    expect(CLASSIFIER.cancel({ ...result(false, 'UNKNOWN_CANCEL_ORDER'), status: 502 }).kind).toBe('unknown');
  });
});

describe('readings', () => {
  it('reads an absence out of a 404 that names it', () => {
    const absent = { error: 'NOT_FOUND', error_details: 'order with this orderID was not found' };
    expect(CLASSIFIER.read(answer(404, absent))).toEqual({ kind: 'no_such_order' });
    expect(CLASSIFIER.read(answer(404, '404 page not found')).kind).toBe('retryable');
  });

  it('measures the clock where keys or time were refused, and asks again', () => {
    expect(CLASSIFIER.read(answer(401, 'Unauthorized'))).toMatchObject({
      kind: 'retryable',
      clockRefused: true,
      unhealthy: false,
    });
  });
});
