/**
 * Whether the bytes of a request may become orders: a second opinion, written from docs/api.md, that shares nothing with
 * the service but its list of instruments.
 *
 * Entry point: `OrderOracle`.
 *
 * Invariants:
 *  1. It judges what was sent, not what was meant: the head, the token and the body are read from the bytes.
 *  2. `true` says that the request is one the service should take; risk, balance and the market may refuse it still.
 */

/** Figures in the smallest step of all, so that they are compared as whole numbers. */
const SCALE = 24;
/** Before the point, and behind it. */
const MOST_DIGITS = 40;

export interface OracleInstrument {
  readonly symbol: string;
  readonly tick: string;
  readonly lot: string;
  readonly leastQuantity: string;
}

interface Head {
  readonly method: string;
  readonly path: string;
  readonly hasQuery: boolean;
  readonly headers: ReadonlyMap<string, string>;
}

type Fields = Readonly<Record<string, unknown>>;

/** A JSON number as it was written. */
class Written {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

const SHARED = [
  'exchange',
  'symbol',
  'side',
  'account',
  'mode',
  'client_order_id',
  'reduce_only',
  'position_side',
  'send_within_ms',
  'wait_ms',
  'strategy',
  'type',
] as const;
const CONDITIONAL = [
  'quantity',
  'stop_price',
  'price',
  'trigger',
  'trigger_direction',
  'on_would_trigger',
  'keep_after_close',
  'time_in_force',
  'expires_at',
];
const OWN: Readonly<Record<string, readonly string[]>> = {
  market: ['quantity', 'cost', 'market_protection_bps'],
  limit: ['quantity', 'price', 'time_in_force', 'expires_at', 'post_only'],
  stop: CONDITIONAL,
  take_profit: CONDITIONAL,
};
const CLOSE = [
  'exchange',
  'account',
  'mode',
  'position_side',
  'quantity',
  'fraction',
  'client_order_id',
  'market_protection_bps',
  'wait_ms',
  'strategy',
];
const AMEND = ['quantity', 'price', 'stop_price', 'client_order_id', 'mode', 'wait_ms'];

export class OrderOracle {
  readonly #instruments: ReadonlyMap<string, OracleInstrument>;
  readonly #tokens: ReadonlySet<string>;

  /** `tokens` are those that may trade on the account of the test. */
  constructor(instruments: readonly OracleInstrument[], tokens: readonly string[]) {
    this.#instruments = new Map(instruments.map((instrument) => [instrument.symbol, instrument]));
    this.#tokens = new Set(tokens);
  }

