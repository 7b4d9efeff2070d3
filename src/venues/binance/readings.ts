/**
 * Readings of an account at Binance: orders, balances and positions and the settings of its swaps.
 *
 * Entry point: `BinanceReadings`. Executions are read in `fills.ts`, account records in `account-records.ts`. Sources: "Query order", "Current open orders", "All
 * orders" and "Account information" of rest-api.md in binance-spot-api-docs; "Trade" and "Account" of the USD-M futures
 * documentation.
 */
import type { TimeMs, VenueOrderId } from '../../core/ids.ts';
import type { InstrumentKind } from '../../core/instrument.ts';
import type { JsonValue } from '../../core/json.ts';
import type { AccountRecords } from '../../core/venue/account-record.ts';
import type {
  BalanceReport,
  FillsCursor,
  FillsPage,
  MarginReport,
  OrderReport,
  PositionReport,
} from '../../core/venue/report.ts';
import type { PositionMode, SwapSettings } from '../../core/venue/setting.ts';
import { asArray, asObject, flag } from '../ccxt/exact-json.ts';
import type { Parameters } from '../ccxt/exchange.ts';
import type { Readings } from '../connected-account.ts';
import type { Lane, LookUpRequest } from '../gateway.ts';
import { orNull, searchLists } from '../look-up.ts';
import type { OrderSearch } from '../look-up.ts';
import type { ListedInstrument, Names } from '../markets.ts';
import { ReadFailure } from '../read-retry.ts';
import { knownOrders } from '../report-fields.ts';
import type { BinanceAccount } from './account.ts';
import { readAccountRecords } from './account-records.ts';
import { SPOT, SWAP } from './endpoints.ts';
import type { Endpoint } from './endpoints.ts';
import { fillsBetween, fillsPage } from './fills.ts';
import { LISTING_LAG_MS, readHistory } from './history.ts';
import {
  spotBalances,
  swapBalances,
  swapMargin,
  swapPositions,
  symbolSettings,
} from './normalize-account.ts';
import { algoOrderFromRest, orderFromRest } from './normalize-orders.ts';
import { isConditional, referenceTo } from './orders.ts';

export class BinanceReadings implements Readings {
  readonly #account: BinanceAccount;

  constructor(account: BinanceAccount) {
    this.#account = account;
  }

  search(listed: ListedInstrument, request: LookUpRequest): OrderSearch {
    const account = this.#account;
    const { requests, names } = account;
    const { kind } = listed.instrument;
    const asked = isConditional(kind, request) ? ALGO : PLAIN[kind];
    const symbol = { symbol: listed.venueSymbol };
    const reports = (items: readonly JsonValue[]): readonly OrderReport[] =>
      items.map((item) => asked.read(item, names[kind]));
    return {
      venueTime: async () => requests.venueTime(kind, 'look_up'),
      directly: async () => this.#order(asked, listed, referenceTo(listed, request)),
      inLists: searchLists(
        request,
        async () => reports(asArray(await requests.read(asked.open, symbol, 'look_up'), 'open orders')),
        async (since, until) =>
          reports(await readHistory(requests, asked.all, symbol, 'look_up', since, until)),
      ),
      fills: async (since, until) => fillsBetween(account, listed, since, until, 'look_up'),
      listingLagMs: LISTING_LAG_MS,
    };
  }

