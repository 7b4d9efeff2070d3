/**
 * Readings of an account at Bybit: orders, balances, positions, margin and the settings of its swaps.
 *
 * Entry point: `BybitReadings`. Executions are read in `fills.ts`, account records in `account-records.ts`. Sources: "Get Open & Closed
 * Orders", "Get Order History", "Get Wallet Balance", "Get Position Info" and "Get Account Info" of the v5 documentation. An order that is
 * not there is an empty list.
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
import type { MarginMode, PositionMode, SwapSettings } from '../../core/venue/setting.ts';
import { asObject, text } from '../ccxt/exact-json.ts';
import type { Parameters } from '../ccxt/exchange.ts';
import type { Readings } from '../connected-account.ts';
import type { Lane, LookUpRequest } from '../gateway.ts';
import { searchLists } from '../look-up.ts';
import type { OrderSearch } from '../look-up.ts';
import type { ListedInstrument } from '../markets.ts';
import { ReadFailure, nullIfUnread } from '../read-retry.ts';
import { knownOrders } from '../report-fields.ts';
import type { BybitAccount } from './account.ts';
import { readAccountRecords } from './account-records.ts';
import { CATEGORIES, ENDPOINTS } from './endpoints.ts';
import { fillsBetween, fillsPage } from './fills.ts';
import { LISTING_LAG_MS, PAGE_LIMITS, readRows, readSpans, rowsOf } from './history.ts';
import {
  balancesFrom,
  collateralTiers,
  leverageFrom,
  marginFrom,
  marginModeFrom,
  positionFrom,
  positionModeFrom,
  positionRows,
  type CollateralTiers,
} from './normalize-account.ts';
import { orderFrom } from './normalize-orders.ts';
import { referenceTo } from './orders.ts';

const UNIFIED: Parameters = { accountType: 'UNIFIED' };
/** The coin that all our swaps settle in. */
const SETTLE_COIN = 'USDT';
/** Collateral ratios change rarely, and are announced. */
const TIERS_EVERY_MS = 60 * 60 * 1_000;

export class BybitReadings implements Readings {
  readonly #account: BybitAccount;

  constructor(account: BybitAccount) {
    this.#account = account;
  }

