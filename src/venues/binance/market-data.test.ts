/** Payloads have the shapes of the official pages named in market-data.ts, with figures that doubles would lose. */
import { describe, expect, it } from 'vitest';
import { instrumentSymbol } from '../../core/ids.ts';
import { MalformedAnswer, parseExactJson } from '../ccxt/exact-json.ts';
import { bookFrom, candlesFrom, dayFiguresFrom, tradesFrom } from './market-data.ts';

const BTC = instrumentSymbol('BTC/USDT');
const NOW = 1_700_000_000_000;
const texts = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('books', () => {
  it('keeps every digit, and no more levels than asked', () => {
    const body = parseExactJson(
      '{"lastUpdateId":1027024,"bids":[["4.00000000","431.12345678901234567890"],["3.99","1"]],"asks":[["4.00000200","12.00000000"]]}',
    );
    const book = bookFrom(body, BTC, 1, NOW);
    expect(book.bids.map(({ price, quantity }) => [price.toString(), quantity.toString()])).toEqual([
      ['4', '431.1234567890123456789'],
    ]);
    expect(book.asks.map(({ price }) => price.toString())).toEqual(['4.000002']);
    expect(book).toMatchObject({ symbol: BTC, venueAt: null, receivedAt: NOW });
  });

  it('reads the time that futures write', () => {
    const body = parseExactJson('{"E":1589436922972,"T":1589436922959,"bids":[],"asks":[]}');
    expect(bookFrom(body, BTC, 5, NOW).venueAt).toBe(1_589_436_922_972);
  });

  it.each(['{"bids":[]}', '{"bids":[["1"]],"asks":[]}', '{"bids":[["x","1"]],"asks":[]}', '[]'])(
    'makes nothing of %s',
    (body) => {
      expect(() => bookFrom(parseExactJson(body), BTC, 5, NOW)).toThrow(MalformedAnswer);
    },
  );
});

describe('figures of 24 hours', () => {
  it('keeps every digit', () => {
    const body = parseExactJson(
      '{"symbol":"BNBBTC","priceChange":"-94.99999800","priceChangePercent":"-95.960","lastPrice":"4.00000200","openPrice":"99.00000000","highPrice":"100.00000000","lowPrice":"0.10000000","volume":"8913.300000000000000001","quoteVolume":"15.30000000","openTime":1499783499040,"closeTime":1499869899040,"count":76}',
    );
    expect(texts(dayFiguresFrom(body))).toEqual({
      last: '4.000002',
      open: '99',
      high: '100',
      low: '0.1',
      volume: '8913.300000000000000001',
      quoteVolume: '15.3',
      change: '-94.999998',
      changePercent: '-95.96',
      closesAt: 1_499_869_899_040,
    });
  });

  it('takes the zeros of what nobody traded for no prices', () => {
    const body = parseExactJson(
      '{"priceChangePercent":"0.000","lastPrice":"0.00","openPrice":"0.00","highPrice":"0.00","lowPrice":"0.00","volume":"0.00","quoteVolume":"0.00","closeTime":1499869899040}',
    );
    expect(texts(dayFiguresFrom(body))).toMatchObject({
      last: null,
      open: null,
      high: null,
      low: null,
      volume: '0',
      change: null,
      changePercent: null,
    });
  });
});

describe('trades', () => {
  it('names the side that took, and ids beyond the doubles', () => {
    const body = parseExactJson(
      '[{"id":9007199254740993123,"price":"4.00000100","qty":"12.00000001","quoteQty":"48","time":1499865549590,"isBuyerMaker":true,"isBestMatch":true},{"id":28458,"price":"4","qty":"1","quoteQty":"4","time":1499865549591,"isBuyerMaker":false}]',
    );
    expect(
      tradesFrom(body).map(({ price, quantity, ...rest }) => [price.toString(), quantity.toString(), rest]),
    ).toEqual([
      [
        '4.000001',
        '12.00000001',
        { tradeId: '9007199254740993123', takerSide: 'sell', executedAt: 1_499_865_549_590 },
      ],
      ['4', '1', { tradeId: '28458', takerSide: 'buy', executedAt: 1_499_865_549_591 }],
    ]);
  });

  it('makes nothing of a trade without a side', () => {
    const body = parseExactJson('[{"id":1,"price":"4","qty":"1","time":1}]');
    expect(() => tradesFrom(body)).toThrow(MalformedAnswer);
  });
});

describe('candles', () => {
  const row = (openAt: number, closeAt: number): string =>
    `[${openAt},"0.01634790","0.80000000","0.01575800","0.01577100","148976.11427815",${closeAt},"2434.19055334",308,"1756.87402397","28.46694368","0"]`;

  it('keeps every digit, and knows which one is complete', () => {
    const body = parseExactJson(`[${row(NOW - 120_000, NOW - 60_001)},${row(NOW - 60_000, NOW)}]`);
    const candles = candlesFrom(body, NOW);
    expect(candles.map(({ isComplete }) => isComplete)).toEqual([true, false]);
    const [first] = candles;
    expect(texts(first)).toMatchObject({ openedAt: NOW - 120_000, closesAt: NOW - 60_001, trades: 308 });
    expect(
      [first?.open, first?.high, first?.low, first?.close, first?.volume, first?.quoteVolume].map(String),
    ).toEqual(['0.0163479', '0.8', '0.015758', '0.015771', '148976.11427815', '2434.19055334']);
  });

  it.each(['[[1,"2"]]', '[{}]', '{}', `[${row(NOW, NOW).replace('"0.80000000"', 'null')}]`])(
    'makes nothing of %s',
    (body) => {
      expect(() => candlesFrom(parseExactJson(body), NOW)).toThrow(MalformedAnswer);
    },
  );
});
