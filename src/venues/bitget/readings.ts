/**
 * Readings of an account at Bitget: orders, balances, positions, margin and the settings of its swaps.
 *
 * Entry point: `BitgetReadings`. Executions are read in `fills.ts`, account records in `account-records.ts`. Sources: "Get Order Details", "Get Open
 * Orders", "Get Order History", "Get Account Assets", "Get Position Info", "Get Account Setting" and "Get Collateral Type" of the unified
 * account's documentation.
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
import { asObject, optionalText, text } from '../ccxt/exact-json.ts';
import type { Parameters } from '../ccxt/exchange.ts';
import type { Readings } from '../connected-account.ts';
import type { Lane, LookUpRequest } from '../gateway.ts';
import { searchLists } from '../look-up.ts';
import type { OrderSearch } from '../look-up.ts';
import type { ListedInstrument } from '../markets.ts';
import { NoSuchOrder, nullIfUnread } from '../read-retry.ts';
import { knownOrders } from '../report-fields.ts';
import type { BitgetAccount } from './account.ts';
import { readAccountRecords } from './account-records.ts';
import { CATEGORIES, ENDPOINTS } from './endpoints.ts';
import { fillsBetween, fillsPage } from './fills.ts';
import { LISTING_LAG_MS, OLDEST_MS, readRows, readSpans } from './history.ts';
import {
  balancesFrom,
  collateralCoins,
  collateralTiers,
  flatPositions,
  marginFrom,
  positionFrom,
  positionRows,
  settingsFrom,
} from './normalize-account.ts';
import type { AccountSettings, Collateral } from './normalize-account.ts';
import { orderFrom } from './normalize-orders.ts';
import { referenceTo } from './orders.ts';

/** Discount rates change rarely, and are announced; the owner of an account changes its collateral. */
const TIERS_EVERY_MS = 60 * 60 * 1_000;
const COLLATERAL_EVERY_MS = 5 * 60 * 1_000;

export class BitgetReadings implements Readings {
  readonly #account: BitgetAccount;

  constructor(account: BitgetAccount) {
    this.#account = account;
  }

  /** A look-up by our id may come out empty for an order that has ended: the history has it. */
  search(listed: ListedInstrument, request: LookUpRequest): OrderSearch {
    const account = this.#account;
    const { requests } = account;
    const { kind } = listed.instrument;
    const ofSymbol = { category: CATEGORIES[kind], symbol: listed.venueSymbol };
    return {
      venueTime: async () => requests.venueTime(kind, 'look_up'),
      directly: async () => this.#order(listed, referenceTo(request)),
      inLists: searchLists(
        request,
        async () => this.#reports(kind, await readRows(requests, ENDPOINTS.openOrders, ofSymbol, 'look_up')),
        async (since, until) => {
          const from = Math.max(since, until - OLDEST_MS);
          const rows = await readSpans(requests, ENDPOINTS.orderHistory, ofSymbol, 'look_up', from, until);
          return this.#reports(kind, rows);
        },
      ),
      fills: async (since, until) =>
        fillsBetween(account, listed, Math.max(since, until - OLDEST_MS), until, 'look_up'),
      listingLagMs: LISTING_LAG_MS,
    };
  }

  async orderByVenueId(listed: ListedInstrument, venueOrderId: VenueOrderId): Promise<OrderReport | null> {
    return this.#order(listed, { orderId: venueOrderId });
  }

  /** Null when the venue says that it knows no such order, by its code or by an answer without one. */
  async #order({ instrument }: ListedInstrument, reference: Parameters): Promise<OrderReport | null> {
    const { names, requests } = this.#account;
    try {
      const data = await requests.read(ENDPOINTS.order, reference, 'look_up');
      if (data === null || optionalText(asObject(data, 'order'), 'orderId') === null) return null;
      return orderFrom(data, names[instrument.kind]);
    } catch (error) {
      if (error instanceof NoSuchOrder) return null;
      throw error;
    }
  }

  /** Contracts that are no instruments of ours stand in the same lists. */
  #reports(kind: InstrumentKind, rows: readonly JsonValue[]): readonly OrderReport[] {
    return knownOrders(rows, this.#account.names[kind], orderFrom);
  }

  async openOrders(): Promise<readonly OrderReport[]> {
    const { kinds, requests } = this.#account;
    const lists = await Promise.all(
      kinds.map(async (kind) => {
        const parameters = { category: CATEGORIES[kind] };
        return this.#reports(kind, await readRows(requests, ENDPOINTS.openOrders, parameters, 'poll'));
      }),
    );
    return lists.flat();
  }

  async fills(listed: ListedInstrument, cursor: FillsCursor | null, since: TimeMs): Promise<FillsPage> {
    return fillsPage(this.#account, listed, cursor, since);
  }

  async balances(): Promise<readonly BalanceReport[]> {
    const [assets, collateral] = await Promise.all([
      this.#account.requests.read(ENDPOINTS.assets, {}, 'poll'),
      nullIfUnread(this.#collateral()),
    ]);
    return balancesFrom(assets, collateral);
  }

  /** The balances are of use without it. */
  async #collateral(): Promise<Collateral> {
    const { access, collateral, requests } = this.#account;
    const [tiers, isCollateral] = await Promise.all([
      access.tiers.get(TIERS_EVERY_MS, async () =>
        collateralTiers(await requests.read(ENDPOINTS.discountRates, {}, 'poll')),
      ),
      collateral.get(COLLATERAL_EVERY_MS, async () =>
        collateralCoins(await requests.read(ENDPOINTS.collateral, {}, 'poll')),
      ),
    ]);
    return { tiers, isCollateral };
  }

  /** The open ones: those that are flat are not listed. */
  async positions(): Promise<readonly PositionReport[]> {
    return this.#positions({});
  }

  /**
   * An answer about one swap by its name that lists no position of a side says that the side is flat: the venue has no other answer
   * for it.
   */
  async positionsOf(listed: ListedInstrument): Promise<readonly PositionReport[]> {
    const [settings, open] = await Promise.all([
      this.#settings('poll'),
      this.#positions({ symbol: listed.venueSymbol }),
    ]);
    return [...open, ...flatPositions(listed, settings, open)];
  }

  async #positions(which: Parameters): Promise<readonly PositionReport[]> {
    const { requests, names } = this.#account;
    const parameters = { category: CATEGORIES.linear_swap, ...which };
    return positionRows(await requests.read(ENDPOINTS.positions, parameters, 'poll'))
      .filter((position) => names.linear_swap.known(text(position, 'symbol')))
      .map((position) => positionFrom(position, names.linear_swap))
      .filter(({ quantity }) => !quantity.isZero());
  }

  async margins(): Promise<readonly MarginReport[]> {
    return [marginFrom(await this.#account.requests.read(ENDPOINTS.assets, {}, 'poll'))];
  }

  async accountRecords(since: TimeMs): Promise<AccountRecords> {
    return readAccountRecords(this.#account, since);
  }

  async positionMode(lane: Lane): Promise<PositionMode> {
    return (await this.#settings(lane)).positionMode;
  }

  async swapSettings({ venueSymbol }: ListedInstrument): Promise<SwapSettings> {
    return (await this.#settings('look_up')).swapSettings(venueSymbol);
  }

  async #settings(lane: Lane): Promise<AccountSettings> {
    const { mode, requests } = this.#account;
    const settings = settingsFrom(await requests.read(ENDPOINTS.settings, {}, lane));
    mode.value = settings.positionMode;
    return settings;
  }
}
