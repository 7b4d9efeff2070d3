/**
 * MEXC by its own wire: spot with its parameters in the query, contracts in JSON, with numbers for sides and types.
 *
 * Entry point: `MEXC_ON_WIRE`.
 */
import { contractTradeId } from '../../../src/simulators/mexc/futures/instruments.ts';
import { MARKET_TAG } from '../../../src/simulators/mexc/futures/order-words.ts';
import { mexcProtocol } from '../../../src/simulators/mexc/protocol.ts';
import { spotTradeId } from '../../../src/simulators/mexc/spot/instruments.ts';
import type { SentRequest } from '../../../src/simulators/wire/in-process.ts';
import {
  cancelBy,
  codeIn,
  fieldsOf,
  fromContracts,
  namedCredentials,
  parametersOf,
  withoutProof,
  USUAL,
  type CancelAsked,
  type CreateAsked,
  type TermsOnWire,
  type VenueOnWire,
} from './venue-on-wire.ts';

const SPOT_ORDER = '/api/v3/order';
const SWAP_ORDER = '/api/v1/private/order/create';
const SWAP_CANCEL = '/api/v1/private/order/cancel';
const SWAP_CANCEL_BY_OWN_ID = '/api/v1/private/order/cancel_with_external';

const SYMBOLS: Readonly<Record<string, string>> = { BTCUSDT: 'BTC/USDT', ETHUSDT: 'ETH/USDT' };
const SWAP = 'BTC/USDT:USDT';
/** Base units of one contract of it. */
const CONTRACT = '0.0001';

type Terms = Pick<TermsOnWire, 'type' | 'timeInForce' | 'postOnly'>;

const RESTS: Terms = { type: 'limit', timeInForce: 'GTC', postOnly: false };
const MARKET: Terms = { type: 'market', timeInForce: null, postOnly: false };
const SPOT_TYPES: Readonly<Record<string, Terms>> = {
  MARKET,
  LIMIT: RESTS,
  LIMIT_MAKER: { ...RESTS, postOnly: true },
  IMMEDIATE_OR_CANCEL: { ...RESTS, timeInForce: 'IOC' },
  FILL_OR_KILL: { ...RESTS, timeInForce: 'FOK' },
};
/** `type` of "Order". */
const SWAP_TYPES: Readonly<Record<string, Terms>> = {
  '1': RESTS,
  '2': { ...RESTS, postOnly: true },
  '3': { ...RESTS, timeInForce: 'IOC' },
  '4': { ...RESTS, timeInForce: 'FOK' },
  '5': MARKET,
};
/** `side` of "Order", which says whether it opens or closes. */
const DIRECTIONS: Readonly<Record<string, readonly [side: string, positionSide: 'long' | 'short']>> = {
  '1': ['buy', 'long'],
  '2': ['buy', 'short'],
  '3': ['sell', 'short'],
  '4': ['sell', 'long'],
};
const HEDGED = '1';
/** An order of contracts is signed as long before the time that it was journaled with as the venue allows beyond its lifetime. */
const LIFETIME_MS = 2_000;
const TIMESTAMP_MS = 10_000;
const TIME_CODES: ReadonlySet<string> = new Set(['700003', '10073', '513']);

function createIn(sent: SentRequest): CreateAsked | null {
  if (sent.method !== 'POST') return null;
  switch (sent.path) {
    case SPOT_ORDER:
      return spotCreate(sent);
    case SWAP_ORDER:
      return swapCreate(sent);
    default:
      return null;
  }
}

/** "New Order". */
function spotCreate(sent: SentRequest): CreateAsked {
  const parameters = parametersOf(sent);
  const field = (name: string): string | null => parameters.get(name);
  return {
    clientOrderId: field('newClientOrderId') ?? '',
    symbol: SYMBOLS[field('symbol') ?? ''] ?? '',
    side: (field('side') ?? '').toLowerCase(),
    positionSide: 'net',
    signedAt: Number(field('timestamp')),
    terms: {
      ...known(SPOT_TYPES, field('type')),
      quantity: field('quantity'),
      cost: field('quoteOrderQty'),
      price: field('price'),
      stopPrice: null,
      triggerSource: null,
      reduceOnly: false,
    },
    text: `${sent.path} ${withoutProof(parameters)}`,
  };
}

/** "Order": in one-way mode the closing sides go with `reduceOnly`, which says by itself that it only reduces. */
function swapCreate({ body, headers, path }: SentRequest): CreateAsked {
  const fields = fieldsOf(body);
  const [side, positionSide] = known(DIRECTIONS, fields.get('side'));
  const terms = known(SWAP_TYPES, fields.get('type'));
  return {
    clientOrderId: fields.get('externalOid') ?? '',
    symbol: SWAP,
    side,
    positionSide: fields.get('positionMode') === HEDGED ? positionSide : 'net',
    signedAt: Number(headers['request-time']) + TIMESTAMP_MS - LIFETIME_MS,
    terms: {
      ...terms,
      quantity: fromContracts(fields.get('vol') ?? '', CONTRACT),
      cost: null,
      // Of a market order it counts for nothing.
      price: terms.type === 'market' ? null : (fields.get('price') ?? null),
      stopPrice: null,
      triggerSource: null,
      reduceOnly: fields.get('reduceOnly') === 'true',
    },
    text: `${path} ${body}`,
  };
}

function known<Value>(table: Readonly<Record<string, Value>>, name: string | null | undefined): Value {
  const found = table[name ?? ''];
  if (found === undefined) throw new Error(`the world knows no order of ${name ?? 'no kind'}`);
  return found;
}

function cancelIn(sent: SentRequest): CancelAsked | null {
  const { body, method, path } = sent;
  if (method === 'DELETE' && path === SPOT_ORDER) {
    const parameters = parametersOf(sent);
    const symbol = SYMBOLS[parameters.get('symbol') ?? ''] ?? '';
    return cancelBy(symbol, parameters.get('orderId'), parameters.get('origClientOrderId'));
  }
  if (method !== 'POST') return null;
  // A list of ids, which has one entry here.
  if (path === SWAP_CANCEL) return cancelBy(SWAP, /\d+/.exec(body)?.[0], null);
  return path === SWAP_CANCEL_BY_OWN_ID ? cancelBy(SWAP, null, fieldsOf(body).get('externalOid')) : null;
}

export const MEXC_ON_WIRE: VenueOnWire = {
  ...USUAL,
  protocol: mexcProtocol,
  // An order of contracts at the market has the edge of what prices may be for its limit.
  priceOf: ({ price, tags }) => (tags[MARKET_TAG] === undefined ? price : null),
  credentials: namedCredentials(null),
  // Two seconds of a lifetime, and ten of an engine of which nothing is said.
  actsForMs: 12_000,
  statuses: { before: 503, after: 504, tooOften: 429 },
  // A status is of the address; 510 of contracts ends the window of one endpoint alone.
  saysStop: ({ status }) => status === 429,
  isPrivate: ({ searchParams }) => searchParams.has('listenKey'),
  // Contracts have one address for everything, at which a connection logs in.
  isLogin: (message) => message.includes('"login"'),
  createIn,
  cancelIn,
  refusalIn: (reply) => {
    const code = codeIn(reply, 'code');
    return TIME_CODES.has(code) ? 'timestamp' : code;
  },
  tradeIdShown: (fill) => (fill.symbol.includes(':') ? contractTradeId(fill) : spotTradeId(fill)),
  // The number of a side says whether it closes; which mode that was in is the account's.
  executionsNameSide: false,
  showsMovedCost: true,
};
