/**
 * Bitget by its own wire: one account for both products, cancels that name no instrument.
 *
 * Entry point: `BITGET_ON_WIRE`.
 */
import { executionId } from '../../../src/simulators/bitget/instruments.ts';
import { bitgetProtocol } from '../../../src/simulators/bitget/protocol.ts';
import type { SentRequest } from '../../../src/simulators/wire/in-process.ts';
import {
  cancelBy,
  codeIn,
  fieldsOf,
  namedCredentials,
  USUAL,
  type CancelAsked,
  type CreateAsked,
  type CreateOnWire,
  type TermsOnWire,
  type VenueOnWire,
} from './venue-on-wire.ts';

const ORDER = '/api/v3/trade/place-order';
const CANCEL = '/api/v3/trade/cancel-order';

const SYMBOLS: Readonly<Record<string, string>> = { BTCUSDT: 'BTC/USDT', ETHUSDT: 'ETH/USDT' };
const POSITION_SIDES: Readonly<Record<string, CreateOnWire['positionSide']>> = {
  long: 'long',
  short: 'short',
};
const LIFETIMES: Readonly<Record<string, string>> = {
  gtc: 'GTC',
  post_only: 'GTC',
  ioc: 'IOC',
  fok: 'FOK',
};
/** An order lives so long from the time that it was journaled with; its request is signed as long before it as the venue allows. */
const LIFETIME_MS = 5_000;
const TIMESTAMP_MS = 30_000;
const TIME_CODES: ReadonlySet<string> = new Set(['40005', '40008']);

type Fields = ReadonlyMap<string, string>;

function createIn({ body, headers, method, path }: SentRequest): CreateAsked | null {
  if (method !== 'POST' || path !== ORDER) return null;
  const fields = fieldsOf(body);
  return {
    clientOrderId: fields.get('clientOid') ?? '',
    symbol: symbolIn(fields),
    side: fields.get('side') ?? '',
    positionSide: POSITION_SIDES[fields.get('posSide') ?? ''] ?? 'net',
    signedAt: Number(headers['access-timestamp']) + TIMESTAMP_MS - LIFETIME_MS,
    terms: termsIn(fields),
    text: `${path} ${body}`,
  };
}

/** "Place Order": a market purchase on spot is sized in the quote coin. */
function termsIn(fields: Fields): TermsOnWire {
  const type = fields.get('orderType');
  if (type !== 'limit' && type !== 'market') throw new Error(`the world knows no order of the type ${type}`);
  const isByCost = type === 'market' && fields.get('category') === 'SPOT' && fields.get('side') === 'buy';
  const size = fields.get('qty') ?? null;
  const lifetime = fields.get('timeInForce') ?? '';
  return {
    type,
    quantity: isByCost ? null : size,
    cost: isByCost ? size : null,
    price: fields.get('price') ?? null,
    stopPrice: null,
    triggerSource: null,
    timeInForce: LIFETIMES[lifetime] ?? null,
    postOnly: lifetime === 'post_only',
    reduceOnly: fields.get('reduceOnly') === 'yes',
  };
}

function cancelIn({ body, method, path }: SentRequest): CancelAsked | null {
  if (method !== 'POST' || path !== CANCEL) return null;
  const fields = fieldsOf(body);
  return cancelBy(null, fields.get('orderId'), fields.get('clientOid'));
}

function symbolIn(fields: Fields): string {
  const id = fields.get('symbol') ?? '';
  const spot = SYMBOLS[id] ?? id;
  return fields.get('category') === 'SPOT' ? spot : `${spot}:USDT`;
}

export const BITGET_ON_WIRE: VenueOnWire = {
  ...USUAL,
  protocol: bitgetProtocol,
  credentials: namedCredentials('ours'),
  // 40010, "Request timed out", comes with 400 as faults of keys do.
  statuses: { before: 503, after: 400, tooOften: 429 },
  // 429 with a code ends the second of one endpoint alone.
  saysStop: () => false,
  isPrivate: ({ pathname }) => pathname === '/v3/ws/private',
  createIn,
  cancelIn,
  refusalIn: (reply) => {
    const code = codeIn(reply, 'code');
    return TIME_CODES.has(code) ? 'timestamp' : code;
  },
  tradeIdShown: executionId,
  // `tradeSide` says what it opened or closed in hedge mode; which mode it was in is the account's.
  executionsNameSide: false,
  // `buyLimitPriceRatio`.
  bandBpsOf: (symbol) => (symbol.includes(':') ? 500 : 200),
  // `pxAmendType`, with which orders that do not rest are sent.
  mayMovePrice: ({ timeInForce }) => timeInForce === 'IOC',
};
