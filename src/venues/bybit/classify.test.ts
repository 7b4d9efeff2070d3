import { describe, expect, it } from 'vitest';
import { proofIn } from '../testing/proofs.ts';
import { CLASSIFIER } from './classify.ts';

const answer = (status: number, body: string) => ({ status, headers: {}, body });
const error = (code: number, retMsg = 'text', status = 200) =>
  answer(status, JSON.stringify({ retCode: code, retMsg, result: {}, retExtInfo: {}, time: 1 }));

/** The proof of a create's answer, in one word or two. */
function meaning(code: number, message?: string, status?: number): string {
  return proofIn(CLASSIFIER.send(error(code, message, status)));
}

/** The codes of "Error Codes" that an order of spot or of contracts can meet, but the one whose text decides. */
const CODES: Readonly<Record<string, readonly number[]>> = {
  answered: [0],
  unknown: [
    10000, 10014, 10016, 40004, 110079, 170001, 170007, 170032, 170035, 170146, 170147, 170149, 170150,
    170191, 170212, 170234, 170310, 170311, 3400214,
  ],
  'not_sent throttled': [429, 10006, 10018, 10429, 170222],
  'not_sent timestamp_refused': [-1, 10002],
  'refused authentication': [10003, 10004, 10005, 10007, 10008, 10009, 10010, 10024, 10027, 33004, 110018],
  'refused insufficient_balance': [110004, 110006, 110007, 110012, 110044, 110045, 110052, 170033, 170131],
  'refused filter': [110094, 170124, 170134, 170136, 170137, 170140, 170148],
  'refused price_band': [30208, 30209, 110003, 110120, 110121, 170132, 170133, 170193, 170194],
  'refused too_many_orders': [110009, 110020, 110061, 170810],
  'refused duplicate_client_order_id': [110072, 170141],
  'refused reduce_only': [110017],
  'refused would_trigger': [110092, 110093],
  'refused would_take': [170218],
  'refused instrument_closed': [10029, 110023, 110063, 110066, 170121, 170151],
  'refused other': [110013, 110021, 110024, 110028, 110057, 170105, 170115, 170130, 170217],
};

describe('creates', () => {
  it.each(Object.entries(CODES).flatMap(([expected, codes]) => codes.map((code) => ({ code, expected }))))(
    '$code is $expected',
    ({ code, expected }) => {
      expect(meaning(code)).toBe(expected);
    },
  );

  it('reads a parameter error by its text', () => {
    expect(meaning(10001, 'position idx not match position mode')).toBe('refused position_mode');
    expect(meaning(10001, 'The number of contracts exceeds minimum limit allowed')).toBe('refused filter');
    expect(meaning(10001, 'Qty invalid')).toBe('refused filter');
    expect(meaning(10001, 'params error: symbol invalid')).toBe('refused other');
  });

  it('takes a code that nobody documented for no proof', () => {
    expect(meaning(999_999)).toBe('unknown');
  });

  it('takes no code for a proof where the status says that a server failed', () => {
    for (const code of [0, 10001, 110007]) expect(meaning(code, 'text', 502)).toBe('unknown');
  });

  it.each([
    [403, '<html>Forbidden</html>', 'not_sent'],
    [429, '', 'not_sent'],
    [401, '', 'refused'],
    [200, '', 'unknown'],
    [200, '<html>Welcome</html>', 'unknown'],
    [200, '[]', 'unknown'],
    [200, '{"retMsg":"OK"}', 'unknown'],
    [502, 'Bad Gateway', 'unknown'],
    [404, '', 'unknown'],
  ] as const)('HTTP %i with the body %s is %s', (status, body, kind) => {
    expect(CLASSIFIER.send(answer(status, body)).kind).toBe(kind);
  });

  it('keeps the code and the text of the venue', () => {
    expect(CLASSIFIER.send(error(110007, 'ab not enough'))).toEqual({
      kind: 'refused',
      reason: { kind: 'insufficient_balance', venueCode: '110007', venueMessage: 'ab not enough' },
    });
  });
});

describe('cancels', () => {
  it.each([110001, 110008, 110010, 170139, 170142, 170143, 170213])('%i found nothing to cancel', (code) => {
    expect(CLASSIFIER.cancel(error(code))).toMatchObject({ kind: 'not_found', venueCode: String(code) });
    expect(CLASSIFIER.cancel(error(code, 'text', 500)).kind).toBe('unknown');
  });

  it('proves no more of a cancel than of a create', () => {
    expect(CLASSIFIER.cancel(error(170147)).kind).toBe('unknown');
    expect(CLASSIFIER.cancel(error(110079)).kind).toBe('unknown');
    expect(CLASSIFIER.cancel(error(0)).kind).toBe('answered');
  });
});

describe('settings', () => {
  it.each([110025, 110026, 110043])('%i says that it is so already', (code) => {
    expect(CLASSIFIER.setting(error(code))).toEqual({ kind: 'set' });
  });

  it('says why the venue refused', () => {
    expect(CLASSIFIER.setting(error(110024)).kind).toBe('refused');
    expect(CLASSIFIER.setting(error(10016)).kind).toBe('unknown');
  });
});

describe('reads', () => {
  it('asks again after a failure of the venue, and measures its clock after a refused time', () => {
    expect(CLASSIFIER.read(error(10016))).toMatchObject({ kind: 'retryable', unhealthy: false });
    expect(CLASSIFIER.read(answer(502, ''))).toMatchObject({ kind: 'retryable', unhealthy: true });
    expect(CLASSIFIER.read(error(10006))).toMatchObject({ kind: 'retryable', unhealthy: true });
    expect(CLASSIFIER.read(error(10002))).toMatchObject({ kind: 'retryable', clockRefused: true });
    expect(CLASSIFIER.read(error(10003))).toMatchObject({ kind: 'refused', detail: '10003 text' });
    expect(CLASSIFIER.read(answer(200, '{"retCode":0,"result":{"list":[]}}'))).toEqual({
      kind: 'ok',
      body: { list: [] },
    });
  });
});