  /** For each order that the request asks for, whether it may be placed; empty when it may place none. */
  judge(bytes: Buffer): readonly boolean[] {
    const at = bytes.indexOf('\r\n\r\n');
    const head = at < 0 ? null : readHead(bytes.toString('latin1', 0, at));
    if (head === null || !this.#isAllowed(head)) return [];
    const body = readBody(head, bytes.subarray(at + 4));
    if (body === undefined) return [];
    const key = head.headers.get('idempotency-key');
    if (key !== undefined && !/^[\x21-\x7e]{1,128}$/.test(key)) return [];
    const [, kind] =
      /^\/api\/v1\/trading\/v2\/orders\/(market|limit|stop|take-profit|batch)$/.exec(head.path) ?? [];
    if (head.method === 'POST' && kind === 'batch') return this.#judgeBatch(body);
    if (head.method === 'POST' && kind !== undefined)
      return [this.#isOrder(body, kind.replace('-', '_'), false) === 'placeable'];
    if (head.method === 'POST') {
      const [, symbol] = /^\/api\/v1\/trading\/v2\/positions\/([^/]+)\/close$/.exec(head.path) ?? [];
      return symbol === undefined ? [] : [this.#isClose(symbol, body)];
    }
    const isAmend = head.method === 'PATCH' && /^\/api\/v1\/trading\/v2\/orders\/[^/]+$/.test(head.path);
    return isAmend ? [isAmendment(body)] : [];
  }

  #isAllowed({ headers, hasQuery, method }: Head): boolean {
    const [, token = ''] = /^Bearer +(\S+) *$/i.exec(headers.get('authorization') ?? '') ?? [];
    const type = headers.get('content-type') ?? '';
    return (
      this.#tokens.has(token) &&
      /^application\/json\s*(;|$)/i.test(type) &&
      headers.has('host') &&
      // An order may be named with a query when it is amended, and nowhere else.
      (!hasQuery || method === 'PATCH')
    );
  }

  #judgeBatch(body: unknown): readonly boolean[] {
    if (!isFields(body) || !hasOnly(body, ['orders', 'all_or_none_risk'])) return [];
    if (!isOptional(body['all_or_none_risk'], (value) => typeof value === 'boolean')) return [];
    const { orders } = body;
    if (!Array.isArray(orders) || orders.length === 0 || orders.length > 100) return [];
    const verdicts = orders.map((order: unknown) =>
      isFields(order) && typeof order['type'] === 'string'
        ? this.#isOrder(order, order['type'], true)
        : 'malformed',
    );
    // One that is malformed spoils the request; one that is off the grid is refused alone.
    return verdicts.includes('malformed') ? [] : verdicts.map((verdict) => verdict === 'placeable');
  }

  #isOrder(order: unknown, type: string, typeIsGiven: boolean): 'placeable' | 'refused' | 'malformed' {
    const own = OWN[type];
    if (!isFields(order) || own === undefined || !hasOnly(order, [...SHARED, ...own])) return 'malformed';
    if (typeIsGiven ? order['type'] !== type : !isOptional(order['type'], (value) => value === type))
      return 'malformed';
    const symbol = unified(order['symbol']);
    const figures = ['quantity', 'price', 'stop_price', 'cost'].filter((name) => order[name] !== undefined);
    const conditional = ['quantity', 'stop_price'];
    const needed =
      { market: [], limit: ['quantity', 'price'], stop: conditional, take_profit: conditional }[type] ?? [];
    const isStop = type === 'stop';
    const isWellFormed =
      isExchange(order['exchange']) &&
      symbol !== null &&
      (order['side'] === 'buy' || order['side'] === 'sell') &&
      areShared(order) &&
      isOptional(order['reduce_only'], (value) => typeof value === 'boolean') &&
      isOptional(order['position_side'], isPositionSide) &&
      isOptional(order['send_within_ms'], (value) => isWhole(value, 1, 300_000)) &&
      isOptional(order['market_protection_bps'], (value) => isWhole(value, 0, 5_000)) &&
      isOptional(order['post_only'], (value) => typeof value === 'boolean') &&
      isOptional(order['trigger'], (value) => isOneOf(value, ['last', 'mark', 'index'])) &&
      isOptional(
        order['trigger_direction'],
        (value) => value === ((order['side'] === 'sell') === isStop ? 'falling' : 'rising'),
      ) &&
      isOptional(order['keep_after_close'], (value) => typeof value === 'boolean') &&
      isOptional(order['on_would_trigger'], (value) => isOneOf(value, ['refuse', 'close_now'])) &&
      figures.every((name) => (figureOf(order[name]) ?? 0n) > 0n) &&
      needed.every((name) => order[name] !== undefined) &&
      hasRightTime(order, type) &&
      (type !== 'market' || (order['quantity'] === undefined) !== (order['cost'] === undefined)) &&
      (order['cost'] === undefined || order['side'] === 'buy');
    if (!isWellFormed) return 'malformed';
    const instrument = symbol === null ? undefined : this.#instruments.get(symbol);
    if (instrument === undefined || !isMine(order)) return 'refused';
    // Sides are of swaps; which of them the account has in its mode is not the request's to say.
    if (!instrument.symbol.includes(':') && isOneOf(order['position_side'], ['long', 'short']))
      return 'refused';
    const isOnGrid = (name: string, step: string): boolean => {
      const figure = figureOf(order[name]);
      return figure === null || figure % scaled(step) === 0n;
    };
    const quantity = figureOf(order['quantity']);
    return isOnGrid('quantity', instrument.lot) &&
      isOnGrid('price', instrument.tick) &&
      isOnGrid('stop_price', instrument.tick) &&
      (quantity === null || quantity >= scaled(instrument.leastQuantity))
      ? 'placeable'
      : 'refused';
  }

