/**
 * Creates and cancels as they stand in Binance's requests, for the record that the auditor holds against what was asked.
 *
 * Entry points: `createOnWire`, `cancelOnWire`. They read the request itself and know nothing of the code that wrote it.
 */
import type { Exchange } from '../../src/simulators/exchange/exchange.ts';
import type { SentRequest } from '../../src/simulators/wire/in-process.ts';
import { OUR_ACCOUNT, type CancelOnWire, type CreateOnWire } from './venue.ts';

/** The terms of an order as its create states them. */
export type CreateAsked = Pick<
  CreateOnWire,
  'clientOrderId' | 'symbol' | 'side' | 'positionSide' | 'signedAt'
> & { readonly terms: string };

const SPOT_ORDER = '/api/v3/order';
const SWAP_ORDER = '/fapi/v1/order';
const SWAP_ALGO_ORDER = '/fapi/v1/algoOrder';
const ORDER_PATHS: readonly string[] = [SPOT_ORDER, SWAP_ORDER, SWAP_ALGO_ORDER];

const SYMBOLS: Readonly<Record<string, string>> = { BTCUSDT: 'BTC/USDT', ETHUSDT: 'ETH/USDT' };
const POSITION_SIDES: Readonly<Record<string, CreateOnWire['positionSide']>> = {
  LONG: 'long',
  SHORT: 'short',
};

/** Null for any other request. */
export function createOnWire(sent: SentRequest): CreateAsked | null {
  if (sent.method !== 'POST' || !ORDER_PATHS.includes(sent.path)) return null;
  const parameters = parametersOf(sent);
  const field = (name: string): string => parameters.get(name) ?? '';
  return {
    clientOrderId: field(sent.path === SWAP_ALGO_ORDER ? 'clientAlgoId' : 'newClientOrderId'),
    symbol: symbolOf(sent, field('symbol')),
    side: field('side').toLowerCase(),
    positionSide: POSITION_SIDES[field('positionSide')] ?? 'net',
    signedAt: Number(field('timestamp')),
    terms: `${sent.path} ${withoutProof(parameters)}`,
  };
}

/** Null for any other request. */
export function cancelOnWire(sent: SentRequest, exchange: Exchange): Omit<CancelOnWire, 'departedAt'> | null {
  if (sent.method !== 'DELETE' || !ORDER_PATHS.includes(sent.path)) return null;
  const parameters = parametersOf(sent);
  const conditional = sent.path === SWAP_ALGO_ORDER;
  const stated = parameters.get(conditional ? 'clientAlgoId' : 'origClientOrderId');
  const venueOrderId = parameters.get(conditional ? 'algoId' : 'orderId') ?? '';
  // A cancel of the algo service names no symbol; the world has one swap.
  const symbol = symbolOf(sent, parameters.get('symbol') ?? 'BTCUSDT');
  const named =
    stated === null
      ? exchange.lookUp(exchange.now(), OUR_ACCOUNT, { symbol, venueOrderId, conditional })?.clientOrderId
      : stated;
  return { symbol, clientOrderId: named ?? '' };
}

function parametersOf({ query, body }: SentRequest): URLSearchParams {
  return new URLSearchParams(`${query}&${body}`);
}

function symbolOf({ path }: SentRequest, venueSymbol: string): string {
  const spot = SYMBOLS[venueSymbol] ?? venueSymbol;
  return path === SPOT_ORDER ? spot : `${spot}:USDT`;
}

function withoutProof(parameters: URLSearchParams): string {
  return [...parameters]
    .filter(([name]) => name !== 'signature' && name !== 'recvWindow')
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}
