/**
 * OKX by its own wire: sizes of swaps in contracts, stops as algo orders, deadlines in headers.
 *
 * Entry point: `OKX_ON_WIRE`.
 */
import { okxProtocol } from '../../../src/simulators/okx/protocol.ts';
import type { SentRequest } from '../../../src/simulators/wire/in-process.ts';
import {
  codeIn,
  fieldsOf,
  fromContracts,
  cancelBy,
  namedCredentials,
  USUAL,
  type CancelAsked,
  type CreateAsked,
  type CreateOnWire,
  type TermsOnWire,
  type VenueOnWire,
} from './venue-on-wire.ts';

const ORDER = '/api/v5/trade/order';
const ALGO_ORDER = '/api/v5/trade/order-algo';
const CANCEL = '/api/v5/trade/cancel-order';
const CANCEL_ALGO = '/api/v5/trade/cancel-algos';

/** With the base units of one contract. */
const INSTRUMENTS: Readonly<Record<string, readonly [symbol: string, contract: string]>> = {
  'BTC-USDT': ['BTC/USDT', '1'],
  'ETH-USDT': ['ETH/USDT', '1'],
  'BTC-USDT-SWAP': ['BTC/USDT:USDT', '0.01'],
};
const POSITION_SIDES: Readonly<Record<string, CreateOnWire['positionSide']>> = {
  long: 'long',
  short: 'short',
};
const LIFETIMES: Readonly<Record<string, string>> = {
  limit: 'GTC',
  post_only: 'GTC',
  ioc: 'IOC',
  fok: 'FOK',
};
const TRIGGER_SOURCES: Readonly<Record<string, TermsOnWire['triggerSource']>> = {
  last: 'last',
  mark: 'mark',
};
/** "-1": at the market. */
const AT_MARKET = '-1';
/** An order lives so long from the time that it was journaled with; a stop is signed as long before it as the venue allows. */
const LIFETIME_MS = 5_000;
const TIMESTAMP_MS = 30_000;
const TIME_CODES: ReadonlySet<string> = new Set(['50036', '50037', '50102', '50112']);

type Fields = ReadonlyMap<string, string>;

function createIn(sent: SentRequest): CreateAsked | null {
  if (sent.method !== 'POST' || (sent.path !== ORDER && sent.path !== ALGO_ORDER)) return null;
  const fields = fieldsOf(sent.body);
  const isAlgo = sent.path === ALGO_ORDER;
  return {
    clientOrderId: fields.get(isAlgo ? 'algoClOrdId' : 'clOrdId') ?? '',
    symbol: instrumentIn(fields)[0],
    side: fields.get('side') ?? '',
    positionSide: POSITION_SIDES[fields.get('posSide') ?? ''] ?? 'net',
    signedAt: isAlgo
      ? Date.parse(sent.headers['ok-access-timestamp'] ?? '') + TIMESTAMP_MS - LIFETIME_MS
      : Number(sent.headers['exptime']) - LIFETIME_MS,
    terms: isAlgo ? stopTerms(fields) : orderTerms(fields),
    text: `${sent.path} ${sent.body}`,
  };
}

/** "Place order". */
function orderTerms(fields: Fields): TermsOnWire {
  const type = fields.get('ordType') ?? '';
  const isMarket = type === 'market';
  if (!isMarket && LIFETIMES[type] === undefined)
    throw new Error(`the world knows no order of the type ${type}`);
  const isByCost = fields.get('tgtCcy') === 'quote_ccy';
  return {
    type: isMarket ? 'market' : 'limit',
    quantity: isByCost ? null : sizeIn(fields),
    cost: isByCost ? (fields.get('sz') ?? null) : null,
    price: fields.get('px') ?? null,
    stopPrice: null,
    triggerSource: null,
    timeInForce: LIFETIMES[type] ?? null,
    postOnly: type === 'post_only',
    reduceOnly: fields.get('reduceOnly') === 'true',
  };
}

/** "Place algo order": one of a stop-loss and a take-profit price. */
function stopTerms(fields: Fields): TermsOnWire {
  const kind = fields.has('slTriggerPx') ? 'sl' : 'tp';
  const price = fields.get(`${kind}OrdPx`) ?? AT_MARKET;
  const isMarket = price === AT_MARKET;
  const how = isMarket ? 'market' : 'limit';
  return {
    type: kind === 'sl' ? `stop_${how}` : `take_profit_${how}`,
    quantity: sizeIn(fields),
    cost: null,
    price: isMarket ? null : price,
    stopPrice: fields.get(`${kind}TriggerPx`) ?? null,
    triggerSource: TRIGGER_SOURCES[fields.get(`${kind}TriggerPxType`) ?? ''] ?? null,
    // A stop with a limit rests until it is canceled: there is no other.
    timeInForce: isMarket ? null : 'GTC',
    postOnly: false,
    reduceOnly: fields.get('reduceOnly') === 'true',
  };
}

function cancelIn({ method, path, body }: SentRequest): CancelAsked | null {
  if (method !== 'POST' || (path !== CANCEL && path !== CANCEL_ALGO)) return null;
  const conditional = path === CANCEL_ALGO;
  // Algo orders are canceled by a list, which has one entry here.
  const fields = fieldsOf(conditional ? body.slice(body.indexOf('{'), body.lastIndexOf('}') + 1) : body);
  const [symbol] = instrumentIn(fields);
  const venueOrderId = fields.get(conditional ? 'algoId' : 'ordId');
  const clientOrderId = fields.get(conditional ? 'algoClOrdId' : 'clOrdId');
  return { ...cancelBy(symbol, venueOrderId, clientOrderId), conditional };
}

function instrumentIn(fields: Fields): readonly [symbol: string, contract: string] {
  const id = fields.get('instId') ?? '';
  const found = INSTRUMENTS[id];
  if (found === undefined) throw new Error(`the world has no instrument ${id}`);
  return found;
}

function sizeIn(fields: Fields): string | null {
  const size = fields.get('sz');
  return size === undefined ? null : fromContracts(size, instrumentIn(fields)[1]);
}

export const OKX_ON_WIRE: VenueOnWire = {
  ...USUAL,
  protocol: okxProtocol,
  credentials: namedCredentials('ours'),
  // 50004, "does not mean that the request was successful or failed", comes with 400.
  statuses: { before: 503, after: 400, tooOften: 429 },
  // 50011 ends the window of one endpoint alone.
  saysStop: () => false,
  isPrivate: ({ pathname }) => pathname === '/ws/v5/private' || pathname === '/ws/v5/business',
  createIn,
  cancelIn,
  refusalIn: (reply) => {
    const own = codeIn(reply, 'sCode');
    const code = own === 'none' ? codeIn(reply, 'code') : own;
    return TIME_CODES.has(code) ? 'timestamp' : code;
  },
  tradeIdShown: ({ tradeId }) => tradeId,
  spotNamesTrigger: true,
  // "pxAmendType" 1, with which orders that do not rest are sent.
  mayMovePrice: ({ timeInForce }) => timeInForce === 'IOC',
};
