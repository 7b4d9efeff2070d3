/**
 * Coinbase by its own wire: spot alone, with type and lifetime in the name of a configuration and the time of signing in a token.
 *
 * Entry point: `COINBASE_ON_WIRE`.
 */
import { tradeIdOf } from '../../../src/simulators/coinbase/instruments.ts';
import { coinbaseProtocol } from '../../../src/simulators/coinbase/protocol.ts';
import { readToken } from '../../../src/simulators/coinbase/signing.ts';
import type { Credentials } from '../../../src/simulators/exchange/account.ts';
import { hashText, Random } from '../../../src/simulators/exchange/random.ts';
import type { SentRequest } from '../../../src/simulators/wire/in-process.ts';
import {
  cancelBy,
  fieldsOf,
  USUAL,
  type CancelAsked,
  type CreateAsked,
  type TermsOnWire,
  type VenueOnWire,
} from './venue-on-wire.ts';

const ORDERS = '/api/v3/brokerage/orders';
const CANCELS = '/api/v3/brokerage/orders/batch_cancel';

const SYMBOLS: Readonly<Record<string, string>> = { 'BTC-USDT': 'BTC/USDT', 'ETH-USDT': 'ETH/USDT' };
/** "Create Order": the configuration's name says type and time in force. */
const CONFIGURATIONS: Readonly<Record<string, Pick<TermsOnWire, 'type' | 'timeInForce'>>> = {
  market_market_ioc: { type: 'market', timeInForce: null },
  limit_limit_gtc: { type: 'limit', timeInForce: 'GTC' },
  sor_limit_ioc: { type: 'limit', timeInForce: 'IOC' },
  limit_limit_fok: { type: 'limit', timeInForce: 'FOK' },
};
/** A token is dated back by a second. */
const BACKDATED_MS = 1_000;

function createIn(sent: SentRequest): CreateAsked | null {
  if (sent.method !== 'POST' || sent.path !== ORDERS) return null;
  const fields = fieldsOf(sent.body);
  return {
    clientOrderId: fields.get('client_order_id') ?? '',
    symbol: SYMBOLS[fields.get('product_id') ?? ''] ?? '',
    side: (fields.get('side') ?? '').toLowerCase(),
    positionSide: 'net',
    signedAt: signedAtOf(sent),
    terms: termsIn(sent.body),
    text: `${sent.path} ${sent.body}`,
  };
}

/** Whole seconds. */
function signedAtOf({ headers }: SentRequest): number {
  const token = readToken((headers['authorization'] ?? '').replace('Bearer ', ''));
  return token === null ? Number.NaN : token.notBeforeMs + BACKDATED_MS;
}

function termsIn(body: string): TermsOnWire {
  const { order_configuration: given } = JSON.parse(body) as {
    readonly order_configuration: Readonly<Record<string, Readonly<Record<string, string | boolean>>>>;
  };
  const [[name, terms] = ['none', {}]] = Object.entries(given);
  const configuration = CONFIGURATIONS[name];
  if (configuration === undefined) throw new Error(`the world knows no order of the configuration ${name}`);
  const field = (key: string): string | null => (typeof terms[key] === 'string' ? terms[key] : null);
  return {
    ...configuration,
    quantity: field('base_size'),
    cost: field('quote_size'),
    price: field('limit_price'),
    stopPrice: null,
    triggerSource: null,
    postOnly: terms['post_only'] === true,
    reduceOnly: false,
  };
}

/** A list of the venue's ids, which has one entry here. */
function cancelIn({ body, method, path }: SentRequest): CancelAsked | null {
  if (method !== 'POST' || path !== CANCELS) return null;
  const { order_ids: ids } = JSON.parse(body) as { readonly order_ids: readonly string[] };
  return cancelBy(null, ids[0] ?? '', null);
}

const made = new Map<string, Credentials>();

/** The same key for an account in every world: making one takes a while. */
function credentialsOf(accountId: string): Credentials {
  const random = new Random(hashText(accountId));
  const randomHex = (bytes: number): string =>
    Array.from({ length: bytes }, () => random.below(256).toString(16).padStart(2, '0')).join('');
  const credentials = made.get(accountId) ?? coinbaseProtocol.newCredentials(randomHex);
  made.set(accountId, credentials);
  return credentials;
}

export const COINBASE_ON_WIRE: VenueOnWire = {
  ...USUAL,
  protocol: coinbaseProtocol,
  credentials: credentialsOf,
  signedTimeStepMs: 1_000,
  // A token lives for two minutes, and readers of tokens allow one for clocks that differ.
  actsForMs: 190_000,
  statuses: { before: 503, after: 500, tooOften: 429 },
  saysStop: ({ status }) => status === 429,
  isPrivate: ({ pathname }) => pathname === '/user',
  createIn,
  cancelIn,
  // One answer stands for everything that a token may lack.
  refusalIn: ({ body, status }) =>
    status === 401 ? 'timestamp' : (/"error":\s*"(\w+)"/.exec(body)?.[1] ?? `status ${status}`),
  tradeIdShown: tradeIdOf,
  cancelsByVenueIdAlone: true,
};
