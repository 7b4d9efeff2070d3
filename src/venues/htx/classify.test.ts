import { describe, expect, it } from 'vitest';
import { proofIn } from '../testing/proofs.ts';
import { CLASSIFIER } from './classify.ts';

const answer = (status: number, body: string) => ({ status, headers: {}, body });
const error = (code: string, text = 'text', status = 200) =>
  answer(status, JSON.stringify({ status: 'error', 'err-code': code, 'err-msg': text, data: null }));

/** The proof of a create's answer, in one word or two. */
const meaning = (code: string, text?: string, status?: number): string =>
  proofIn(CLASSIFIER.send(error(code, text, status)));

const CODES: Readonly<Record<string, readonly string[]>> = {
  unknown: [
    'timeout',
    'gateway-internal-error',
    'base-system-error',
    'base-request-timeout',
    'base-record-invalid',
    'order-update-error',
    'order-accountbalance-error',
    'system-maintenance',
    'a-code-of-tomorrow',
  ],
  'not_sent throttled': ['rate-too-many-requests', 'base-request-exceed-frequency-limit'],
  'refused authentication': ['api-signature-not-valid', 'api-signature-check-failed', 'login-required'],
  'refused insufficient_balance': ['account-frozen-balance-insufficient-error', 'order-balance-insufficient'],
  'refused filter': [
    'invalid-amount',
    'order-value-min-error',
    'order-limitorder-amount-min-error',
    'order-marketorder-amount-buy-max-error',
    'order-orderprice-precision-error',
    'order-orderamount-precision-error',
  ],
  'refused price_band': ['order-limitorder-price-max-error', 'order-limitorder-price-sell-min-error'],
  'refused too_many_orders': ['order-holding-limit-failed'],
  'refused instrument_closed': ['base-symbol-error', 'base-symbol-trade-disabled', 'trading-suspended'],
  'refused other': ['invalid-client-order-id', 'validation-format-error', 'bad-request'],
};

describe('creates', () => {
  it.each(Object.entries(CODES).flatMap(([expected, codes]) => codes.map((code) => ({ code, expected }))))(
    '$code is $expected',
    ({ code, expected }) => {
      expect(meaning(code)).toBe(expected);
    },
  );

  it('distinguishes a time that was refused from a signature that was', () => {
    const text =
      'Signature not valid: Invalid submission time or incorrect time format [无效的提交时间，或时间格式错误]';
    expect(meaning('api-signature-not-valid', text)).toBe('not_sent timestamp_refused');
    expect(meaning('api-signature-not-valid', 'Signature not valid: Verification failure [校验失败]')).toBe(
      'refused authentication',
    );
  });

  it('takes a code for no proof where the status says that a server failed', () => {
    for (const code of ['invalid-amount', 'rate-too-many-requests', 'base-symbol-error'])
      expect(meaning(code, 'text', 502)).toBe('unknown');
  });

  it.each([
    [200, '{"status":"ok","data":"59378"}', 'answered'],
    [200, '{"code":200,"data":1}', 'answered'],
    [200, '{"code":1003,"message":"invalid signature"}', 'refused'],
    [200, '{"data":"59378"}', 'unknown'],
    [200, '', 'unknown'],
    [200, '[]', 'unknown'],
    [429, '<html>Too many</html>', 'not_sent'],
    [403, '<html>Forbidden</html>', 'refused'],
    [510, '{"status":"error","err-code":"too-many-request","err-msg":""}', 'unknown'],
    [504, '<html>Gateway</html>', 'unknown'],
  ])('reads HTTP %i %s as %s', (status, body, kind) => {
    expect(CLASSIFIER.send(answer(status, body)).kind).toBe(kind);
  });
});

describe('cancels and readings', () => {
  it.each([
    'base-record-invalid',
    'order-queryorder-invalid',
    'order-orderstate-error',
    'order-user-cancel-forbidden',
  ])('%s says that there is nothing to cancel', (code) => {
    expect(CLASSIFIER.cancel(error(code)).kind).toBe('not_found');
  });

  it('takes other errors of a cancel as those of a create', () => {
    expect(CLASSIFIER.cancel(error('base-system-error')).kind).toBe('unknown');
    expect(CLASSIFIER.cancel(error('order-orderstate-error', 'text', 500)).kind).toBe('unknown');
  });

  it('says of a reading that there is no such order, and of an order that has ended nothing of the kind', () => {
    expect(CLASSIFIER.read(error('base-record-invalid')).kind).toBe('no_such_order');
    expect(CLASSIFIER.read(error('order-orderstate-error')).kind).toBe('refused');
    expect(CLASSIFIER.read(error('base-system-error')).kind).toBe('retryable');
  });
});
