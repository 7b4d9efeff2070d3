/**
 * The countdowns that cancel an account's orders unless they are wound up again: one of spot, one of contracts.
 *
 * Entry points: `spotCountdown`, `contractCountdown`. Sources: "Dead man's switch" of the spot documentation (0, or five seconds at least; 500 orders
 * at most), "Automatic Order Cancellation" of the USDT-margined one (five seconds at least, and where none are given), whose path and words are
 * those of v5 in `htx-api`.
 */
import type { MarketType } from '../exchange/instrument.ts';
import { Countdowns, type CountdownSettings } from '../wire/countdowns.ts';
import { tradingEndpoint, type AccountCall, type Endpoint } from './access.ts';
import { HtxRefusal } from './errors.ts';
import { fieldInvalid } from './linear/refusals.ts';

type Settings = Pick<CountdownSettings, 'exchange' | 'clock' | 'signal'>;

const OPTIONS: Readonly<Record<MarketType, string>> = { spot: 'cancelAllAfter', swap: 'cancelAfter' };
const SHORTEST_MS = 5_000;
const MOST_CANCELED = 500;

function countdownsOf({ exchange, clock, signal }: Settings, marketType: MarketType): Countdowns {
  return new Countdowns({
    exchange,
    clock,
    signal,
    isCountdown: (option) => option === OPTIONS[marketType],
    onEnd: ({ accountId }, at) => {
      for (const order of exchange.openOrders(accountId, { marketType }).slice(0, MOST_CANCELED))
        exchange.cancelOrder(at, accountId, order);
    },
  });
}

/** Ends in so many ms, never where that is 0. Gives when, on the venue's clock; 0: never. */
function wind(
  countdowns: Countdowns,
  marketType: MarketType,
  { at, accountId, clockMs }: AccountCall,
  lastsMs: number,
): number {
  const option = OPTIONS[marketType];
  if (lastsMs === 0) {
    countdowns.stop(at, accountId, option);
    return 0;
  }
  countdowns.start(at, accountId, option, String(at + lastsMs));
  return clockMs + lastsMs;
}

export function spotCountdown(settings: Settings): Endpoint {
  const countdowns = countdownsOf(settings, 'spot');
  return tradingEndpoint({ form: 'v2' }, '/v2/algo-orders/cancel-all-after', 'other', (call) => {
    const lastsMs = call.parameters.parameters.requiredInteger('timeout') * 1_000;
    if (lastsMs !== 0 && lastsMs < SHORTEST_MS)
      throw new HtxRefusal('2002', 'invalid field value in timeout');
    return { currentTime: call.clockMs, triggerTime: wind(countdowns, 'spot', call, lastsMs) };
  });
}

export function contractCountdown(settings: Settings): Endpoint {
  const countdowns = countdownsOf(settings, 'swap');
  return tradingEndpoint({ form: 'v5' }, '/v5/trade/cancel-after', 'other', (call) => {
    const { parameters } = call.parameters;
    const word = parameters.required('on_off');
    if (word !== '0' && word !== '1') throw fieldInvalid('on_off');
    const lastsMs = word === '0' ? 0 : (parameters.optionalInteger('time_out') ?? SHORTEST_MS);
    if (word === '1' && lastsMs < SHORTEST_MS) throw fieldInvalid('time_out');
    return { current_time: call.clockMs, trigger_time: wind(countdowns, 'swap', call, lastsMs) };
  });
}
