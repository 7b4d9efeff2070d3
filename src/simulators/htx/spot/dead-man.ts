/**
 * The countdown that cancels an account's spot orders unless it is wound up again.
 *
 * Entry point: `deadManEndpoint`. Source: "Dead man's switch" of the spot documentation: 0, or five seconds at least; 500 orders at most.
 */
import { Countdowns, type CountdownSettings } from '../../wire/countdowns.ts';
import { tradingEndpoint, type Endpoint } from '../access.ts';
import { HtxRefusal } from '../errors.ts';

const OPTION = 'cancelAllAfter';
const SHORTEST_S = 5;
const MOST_CANCELED = 500;

export function deadManEndpoint({
  exchange,
  clock,
  signal,
}: Pick<CountdownSettings, 'exchange' | 'clock' | 'signal'>): Endpoint {
  const countdowns = new Countdowns({
    exchange,
    clock,
    signal,
    isCountdown: (option) => option === OPTION,
    onEnd: ({ accountId }, at) => {
      for (const order of exchange.openOrders(accountId, { marketType: 'spot' }).slice(0, MOST_CANCELED))
        exchange.cancelOrder(at, accountId, order);
    },
  });
  return tradingEndpoint(
    { form: 'v2' },
    '/v2/algo-orders/cancel-all-after',
    'other',
    ({ parameters: { parameters }, accountId, at, clockMs }) => {
      const seconds = parameters.requiredInteger('timeout');
      if (seconds !== 0 && seconds < SHORTEST_S)
        throw new HtxRefusal('2002', 'invalid field value in timeout');
      if (seconds === 0) {
        countdowns.stop(at, accountId, OPTION);
        return { currentTime: clockMs, triggerTime: 0 };
      }
      countdowns.start(at, accountId, OPTION, String(at + seconds * 1_000));
      return { currentTime: clockMs, triggerTime: clockMs + seconds * 1_000 };
    },
  );
}
