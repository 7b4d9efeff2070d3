/**
 * The way to an endpoint under rules that differ from Binance's in every respect: keys and times in headers, a base64
 * signature over method, path and body, JSON bodies, an envelope around every answer, refusals with status 200.
 */
import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { heldExchange, START_AT } from '../exchange/example-venue.ts';
import { endpointRoute, type AccessRules, type AccountCall } from './access.ts';
import { objectValues, RequestFields, type FieldRules } from './request-fields.ts';
import type { WireReply, WireRequest } from './wire.ts';

class VenueRefusal extends Error {
  readonly code: string;

  constructor(code: string, text: string) {
    super(text);
    this.code = code;
  }
}

const refusal =
  (code: string) =>
  (name: string): VenueRefusal =>
    new VenueRefusal(code, name);

const FIELDS: FieldRules = {
  decimal: { pattern: /^-?[0-9]+(\.[0-9]+)?$/, shown: '' },
  integer: { pattern: /^[0-9]+$/, shown: '' },
  boolean: { pattern: /^(true|false)$/, shown: '' },
  maxScale: 12,
  missing: refusal('50014'),
  empty: refusal('50014'),
  malformed: refusal('51000'),
  tooPrecise: refusal('51000'),
  unread: null,
  alwaysRead: [],
};

type Proof = Readonly<Record<'key' | 'sign' | 'time' | 'passphrase', string>> & { readonly signed: string };
type Facts = { readonly perAccount: number };

function rulesOf(passed: string[]): AccessRules<RequestFields, Proof, Facts> {
  const exchange = heldExchange();
  exchange.registerAccount(START_AT, {
    accountId: 'reader',
    credentials: { key: 'reader-key', secret: 'alice-secret', passphrase: null },
    permissions: { trade: false, withdraw: false },
    balances: [],
  });
  return {
    fields: ({ body }) => new RequestFields(objectValues(JSON.parse(body === '' ? '{}' : body)), FIELDS),
    proof: ({ headers, method, path, body }) => ({
      key: headers['access-key'] ?? '',
      sign: headers['access-sign'] ?? '',
      time: headers['access-timestamp'] ?? '',
      passphrase: headers['access-passphrase'] ?? '',
      signed: `${headers['access-timestamp']}${method}${path}${body}`,
    }),
    charge: ({ perAccount }) => {
      passed.push(`charged ${perAccount}`);
    },
    accepted: () => {
      passed.push('accepted');
    },
    account: ({ key }) => {
      const account = exchange.accountByKey(key);
      if (account === null) throw new VenueRefusal('50111', 'Invalid key');
      return account;
    },
    checks: [
      ({ proof, clockMs }) => {
        if (Math.abs(Date.parse(proof.time) - clockMs) > 30_000) throw new VenueRefusal('50102', 'Expired');
      },
      ({ proof }) => {
        if (proof.passphrase !== 'phrase') throw new VenueRefusal('50105', 'Passphrase incorrect');
      },
      ({ proof, account }) => {
        const { secret } = account.credentials;
        if (createHmac('sha256', secret).update(proof.signed).digest('base64') !== proof.sign)
          throw new VenueRefusal('50113', 'Invalid sign');
      },
    ],
    mayNotTrade: () => new VenueRefusal('50120', 'No permission'),
    headers: (_endpoint, accountId) => ({ 'x-account': accountId ?? 'none' }),
    success: (body) => JSON.stringify({ code: '0', msg: '', data: [body] }),
    refusal: (error) =>
      error instanceof VenueRefusal
        ? { status: 200, body: JSON.stringify({ code: error.code, msg: error.message, data: [] }) }
        : null,
  };
}

const PATH = '/api/v5/trade/order';

/** A signed request of alice, with whatever is to be wrong about it. */
function request(body: string, wrong: Readonly<Record<string, string>> = {}): WireRequest {
  const time = new Date(START_AT).toISOString();
  const sign = createHmac('sha256', 'alice-secret').update(`${time}POST${PATH}${body}`).digest('base64');
  return {
    method: 'POST',
    path: PATH,
    query: '',
    body,
    headers: {
      'access-key': 'alice-key',
      'access-sign': sign,
      'access-timestamp': time,
      'access-passphrase': 'phrase',
      ...wrong,
    },
    parameters: {},
    at: START_AT,
    clockMs: START_AT,
  };
}

function serve(
  asked: WireRequest,
  answer: (call: AccountCall<RequestFields>) => unknown = ({ parameters }) => ({
    size: parameters.requiredDecimal('sz').toString(),
  }),
): { readonly reply: WireReply; readonly passed: string[] } {
  const passed: string[] = [];
  const route = endpointRoute(rulesOf(passed), {
    method: 'POST',
    path: PATH,
    route: 'create_order',
    security: 'trade',
    perAccount: 60,
    answer,
  });
  return { reply: route.reply(asked) as WireReply, passed };
}

test('a request that passes is answered in the envelope, with the headers of its account', () => {
  expect(serve(request('{"sz":"1.50"}'))).toEqual({
    reply: {
      status: 200,
      body: '{"code":"0","msg":"","data":[{"size":"1.5"}]}',
      headers: { 'x-account': 'alice' },
    },
    passed: ['charged 60', 'accepted'],
  });
});

test.each([
  ['an unknown key', { 'access-key': 'nobody' }, '50111'],
  ['a time long past', { 'access-timestamp': '2001-01-01T00:00:00.000Z', 'access-passphrase': '' }, '50102'],
  ['another passphrase', { 'access-passphrase': '', 'access-sign': '' }, '50105'],
  ['another signature', { 'access-sign': 'AAAA' }, '50113'],
  ['a key that may only read', { 'access-key': 'reader-key' }, '50120'],
])('%s is refused before the endpoint runs, the checks in the venue’s order', (_name, wrong, code) => {
  let isReached = false;
  const { reply, passed } = serve(request('{"sz":"1"}', wrong), () => {
    isReached = true;
  });
  expect(JSON.parse(reply.body)).toMatchObject({ code });
  expect(reply.headers).toEqual({ 'x-account': 'none' });
  expect(passed).toEqual(['charged 60']);
  expect(isReached).toBe(false);
});

test.each([
  ['{}', '50014'],
  ['{"sz":""}', '50014'],
  ['{"sz":"a lot"}', '51000'],
])('the fields of %s are refused as %s', (body, code) => {
  expect(JSON.parse(serve(request(body)).reply.body)).toMatchObject({ code });
});

test('an error that is no refusal is a bug and is thrown on', () => {
  const bug = (): never => {
    throw new RangeError('a bug');
  };
  expect(() => serve(request('{}'), bug)).toThrow('a bug');
});
