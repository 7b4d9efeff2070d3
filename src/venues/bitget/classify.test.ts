import { describe, expect, it } from 'vitest';
import { proofIn } from '../testing/proofs.ts';
import { CLASSIFIER } from './classify.ts';

const answer = (status: number, body: string) => ({ status, headers: {}, body });
const error = (code: string, msg = 'text', status = 400) =>
  answer(status, JSON.stringify({ code, msg, requestTime: 1_790_000_000_000, data: null }));

/** The proof of a create's answer, in one word or two. */
function meaning(code: string, message?: string, status?: number): string {
  return proofIn(CLASSIFIER.send(error(code, message, status)));
}

/** The codes that an order of spot or of perpetuals can meet, but the one whose text decides. */
const CODES: Readonly<Record<string, readonly number[]>> = {
  unknown: [40010, 40725, 45001, 25000, 25001, 25003, 25113, 25114, 25239, 25653, 40015, 40200, 40400, 40910],
  'not_sent throttled': [429, 25004],
  'not_sent timestamp_refused': [40004, 40005, 40008, 40078, 40079, 40911],
  'refused authentication': [40001, 40006, 40009, 40012, 40014, 40018, 40037, 25005, 25620],
  'refused insufficient_balance': [25202, 25203, 25218, 25219, 25220, 40762, 43012],
  'refused filter': [25207, 25208, 25244, 25610, 25611, 40808, 45110, 45115],
  'refused price_band': [25205, 25206, 25209, 25210, 25654, 25655],
  'refused too_many_orders': [25211, 25229, 25567],
  'refused duplicate_client_order_id': [25212, 40708, 40786, 43118, 45034],
  'refused reduce_only': [25225, 25226, 25227, 25231, 25232, 25242, 25574, 22002],
  'refused instrument_closed': [25013, 25100, 25102, 25104, 25105, 25108],
  'refused position_mode': [25236, 25237, 40774],
  'refused other': [25107, 25223, 25240, 25245, 25570, 40017],
};

describe('creates', () => {
  it.each(Object.entries(CODES).flatMap(([expected, codes]) => codes.map((code) => ({ code, expected }))))(
    '$code is $expected',
    ({ code, expected }) => {
      expect(meaning(String(code))).toBe(expected);
      // Refusals come with either status; the code is what counts.
      expect(meaning(String(code), 'text', 200)).toBe(expected);
    },
  );

  it('takes the text 00000 for a success, and no other form of zero', () => {
    const success = '{"code":"00000","msg":"success","requestTime":1,"data":{"orderId":"1"}}';
    expect(CLASSIFIER.send(answer(200, success))).toEqual({ kind: 'answered', body: { orderId: '1' } });
    expect(meaning('0', 'text', 200)).toBe('unknown');
    expect(meaning('00000', 'text', 500)).toBe('unknown');
  });

  it('reads a validation error by its text', () => {
    expect(meaning('25200', 'qty validation error')).toBe('refused filter');
    expect(meaning('25200', 'posSide validation error')).toBe('refused position_mode');
    expect(meaning('25200', 'clientOid already exists')).toBe('refused duplicate_client_order_id');
    expect(meaning('25200', 'clientOid validation error')).toBe('refused other');
  });

  it('takes a code that nobody documented for no proof', () => {
    expect(meaning('99999')).toBe('unknown');
  });

  it('takes no code for a proof where the status says that a server failed', () => {
    for (const code of ['00000', '25202', '25212']) expect(meaning(code, 'text', 502)).toBe('unknown');
  });

  it.each([
    [429, '', 'not_sent'],
    [401, '', 'refused'],
    [403, '<html>Forbidden</html>', 'unknown'],
    [200, '', 'unknown'],
    [200, '[]', 'unknown'],
    [200, '{"msg":"success"}', 'unknown'],
    [502, 'Bad Gateway', 'unknown'],
    [404, '', 'unknown'],
  ] as const)('HTTP %i with the body %s is %s', (status, body, kind) => {
    expect(CLASSIFIER.send(answer(status, body)).kind).toBe(kind);
  });

  it('keeps the code and the text of the venue', () => {
    expect(CLASSIFIER.send(error('25202', 'Insufficient balance'))).toEqual({
      kind: 'refused',
      reason: { kind: 'insufficient_balance', venueCode: '25202', venueMessage: 'Insufficient balance' },
    });
  });
});

describe('cancels', () => {
  it.each([25204, 22001, 40109, 40768, 43001])('%i found nothing to cancel', (code) => {
    expect(CLASSIFIER.cancel(error(String(code)))).toMatchObject({
      kind: 'not_found',
      venueCode: String(code),
    });
    expect(CLASSIFIER.cancel(error(String(code), 'text', 500)).kind).toBe('unknown');
  });

  it('proves no more of a cancel than of a create', () => {
    for (const code of ['25113', '40010', '45001'])
      expect(CLASSIFIER.cancel(error(code)).kind).toBe('unknown');
  });
});

describe('settings', () => {
  it('says why the venue refused', () => {
    expect(CLASSIFIER.setting(error('25107')).kind).toBe('refused');
    expect(CLASSIFIER.setting(error('25001')).kind).toBe('unknown');
  });
});

describe('reads', () => {
  it('asks again after a failure of the venue, and measures its clock after a refused time', () => {
    expect(CLASSIFIER.read(error('45001'))).toMatchObject({ kind: 'retryable', unhealthy: false });
    expect(CLASSIFIER.read(answer(502, ''))).toMatchObject({ kind: 'retryable', unhealthy: true });
    expect(CLASSIFIER.read(error('429', 'text', 429))).toMatchObject({ kind: 'retryable', unhealthy: true });
    expect(CLASSIFIER.read(error('40008'))).toMatchObject({ kind: 'retryable', clockRefused: true });
    expect(CLASSIFIER.read(error('40006'))).toMatchObject({ kind: 'refused', detail: '40006 text' });
    expect(CLASSIFIER.read(error('25204'))).toEqual({ kind: 'no_such_order' });
  });
});
