/**
 * The simulated MEXC: spot v3 and the contract API on one port.
 *
 * Entry points: `mexcProtocol`, `mexcProtocolWith`. A client points `https://api.mexc.com`, `https://contract.mexc.com`,
 * `wss://wbs-api.mexc.com` and `wss://contract.mexc.com` at the port; the path distinguishes the two: `/api/v3` and `/ws` are spot, `/api/v1`
 * and `/edge` contracts.
 */
import { historyOf } from '../market/market-history.ts';
import type { VenueProtocol } from '../venue-protocol.ts';
import { alphanumeric } from '../wire/figures.ts';
import { faultRefusal as futuresFault, refusalReply as futuresReply } from './futures/errors.ts';
import { contractTradeId, FUTURES_INSTRUMENTS, futuresPolicy } from './futures/instruments.ts';
import { futuresProduct } from './futures/product.ts';
import { faultRefusal as spotFault, refusalReply as spotReply } from './spot/errors.ts';
import { SPOT_INSTRUMENTS, SPOT_POLICY, spotTradeId } from './spot/instruments.ts';
import { spotProduct } from './spot/product.ts';
import { STRICTEST, type UndecidedBehaviour } from './undecided.ts';

const KEY_LENGTH = 16;
const SECRET_BYTES = 16;

/** The venue with other answers to what its documentation leaves open. */
export function mexcProtocolWith(undecided: UndecidedBehaviour): VenueProtocol {
  return {
    name: 'mexc',
    instruments: [...SPOT_INSTRUMENTS, ...FUTURES_INSTRUMENTS],
    policy: { spot: SPOT_POLICY, swap: futuresPolicy(undecided) },
    newCredentials: (randomHex) => ({
      key: `mx0v${alphanumeric(KEY_LENGTH, randomHex)}`,
      secret: randomHex(SECRET_BYTES),
      passphrase: null,
    }),
    tradeId: (trade) => (trade.symbol.includes(':') ? contractTradeId(trade) : spotTradeId(trade)),
    declare: (context) => {
      const settings = { ...context, history: historyOf(context), undecided };
      const products = [spotProduct(settings), futuresProduct(settings)];
      return {
        routes: products.flatMap((product) => product.routes),
        sockets: products.flatMap((product) => product.sockets),
        notFound: () => ({ status: 404, body: '', headers: { 'content-type': 'text/plain' } }),
        faultReply: (refused, { path }) =>
          path.startsWith('/api/v1') ? futuresReply(futuresFault(refused)) : spotReply(spotFault(refused)),
      };
    },
  };
}

export const mexcProtocol: VenueProtocol = mexcProtocolWith(STRICTEST);
