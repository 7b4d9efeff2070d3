/**
 * The simulated Binance: spot and USD-M futures on one port.
 *
 * Entry point: `binanceProtocol`. A client points `https://api.binance.com` and `https://fapi.binance.com` at the port; the
 * path distinguishes the products: `/api` and `/sapi` are spot, `/fapi` and `/futures` are USD-M. WebSocket: spot has
 * `/ws`, `/stream`, `/ws-api/v3` and, for clients that look for "stream" in the URL (ccxt), `/stream/ws`; futures have
 * the venue's own `/public`, `/market` and `/private` trees, and its older `/ws` and `/stream` as `/fstream/ws` and
 * `/fstream/stream`.
 */
import { historyOf } from '../market/market-history.ts';
import type { VenueProtocol } from '../venue-protocol.ts';
import type { WireReply } from '../wire/wire.ts';
import { faultRefusal, NOT_FOUND, type BinanceRefusal } from './errors.ts';
import { alphanumeric } from '../wire/figures.ts';
import { publicKeyFault } from './signing.ts';
import { SPOT_INSTRUMENTS, SPOT_POLICY } from './spot/instruments.ts';
import { spotProduct } from './spot/product.ts';
import { USDM_INSTRUMENTS, USDM_POLICY } from './usdm/instruments.ts';
import { usdmProduct } from './usdm/product.ts';

const KEY_LENGTH = 64;

function reply(refusal: BinanceRefusal): WireReply {
  return { status: refusal.status, body: JSON.stringify(refusal.body()), headers: refusal.headers };
}

export const binanceProtocol: VenueProtocol = {
  name: 'binance',
  instruments: [...SPOT_INSTRUMENTS, ...USDM_INSTRUMENTS],
  policy: { spot: SPOT_POLICY, swap: USDM_POLICY },
  newCredentials: (randomHex) => ({
    key: alphanumeric(KEY_LENGTH, randomHex),
    secret: alphanumeric(KEY_LENGTH, randomHex),
    passphrase: null,
  }),
  publicKeyFault,
  declare: (context) => {
    const settings = { ...context, history: historyOf(context) };
    const products = [spotProduct(settings), usdmProduct(settings)];
    return {
      routes: products.flatMap((product) => product.routes),
      sockets: products.flatMap((product) => product.sockets),
      notFound: () => NOT_FOUND,
      faultReply: (refused, request) => reply(faultRefusal(refused, request.path.startsWith('/fapi'))),
    };
  },
};