  async orderByVenueId(listed: ListedInstrument, venueOrderId: VenueOrderId): Promise<OrderReport | null> {
    return this.#order(PLAIN[listed.instrument.kind], listed, {
      symbol: listed.venueSymbol,
      orderId: venueOrderId,
    });
  }

  /** Null when the venue says that it knows no such order. */
  async #order(
    asked: OrderEndpoints,
    { instrument }: ListedInstrument,
    reference: Parameters,
  ): Promise<OrderReport | null> {
    const { requests, names } = this.#account;
    const reading = requests.read(asked.query, reference, 'look_up');
    return orNull(reading.then((body) => asked.read(body, names[instrument.kind])));
  }

  async openOrders(): Promise<readonly OrderReport[]> {
    const lists = await Promise.all(
      this.#account.kinds
        .flatMap((kind) => (kind === 'spot' ? [PLAIN.spot] : [PLAIN.linear_swap, ALGO]))
        .map(async (asked) => this.#openOrdersAt(asked)),
    );
    return lists.flat();
  }

  async #openOrdersAt(asked: OrderEndpoints): Promise<readonly OrderReport[]> {
    const list = asArray(await this.#account.requests.read(asked.everyOpen, {}, 'poll'), 'open orders');
    // Delivery contracts of the same account are no instruments of ours.
    return knownOrders(list, this.#account.names[asked.everyOpen.kind], (item, names) =>
      asked.read(item, names),
    );
  }

  async fills(listed: ListedInstrument, cursor: FillsCursor | null, since: TimeMs): Promise<FillsPage> {
    return fillsPage(this.#account, listed, cursor, since);
  }

  async balances(): Promise<readonly BalanceReport[]> {
    const { kinds, names, requests } = this.#account;
    const lists = await Promise.all(
      kinds.map(async (kind) =>
        kind === 'spot'
          ? spotBalances(await requests.read(SPOT.account, { omitZeroBalances: 'true' }, 'poll'), names.spot)
          : swapBalances(await requests.read(SWAP.balance, {}, 'poll')),
      ),
    );
    return lists.flat();
  }

  async positions(): Promise<readonly PositionReport[]> {
    const { requests, names } = this.#account;
    const [positions, settings] = await Promise.all([
      requests.read(SWAP.positions, {}, 'poll'),
      requests.read(SWAP.symbolConfig, {}, 'poll'),
    ]);
    return swapPositions(positions, names.linear_swap, symbolSettings(settings));
  }

  /** The settings of every swap are read with the positions: `positions` leaves none out. */
  async positionsOf(): Promise<readonly PositionReport[]> {
    return [];
  }

  async margins(): Promise<readonly MarginReport[]> {
    const { requests, names } = this.#account;
    return [swapMargin(await requests.read(SWAP.account, {}, 'poll'), names.linear_swap)];
  }

  async accountRecords(since: TimeMs): Promise<AccountRecords> {
    return readAccountRecords(this.#account, since);
  }

  async positionMode(lane: Lane): Promise<PositionMode> {
    const configuration = await this.#account.requests.read(SWAP.accountConfig, {}, lane);
    return flag(asObject(configuration, 'account configuration'), 'dualSidePosition') ? 'hedged' : 'one_way';
  }

  async swapSettings({ venueSymbol, instrument }: ListedInstrument): Promise<SwapSettings> {
    const body = await this.#account.requests.read(SWAP.symbolConfig, { symbol: venueSymbol }, 'look_up');
    const settings = symbolSettings(body).get(venueSymbol);
    if (settings === undefined)
      throw new ReadFailure(`the venue shows no settings of ${instrument.symbol}`, 'unreachable');
    return settings;
  }
}

/** Where orders of one sort are asked for, and how they read. */
interface OrderEndpoints {
  readonly query: Endpoint;
  readonly open: Endpoint;
  /** `open` of all instruments, which weighs more. */
  readonly everyOpen: Endpoint;
  readonly all: Endpoint;
  readonly read: (body: JsonValue, names: Names) => OrderReport;
}

const PLAIN: Readonly<Record<InstrumentKind, OrderEndpoints>> = {
  spot: {
    query: SPOT.queryOrder,
    open: SPOT.openOrders,
    everyOpen: SPOT.allOpenOrders,
    all: SPOT.allOrders,
    read: orderFromRest,
  },
  linear_swap: {
    query: SWAP.queryOrder,
    open: SWAP.openOrders,
    everyOpen: SWAP.allOpenOrders,
    all: SWAP.allOrders,
    read: orderFromRest,
  },
};

/** Stops of USD-M, in their service of their own. */
const ALGO: OrderEndpoints = {
  query: SWAP.queryAlgoOrder,
  open: SWAP.openAlgoOrders,
  everyOpen: SWAP.allOpenAlgoOrders,
  all: SWAP.allAlgoOrders,
  read: algoOrderFromRest,
};
