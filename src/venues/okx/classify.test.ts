import { describe, expect, it } from 'vitest';
import { proofIn } from '../testing/proofs.ts';
import { CLASSIFIER } from './classify.ts';

const answer = (status: number, body: string) => ({ status, headers: {}, body });
/** A refusal of the whole request. */
const whole = (code: number, msg = 'text', status = 200) =>
  answer(status, JSON.stringify({ code: String(code), data: [], msg }));
/** A refusal of the one order in it. */
const entry = (sCode: number, sMsg = 'text', status = 200) =>
  answer(
    status,
    JSON.stringify({ code: '1', data: [{ ordId: '', clOrdId: 'id', sCode: String(sCode), sMsg }], msg: '' }),
  );

const CODES: Readonly<Record<string, readonly number[]>> = {
  unknown: [50001, 50004, 50013, 50026, 51054, 51149, 51410, 51412],
  'not_sent throttled': [50011, 50061],
  'not_sent timestamp_refused': [50036, 50037, 50102, 50112],
  'refused authentication': [50103, 50105, 50111, 50113, 50119, 50120],
  'refused insufficient_balance': [51008, 51131],
  'refused filter': [51020, 51101, 51121, 51150, 51203],
  'refused price_band': [51006, 51137, 51138],
  'refused too_many_orders': [51025, 51174],
  'refused duplicate_client_order_id': [51016, 51065],
  'refused reduce_only': [51112, 51169, 51170],
  'refused would_trigger': [51277, 51278, 51279, 51280],
  'refused instrument_closed': [51001, 51022, 51027],
  'refused other': [50014, 51000, 51010, 51204],
};

describe('creates', () => {
  it.each(Object.entries(CODES).flatMap(([expected, codes]) => codes.map((code) => ({ code, expected }))))(
    '$code is $expected, of the whole request and of its order',
    ({ code, expected }) => {
      expect(proofIn(CLASSIFIER.send(whole(code)))).toBe(expected);
      expect(proofIn(CLASSIFIER.send(entry(code)))).toBe(expected);
    },
  );

  it('takes no answer for a success whose order has a code', () => {
    const body = JSON.stringify({ code: '0', data: [{ ordId: '1', sCode: '51008', sMsg: '' }], msg: '' });
    expect(proofIn(CLASSIFIER.send(answer(200, body)))).toBe('refused insufficient_balance');
  });

  it('takes codes that nobody documented, and failures without a code of their own, for no proof', () => {
    for (const code of [1, 2, 99_999]) expect(proofIn(CLASSIFIER.send(whole(code)))).toBe('unknown');
  });

  it('takes no code for a proof where the status says that a server failed', () => {
    for (const code of [0, 51000, 51008, 51149])
      expect(proofIn(CLASSIFIER.send(entry(code, 'text', 500)))).toBe('unknown');
  });

  it('takes 50004 for no proof under its status of a faulty request', () => {
    expect(proofIn(CLASSIFIER.send(whole(50004, 'text', 400)))).toBe('unknown');
    expect(proofIn(CLASSIFIER.send(whole(51000, 'text', 400)))).toBe('refused other');
  });

  it.each([
    [429, '', 'not_sent'],
    [401, '', 'refused'],
    [200, '', 'unknown'],
    [200, '<html>Welcome</html>', 'unknown'],
    [200, '[]', 'unknown'],
    [200, '{"msg":""}', 'unknown'],
    [502, 'Bad Gateway', 'unknown'],
    [404, '', 'unknown'],
  ] as const)('HTTP %i with the body %s is %s', (status, body, kind) => {
    expect(CLASSIFIER.send(answer(status, body)).kind).toBe(kind);
  });
});

describe('cancels', () => {
  it.each([51400, 51603])('%i found nothing to cancel', (code) => {
    expect(CLASSIFIER.cancel(entry(code))).toMatchObject({ kind: 'not_found', venueCode: String(code) });
    expect(CLASSIFIER.cancel(entry(code, 'text', 500)).kind).toBe('unknown');
  });

  it.each([51410, 51412])('%i says nothing of what became of it', (code) => {
    expect(CLASSIFIER.cancel(entry(code)).kind).toBe('unknown');
  });
});
