/**
 * KuCoin by its own wire: spot and futures are two products with paths of their own, and sizes of swaps are lots.
 *
 * Entry point: `KUCOIN_ON_WIRE`.
 */
import { kucoinProtocol } from '../../../src/simulators/kucoin/protocol.ts';
import { tradeIdOf } from '../../../src/simulators/kucoin/trade-ids.ts';
import type { SentRequest } from '../../../src/simulators/wire/in-process.ts';
import {
  codeIn,
  fieldsOf,
  fromContracts,
  parametersOf,
  cancelBy,
  namedCredentials,
  USUAL,
  type CancelAsked,
  type CreateAsked,
  type TermsOnWire,
  type VenueOnWire,
} from './venue-on-wire.ts';

const SPOT_ORDERS = '/api/v1/hf/orders';
const SWAP_ORDERS = '/api/v1/orders';

/** With the base units of one lot. */
const INSTRUMENTS: Readonly<Record<string, readonly [symbol: string, lot: string]>> = {
  'BTC-USDT': ['BTC/USDT', '1'],
  'ETH-USDT': ['ETH/USDT', '1'],
  XBTUSDTM: ['BTC/USDT:USDT', '0.001'],
};
/** A cancel of futures by the venue's id names no contract: the world has one. */
const SWAP = 'XBTUSDTM';
/** "Time differs from server time by more than 5 seconds". */
const TIME_CODE = '400002';

function createIn(sent: SentRequest): CreateAsked | null {
  const { body, headers, method, path } = sent;
  if (method !== 'POST' || (path !== SPOT_ORDERS && path !== SWAP_ORDERS)) return null;
  const fields = fieldsOf(body);
  const [symbol, lot] = instrumentNamed(fields.get('symbol') ?? '');
  return {
    clientOrderId: fields.get('clientOid') ?? '',
    symbol,
    side: fields.get('side') ?? '',
    positionSide: 'net',
    signedAt: Number(headers['kc-api-timestamp']),
    terms: termsIn(fields, lot),
    text: `${path} ${body}`,
  };
}

/** "Add Order" of spot and of futures. */
function termsIn(fields: ReadonlyMap<string, string>, lot: string): TermsOnWire {
  const type = fields.get('type');
  if (type !== 'limit' && type !== 'market') throw new Error(`the world knows no order of the type ${type}`);
  const size = fields.get('size');
  return {
    type,
    quantity: size === undefined ? null : fromContracts(size, lot),
    cost: fields.get('funds') ?? null,
    price: fields.get('price') ?? null,
    stopPrice: fields.get('stopPrice') ?? null,
    triggerSource: null,
    timeInForce: fields.get('timeInForce') ?? null,
    postOnly: fields.get('postOnly') === 'true',
    reduceOnly: fields.get('reduceOnly') === 'true',
  };
}

function cancelIn(sent: SentRequest): CancelAsked | null {
  const [, product, byClientId, id] =
    /^\/api\/v1\/(hf\/)?orders\/(client-order\/)?([^/]+)$/.exec(sent.path) ?? [];
  if (sent.method !== 'DELETE' || id === undefined) return null;
  const [symbol] = instrumentNamed(product === undefined ? SWAP : (parametersOf(sent).get('symbol') ?? ''));
  return byClientId === undefined ? cancelBy(symbol, id, null) : cancelBy(symbol, null, id);
}

function instrumentNamed(id: string): readonly [symbol: string, lot: string] {
  const found = INSTRUMENTS[id];
  if (found === undefined) throw new Error(`the world has no instrument ${id}`);
  return found;
}

export const KUCOIN_ON_WIRE: VenueOnWire = {
  ...USUAL,
  protocol: kucoinProtocol,
  credentials: namedCredentials('ours'),
  // "Internal Server Error" comes with 500, and below a success of HTTP as refusals do.
  statuses: { before: 500, after: 200, tooOften: 429 },
  // An empty pool states itself; without its figures everything waits.
  saysStop: ({ headers = {}, status }) => status === 429 && headers['gw-ratelimit-remaining'] === undefined,
  isPrivate: ({ pathname }) => pathname === '/private',
  createIn,
  cancelIn,
  refusalIn: (reply) => {
    const code = codeIn(reply, 'code');
    return code === TIME_CODE ? 'timestamp' : code;
  },
  tradeIdShown: tradeIdOf,
  // Rows of hedged accounts are not read: no world at this venue has one.
  executionsNameSide: false,
  showsMovedCost: true,
  statesResults: false,
};
