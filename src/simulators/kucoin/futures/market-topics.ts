/**
 * The messages of KuCoin's public futures topics: `/contractMarket/tickerV2`, `ticker`, `level2Depth5`, `level2Depth50`, `level2`, `execution` and
 * `limitCandle`, and `/contract/instrument`, each with `:{symbol}` behind it.
 *
 * Entry point: `futuresTopic`. Source: the public channels of futures in the documentation. No topic begins with what stands.
 */
import { candleTopic, depthTopic, tradeTopic } from '../../market/market-topics.ts';
import type { BookLevel } from '../../exchange/event.ts';
import type { Topic } from '../../wire/topics.ts';
import { numeral, type Json } from '../exact-json.ts';
import { intervalNamed } from '../intervals.ts';
import type { MarketSettings } from '../spot/market-data.ts';
import { message, onChange } from '../spot/market-topics.ts';
import { tradeIdOf } from '../trade-ids.ts';
import { contractNamed, type Contract } from './instruments.ts';
import { bookRows, tickerJson } from './market-data.ts';

const TICKER_EVERY_MS = 50;
const DEPTH_EVERY_MS = 100;
const CANDLE_EVERY_MS = 1_000;

/** The topic of this name; undefined where futures have none. */
export function futuresTopic(settings: MarketSettings, name: string): Topic | undefined {
  const [kind = '', argument = ''] = name.split(':');
  const [symbol = '', type = ''] = argument.split('_');
  const contract = contractNamed(symbol);
  if (contract === undefined) return undefined;
  switch (kind) {
    case '/contractMarket/tickerV2':
      return onChange(name, 'tickerV2', TICKER_EVERY_MS, (nowMs) => {
        const ticker = tickerJson(settings, contract);
        return { compared: ticker, data: { ...ticker, ts: numeral(`${nowMs}000000`) } };
      });
    case '/contractMarket/level2Depth5':
      return depth(settings, contract, name, 5);
    case '/contractMarket/level2Depth50':
      return depth(settings, contract, name, 50);
    case '/contractMarket/level2':
      return changesOf(contract, name);
    case '/contractMarket/ticker':
    case '/contractMarket/execution':
      return executions(settings, contract, name, kind.endsWith('ticker') ? 'ticker' : 'match');
    case '/contractMarket/limitCandle':
      return candles(settings, contract, name, type);
    case '/contract/instrument':
      return marks(contract, name);
    default:
      return undefined;
  }
}

function depth({ exchange }: MarketSettings, { unified }: Contract, topic: string, levels: 5 | 50): Topic {
  return onChange(topic, 'level2', DEPTH_EVERY_MS, (nowMs) => {
    const book = exchange.book(unified, levels);
    const rows = (side: readonly BookLevel[]): unknown[][] => bookRows(side, (price) => price.toString());
    const compared = { bids: rows(book?.bids ?? []), asks: rows(book?.asks ?? []) };
    return { compared, data: { ...compared, sequence: book?.updateId ?? 0, timestamp: nowMs, ts: nowMs } };
  });
}

/** One level in a message: the last of those that changed; a client that misses a number reads the book again. */
function changesOf({ unified }: Contract, topic: string): Topic {
  return depthTopic(unified, DEPTH_EVERY_MS, (changes, nowMs) => {
    const [bid, ask] = [[...changes.bids.values()].at(-1), [...changes.asks.values()].at(-1)];
    const [level, side] = bid === undefined ? [ask, 'sell'] : [bid, 'buy'];
    if (level === undefined) return undefined;
    return message(topic, 'level2', {
      sequence: changes.last,
      change: `${level[0].toString()},${side},${level[1].toString()}`,
      timestamp: nowMs,
    });
  });
}

function executions(
  settings: MarketSettings,
  contract: Contract,
  topic: string,
  subject: 'ticker' | 'match',
): Topic {
  return tradeTopic(contract.unified, (event) => {
    const common: Json = {
      symbol: contract.id,
      sequence: Number(event.tradeId),
      side: event.takerSide,
      size: numeral(event.quantity),
      price: event.price.toString(),
      tradeId: tradeIdOf(event),
      ts: numeral(`${event.at}000000`),
    };
    const more =
      subject === 'ticker'
        ? tickerJson(settings, contract)
        : { takerOrderId: '247822202957807616', makerOrderId: '247822167163555840' };
    return message(topic, subject, { ...more, ...common });
  });
}

/** Time in seconds, open, close, high, low, volume in lots, trades' volume. */
function candles(
  { history }: MarketSettings,
  { unified, id }: Contract,
  topic: string,
  type: string,
): Topic | undefined {
  const interval = intervalNamed(type);
  if (interval === undefined) return undefined;
  return candleTopic(history, unified, interval, CANDLE_EVERY_MS, (candle, _isClosed, nowMs) => {
    const { openAt, open, close, high, low, volume } = candle;
    const figures = [open, close, high, low, volume, volume].map((figure) => figure.toString());
    return message(topic, 'candle.stick', {
      symbol: id,
      candles: [String(openAt / 1_000), ...figures],
      time: nowMs,
    });
  });
}

function marks({ unified }: Contract, topic: string): Topic {
  return {
    onEvent: (event) =>
      event.kind === 'mark' && event.symbol === unified
        ? message(topic, 'mark.index.price', {
            markPrice: numeral(event.markPrice),
            indexPrice: numeral(event.markPrice),
            granularity: 1_000,
            timestamp: event.at,
          })
        : undefined,
  };
}
