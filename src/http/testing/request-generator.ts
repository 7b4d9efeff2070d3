/**
 * Requests made from the OpenAPI document under a seed: valid ones, and every way we know to break one.
 *
 * Entry points: `SeededRandom`, `RequestGenerator`.
 *
 * Invariants:
 *  1. The same seed and the same document give the same requests, as long as the same ids have been noted.
 *  2. A request that would change more than an order when it is valid is sent by the other user, whose portfolio is empty.
 */
import type { NamedOperation } from './api-document.ts';
import type { WireRequest } from './wire-client.ts';

export class SeededRandom {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** From 0 up to 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<Value>(values: readonly Value[]): Value {
    const value = values[this.below(values.length)];
    if (value === undefined) throw new RangeError('nothing to pick from');
    return value;
  }
}

export interface Tokens {
  readonly admin: string;
  readonly trade: string;
  readonly read: string;
  readonly otherUser: string;
  readonly otherAdmin: string;
}

export interface GeneratedRequest extends WireRequest {
  /** As `POST /risk/kill-switch`; null when it is none of the document, or was broken beyond that. */
  readonly operation: string | null;
  readonly isOtherUser: boolean;
  /** Whether the connection may end without an answer. */
  readonly mayGoUnanswered: boolean;
  readonly made: string;
}

const PLACING =
  /^(?:POST \/trading\/v2\/orders\/(?:market|limit|stop|take-profit|batch)|POST .*\}\/close|PATCH \/trading\/v2\/orders\/.*)$/;
/** Operations that change more than one order, when the request is valid. */
const FAR_REACHING =
  /^(?:POST|PUT|PATCH|DELETE) \/(?:risk|accounts|users|tokens|drift|trading\/v2\/(?:positions\/close|leverage|margin-mode|position-mode))/;
/** A connection of another kind, and answers that are large and always the same. */
const BESIDE: readonly string[] = ['GET /stream', 'GET /openapi.json', 'GET /asyncapi.json', 'GET /metrics'];
const MAX_IDS = 300;
const BIG_BODY_BYTES = 10 * 1024 * 1024;

/** JSON texts that stand in for a value. */
const ODD_VALUES: readonly string[] = [
  'null',
  'true',
  'false',
  '0',
  '-1',
  '-0',
  '1.5',
  '1e400',
  '-1e400',
  '1e-400',
  '1E+2',
  '0.1e1',
  'NaN',
  'Infinity',
  '-Infinity',
  '0x10',
  '01',
  '.5',
  '5.',
  '+1',
  '1_000',
  '123456789012345678901234567890',
  '0.10000000000000000001',
  '9007199254740993',
  '""',
  '" "',
  '"0"',
  '"-0.001"',
  '"NaN"',
  '"Infinity"',
  '"1e400"',
  '"1e-30"',
  '"0,001"',
  '"1 "',
  '"０．００１"',
  '"0.0010000001"',
  '"0.00000000000000000000000000000000000000000001"',
  '"99999999999999999999999999999999999999999"',
  '"0.001\\u0000"',
  '"\\ud800"',
  '"\\u202e\\u0000"',
  '"💸"',
  '"ﷺ"',
  '"BTC\\u200b/USDT"',
  '"BTC/USDT;DROP TABLE orders"',
  '"../../../etc/passwd"',
  '"<script>"',
  '"NOPE/USDT"',
  '"BTCUSDT"',
  '"BTC/"',
  '"/"',
  '"mtgox"',
  '"okx"',
  '"coinbase"',
  '"huobi"',
  '"BINANCE"',
  '"live"',
  '"testnet"',
  '"paper"',
  '"BUY"',
  '"both"',
  '"long"',
  '"GTD"',
  '"DAY"',
  '"2020-01-01T00:00:00Z"',
  '"2099-12-31T23:59:59.999Z"',
  '"tomorrow"',
  '"binance-live"',
  '"binance-paper"',
  '[]',
  '{}',
  '[[]]',
  '["0.001"]',
  '{"value":"0.001"}',
  '{"__proto__":{"admin":true}}',
  '{"constructor":{}}',
  `"${'a'.repeat(5_000)}"`,
  `${'['.repeat(40)}${']'.repeat(40)}`,
  `${'{"a":'.repeat(20)}1${'}'.repeat(20)}`,
];

