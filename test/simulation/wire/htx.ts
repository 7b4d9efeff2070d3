/**
 * HTX by its own wire: spot, whose types name the side and whose requests are signed in whole seconds.
 *
 * Entry point: `HTX_ON_WIRE`.
 */
import { htxProtocol } from '../../../src/simulators/htx/protocol.ts';
import type { SentRequest } from '../../../src/simulators/wire/in-process.ts';
import {
  cancelBy,
  fieldsOf,
  namedCredentials,
  parametersOf,
  USUAL,
  type CancelAsked,
  type CreateAsked,
  type TermsOnWire,
  type VenueOnWire,
} from './venue-on-wire.ts';

const ORDER = '/v1/order/orders/place';
const CANCEL_BY_OWN_ID = '/v1/order/orders/submitCancelClientOrder';
const CANCEL = /^\/v1\/order\/orders\/(\d+)\/submitcancel$/;

const SYMBOLS: Readonly<Record<string, string>> = { btcusdt: 'BTC/USDT', ethusdt: 'ETH/USDT' };
/** The part of a type behind its side. */
const TYPES: Readonly<Record<string, Pick<TermsOnWire, 'type' | 'timeInForce' | 'postOnly'>>> = {
  market: { type: 'market', timeInForce: null, postOnly: false },
  limit: { type: 'limit', timeInForce: 'GTC', postOnly: false },
  'limit-maker': { type: 'limit', timeInForce: 'GTC', postOnly: true },
  ioc: { type: 'limit', timeInForce: 'IOC', postOnly: false },
  'limit-fok': { type: 'limit', timeInForce: 'FOK', postOnly: false },
};
/** An order lives so long from the time that it was journaled with; its request is signed as long before it as the venue allows. */
const LIFETIME_MS = 10_000;
const TIMESTAMP_MS = 300_000;
/** Of a refused signature and of a refused time. */
const NOT_SIGNED = 'api-signature-not-valid';

function createIn(sent: SentRequest): CreateAsked | null {
  if (sent.method !== 'POST' || sent.path !== ORDER) return null;
  const fields = fieldsOf(sent.body);
  const [, side = '', how = ''] = /^(buy|sell)-(.+)$/.exec(fields.get('type') ?? '') ?? [];
  return {
    clientOrderId: fields.get('client-order-id') ?? '',
    symbol: SYMBOLS[fields.get('symbol') ?? ''] ?? '',
    side,
    positionSide: 'net',
    signedAt: signedAtOf(sent),
    terms: termsIn(fields, side, how),
    text: `${sent.path} ${sent.body}`,
  };
}

/** Whole seconds, of UTC. */
function signedAtOf(sent: SentRequest): number {
  const text = parametersOf(sent).get('Timestamp') ?? '';
  return Date.parse(`${text}Z`) + TIMESTAMP_MS - LIFETIME_MS;
}

/** "Place a New Order": the amount of a market purchase is in the quote coin. */
function termsIn(fields: ReadonlyMap<string, string>, side: string, how: string): TermsOnWire {
  const terms = TYPES[how];
  if (terms === undefined) throw new Error(`the world knows no order of the type ${how}`);
  const amount = fields.get('amount') ?? null;
  const isByCost = terms.type === 'market' && side === 'buy';
  return {
    ...terms,
    quantity: isByCost ? null : amount,
    cost: isByCost ? amount : null,
    price: fields.get('price') ?? null,
    stopPrice: null,
    triggerSource: null,
    reduceOnly: false,
  };
}

function cancelIn({ body, method, path }: SentRequest): CancelAsked | null {
  if (method !== 'POST') return null;
  if (path === CANCEL_BY_OWN_ID) return cancelBy(null, null, fieldsOf(body).get('client-order-id'));
  const [, id] = CANCEL.exec(path) ?? [];
  return id === undefined ? null : cancelBy(null, id, null);
}

export const HTX_ON_WIRE: VenueOnWire = {
  ...USUAL,
  protocol: htxProtocol,
  credentials: namedCredentials(null),
  signedTimeStepMs: 1_000,
  // Ten seconds of a lifetime, the second that a time is rounded by, and thirty of an engine of which nothing is said.
  actsForMs: 41_000,
  statuses: { before: 503, after: 504, tooOften: 429 },
  // A code ends the window of one endpoint alone.
  saysStop: () => false,
  isPrivate: ({ pathname }) => pathname === '/ws/v2',
  createIn,
  cancelIn,
  refusalIn: ({ body, status }) => {
    const code = /"err-code":\s*"([\w-]+)"/.exec(body)?.[1] ?? `status ${status}`;
    return code === NOT_SIGNED ? 'timestamp' : code;
  },
  tradeIdShown: ({ tradeId }) => tradeId,
};
