/**
 * Topics of public streams that every venue has: trades, the changes of a book, candles. A venue's folder words their messages.
 *
 * Entry points: `tradeTopic`, `depthTopic`, `candleTopic`. `unified` is the symbol's name at the exchange.
 */
import type { TradeEvent } from '../exchange/event.ts';
import type { Topic } from '../wire/topics.ts';
import { DepthChanges } from './depth-changes.ts';
import type { Candle, CandleInterval, MarketHistory } from './market-history.ts';

export function tradeTopic(unified: string, json: (event: TradeEvent) => unknown): Topic {
  return {
    onEvent: (event) => (event.kind === 'trade' && event.symbol === unified ? json(event) : undefined),
  };
}

/** The changes of a book gathered over each period; nothing is sent where nothing changed. */
export function depthTopic(
  unified: string,
  everyMs: number,
  json: (changes: DepthChanges, nowMs: number) => unknown,
): Topic {
  const changes = new DepthChanges();
  return {
    everyMs,
    onEvent: (event) => {
      if (event.kind === 'book' && event.symbol === unified) changes.add(event);
      return undefined;
    },
    onTick: (nowMs) => {
      if (changes.empty) return undefined;
      const message = json(changes, nowMs);
      changes.clear();
      return message;
    },
  };
}

/** A topic of candles, whose messages another may be made of. */
export type CandleTopic<Message> = Omit<Topic, 'onTick'> & {
  readonly onTick: (nowMs: number) => Message | undefined;
};

/** The current candle at each period, and one that has ended once more, closed, before its successor. */
export function candleTopic<Message>(
  history: MarketHistory,
  unified: string,
  interval: CandleInterval,
  everyMs: number,
  json: (candle: Candle, isClosed: boolean, nowMs: number) => Message,
): CandleTopic<Message> {
  let openAt = 0;
  return {
    everyMs,
    onTick: (nowMs) => {
      const latest = history.candles(unified, interval, { limit: 2 }, nowMs);
      const [former, current] = [latest.at(-2), latest.at(-1)];
      if (current === undefined) return undefined;
      const isClosing = former !== undefined && openAt === former.openAt;
      openAt = current.openAt;
      return json(isClosing ? former : current, isClosing, nowMs);
    },
  };
}