const ODD_TOKENS: readonly string[] = [
  '',
  'Bearer',
  'Bearer ',
  'Bearer nonsense',
  'Basic YWRtaW46YWRtaW4=',
  'Token x',
  `Bearer plm_${'A'.repeat(43)}`,
  `Bearer ${'x'.repeat(600)}`,
  'bearer a b',
  "Bearer ' OR 1=1 --",
  'Bearer ÿþ',
  'Bearer null',
];

const ODD_TYPES: readonly string[] = [
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/xml',
  'application',
  '',
  'application/jsonx',
  'application/json, text/plain',
  'APPLICATION/JSON',
  'application/json; charset=utf-16',
  'text/json',
];

const ODD_PATHS: readonly string[] = [
  '/',
  '//',
  '/api',
  '/api/v1',
  '/api/v1/',
  '/api/v1/orders',
  '/api/v2/trading/v2/orders/open',
  '/api/v1/%00',
  '/%E0%A4%A',
  '/api/v1/trading/v2/orders/%ff/status',
  '/api/v1/../../etc/passwd',
  '/api/v1/trading/v2/orders//status',
  '/api/v1/%2e%2e/%2e%2e',
  '/api/v1/trading/v2/orders/%F0%9F%92%B8/status',
  '/docs/%00',
  '/docs/../openapi.json',
  '/openapi.json/',
  '/metrics/x',
  '/api/v1/trading/v2/positions/%2F',
  '*',
  'http://example.com/api/v1/users',
  '/api/v1/users?%00=%00',
  '/?x=y',
];

const ODD_TEXTS: readonly string[] = [
  '',
  '%00',
  '%0A',
  '%E0%A4%A',
  '..',
  '%2e%2e%2f',
  'ord_nope',
  'BTCUSDT',
  'NOPE-USDT',
  'BTC-USDT',
  '-1',
  '0',
  '1e9',
  'true',
  'TRUE',
  'null',
  'a'.repeat(250),
  'x'.repeat(3_000),
  '%F0%9F%92%B8',
  '%22',
  "'%20OR%201=1",
  '2020-01-01T00:00:00Z',
  'yesterday',
  'mtgox',
  'okx',
  'binance',
  'kucoin',
  '[object%20Object]',
  '1001',
  '10',
  '%E2%80%AE',
];

const METHODS: readonly string[] = [
  'GET',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'HEAD',
  'OPTIONS',
  'TRACE',
  'PROPFIND',
];

/** Of parameters without an example of their own. */
const USUAL: Readonly<Record<string, string>> = {
  exchange: 'binance',
  symbol: 'BTC/USDT',
  cursor: 'none',
};

const SYMBOLS: readonly (readonly [string, string, string])[] = [
  // Symbol, a quantity's unit, a price near the market.
  ['BTC/USDT', '0.00001', '59000'],
  ['BTC-USDT', '0.00001', '58500'],
  ['ETH/USDT', '0.0001', '2900'],
  ['BTC/USDT:USDT', '0.001', '59000'],
  ['BTC-USDT-SWAP', '0.001', '58500'],
];

export class RequestGenerator {
  readonly #random: SeededRandom;
  readonly #operations: readonly NamedOperation[];
  readonly #placing: readonly NamedOperation[];
  readonly #tokens: Tokens;
  readonly #orderIds: string[] = [];
  #made = 0;

  constructor(random: SeededRandom, operations: readonly NamedOperation[], tokens: Tokens) {
    this.#random = random;
    this.#operations = operations.filter(({ name }) => !BESIDE.includes(name));
    this.#placing = operations.filter(({ name }) => PLACING.test(name));
    this.#tokens = tokens;
  }

