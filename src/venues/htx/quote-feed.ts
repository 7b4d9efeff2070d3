/**
 * Where HTX publishes best bids and asks, and the marks of contracts.
 *
 * Entry point: `HtxQuoteFeed`. Sources: "Best Bid/Offer" of the public stream, "Get Latest Aggregated Ticker" and "Get Latest Tickers for All Pairs" of
 * the spot documentation; "Subscribe market BBO data push", "Subscribe Kline Data of Mark Price", "Get Market BBO Data" and "Get Kline Data of
 * Mark Price" of the USDT-margined one. A mark is the end of its last candle.
 */
import type { Decimal } from '../../core/decimal.ts';
import type { InstrumentKind } from '../../core/instrument.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import type { TopOfBook } from '../../core/quote.ts';
import { pricesIn } from '../all-prices.ts';
import type { PriceReading } from '../all-prices.ts';
import {
  MalformedAnswer,
  asArray,
  asObject,
  figure,
  positiveFigure,
  text,
  wholeNumber,
} from '../ccxt/exact-json.ts';
import type { Lane } from '../gateway.ts';
import type { ListedInstrument } from '../markets.ts';
import type { QuoteChannel, QuoteFeed, ReadPrices } from '../quotes.ts';
import type { HtxAccess } from './access.ts';
import type { HtxAccount } from './account.ts';
import { dataOf } from './classify.ts';
import { SPOT, SWAP } from './endpoints.ts';
import { tickOf } from './market-data.ts';
import type { HtxRequests } from './requests.ts';
import { markTopicOf, topicOf } from './streams.ts';
import { bestIn } from './tops.ts';

/** Of the endpoint's requests: one reading counts as one. */
const READING_WEIGHT = 1;

export class HtxQuoteFeed implements QuoteFeed {
  readonly #access: HtxAccess;
  readonly #requests: HtxRequests;

  constructor({ access, requests }: HtxAccount) {
    this.#access = access;
    this.#requests = requests;
  }

  channelsOf({ instrument, venueSymbol }: ListedInstrument): readonly [QuoteChannel, ...QuoteChannel[]] {
    const access = this.#access;
    if (instrument.kind === 'spot')
      return [{ connection: access.marketStream('public'), name: topicOf(venueSymbol) }];
    access.quotedContracts.add(venueSymbol);
    return [
      { connection: access.marketStream('contracts'), name: topicOf(venueSymbol) },
      { connection: access.marketStream('marks'), name: markTopicOf(venueSymbol) },
    ];
  }

  async read({ instrument, venueSymbol }: ListedInstrument, lane: Lane): Promise<ReadPrices> {
    if (instrument.kind === 'spot') {
      const body = await this.#requests.read(SPOT.ticker, { symbol: venueSymbol }, lane);
      return { top: bestIn(tickOf(body), timeOf(body), instrument), mark: null, average: null };
    }
    const [ticker, mark] = await Promise.all([
      this.#requests.read(SWAP.ticker, { contract_code: venueSymbol }, lane),
      this.#mark(venueSymbol, lane),
    ]);
    return { top: bestIn(tickOf(ticker), timeOf(ticker), instrument), mark, average: null };
  }

  /** The end of the newest candle of marks. */
  async #mark(venueSymbol: string, lane: Lane): Promise<Decimal> {
    const asked = { contract_code: venueSymbol, period: '1min', size: '1' };
    const last = asArray(dataOf(await this.#requests.read(SWAP.markCandles, asked, lane)), 'candles').at(-1);
    return figure(asObject(last, 'candle'), 'close');
  }

  async allBooks(kind: InstrumentKind): Promise<PriceReading<TopOfBook> | null> {
    return this.#access.prices[kind].get('tickers', READING_WEIGHT, async () =>
      kind === 'spot' ? this.#spotBooks() : this.#contractBooks(),
    );
  }

  async #spotBooks(): Promise<ReadonlyMap<string, TopOfBook>> {
    const body = await this.#requests.read(SPOT.tickers, {}, 'poll');
    const venueAt = timeOf(body);
    return pricesIn(asArray(dataOf(body), 'tickers'), 'symbol', (row) => rowTop(row, venueAt));
  }

  async #contractBooks(): Promise<ReadonlyMap<string, TopOfBook>> {
    const { markets } = this.#access;
    const body = await this.#requests.read(SWAP.bestPrices, {}, 'poll');
    const rows = asArray(asObject(body, 'answer')['ticks'], 'ticks').filter(
      (row) =>
        markets.byVenueSymbol('linear_swap', text(asObject(row, 'tick'), 'contract_code')) !== undefined,
    );
    return pricesIn(rows, 'contract_code', (row) => {
      const instrument = markets.byVenueSymbol('linear_swap', text(row, 'contract_code'));
      if (instrument === undefined) throw new MalformedAnswer('a contract that is not listed');
      return bestIn(row, wholeNumber(row, 'ts'), instrument);
    });
  }

  /** Of the contracts that are quoted, one after the other: no question shows the marks of all. */
  async allMarks(): Promise<PriceReading<Decimal> | null> {
    const { marks, quotedContracts } = this.#access;
    const contracts = [...quotedContracts];
    return marks.get('marks', Math.max(READING_WEIGHT, contracts.length), async () => {
      const prices = new Map<string, Decimal>();
      for (const contract of contracts) prices.set(contract, await this.#mark(contract, 'poll'));
      return prices;
    });
  }
}

function timeOf(body: JsonValue): number {
  return wholeNumber(asObject(body, 'answer'), 'ts');
}

/** Zeros where nobody quotes. */
function rowTop(row: JsonObject, venueAt: number): TopOfBook {
  const [bid, ask] = [positiveFigure(row, 'bid'), positiveFigure(row, 'ask')];
  return {
    bid,
    bidQuantity: bid === null ? null : positiveFigure(row, 'bidSize'),
    ask,
    askQuantity: ask === null ? null : positiveFigure(row, 'askSize'),
    venueAt,
  };
}
