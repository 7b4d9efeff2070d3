/**
 * Readings of an account at MEXC: orders, balances, positions, margin and the settings of its swaps.
 *
 * Entry point: `MexcReadings`. Executions are read in `fills.ts`, account records in `account-records.ts`. Sources: "Query Order", "Current Open
 * Orders", "All Orders" and "Account Information" of the spot v3 documentation; "Account and trading endpoints" of the contract documentation.
 */
import { Decimal } from '../../core/decimal.ts';
import type { TimeMs, VenueOrderId } from '../../core/ids.ts';
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
import { asArray, asObject, text, word } from '../ccxt/exact-json.ts';
import type { Parameters } from '../ccxt/exchange.ts';
import type { Readings } from '../connected-account.ts';
import type { Lane, LookUpRequest } from '../gateway.ts';
import { orNull, searchLists } from '../look-up.ts';
import type { OrderSearch } from '../look-up.ts';
import type { ListedInstrument } from '../markets.ts';
import { NoSuchOrder } from '../read-retry.ts';
import { knownOrders } from '../report-fields.ts';
import type { MexcAccount } from './account.ts';
import { readAccountRecords } from './account-records.ts';
import { SPOT, SWAP } from './endpoints.ts';
import { fillsBetween, fillsPage } from './fills.ts';
import {
  LISTING_LAG_MS,
  SPOT_ORDERS,
  SWAP_SPAN_MS,
  readSpotHistory,
  readSwapPages,
  spanOf,
} from './history.ts';
import { leverageFrom, openPositions, spotBalances, swapBalances, swapMargin } from './normalize-account.ts';
import { POSITION_MODES, spotOrderFrom, swapOrderFrom } from './normalize-orders.ts';
import { lastIdOf, spotReference } from './orders.ts';
import type { OrderReference } from './orders.ts';

export class MexcReadings implements Readings {
  readonly #account: MexcAccount;

  constructor(account: MexcAccount) {
    this.#account = account;
  }

  search(listed: ListedInstrument, request: LookUpRequest): OrderSearch {
    const account = this.#account;
    const { kind } = listed.instrument;
    const isSpot = kind === 'spot';
    return {
      venueTime: async () => account.requests.venueTime(kind, 'look_up'),
      directly: async () => (isSpot ? this.#spotOrder(listed, request) : this.#swapOrder(listed, request)),
      inLists: searchLists(
        request,
        async () => this.#working(listed),
        async (since, until) => this.#history(listed, since, until),
      ),
      fills: async (since, until) => fillsBetween(account, listed, since, until, 'look_up'),
      listingLagMs: LISTING_LAG_MS,
    };
  }

  async orderByVenueId(listed: ListedInstrument, venueOrderId: VenueOrderId): Promise<OrderReport | null> {
    return listed.instrument.kind === 'spot'
      ? this.#readSpotOrder({ symbol: listed.venueSymbol, orderId: venueOrderId })
      : this.#swapOrderById(venueOrderId);
  }

  async #spotOrder(listed: ListedInstrument, reference: OrderReference): Promise<OrderReport | null> {
    return this.#readSpotOrder(spotReference(listed, reference));
  }