  #isClose(symbolText: string, body: unknown): boolean {
    const symbol = unified(decoded(symbolText));
    if (!isFields(body) || !hasOnly(body, CLOSE) || symbol === null) return false;
    const instrument = this.#instruments.get(symbol);
    const quantity = body['quantity'] === undefined ? undefined : figureOf(body['quantity']);
    const fraction = body['fraction'] === undefined ? undefined : figureOf(body['fraction']);
    return (
      instrument !== undefined &&
      isExchange(body['exchange']) &&
      isMine(body) &&
      areShared(body) &&
      isOptional(body['position_side'], isPositionSide) &&
      isOptional(body['market_protection_bps'], (value) => isWhole(value, 0, 5_000)) &&
      (quantity === undefined || fraction === undefined) &&
      (quantity === undefined ||
        (quantity !== null && quantity > 0n && quantity % scaled(instrument.lot) === 0n)) &&
      (fraction === undefined || (fraction !== null && fraction > 0n && fraction <= scaled('1')))
    );
  }
}

function isAmendment(body: unknown): boolean {
  if (!isFields(body) || !hasOnly(body, AMEND)) return false;
  const figures = ['quantity', 'price', 'stop_price'].filter((name) => body[name] !== undefined);
  return figures.length > 0 && figures.every((name) => (figureOf(body[name]) ?? 0n) > 0n) && areShared(body);
}

// --- the head and the body ---

function readHead(text: string): Head | null {
  const [requestLine = '', ...lines] = text.split('\r\n');
  const [, method, target] = /^([A-Z]+) (\/[^ ]*) HTTP\/1\.1$/.exec(requestLine) ?? [];
  if (method === undefined || target === undefined) return null;
  const headers = new Map<string, string>();
  for (const line of lines) {
    const [, name, value] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+): *(.*?) *$/.exec(line) ?? [];
    if (name === undefined || value === undefined) return null;
    headers.set(name.toLowerCase(), value);
  }
  const [path = '', query] = target.split('?', 2);
  const hasQuery = (query ?? '').split('&').some((part) => part !== '');
  return { method, path, hasQuery, headers };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return '';
    throw error;
  }
}

/** The JSON of the body; undefined when there is none as the service takes it. */
function readBody({ headers }: Head, bytes: Buffer): unknown {
  if (headers.has('transfer-encoding')) return undefined;
  if (Number(headers.get('content-length')) !== bytes.length || bytes.length > 1_048_576) return undefined;
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return hasOddities(text) ? undefined : parseExactly(text);
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError || error instanceof RangeError)
      return undefined;
    throw error;
  }
}

function parseExactly(text: string): unknown {
  const reviver = (_name: string, value: unknown, context?: { readonly source?: string }): unknown => {
    if (typeof value === 'string' && (value.includes('\0') || !value.isWellFormed()))
      throw new SyntaxError('text');
    return typeof value === 'number' ? new Written(context?.source ?? '') : value;
  };
  return JSON.parse(text, reviver);
}

/** Names that stand twice, or that reach the prototype, and depth: what JSON.parse lets pass. */
function hasOddities(text: string): boolean {
  const open: (Set<string> | null)[] = [];
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]]/gs)) {
    if (token === '{') open.push(new Set());
    else if (token === '[') open.push(null);
    else if (token === '}' || token === ']') open.pop();
    else if (/^\s*:/.test(text.slice(index + token.length, index + token.length + 20))) {
      const name = String(JSON.parse(token));
      const names = open.at(-1);
      if (['__proto__', 'constructor', 'prototype'].includes(name) || names?.has(name) === true) return true;
      names?.add(name);
    }
    if (open.length > 16) return true;
  }
  return false;
}

// --- fields ---

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Written);
}

function hasOnly(fields: Fields, names: readonly string[]): boolean {
  return Object.keys(fields).every((name) => names.includes(name));
}

function isOptional(value: unknown, isRight: (value: unknown) => boolean): boolean {
  return value === undefined || isRight(value);
}

function areShared(fields: Fields): boolean {
  return (
    isOptional(fields['account'], (value) => isText(value, 64)) &&
    isOptional(fields['mode'], (value) => isOneOf(value, ['paper', 'testnet', 'live'])) &&
    isOptional(
      fields['client_order_id'],
      (value) => typeof value === 'string' && /^[\x21-\x7e]{1,64}$/.test(value),
    ) &&
    isOptional(fields['wait_ms'], (value) => isWhole(value, 0, 30_000)) &&
    isOptional(fields['strategy'], (value) => typeof value === 'string' && /^[a-z0-9._-]{1,64}$/.test(value))
  );
}