  search(listed: ListedInstrument, request: LookUpRequest): OrderSearch {
    const account = this.#account;
    const { requests } = account;
    const { kind } = listed.instrument;
    const ofSymbol = { category: CATEGORIES[kind], symbol: listed.venueSymbol, limit: PAGE_LIMITS.orders };
    return {
      venueTime: async () => requests.venueTime(kind, 'look_up'),
      directly: async () => this.#order(kind, referenceTo(listed, request)),
      inLists: searchLists(
        request,
        async () => {
          const working = { ...ofSymbol, openOnly: 0 };
          return this.#reports(kind, await readRows(requests, ENDPOINTS.orders, working, 'look_up'));
        },
        async (since, until) =>
          this.#reports(
            kind,
            await readSpans(requests, ENDPOINTS.orderHistory, ofSymbol, 'look_up', since, until),
          ),
      ),
      fills: async (since, until) => fillsBetween(account, listed, since, until, 'look_up'),
      listingLagMs: LISTING_LAG_MS,
    };
  }

  async orderByVenueId(
    { instrument, venueSymbol }: ListedInstrument,
    venueOrderId: VenueOrderId,
  ): Promise<OrderReport | null> {
    const { kind } = instrument;
    return this.#order(kind, { category: CATEGORIES[kind], symbol: venueSymbol, orderId: venueOrderId });
  }

  /**
   * Among the open and the last 500 closed orders, then in the history: the venue forgets the former when it restarts its service.
   * Null when neither has it.
   */
  async #order(kind: InstrumentKind, reference: Parameters): Promise<OrderReport | null> {
    for (const endpoint of [ENDPOINTS.orders, ENDPOINTS.orderHistory]) {
      const [order] = rowsOf(await this.#account.requests.read(endpoint, reference, 'look_up'));
      if (order !== undefined) return orderFrom(order, this.#account.names[kind]);
    }
    return null;
  }

  #reports(kind: InstrumentKind, rows: readonly JsonValue[]): readonly OrderReport[] {
    // Contracts in USDC and dated ones of the same account are no instruments of ours.
    return knownOrders(rows, this.#account.names[kind], orderFrom);
  }

  async openOrders(): Promise<readonly OrderReport[]> {
    const { kinds, requests } = this.#account;
    const lists = await Promise.all(
      kinds.map(async (kind) => {
        const parameters = {
          category: CATEGORIES[kind],
          ...(kind === 'spot' ? {} : { settleCoin: SETTLE_COIN }),
          openOnly: 0,
          limit: PAGE_LIMITS.orders,
        };
        return this.#reports(kind, await readRows(requests, ENDPOINTS.orders, parameters, 'poll'));
      }),
    );
    return lists.flat();
  }

  async fills(listed: ListedInstrument, cursor: FillsCursor | null, since: TimeMs): Promise<FillsPage> {
    return fillsPage(this.#account, listed, cursor, since);
  }

  async balances(): Promise<readonly BalanceReport[]> {
    const [wallet, tiers] = await Promise.all([
      this.#account.requests.read(ENDPOINTS.wallet, UNIFIED, 'poll'),
      this.#tiers(),
    ]);
    return balancesFrom(wallet, tiers);
  }

  /** Null where they cannot be read: the balances are of use without them. */
  async #tiers(): Promise<CollateralTiers | null> {
    const { access, requests } = this.#account;
    const reading = access.tiers.get(TIERS_EVERY_MS, async () =>
      collateralTiers(await requests.read(ENDPOINTS.collateralRatios, {}, 'poll')),
    );
    return nullIfUnread(reading);
  }

  /** The open ones: "If symbol=null and settleCoin specified, it returns position size greater than zero". */
  async positions(): Promise<readonly PositionReport[]> {
    return this.#positions({ settleCoin: SETTLE_COIN, limit: PAGE_LIMITS.positions });
  }

  /** "If symbol passed, it returns data regardless of having position or not": a flat one is a row of size zero. */
  async positionsOf({ venueSymbol }: ListedInstrument): Promise<readonly PositionReport[]> {
    return this.#positions({ symbol: venueSymbol });
  }

  async #positions(which: Parameters): Promise<readonly PositionReport[]> {
    const { requests, names } = this.#account;
    const parameters = { category: 'linear', ...which };
    const [rows, marginMode] = await Promise.all([
      readRows(requests, ENDPOINTS.positions, parameters, 'poll'),
      this.#marginMode('poll'),
    ]);
    return rows
      .map((row) => asObject(row, 'position'))
      .filter((position) => names.linear_swap.known(text(position, 'symbol')))
      .map((position) => positionFrom(position, names.linear_swap, marginMode));
  }

  async margins(): Promise<readonly MarginReport[]> {
    return [marginFrom(await this.#account.requests.read(ENDPOINTS.wallet, UNIFIED, 'poll'))];
  }

  async accountRecords(since: TimeMs): Promise<AccountRecords> {
    return readAccountRecords(this.#account, since);
  }

  /** No answer states the mode: the positions of an instrument that is asked for by name show it, flat ones too. */
  async positionMode(lane: Lane): Promise<PositionMode> {
    const { access, mode, requests } = this.#account;
    const listed = access.markets
      .all()
      .find(({ instrument }) => instrument.kind === 'linear_swap' && instrument.active);
    if (listed === undefined)
      throw new ReadFailure('no swap is listed to read the position mode by', 'unreachable');
    const parameters = { category: 'linear', symbol: listed.venueSymbol };
    mode.value = positionModeFrom(await requests.read(ENDPOINTS.positions, parameters, lane));
    return mode.value;
  }

  async swapSettings({ venueSymbol, instrument }: ListedInstrument): Promise<SwapSettings> {
    const { requests } = this.#account;
    const [result, marginMode] = await Promise.all([
      requests.read(ENDPOINTS.positions, { category: 'linear', symbol: venueSymbol }, 'look_up'),
      this.#marginMode('look_up'),
    ]);
    if (positionRows(result).length === 0)
      throw new ReadFailure(`the venue shows no settings of ${instrument.symbol}`, 'unreachable');
    return { leverage: leverageFrom(result), marginMode };
  }

  async #marginMode(lane: Lane): Promise<MarginMode | null> {
    return marginModeFrom(await this.#account.requests.read(ENDPOINTS.accountInfo, {}, lane));
  }
}
