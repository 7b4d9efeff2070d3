/**
 * Binance by its own wire.
 *
 * Entry point: `BINANCE_ON_WIRE`.
 */
import { binanceProtocol } from '../../../src/simulators/binance/protocol.ts';
import type { SentRequest } from '../../../src/simulators/wire/in-process.ts';
import {
  codeIn,
  parametersOf,
  withoutProof,
  cancelBy,
  namedCredentials,
  USUAL,
  type CancelAsked,
  type CreateAsked,
  type CreateOnWire,
  type TermsOnWire,
  type VenueOnWire,
} from './venue-on-wire.ts';

const SPOT_ORDER = '/api/v3/order';
const SWAP_ORDER = '/fapi/v1/order';
const SWAP_ALGO_ORDER = '/fapi/v1/algoOrder';
const ORDER_PATHS: readonly string[] = [SPOT_ORDER, SWAP_ORDER, SWAP_ALGO_ORDER];

const SYMBOLS: Readonly<Record<string, string>> = { BTCUSDT: 'BTC/USDT', ETHUSDT: 'ETH/USDT' };
const POSITION_SIDES: Readonly<Record<string, CreateOnWire['positionSide']>> = {
  LONG: 'long',
  SHORT: 'short',
};

const SPOT_TYPES: Readonly<Record<string, TermsOnWire['type']>> = {
  MARKET: 'market',
  LIMIT: 'limit',
  LIMIT_MAKER: 'limit',
  STOP_LOSS: 'stop_market',
  STOP_LOSS_LIMIT: 'stop_limit',
  TAKE_PROFIT: 'take_profit_market',
  TAKE_PROFIT_LIMIT: 'take_profit_limit',
};
const SWAP_TYPES: Readonly<Record<string, TermsOnWire['type']>> = {
  MARKET: 'market',
  LIMIT: 'limit',
  STOP_MARKET: 'stop_market',
  STOP: 'stop_limit',
  TAKE_PROFIT_MARKET: 'take_profit_market',
  TAKE_PROFIT: 'take_profit_limit',
};
const TRIGGER_SOURCES: Readonly<Record<string, TermsOnWire['triggerSource']>> = {
  CONTRACT_PRICE: 'last',
  MARK_PRICE: 'mark',
};

function createIn(sent: SentRequest): CreateAsked | null {
  if (sent.method !== 'POST' || !ORDER_PATHS.includes(sent.path)) return null;
  const parameters = parametersOf(sent);
  const field = (name: string): string => parameters.get(name) ?? '';
  return {
    clientOrderId: field(sent.path === SWAP_ALGO_ORDER ? 'clientAlgoId' : 'newClientOrderId'),
    symbol: symbolOf(sent, field('symbol')),
    side: field('side').toLowerCase(),
    positionSide: POSITION_SIDES[field('positionSide')] ?? 'net',
    signedAt: Number(field('timestamp')),
    terms: termsIn(sent.path, parameters),
    text: `${sent.path} ${withoutProof(parameters)}`,
  };
}

/** "New order" of rest-api.md; "New Order" and "New Algo Order" of the USD-M documentation. */
function termsIn(path: string, parameters: URLSearchParams): TermsOnWire {
  const field = (name: string): string | null => parameters.get(name);
  const type = field('type') ?? '';
  const known = (path === SPOT_ORDER ? SPOT_TYPES : SWAP_TYPES)[type];
  if (known === undefined) throw new Error(`the world knows no order of the type ${type} at ${path}`);
  const lifetime = field('timeInForce');
  const isPostOnly = type === 'LIMIT_MAKER' || lifetime === 'GTX';
  return {
    type: known,
    quantity: field('quantity'),
    cost: field('quoteOrderQty'),
    price: field('price'),
    stopPrice: field(path === SWAP_ALGO_ORDER ? 'triggerPrice' : 'stopPrice'),
    triggerSource: TRIGGER_SOURCES[field('workingType') ?? ''] ?? null,
    // Post-only is a type of its own on spot and a lifetime on swaps: it rests until it is canceled on both.
    timeInForce: isPostOnly ? 'GTC' : lifetime,
    postOnly: isPostOnly,
    reduceOnly: field('reduceOnly') === 'true',
  };
}

function cancelIn(sent: SentRequest): CancelAsked | null {
  if (sent.method !== 'DELETE' || !ORDER_PATHS.includes(sent.path)) return null;
  const parameters = parametersOf(sent);
  const conditional = sent.path === SWAP_ALGO_ORDER;
  const clientOrderId = parameters.get(conditional ? 'clientAlgoId' : 'origClientOrderId');
  // A cancel of the algo service names no symbol; the world has one swap.
  const symbol = symbolOf(sent, parameters.get('symbol') ?? 'BTCUSDT');
  const venueOrderId = parameters.get(conditional ? 'algoId' : 'orderId');
  return { ...cancelBy(symbol, venueOrderId, clientOrderId), conditional };
}

function symbolOf({ path }: SentRequest, venueSymbol: string): string {
  const spot = SYMBOLS[venueSymbol] ?? venueSymbol;
  return path === SPOT_ORDER ? spot : `${spot}:USDT`;
}

export const BINANCE_ON_WIRE: VenueOnWire = {
  ...USUAL,
  protocol: binanceProtocol,
  credentials: namedCredentials(null),
  cancelShowsFigures: true,
  statuses: { before: 503, after: 504, tooOften: 429 },
  namesWait: true,
  saysStop: ({ status }) => status === 429,
  isPrivate: ({ pathname }) => /^\/(ws-api|private)/.test(pathname),
  createIn,
  cancelIn,
  refusalIn: (reply) => {
    const code = codeIn(reply, 'code');
    return code === '-1021' ? 'timestamp' : code;
  },
  tradeIdShown: ({ tradeId }) => tradeId,
  callsExpired: true,
  showsMovedCost: true,
  fillsAreSequenced: true,
};
