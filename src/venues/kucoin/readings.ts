/**
 * Readings of an account at KuCoin: orders, balances, positions, margin and the settings of its swaps.
 *
 * Entry point: `KucoinReadings`. Executions are read in `fills.ts`, account records in `account-records.ts`. Sources: "Get Order By OrderId", "Get Open Orders", "Get Closed
 * Orders", "Get Account List - Spot" of spot, "Get Order List", "Get Stop Order List", "Get Account - Futures", "Get Position List" of futures.
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
import { asArray, asObject, text } from '../ccxt/exact-json.ts';
import type { Parameters } from '../ccxt/exchange.ts';
import type { Readings } from '../connected-account.ts';
import type { Lane, LookUpRequest } from '../gateway.ts';
import { orNull, searchLists } from '../look-up.ts';
import type { OrderSearch } from '../look-up.ts';
import type { ListedInstrument } from '../markets.ts';
import { NoSuchOrder } from '../read-retry.ts';
import { knownOrders } from '../report-fields.ts';
import type { KucoinAccount } from './account.ts';
import { readAccountRecords } from './account-records.ts';
import { SPOT, SWAP } from './endpoints.ts';
import { fillsBetween, fillsPage } from './fills.ts';
import { LISTING_LAG_MS, readRows, readSpans } from './history.ts';
import {
  marginFrom,
  positionFrom,
  positionModeFrom,
  settingsFrom,
  spotBalances,
  swapBalance,
} from './normalize-account.ts';
import { orderFromRest } from './normalize-orders.ts';
import { orderEndpoint } from './orders.ts';
import type { Asked } from './orders.ts';

/** The coin that all our swaps settle in. */
const SETTLE_COIN = 'USDT';

export class KucoinReadings implements Readings {
  readonly #account: KucoinAccount;

  constructor(account: KucoinAccount) {
    this.#account = account;
  }

  search(listed: ListedInstrument, request: LookUpRequest): OrderSearch {
    const account = this.#account;
    const { requests } = account;
    const { kind } = listed.instrument;
    return {
      venueTime: async () => requests.venueTime(kind, 'look_up'),
      directly: async () => this.#order(kind, orderEndpoint('query', listed, request)),
      inLists: searchLists(
        request,
        async () => this.#openOrdersOf(kind, listed.venueSymbol, 'look_up'),
        async (since, until) => this.#doneOrders(listed, since, until),
      ),
      fills: async (since, until) => fillsBetween(account, listed, since, until, 'look_up'),
      listingLagMs: LISTING_LAG_MS,
    };
  }

  async orderByVenueId(listed: ListedInstrument, venueOrderId: VenueOrderId): Promise<OrderReport | null> {
    const { kind } = listed.instrument;
    const parameters: Parameters =
      kind === 'spot' ? { orderId: venueOrderId, symbol: listed.venueSymbol } : { orderId: venueOrderId };
    return this.#order(kind, { endpoint: kind === 'spot' ? SPOT.orderById : SWAP.orderById, parameters });
  }

  /** Null when the venue says that it knows no such order: in words, by a code, or by a success without one. */
  async #order(kind: InstrumentKind, { endpoint, parameters }: Asked): Promise<OrderReport | null> {
    const reading = this.#account.requests.read(endpoint, parameters, 'look_up');
    return orNull(
      reading.then((data) => {
        if (data === null) throw new NoSuchOrder(`${endpoint.path}: no such order`);
        return orderFromRest(data, this.#account.names[kind]);
      }),
    );
  }

  /** Other contracts of the same account are no instruments of ours. */
  #reports(kind: InstrumentKind, rows: readonly JsonValue[]): readonly OrderReport[] {
    return knownOrders(rows, this.#account.names[kind], orderFromRest);
  }

