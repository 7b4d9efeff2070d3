/**
 * The countdown that cancels all orders of an account unless it is wound up again.
 *
 * Entry point: `countdownEndpoint`. Source: "CountDown Cancel All" of the unified account's documentation.
 */
import { Countdowns, type CountdownSettings } from '../wire/countdowns.ts';
import { tradingEndpoint, type Endpoint } from './access.ts';
import { malformed } from './errors.ts';

const OPTION = 'countdownCancelAll';
const [LEAST_SECONDS, MOST_SECONDS] = [5, 60] as const;

export function countdownEndpoint({
  exchange,
  clock,
  signal,
}: Pick<CountdownSettings, 'exchange' | 'clock' | 'signal'>): Endpoint {
  const countdowns = new Countdowns({
    exchange,
    clock,
    signal,
    isCountdown: (option) => option === OPTION,
    onEnd: ({ accountId }, at) => exchange.cancelAll(at, accountId, {}),
  });
  return tradingEndpoint(
    'trade/countdown-cancel-all',
    'other',
    ({ parameters: { parameters }, accountId, at }) => {
      const seconds = parameters.requiredInteger('countdown');
      if (seconds !== 0 && (seconds < LEAST_SECONDS || seconds > MOST_SECONDS)) throw malformed('countdown');
      if (seconds === 0) countdowns.stop(at, accountId, OPTION);
      else countdowns.start(at, accountId, OPTION, String(at + seconds * 1_000));
      return 'success';
    },
  );
}