  /** Notes an id that later requests may name. */
  noteOrder(orderId: string): void {
    if (this.#orderIds.length >= MAX_IDS) this.#orderIds[this.#random.below(MAX_IDS)] = orderId;
    else this.#orderIds.push(orderId);
  }

  make(): GeneratedRequest {
    const random = this.#random;
    this.#made += 1;
    if (this.#made % 2_500 === 0) return this.#big();
    const roll = random.next();
    if (roll < 0.5) return this.#placingRequest();
    if (roll < 0.85) return this.#anyRequest();
    if (roll < 0.97) return this.#oddHead();
    return this.#brokenWire();
  }

  // --- requests by kind ---

  #placingRequest(): GeneratedRequest {
    const random = this.#random;
    const operation = random.pick(this.#placing);
    const valid = this.#bodyOf(operation);
    const roll = random.next();
    const [made, body] =
      roll < 0.06 ? (['valid', valid] as const) : roll < 0.75 ? this.#oddField(valid) : this.#oddText(valid);
    return this.#request(operation, { body, made });
  }

  #anyRequest(): GeneratedRequest {
    const random = this.#random;
    const operation = random.pick(this.#operations);
    const hasBody = operation.operation.requestBody !== undefined;
    const valid = hasBody ? this.#bodyOf(operation) : null;
    const roll = random.next();
    if (roll < 0.35) return this.#request(operation, { body: valid, made: 'as documented' });
    if (valid !== null && roll < 0.65) {
      const [made, body] = random.chance(0.7) ? this.#oddField(valid) : this.#oddText(valid);
      return this.#request(operation, { body, made });
    }
    return this.#request(operation, { body: valid, made: 'odd parameters', hasOddParameters: true });
  }

  #oddHead(): GeneratedRequest {
    const random = this.#random;
    const operation = random.chance(0.6) ? random.pick(this.#placing) : random.pick(this.#operations);
    const body = operation.operation.requestBody === undefined ? null : this.#bodyOf(operation);
    switch (random.below(8)) {
      case 0:
      case 1:
        return this.#request(operation, { body, made: 'odd token', authorization: random.pick(ODD_TOKENS) });
      case 2:
        return this.#request(operation, { body, made: 'odd type', contentType: random.pick(ODD_TYPES) });
      case 3:
        return this.#request(operation, { body, made: 'odd method', method: random.pick(METHODS) });
      case 4:
        return this.#request(operation, { body, made: 'odd path', target: random.pick(ODD_PATHS) });
      case 5: {
        const headers = [`Idempotency-Key: ${random.pick(['a b', 'ÿ', 'x'.repeat(200), '', 'k'])}`];
        return this.#request(operation, { body, made: 'odd key', headers });
      }
      case 6: {
        const headers = [`X-Long: ${'h'.repeat(random.pick([1_000, 9_000, 20_000, 100_000]))}`];
        return this.#request(operation, { body, made: 'huge header', headers });
      }
      default: {
        const query = `?${'q'.repeat(random.pick([10, 7_000, 30_000]))}=${random.pick(ODD_TEXTS)}`;
        return this.#request(operation, { body, made: 'huge query', query });
      }
    }
  }

  /** Bytes that are no request, or one that never ends as it says. */
  #brokenWire(): GeneratedRequest {
    const random = this.#random;
    const operation =
      this.#placing.find(({ name }) => name.endsWith('/market')) ?? random.pick(this.#placing);
    const body = this.#bodyOf(operation);
    const head = (...headers: string[]): string =>
      [
        `POST ${operation.path} HTTP/1.1`,
        'Host: localhost',
        `Authorization: Bearer ${this.#tokens.trade}`,
        'Content-Type: application/json',
        ...headers,
        '',
        '',
      ].join('\r\n');
    const broken = [
      () => `${head('Transfer-Encoding: chunked')}ZZ\r\n${body}\r\n0\r\n\r\n`,
      () => `${head('Transfer-Encoding: chunked')}-5\r\n${body}\r\n0\r\n\r\n`,
      () => `${head('Transfer-Encoding: chunked', 'Content-Length: 5')}5\r\nabcde\r\n0\r\n\r\n`,
      () => `${head('Transfer-Encoding: gzip')}${body}`,
      () => `${head('Content-Length: -5')}${body}`,
      () => `${head('Content-Length: abc')}${body}`,
      () => `${head('Content-Length: 10', 'Content-Length: 20')}${body}`,
      () => `${head(`Content-Length: ${Math.floor(body.length / 2)}`)}${body}`,
      () => `${head('Transfer-Encoding: chunked')}5\r\n${body.slice(0, 5)}\r\n0\r\n\r\n`,
      () => `GARBAGE\r\n\r\n`,
      () => `\u0000\u0001\u0002\r\n\r\n`,
      () => `GET /api/v1/users HTTP/9.9\r\nHost: x\r\n\r\n`,
      () => `FOO /api/v1/users HTTP/1.1\r\nHost: x\r\n\r\n`,
      () => `GET /api/v1/users HTTP/1.1\r\nHost x\r\n\r\n`,
      () => `GET /api/v1/users HTTP/1.1\r\nHost: x\r\nBad Header: 1\r\n\r\n`,
      () => `GET /api/v1/users HTTP/1.1\r\nHost: x\r\nX: a\u0000b\r\n\r\n`,
      () => `GET /api/v1/users HTTP/1.1\r\n\r\n`,
      () => `GET /a b c HTTP/1.1\r\nHost: x\r\n\r\n`,
      () => `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n`,
      () => `CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n`,
      () => `GET /api/v1/users HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n`,
      () => `GET /api/v1/users HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n`,
      () =>
        `${head('Upgrade: websocket', 'Connection: Upgrade', `Content-Length: ${body.length}`)}{${body.slice(1)}`.replace(
          '"side"',
          '"sides"',
        ),
      () => `${head('Expect: the unexpected', 'Content-Length: 2')}{}`,
      () => `\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003`,
    ];
    return {
      bytes: [Buffer.from(random.pick(broken)(), 'latin1')],
      isHead: false,
      ownConnection: true,
      operation: null,
      isOtherUser: false,
      // Some never end; a side that sends no more lets the server see that.
      mayGoUnanswered: true,
      made: 'broken wire',
    };
  }

  #big(): GeneratedRequest {
    const operation = this.#random.pick(this.#placing);
    const padding = 'a'.repeat(BIG_BODY_BYTES);
    return {
      ...this.#request(operation, { body: `{"strategy":"${padding}"}`, made: '10 MB' }),
      ownConnection: true,
      // The server may close while we still write.
      mayGoUnanswered: true,
    };
  }