  async #doneOrders(listed: ListedInstrument, since: TimeMs, until: TimeMs): Promise<readonly OrderReport[]> {
    const { kind } = listed.instrument;
    const [endpoint, more] = kind === 'spot' ? [SPOT.doneOrders, {}] : [SWAP.orders, { status: 'done' }];
    const parameters = { symbol: listed.venueSymbol, ...more };
    return this.#reports(
      kind,
      await readSpans(this.#account.requests, endpoint, parameters, 'look_up', [since, until]),
    );
  }

  async openOrders(): Promise<readonly OrderReport[]> {
    const lists = await Promise.all(
      this.#account.kinds.map(async (kind) =>
        kind === 'spot' ? this.#spotOrders() : this.#openOrdersOf(kind, null, 'poll'),
      ),
    );
    return lists.flat();
  }

  /** The list of open orders is one of a pair: the pairs that have any are asked for first. */
  async #spotOrders(): Promise<readonly OrderReport[]> {
    const data = await this.#account.requests.read(SPOT.symbolsWithOrders, {}, 'poll');
    const symbols = asArray(asObject(data, 'symbols')['symbols'] ?? [], 'symbols').map(String);
    const lists: OrderReport[] = [];
    for (const symbol of symbols) lists.push(...(await this.#openOrdersOf('spot', symbol, 'poll')));
    return lists;
  }

  /** Stops of futures that wait have a list of their own; `venueSymbol` null: of all contracts. */
  async #openOrdersOf(
    kind: InstrumentKind,
    venueSymbol: string | null,
    lane: Lane,
  ): Promise<readonly OrderReport[]> {
    const { requests } = this.#account;
    const symbol: Parameters = venueSymbol === null ? {} : { symbol: venueSymbol };
    if (kind === 'spot')
      return this.#reports(kind, await readRows(requests, SPOT.openOrders, 'numbered_open', symbol, lane));
    // One after the other: an answer that is lacking fails the reading, whichever it is.
    const working = await readRows(requests, SWAP.orders, 'numbered', { status: 'active', ...symbol }, lane);
    const waiting = await readRows(requests, SWAP.stopOrders, 'numbered', symbol, lane);
    return this.#reports(kind, [...working, ...waiting]);
  }

  async fills(listed: ListedInstrument, cursor: FillsCursor | null, since: TimeMs): Promise<FillsPage> {
    return fillsPage(this.#account, listed, cursor, since);
  }

  async balances(): Promise<readonly BalanceReport[]> {
    const { kinds, requests } = this.#account;
    const lists = await Promise.all(
      kinds.map(async (kind) =>
        kind === 'spot'
          ? spotBalances(await requests.read(SPOT.balances, { type: 'trade' }, 'poll'))
          : [swapBalance(await this.#overview())],
      ),
    );
    return lists.flat();
  }

  async #overview(): Promise<JsonValue> {
    return this.#account.requests.read(SWAP.overview, { currency: SETTLE_COIN }, 'poll');
  }

  async positions(): Promise<readonly PositionReport[]> {
    const { requests, names } = this.#account;
    const data = await requests.read(SWAP.positions, { currency: SETTLE_COIN }, 'poll');
    return asArray(data, 'positions')
      .filter((item) => names.linear_swap.known(text(asObject(item, 'position'), 'symbol')))
      .map((item) => positionFrom(item, names.linear_swap));
  }

  /** Asked for by name a contract is shown though it is flat. */
  async positionsOf({ venueSymbol }: ListedInstrument): Promise<readonly PositionReport[]> {
    const { requests, names } = this.#account;
    const data = await requests.read(SWAP.position, { symbol: venueSymbol }, 'poll');
    return [positionFrom(data, names.linear_swap)];
  }

  async margins(): Promise<readonly MarginReport[]> {
    return [marginFrom(await this.#overview())];
  }

  async accountRecords(since: TimeMs): Promise<AccountRecords> {
    return readAccountRecords(this.#account, since);
  }

  async positionMode(lane: Lane): Promise<PositionMode> {
    return positionModeFrom(await this.#account.requests.read(SWAP.positionMode, {}, lane));
  }

  async swapSettings({ venueSymbol }: ListedInstrument): Promise<SwapSettings> {
    const { requests } = this.#account;
    const symbol = { symbol: venueSymbol };
    const [leverage, marginMode] = await Promise.all([
      requests.read(SWAP.leverage, symbol, 'look_up'),
      requests.read(SWAP.marginMode, symbol, 'look_up'),
    ]);
    return settingsFrom(leverage, marginMode);
  }
}
