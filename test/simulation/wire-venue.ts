/**
 * The simulated venue behind its own wire protocol: what its routes see of the exchange, lags and stale figures included.
 *
 * Entry points: `wireOf`, `asShown`.
 */
import type { Exchange } from '../../src/simulators/exchange/exchange.ts';
import type { Fill, Order } from '../../src/simulators/exchange/order.ts';
import type { CancelResult, DoneResult, OrderResult } from '../../src/simulators/exchange/results.ts';
import { Random } from '../../src/simulators/exchange/random.ts';
import type { VenueProtocol } from '../../src/simulators/venue-protocol.ts';
import { InProcessVenue } from '../../src/simulators/wire/in-process.ts';
import type { VirtualTime } from './virtual-time.ts';

/** A venue's routes and streams over an exchange, in virtual time, for as long as the process runs. */
export function wireOf(
  protocol: VenueProtocol,
  exchange: Exchange,
  time: VirtualTime,
  seed: number,
): InProcessVenue {
  const random = new Random(seed);
  const nowMs = (): number => time.now();
  const declaration = protocol.declare({
    exchange,
    limits: true,
    signal: new AbortController().signal,
    clock: {
      nowMs,
      sleep: (durationMs) =>
        new Promise((resolve) => {
          time.after(durationMs, resolve, null);
        }),
    },
    randomHex: (bytes) =>
      Array.from({ length: bytes }, () => random.below(256).toString(16).padStart(2, '0')).join(''),
  });
  return new InProcessVenue(declaration, nowMs);
}

/** The ways in which a world changes the answers of its exchange. */
export interface Showing {
  /** Whether a question is being answered; a command is carried out on what is. */
  readonly isReading: () => boolean;
  readonly isListed: (order: Order) => boolean;
  /** The executions among these that are listed by now. */
  readonly listedFills: (fills: readonly Fill[]) => readonly Fill[];
  readonly onPlaced: (result: OrderResult) => void;
  /** The end of an order, as it is answered. */
  readonly answeredEnd: (result: CancelResult) => CancelResult;
  readonly setHedged: (hedged: boolean) => DoneResult;
}

/** The exchange as the routes of the wire see it. */
export function asShown(exchange: Exchange, showing: Showing): Exchange {
  const own: Partial<Exchange> = {
    placeOrder: (...placing) => {
      const result = exchange.placeOrder(...placing);
      showing.onPlaced(result);
      return result;
    },
    cancelOrder: (...canceling) => showing.answeredEnd(exchange.cancelOrder(...canceling)),
    setHedged: (_at, _accountId, hedged) => showing.setHedged(hedged),
    lookUp: (...asked) => {
      const order = exchange.lookUp(...asked);
      return order !== null && isShown(order) ? order : null;
    },
    openOrders: (...asked) => exchange.openOrders(...asked).filter(isShown),
    orders: (...asked) => exchange.orders(...asked).filter(isShown),
    fills: (...asked) => {
      const fills = exchange.fills(...asked);
      return showing.isReading() ? showing.listedFills(fills) : fills;
    },
  };
  function isShown(order: Order): boolean {
    return !showing.isReading() || showing.isListed(order);
  }
  return new Proxy(exchange, {
    get: (target, name) => {
      const member: unknown = Reflect.get(own, name) ?? Reflect.get(target, name, target);
      return typeof member === 'function' ? (member as (...given: never[]) => unknown).bind(target) : member;
    },
  });
}
