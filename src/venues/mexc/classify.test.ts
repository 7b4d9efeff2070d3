import { describe, expect, it } from 'vitest';
import { proofIn } from '../testing/proofs.ts';
import { CLASSIFIERS } from './classify.ts';

const answer = (status: number, body: string) => ({ status, headers: {}, body });
const spot = (code: number, msg = 'text', status = 400) =>
  answer(status, JSON.stringify({ msg, code, _extend: null }));
const swap = (code: number, message = 'text', status = 200) =>
  answer(status, JSON.stringify({ success: false, code, message }));

const SPOT_CODES: Readonly<Record<string, readonly number[]>> = {
  unknown: [500, 503, 504, 20002, 10098, 730000],
  'not_sent throttled': [429, 403],
  'not_sent timestamp_refused': [700003, 10073],
  'refused authentication': [401, 602, 10072, 700002, 700006, 700007],
  'refused insufficient_balance': [10101, 30004, 30005],
  'refused filter': [30002, 30003],
  'refused price_band': [30087],
  'refused too_many_orders': [30029],
  'refused instrument_closed': [10007, 30016, 30018, 30019, 30041, -1121],
  'refused other': [26, 33333, 44444, 700004, 700005],
};
const SWAP_CODES: Readonly<Record<string, readonly number[]>> = {
  // "Repeated requests" is no proof that it was this order that landed.
  unknown: [500, 501, 603, 604, 801, 9999],
  'not_sent throttled': [510],
  'not_sent timestamp_refused': [513],
  'refused authentication': [401, 402, 406, 602, 704],
  'refused insufficient_balance': [2005, 2018],
  'refused filter': [2011, 2015, 2028],
  'refused price_band': [2003, 2004],
  'refused reduce_only': [2008, 2009],
  'refused position_mode': [2022],
  'refused too_many_orders': [2036],
  'refused instrument_closed': [1001, 1002, 6001],
  'refused other': [600, 2006, 2027, 2030],
};
const each = (table: typeof SPOT_CODES) =>
  Object.entries(table).flatMap(([expected, codes]) => codes.map((code) => ({ code, expected })));

describe('creates', () => {
  it.each(each(SPOT_CODES))('spot: $code is $expected', ({ code, expected }) => {
    expect(proofIn(CLASSIFIERS.spot.send(spot(code)))).toBe(expected);
  });

  it.each(each(SWAP_CODES))('contracts: $code is $expected', ({ code, expected }) => {
    expect(proofIn(CLASSIFIERS.linear_swap.send(swap(code)))).toBe(expected);
  });

  it('takes the answer whose outcome the venue itself calls unknown for no proof, whatever its code', () => {
    const words = 'Unknown error, please check your request or try again later.';
    for (const code of [503, 30004, 10007])
      expect(proofIn(CLASSIFIERS.spot.send(spot(code, words, 503)))).toBe('unknown');
    expect(proofIn(CLASSIFIERS.linear_swap.send(swap(2005, words, 500)))).toBe('unknown');
  });

  it('reads by its text the code that has several meanings', () => {
    expect(proofIn(CLASSIFIERS.spot.send(spot(400, ' price scale is invalid')))).toBe('refused filter');
    expect(proofIn(CLASSIFIERS.spot.send(spot(400, 'api key required')))).toBe('refused authentication');
    expect(proofIn(CLASSIFIERS.spot.send(spot(400, 'some text')))).toBe('refused other');
  });

  it('takes codes that nobody documented for no proof', () => {
    for (const code of [1, 99_999]) {
      expect(proofIn(CLASSIFIERS.spot.send(spot(code)))).toBe('unknown');
      expect(proofIn(CLASSIFIERS.linear_swap.send(swap(code)))).toBe('unknown');
    }
  });

  it.each([
    [200, '{"success":true,"code":0,"data":{"orderId":"1"}}', 'answered'],
    [200, '{"success":true,"code":0}', 'answered'],
    [200, '{"success":true,"code":2005}', 'refused'],
    [200, '{"success":false,"code":0}', 'unknown'],
    [200, '{"success":true}', 'unknown'],
    [200, '[]', 'unknown'],
    [200, '', 'unknown'],
    [429, '', 'not_sent'],
    [418, '<html>', 'not_sent'],
    [502, 'Bad Gateway', 'unknown'],
  ] as const)('contracts: HTTP %i with the body %s is %s', (status, body, kind) => {
    expect(CLASSIFIERS.linear_swap.send(answer(status, body)).kind).toBe(kind);
  });
});

describe('cancels and look-ups', () => {
  it('of spot find nothing where the order is not there or has ended', () => {
    const { spot: classifier } = CLASSIFIERS;
    expect(classifier.cancel(spot(-2011, 'Unknown order sent.')).kind).toBe('not_found');
    expect(classifier.cancel(spot(-2013)).kind).toBe('not_found');
    expect(classifier.cancel(spot(-2011, 'something else')).kind).toBe('refused');
    expect(classifier.cancel(spot(-2011, 'Unknown order sent.', 503)).kind).toBe('unknown');
    expect(classifier.read(spot(-2013, 'Order does not exist.')).kind).toBe('no_such_order');
  });

  it('of contracts find nothing by either code', () => {
    const { linear_swap: classifier } = CLASSIFIERS;
    for (const code of [2040, 2041]) expect(classifier.cancel(swap(code)).kind).toBe('not_found');
    expect(classifier.read(swap(2040)).kind).toBe('no_such_order');
    expect(classifier.read(swap(2041)).kind).toBe('refused');
  });
});
