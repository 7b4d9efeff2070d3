import { describe, expect, it } from 'vitest';
import { proofIn } from '../testing/proofs.ts';
import { CLASSIFIERS } from './classify.ts';

const answer = (status: number, body: string) => ({ status, headers: {}, body });
const error = (code: string, text = 'text', status = 200) =>
  answer(status, JSON.stringify({ status: 'error', 'err-code': code, 'err-msg': text, data: null }));

/** The proof of a create's answer, in one word or two. */
const meaning = (code: string, text?: string, status?: number): string =>
  proofIn(CLASSIFIERS.spot.send(error(code, text, status)));

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
    expect(CLASSIFIERS.spot.send(answer(status, body)).kind).toBe(kind);
  });
});

describe('cancels and readings', () => {
  it.each([
    'base-record-invalid',
    'order-queryorder-invalid',
    'order-orderstate-error',
    'order-user-cancel-forbidden',
  ])('%s says that there is nothing to cancel', (code) => {
    expect(CLASSIFIERS.spot.cancel(error(code)).kind).toBe('not_found');
  });

  it('takes other errors of a cancel as those of a create', () => {
    expect(CLASSIFIERS.spot.cancel(error('base-system-error')).kind).toBe('unknown');
    expect(CLASSIFIERS.spot.cancel(error('order-orderstate-error', 'text', 500)).kind).toBe('unknown');
  });

  it('says of a reading that there is no such order, and of an order that has ended nothing of the kind', () => {
    expect(CLASSIFIERS.spot.read(error('base-record-invalid')).kind).toBe('no_such_order');
    expect(CLASSIFIERS.spot.read(error('order-orderstate-error')).kind).toBe('refused');
    expect(CLASSIFIERS.spot.read(error('base-system-error')).kind).toBe('retryable');
  });
});

describe('contracts', () => {
  const { linear_swap: contracts } = CLASSIFIERS;
  const refused = (code: number, text = 'text', status = 200) =>
    answer(status, JSON.stringify({ code, message: text, data: null, ts: 1 }));
  const early = (text: string) => answer(200, JSON.stringify({ code: 403, msg: text, data: null, ts: 1 }));

  const MEANINGS: Readonly<Record<string, readonly number[]>> = {
    unknown: [1000, 1001, 1002, 1003, 1004, 1030, 1046, 1050, 1062, 1064, 1108, 1431, 98_765],
    'not_sent throttled': [1032, 1084],
    'not_sent timestamp_refused': [12001],
    'refused authentication': [403, 1012, 1253, 12008],
    'refused insufficient_balance': [1047, 1055, 1091],
    'refused filter': [1038, 1040, 1041, 1461],
    'refused price_band': [1039, 1072],
    'refused reduce_only': [1048, 1492],
    'refused position_mode': [1499, 1500],
    'refused too_many_orders': [1234],
    'refused instrument_closed': [1014, 1056, 1058, 1105],
    'refused other': [1034, 1067, 1349, 6001, 6023],
  };

  it.each(Object.entries(MEANINGS).flatMap(([expected, codes]) => codes.map((code) => ({ code, expected }))))(
    '$code is $expected',
    ({ code, expected }) => {
      expect(proofIn(contracts.send(refused(code)))).toBe(expected);
    },
  );

  it('proves nothing where the system is busy, whatever it asks for', () => {
    const busy = refused(1004, 'System busy. Please try again later.');
    expect(contracts.send(busy).kind).toBe('unknown');
    expect(contracts.cancel(busy).kind).toBe('unknown');
    expect(contracts.setting(busy).kind).toBe('unknown');
    expect(contracts.read(busy).kind).toBe('retryable');
    for (const code of [1040, 1047, 1061])
      expect(contracts.send(refused(code, 'text', 502)).kind).toBe('unknown');
  });

  it('distinguishes a time that was refused from a signature that was', () => {
    expect(proofIn(contracts.send(early('Invalid submission time or incorrect time format')))).toBe(
      'not_sent timestamp_refused',
    );
    expect(proofIn(contracts.send(early('Verification failure')))).toBe('refused authentication');
  });

  it('takes an order that has ended for nothing to cancel, and one that is not there for no such order', () => {
    for (const code of [1017, 1051, 1061, 1063, 1071])
      expect(contracts.cancel(refused(code)).kind).toBe('not_found');
    for (const code of [1017, 1061]) expect(contracts.read(refused(code)).kind).toBe('no_such_order');
    expect(contracts.read(refused(1063)).kind).toBe('refused');
  });

  it('reads public data, whose errors have words of their own', () => {
    expect(contracts.read(answer(200, '{"status":"ok","ts":1}')).kind).toBe('ok');
    const error = '{"status":"error","err_code":1014,"err_msg":"no such contract","ts":1}';
    expect(contracts.read(answer(200, error)).kind).toBe('refused');
  });
});