  // --- parts ---

  #request(
    { name, method, path, operation }: NamedOperation,
    parts: {
      readonly body: string | Buffer | null;
      readonly made: string;
      readonly method?: string;
      readonly target?: string;
      readonly query?: string;
      readonly authorization?: string;
      readonly contentType?: string;
      readonly headers?: readonly string[];
      readonly hasOddParameters?: boolean;
    },
  ): GeneratedRequest {
    const random = this.#random;
    const isFar = FAR_REACHING.test(name);
    const who = isFar
      ? random.pick(['otherAdmin', 'otherAdmin', 'otherUser', 'read'] as const)
      : random.pick([
          'trade',
          'trade',
          'trade',
          'trade',
          'trade',
          'admin',
          'admin',
          'read',
          'otherUser',
          'otherAdmin',
        ] as const);
    const isOdd = parts.hasOddParameters === true;
    const filled = path.replaceAll(/\{(\w+)\}/g, (_match, part: string) => this.#pathText(part, isOdd));
    const query = parts.query ?? this.#query(operation.parameters, isOdd);
    const used = parts.method ?? method;
    const body =
      parts.body === null ? null : Buffer.isBuffer(parts.body) ? parts.body : Buffer.from(parts.body);
    // A far-reaching path under another method, or an odd path under this one, is still the other user's.
    const authorization = parts.authorization ?? `Bearer ${this.#tokens[who]}`;
    const headers = [
      `${used} ${parts.target ?? filled + query} HTTP/1.1`,
      'Host: localhost',
      ...(authorization === '' ? [] : [`Authorization: ${authorization}`]),
      ...(body === null
        ? []
        : [
            ...(parts.contentType === '' ? [] : [`Content-Type: ${parts.contentType ?? 'application/json'}`]),
            `Content-Length: ${body.length}`,
          ]),
      ...(parts.headers ?? []),
    ];
    return {
      bytes: [Buffer.from(`${headers.join('\r\n')}\r\n\r\n`, 'latin1'), ...(body === null ? [] : [body])],
      isHead: used === 'HEAD',
      ownConnection: false,
      operation: used === method && parts.target === undefined ? name : null,
      isOtherUser: who === 'otherUser',
      mayGoUnanswered: false,
      made: parts.made,
    };
  }

  #pathText(part: string, isOdd: boolean): string {
    const random = this.#random;
    if (isOdd && random.chance(0.6)) return random.pick(ODD_TEXTS);
    if (part === 'order_id') return this.#orderIds.length === 0 ? 'ord_nope' : random.pick(this.#orderIds);
    if (part === 'symbol')
      return random.pick(['BTC-USDT', 'BTC%2FUSDT', 'ETH-USDT', 'BTC-USDT-SWAP', 'NOPE-USDT']);
    if (part === 'account_id') return random.pick(['binance-paper', 'binance-live', 'binance-testnet']);
    return random.pick(['usr_nope', 'tok_nope', 'case-1']);
  }

  #query(parameters: NamedOperation['operation']['parameters'], isOdd: boolean): string {
    const random = this.#random;
    const given = parameters
      .filter((parameter) => parameter.in === 'query')
      .filter(({ required }) => (required === true ? !isOdd || random.chance(0.8) : random.chance(0.35)))
      .flatMap(({ name, example, schema }) => {
        const options: unknown = schema?.['enum'];
        const valid =
          name === 'account'
            ? 'binance-paper'
            : Array.isArray(options) && random.chance(0.5)
              ? String(random.pick(options))
              : encodeURIComponent(typeof example === 'string' ? example : (USUAL[name] ?? '1'));
        const text = isOdd && random.chance(0.5) ? random.pick(ODD_TEXTS) : valid;
        return isOdd && random.chance(0.1) ? [`${name}=${text}`, `${name}=${valid}`] : [`${name}=${text}`];
      });
    if (isOdd && random.chance(0.2))
      given.push(random.pick(['no_such_field=1', '=', '&&', 'a[b]=c', '__proto__=1', '%']));
    return given.length === 0 ? '' : `?${given.join('&')}`;
  }

  /** A body that the service should take, as JSON. */
  #bodyOf({ name, operation }: NamedOperation): string {
    const random = this.#random;
    if (/\/orders\/(market|limit|stop|take-profit)$/.test(name))
      return JSON.stringify(this.#order((name.split('/').at(-1) ?? '').replace('-', '_')));
    if (name.endsWith('/orders/batch')) {
      const orders = Array.from({ length: 1 + random.below(4) }, () => {
        const type = random.pick(['market', 'limit', 'stop', 'take_profit']);
        return { type, ...this.#order(type) };
      });
      return JSON.stringify({
        orders,
        ...(random.chance(0.3) ? { all_or_none_risk: random.chance(0.5) } : {}),
      });
    }
    if (name.endsWith('}/close')) {
      const share = random.pick([{ fraction: '0.1' }, { fraction: 0.05 }, { quantity: '0.001' }]);
      return JSON.stringify({ exchange: 'binance', wait_ms: 100, ...share });
    }
    if (name.startsWith('PATCH /trading'))
      return JSON.stringify({ price: String(50_000 + random.below(5_000)), wait_ms: 100 });
    const examples = Object.values(operation.requestBody?.content['application/json']?.examples ?? {});
    const example = examples.length === 0 ? {} : (random.pick(examples).value ?? {});
    return JSON.stringify(example);
  }

  #order(type: string): Record<string, unknown> {
    const random = this.#random;
    const [symbol, unit, near] = random.pick(SYMBOLS);
    const side = random.pick(['buy', 'sell']);
    const decimals = unit.length - 2;
    const least = unit === '0.001' ? 2 : unit === '0.0001' ? 40 : 20;
    const quantity = ((least + random.below(200)) / 10 ** decimals).toFixed(decimals);
    const price = String(Number(near) + random.below(500) * (side === 'buy' ? -1 : 3));
    const common = {
      exchange: random.pick(['binance', 'binance', 'BINANCE']),
      symbol,
      side,
      // Cut off by what it sent: written as text or as a number, both are the same figure.
      quantity: random.chance(0.7) ? quantity : Number(quantity),
      wait_ms: random.pick([0, 50, 200]),
      ...(random.chance(0.5) ? { client_order_id: `c-${this.#made}-${random.below(1_000_000)}` } : {}),
      ...(random.chance(0.2) ? { strategy: random.pick(['grid', 'a.b-c_d', 'x']) } : {}),
      ...(random.chance(0.1) ? { mode: 'paper' } : {}),
      ...(random.chance(0.1) ? { account: 'binance-paper' } : {}),
    };
    if (type === 'limit')
      return {
        ...common,
        price,
        ...(random.chance(0.3) ? { time_in_force: random.pick(['GTC', 'IOC', 'FOK']) } : {}),
      };
    if (type === 'stop')
      return { ...common, stop_price: String(Number(near) - 5_000 - random.below(1_000)), side: 'sell' };
    if (type === 'take_profit')
      return { ...common, stop_price: String(Number(near) + 5_000 + random.below(1_000)), side: 'sell' };
    return common;
  }

  /** A field left out, added, doubled, or with another value. */
  #oddField(valid: string): readonly [made: string, body: string] {
    const random = this.#random;
    const fields = topFields(valid);
    const index = random.below(fields.length);
    const [name, value] = fields[index] ?? ['"x"', '1'];
    const without = fields.filter((_field, at) => at !== index);
    const written = (list: readonly (readonly [string, string])[]): string =>
      `{${list.map(([field, text]) => `${field}:${text}`).join(',')}}`;
    switch (random.below(6)) {
      case 0:
        return [`without ${name}`, written(without)];
      case 1:
        return [
          'unknown field',
          written([
            ...fields,
            [
              random.pick(['"qty"', '"Price"', '""', '"\\u0000"', '"💸"', '"__proto__"', '"constructor"']),
              '1',
            ],
          ]),
        ];
      case 2:
        return [`${name} twice`, written([...fields, [random.pick([name, escapedName(name)]), value]])];
      default: {
        const odd = random.pick(ODD_VALUES);
        return [`${name} is ${odd.slice(0, 40)}`, written([...without, [name, odd]])];
      }
    }
  }

  /** The text itself is spoiled. */
  #oddText(valid: string): readonly [made: string, body: string | Buffer] {
    const random = this.#random;
    const at = 1 + random.below(valid.length - 1);
    switch (random.below(11)) {
      case 0:
        return ['cut off', valid.slice(0, at)];
      case 1:
        return [
          'a byte that is no UTF-8',
          Buffer.concat([
            Buffer.from(valid.slice(0, at)),
            Buffer.from([0xff, 0xfe]),
            Buffer.from(valid.slice(at)),
          ]),
        ];
      case 2:
        return ['a NUL', `${valid.slice(0, at)}\u0000${valid.slice(at)}`];
      case 3:
        return ['a byte order mark', `\ufeff${valid}`];
      case 4:
        return ['deep nesting', '['.repeat(random.pick([17, 1_000, 100_000]))];
      case 5:
        return ['a list of it', `[${valid}]`];
      case 6:
        return ['something behind it', `${valid}${random.pick(['}', ' x', ',', valid, '//'])}`];
      case 7:
        return ['a comma too many', `${valid.slice(0, -1)},}`];
      case 8:
        return ['nothing', random.pick(['', ' ', 'null', '""', '0', 'undefined', '[]', '{}'])];
      case 9:
        return ['other quotes', valid.replaceAll('"', "'")];
      default:
        return ['spaces', `\n\t ${valid.replaceAll(',', ' ,\r\n ')} \n`];
    }
  }
}

/** Names and values of a JSON object, both as JSON. */
function topFields(text: string): [name: string, value: string][] {
  const object = JSON.parse(text) as Record<string, unknown>;
  return Object.entries(object).map(([name, value]) => [JSON.stringify(name), JSON.stringify(value)]);
}

/** The same name written with an escape. */
function escapedName(name: string): string {
  const code = name.charCodeAt(1).toString(16).padStart(4, '0');
  return `"\\u${code}${name.slice(2)}`;
}
