import { describe, expect, it } from 'vitest';
import { isObject, optionalText, text } from './ccxt/exact-json.ts';
import { BY_TEXT, Classifier, THROTTLED, TIMESTAMP, UNKNOWN, meaningsOf, refusedAs } from './classifier.ts';
import { proofIn } from './testing/proofs.ts';

/** A venue that names its errors. */
const classifier = new Classifier({
  stated: (body) => {
    if (!isObject(body)) return { kind: 'nothing', detail: 'no object' };
    if (body['ok'] === true) return { kind: 'result', result: body['data'] ?? null };
    return { kind: 'error', code: text(body, 'error'), message: optionalText(body, 'text') ?? '' };
  },
  meanings: meaningsOf([
    [UNKNOWN, ['busy']],
    [THROTTLED, ['too-often']],
    [TIMESTAMP, ['late']],
    [BY_TEXT, ['invalid']],
    [refusedAs('reduce_only'), ['no-position', 'gone']],
  ]),
  texts: [[/price/, 'price_band']],
  byStatus: { 401: 'authentication', 425: 'timestamp_refused', 429: 'throttled' },
  isCertainFailure: (status, { code }) => status === 503 && code === 'closed',
  ofCancel: ({ code }) => (code === 'gone' ? 'not_found' : code === 'forbidden' ? 'refused' : null),
  alreadySo: new Set(['same']),
  noSuchOrder: new Set(['gone']),
  saysNoSuchOrder: ({ code, message }) => code === 'invalid' && message === 'order not exist',
});

const said = (status: number, body: object | string) => ({
  status,
  headers: {},
  body: typeof body === 'string' ? body : JSON.stringify(body),
});

describe('a classifier', () => {
  it.each([
    [200, { ok: true, data: 1 }, 'answered'],
    [404, { ok: true, data: 1 }, 'unknown'],
    [502, { ok: true, data: 1 }, 'unknown'],
    [200, { error: 'busy' }, 'unknown'],
    [200, { error: 'of tomorrow' }, 'unknown'],
    [200, { error: 'too-often' }, 'not_sent throttled'],
    [200, { error: 'late' }, 'not_sent timestamp_refused'],
    [400, { error: 'no-position' }, 'refused reduce_only'],
    [400, { error: 'invalid', text: 'the price is too high' }, 'refused price_band'],
    [400, { error: 'invalid', text: 'else' }, 'refused other'],
    [500, { error: 'no-position' }, 'unknown'],
    [503, { error: 'closed' }, 'not_sent throttled'],
    [500, { error: 'closed' }, 'unknown'],
    [200, { neither: 1 }, 'unknown'],
    [200, '<html>', 'unknown'],
    [401, '', 'refused authentication'],
    [425, 'too early', 'not_sent timestamp_refused'],
    [429, '<html>', 'not_sent throttled'],
    // An error in words goes before the status.
    [429, { error: 'no-position' }, 'refused reduce_only'],
  ])('HTTP %i %j: %s', (status, body, expected) => {
    expect(proofIn(classifier.send(said(status, body)))).toBe(expected);
  });

  it('keeps the words of the venue, without NUL and within bounds', () => {
    expect(classifier.send(said(400, { error: 'no-position', text: `a\0${'b'.repeat(600)}` }))).toEqual({
      kind: 'refused',
      reason: { kind: 'reduce_only', venueCode: 'no-position', venueMessage: `a${'b'.repeat(498)}` },
    });
  });

  it.each([
    [200, 'gone', 'not_found'],
    [500, 'gone', 'unknown'],
    [200, 'forbidden', 'refused'],
    [200, 'no-position', 'refused'],
    [200, 'busy', 'unknown'],
  ])('takes HTTP %i %s of a cancel for %s', (status, error, kind) => {
    expect(classifier.cancel(said(status, { error })).kind).toBe(kind);
  });

  it('takes a setting for set that is so already, though not with a 5xx', () => {
    expect(classifier.setting(said(200, { error: 'same' }))).toEqual({ kind: 'set' });
    expect(classifier.setting(said(502, { error: 'same' })).kind).toBe('unknown');
    expect(classifier.send(said(200, { error: 'same' })).kind).toBe('unknown');
  });

  it('says of a reading whether another attempt may help, and of the venue whether it is at work', () => {
    const read = (status: number, body: object | string) => classifier.read(said(status, body));
    expect(read(200, { ok: true, data: [1] })).toEqual({ kind: 'ok', body: [1] });
    expect(read(200, { error: 'gone' })).toEqual({ kind: 'no_such_order' });
    expect(read(200, { error: 'invalid', text: 'order not exist' })).toEqual({ kind: 'no_such_order' });
    expect(read(400, { error: 'invalid', text: 'else' }).kind).toBe('refused');
    expect(read(500, { error: 'gone' })).toMatchObject({ kind: 'retryable', unhealthy: true });
    expect(read(200, { error: 'busy' })).toMatchObject({ kind: 'retryable', unhealthy: false });
    expect(read(200, '<html>')).toMatchObject({ kind: 'retryable', unhealthy: true });
    expect(read(429, '')).toMatchObject({ kind: 'retryable', unhealthy: true, clockRefused: false });
    expect(read(200, { error: 'late' })).toMatchObject({ unhealthy: false, clockRefused: true });
    expect(read(400, { error: 'no-position', text: 'none' })).toEqual({
      kind: 'refused',
      detail: 'no-position none',
    });
  });

  it('knows the code of an answer, and whether it says that we ask too much', () => {
    expect(classifier.codeOf(said(200, { error: 'busy' }))).toBe('busy');
    expect(classifier.codeOf(said(200, { ok: true }))).toBeNull();
    expect(classifier.isThrottled(said(200, { error: 'too-often' }))).toBe(true);
    expect(classifier.isThrottled(said(401, ''))).toBe(false);
  });
});