/** Whether the request means the one account that the test has. */
function isMine(fields: Fields): boolean {
  const { exchange, account, mode } = fields;
  return (
    typeof exchange === 'string' &&
    exchange.toLowerCase() === 'binance' &&
    (account === undefined || account === 'binance-paper') &&
    (mode === undefined || mode === 'paper')
  );
}

const EXCHANGES = ['binance', 'okx', 'bybit', 'htx', 'huobi', 'bitget', 'coinbase', 'kucoin', 'mexc'];

function isExchange(value: unknown): boolean {
  return typeof value === 'string' && EXCHANGES.includes(value.toLowerCase());
}

function isOneOf(value: unknown, options: readonly string[]): boolean {
  return typeof value === 'string' && options.includes(value);
}

function isPositionSide(value: unknown): boolean {
  return isOneOf(value, ['net', 'both', 'long', 'short']);
}

function isText(value: unknown, most: number): boolean {
  return typeof value === 'string' && value.length >= 1 && value.length <= most && !/\p{Cc}/u.test(value);
}

function isWhole(value: unknown, least: number, most: number): boolean {
  if (!(value instanceof Written) || !/^(?:0|-?[1-9]\d*)$/.test(value.text)) return false;
  return Number(value.text) >= least && Number(value.text) <= most;
}

function hasRightTime(order: Fields, type: string): boolean {
  const inForce = order['time_in_force'] === undefined ? 'GTC' : order['time_in_force'];
  if (!isOneOf(inForce, type === 'limit' ? ['GTC', 'IOC', 'FOK', 'GTD'] : ['GTC', 'GTD'])) return false;
  if ((inForce === 'GTD') !== (order['expires_at'] !== undefined)) return false;
  const at = order['expires_at'];
  if (at instanceof Written) return /^\d{10,16}$/.test(at.text);
  return at === undefined || (typeof at === 'string' && (/^\d{10,16}$/.test(at) || isMoment(at)));
}

function isMoment(text: string): boolean {
  return (
    /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/.test(text) &&
    !Number.isNaN(Date.parse(text))
  );
}

function unified(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  const text = value.toUpperCase();
  const [, base, quote, settle, swap] =
    /^([\p{L}\p{N}$._]{1,32})[/-]([\p{L}\p{N}]{1,16})(?::([\p{L}\p{N}]{1,16})|-(SWAP))?$/u.exec(text) ?? [];
  if (base === undefined || quote === undefined) return null;
  const suffix = settle ?? (swap === undefined ? undefined : quote);
  return `${base}/${quote}${suffix === undefined ? '' : `:${suffix}`}`;
}

/** A figure as a multiple of 10^-24; null for what is none, or has more digits than any exchange takes. */
function figureOf(value: unknown): bigint | null {
  const text = value instanceof Written ? value.text : typeof value === 'string' ? value : null;
  if (text === null || !/^[+-]?\d+(\.\d+)?([eE][+-]?\d{1,4})?$/.test(text) || text.length > 100) return null;
  const [mantissa = '', exponentText = '0'] = text.replace('+', '').toLowerCase().split('e');
  const exponent = Number(exponentText);
  if (Math.abs(exponent) > MOST_DIGITS) return null;
  const [whole = '', fraction = ''] = mantissa.split('.');
  const digits = BigInt(whole + fraction);
  const places = fraction.length - exponent - (/0*$/.exec(whole + fraction)?.[0].length ?? 0);
  if (digits !== 0n && places > MOST_DIGITS) return null;
  const shift = SCALE + exponent - fraction.length;
  if (shift >= 0) {
    const figure = digits * 10n ** BigInt(shift);
    return figure < 10n ** BigInt(MOST_DIGITS + SCALE) ? figure : null;
  }
  const divisor = 10n ** BigInt(-shift);
  // Finer than anything on a grid: a hair beside the nearest step, and never zero.
  return digits % divisor === 0n ? digits / divisor : digits / divisor + 1n;
}

function scaled(text: string): bigint {
  return figureOf(text) ?? 0n;
}