  /** Null when the venue says that it knows no such order. */
  async #readSpotOrder(reference: Parameters): Promise<OrderReport | null> {
    const { names, requests } = this.#account;
    const reading = requests.read(SPOT.queryOrder, reference, 'look_up');
    return orNull(reading.then((body) => spotOrderFrom(body, names.spot)));
  }

  async #swapOrder(listed: ListedInstrument, reference: OrderReference): Promise<OrderReport | null> {
    const orderId = lastIdOf(reference);
    if (orderId !== null) return this.#swapOrderById(orderId);
    const { requests } = this.#account;
    const named = { symbol: listed.venueSymbol, external_oid: reference.venueClientOrderId };
    return this.#oneSwapOrder(requests.read(SWAP.orderByOwnId, named, 'look_up'));
  }

  async #swapOrderById(orderId: VenueOrderId): Promise<OrderReport | null> {
    return this.#oneSwapOrder(this.#account.requests.read(SWAP.order, { order_id: orderId }, 'look_up'));
  }

  /** A success without data says that there is no such order, as 2040 does. */
  async #oneSwapOrder(reading: Promise<JsonValue>): Promise<OrderReport | null> {
    const { mode, names } = this.#account;
    return orNull(
      reading.then((body) => {
        if (body === null) throw new NoSuchOrder('no data of the order');
        return swapOrderFrom(body, names.linear_swap, mode.value);
      }),
    );
  }

  async #working({ instrument, venueSymbol }: ListedInstrument): Promise<readonly OrderReport[]> {
    const { requests } = this.#account;
    const symbol = { symbol: venueSymbol };
    return instrument.kind === 'spot'
      ? this.#spotOrders(asArray(await requests.read(SPOT.openOrders, symbol, 'look_up'), 'open orders'))
      : this.#swapOrders(await readSwapPages(requests, SWAP.openOrdersOf, symbol, 'look_up'));
  }

  async #history(
    { instrument, venueSymbol }: ListedInstrument,
    since: TimeMs,
    until: TimeMs,
  ): Promise<readonly OrderReport[]> {
    const { clock, requests } = this.#account;
    const symbol = { symbol: venueSymbol };
    if (instrument.kind === 'spot') {
      const from = Math.max(since, clock.now() - SPOT_ORDERS.oldestMs);
      return this.#spotOrders(
        await readSpotHistory(requests, SPOT.allOrders, SPOT_ORDERS, symbol, 'look_up', from, until),
      );
    }
    const from = Math.max(since, until - SWAP_SPAN_MS + 1);
    const span = { ...symbol, ...spanOf(from, until) };
    return this.#swapOrders(await readSwapPages(requests, SWAP.orderHistory, span, 'look_up'));
  }

  #spotOrders(rows: readonly JsonValue[]): readonly OrderReport[] {
    return knownOrders(rows, this.#account.names.spot, spotOrderFrom);
  }

  /** Contracts of the same account that settle in another coin are no instruments of ours. */
  #swapOrders(rows: readonly JsonValue[]): readonly OrderReport[] {
    const { mode, names } = this.#account;
    return rows
      .filter((row) => names.linear_swap.known(text(asObject(row, 'order'), 'symbol')))
      .map((row) => swapOrderFrom(row, names.linear_swap, mode.value));
  }

  async openOrders(): Promise<readonly OrderReport[]> {
    const { kinds, requests } = this.#account;
    const lists = await Promise.all(
      kinds.map(async (kind) =>
        kind === 'spot'
          ? this.#spotOrders(asArray(await requests.read(SPOT.openOrders, {}, 'poll'), 'open orders'))
          : this.#swapOrders(await readSwapPages(requests, SWAP.openOrders, {}, 'poll')),
      ),
    );
    return lists.flat();
  }

  async fills(listed: ListedInstrument, cursor: FillsCursor | null, since: TimeMs): Promise<FillsPage> {
    return fillsPage(this.#account, listed, cursor, since);
  }

  async balances(): Promise<readonly BalanceReport[]> {
    const { kinds, requests } = this.#account;
    const lists = await Promise.all(
      kinds.map(async (kind) =>
        kind === 'spot'
          ? spotBalances(await requests.read(SPOT.account, {}, 'poll'))
          : swapBalances(await requests.read(SWAP.assets, {}, 'poll')),
      ),
    );
    return lists.flat();
  }

  async positions(): Promise<readonly PositionReport[]> {
    return this.#openPositions({});
  }

  /** The venue lists open positions alone, and all of a contract that is asked for by name: one that has none is flat. */
  async positionsOf({ instrument, venueSymbol }: ListedInstrument): Promise<readonly PositionReport[]> {
    const symbol = { symbol: venueSymbol };
    const [open, leverage] = await Promise.all([
      this.#openPositions(symbol),
      this.#account.requests.read(SWAP.leverage, symbol, 'poll'),
    ]);
    if (open.some(({ positionSide }) => positionSide === 'net')) return open;
    return [...open, flatPosition(instrument.symbol, leverageFrom(leverage))];
  }

  /** No position names the mode that it is held in, so that it is read beside them. */
  async #openPositions(which: Parameters): Promise<readonly PositionReport[]> {
    const { names, requests } = this.#account;
    const [body, mode] = await Promise.all([
      requests.read(SWAP.positions, which, 'poll'),
      this.positionMode('poll'),
    ]);
    return openPositions(body ?? [], names.linear_swap, mode).map(({ report }) => report);
  }

  async margins(): Promise<readonly MarginReport[]> {
    return [swapMargin(await this.#account.requests.read(SWAP.assets, {}, 'poll'))];
  }

  async accountRecords(since: TimeMs): Promise<AccountRecords> {
    return readAccountRecords(this.#account, since);
  }

  async positionMode(lane: Lane): Promise<PositionMode> {
    const { mode, requests } = this.#account;
    const data = await requests.read(SWAP.positionMode, {}, lane);
    const read = word({ positionMode: data }, 'positionMode', POSITION_MODES);
    mode.value = read;
    return read;
  }

  async swapSettings({ venueSymbol }: ListedInstrument): Promise<SwapSettings> {
    const data = await this.#account.requests.read(SWAP.leverage, { symbol: venueSymbol }, 'look_up');
    return { leverage: leverageFrom(data), marginMode: 'cross' };
  }
}

function flatPosition(symbol: PositionReport['symbol'], leverage: Decimal | null): PositionReport {
  return {
    symbol,
    positionSide: 'net',
    quantity: Decimal.zero,
    entryPrice: null,
    markPrice: null,
    leverage,
    marginMode: 'cross',
    liquidationPrice: null,
    maintenanceMargin: null,
    isolatedMargin: null,
    unrealizedPnl: null,
  };
}
