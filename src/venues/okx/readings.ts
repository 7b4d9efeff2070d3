/**
 * Readings of an account at OKX: orders, balances, positions, margin and the settings of its swaps.
 *
 * Entry point: `OkxReadings`. Executions are read in `fills.ts`, account records in `account-records.ts`. Sources: "Order details", "Order
 * List", "Order history", "Algo order details", "Algo order list", "Algo order history", "Get balance", "Get positions", "Get leverage" and
 * "Get account configuration" of the v5 documentation.
 */
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
import { asArray, asObject, text, wholeNumber } from '../ccxt/exact-json.ts';
import type { Parameters } from '../ccxt/exchange.ts';
import type { Readings } from '../connected-account.ts';
import type { Lane, LookUpRequest } from '../gateway.ts';
import { orNull, searchLists } from '../look-up.ts';
import type { OrderSearch } from '../look-up.ts';
import type { ListedInstrument, Names } from '../markets.ts';
import { nullIfUnread } from '../read-retry.ts';
import type { OkxAccount } from './account.ts';
import { readAccountRecords } from './account-records.ts';
import { ENDPOINTS, INST_TYPES, LISTED_TYPES, kindOf } from './endpoints.ts';
import type { Endpoint } from './endpoints.ts';
import { fillsBetween, fillsPage } from './fills.ts';
import { LISTING_LAG_MS, readRows } from './history.ts';
import {
  balancesFrom,
  collateralTiers,
  configurationFrom,
  leverageFrom,
  marginFrom,
  onlyEntry,
  positionFrom,
} from './normalize-account.ts';
import type { CollateralTiers } from './normalize-account.ts';
import { algoIdAtVenue, algoOrderFrom, isAlgoId, orderFrom } from './normalize-orders.ts';
import { isConditional, referenceTo } from './orders.ts';

/** Where orders of one sort are asked for, and how they read. */
interface OrderSort {
  readonly query: Endpoint;
  readonly open: Endpoint;
  readonly idKey: 'ordId' | 'algoId';
  readonly read: (body: JsonValue, names: Names) => OrderReport;
}

const ORDINARY: OrderSort = {
  query: ENDPOINTS.order,
  open: ENDPOINTS.openOrders,
  idKey: 'ordId',
  read: orderFrom,
};
const ALGO: OrderSort = {
  query: ENDPOINTS.algo,
  open: ENDPOINTS.openAlgos,
  idKey: 'algoId',
  read: algoOrderFrom,
};

/** The type that ours have. */
const OURS = 'conditional';
/** Types of orders that wait for a price, external ones too: "`conditional` and `oco` both can be used and separated with comma", of others one a question. */
const WAITING = ['conditional,oco', 'trigger', 'move_order_stop'] as const;
/** "State" of algo orders that ended. */
const ENDED = ['effective', 'canceled', 'order_failed'] as const;
/** Discount rates change rarely, and are announced. */
const TIERS_EVERY_MS = 60 * 60 * 1_000;

export class OkxReadings implements Readings {
  readonly #account: OkxAccount;

  constructor(account: OkxAccount) {
    this.#account = account;
  }

  search(listed: ListedInstrument, request: LookUpRequest): OrderSearch {
    const account = this.#account;
    const { requests } = account;
    const { kind } = listed.instrument;
    const conditional = isConditional(request);
    const sort = conditional ? ALGO : ORDINARY;
    const reference = referenceTo(listed, request);
    return {
      venueTime: async () => requests.venueTime(kind, 'look_up'),
      directly: async () => this.#order(sort, listed, reference),
      inLists: searchLists(
        request,
        async () => {
          const working = { instId: listed.venueSymbol, ...(conditional ? { ordType: OURS } : {}) };
          return this.#reports(sort, await readRows(requests, sort.open, working, sort.idKey, 'look_up'));
        },
        async (since, until) =>
          conditional ? this.#endedAlgos(listed, since) : this.#endedOrders(listed, since, until),
      ),
      fills: async (since, until) => fillsBetween(account, listed, since, until, 'look_up'),
      listingLagMs: LISTING_LAG_MS,
    };
  }

  /** By the time of their creation. */
  async #endedOrders(
    listed: ListedInstrument,
    since: TimeMs,
    until: TimeMs,
  ): Promise<readonly OrderReport[]> {
    const { requests } = this.#account;
    const span = { begin: String(Math.floor(since)), end: String(Math.ceil(until)) };
    const reports: OrderReport[] = [];
    for (const instType of LISTED_TYPES[listed.instrument.kind]) {
      const parameters = { instType, instId: listed.venueSymbol, ...span };
      const rows = await readRows(requests, ENDPOINTS.orderHistory, parameters, ORDINARY.idKey, 'look_up');
      reports.push(...this.#reports(ORDINARY, rows));
    }
    return reports;
  }

  /** The list takes no span: it is read, newest first, until an order is older. */
  async #endedAlgos({ venueSymbol }: ListedInstrument, since: TimeMs): Promise<readonly OrderReport[]> {
    const isPast = (last: JsonValue): boolean => wholeNumber(asObject(last, 'algo order'), 'cTime') < since;
    const { requests } = this.#account;
    const reports: OrderReport[] = [];
    for (const state of ENDED) {
      const parameters = { ordType: OURS, instId: venueSymbol, state };
      const rows = await readRows(requests, ENDPOINTS.algoHistory, parameters, ALGO.idKey, 'look_up', isPast);
      reports.push(...this.#reports(ALGO, rows));
    }
    return reports;
  }

  async orderByVenueId(listed: ListedInstrument, venueOrderId: VenueOrderId): Promise<OrderReport | null> {
    const isAlgo = isAlgoId(venueOrderId);
    return this.#order(isAlgo ? ALGO : ORDINARY, listed, {
      instId: listed.venueSymbol,
      ...(isAlgo ? { algoId: algoIdAtVenue(venueOrderId) } : { ordId: venueOrderId }),
    });
  }

  /** Null when the venue says that it knows no such order. */
  async #order(
    sort: OrderSort,
    { instrument }: ListedInstrument,
    reference: Parameters,
  ): Promise<OrderReport | null> {
    const { names, requests } = this.#account;
    const reading = requests.read(sort.query, reference, 'look_up');
    return orNull(reading.then((data) => sort.read(onlyEntry(data, 'order'), names[instrument.kind])));
  }

  /** Orders of other kinds of the same account are no instruments of ours. */
  #reports({ read }: OrderSort, rows: readonly JsonValue[]): readonly OrderReport[] {
    const { kinds, names } = this.#account;
    return rows.flatMap((row) => {
      const order = asObject(row, 'order');
      const kind = kindOf(text(order, 'instType'));
      if (kind === null || !kinds.includes(kind) || !names[kind].known(text(order, 'instId'))) return [];
      return [read(order, names[kind])];
    });
  }

  async openOrders(): Promise<readonly OrderReport[]> {
    const { requests } = this.#account;
    const all = async (sort: OrderSort, parameters: Parameters): Promise<readonly OrderReport[]> =>
      this.#reports(sort, await readRows(requests, sort.open, parameters, sort.idKey, 'poll'));
    const lists = await Promise.all([
      all(ORDINARY, {}),
      ...WAITING.map(async (ordType) => all(ALGO, { ordType })),
    ]);
    return lists.flat();
  }

  async fills(listed: ListedInstrument, cursor: FillsCursor | null, since: TimeMs): Promise<FillsPage> {
    return fillsPage(this.#account, listed, cursor, since);
  }

  async balances(): Promise<readonly BalanceReport[]> {
    const [balance, tiers] = await Promise.all([
      this.#account.requests.read(ENDPOINTS.balance, {}, 'poll'),
      this.#tiers(),
    ]);
    return balancesFrom(balance, tiers);
  }

  /** Null where they cannot be read: the balances are of use without them. */
  async #tiers(): Promise<CollateralTiers | null> {
    const { access, requests } = this.#account;
    const reading = access.tiers.get(TIERS_EVERY_MS, async () =>
      collateralTiers(await requests.read(ENDPOINTS.discountRates, {}, 'poll')),
    );
    return nullIfUnread(reading);
  }

  /** The open ones: a flat one is not returned "without specific instId". */
  async positions(): Promise<readonly PositionReport[]> {
    return this.#positions({});
  }

  /** "If the instrument ever had position and its open interest is 0", it is returned "with specific instId", for 30 days after its close. */
  async positionsOf({ venueSymbol }: ListedInstrument): Promise<readonly PositionReport[]> {
    return this.#positions({ instId: venueSymbol });
  }

  async #positions(which: Parameters): Promise<readonly PositionReport[]> {
    const { requests, names } = this.#account;
    const parameters = { instType: INST_TYPES.linear_swap, ...which };
    const rows = asArray(await requests.read(ENDPOINTS.positions, parameters, 'poll'), 'positions');
    return rows
      .map((row) => asObject(row, 'position'))
      .filter((position) => names.linear_swap.known(text(position, 'instId')))
      .map((position) => positionFrom(position, names.linear_swap));
  }

  async margins(): Promise<readonly MarginReport[]> {
    return [marginFrom(await this.#account.requests.read(ENDPOINTS.balance, {}, 'poll'))];
  }

  async accountRecords(since: TimeMs): Promise<AccountRecords> {
    return readAccountRecords(this.#account, since);
  }

  async positionMode(lane: Lane): Promise<PositionMode> {
    const data = await this.#account.requests.read(ENDPOINTS.configuration, {}, lane);
    return configurationFrom(data).positionMode;
  }

  async swapSettings({ venueSymbol }: ListedInstrument): Promise<SwapSettings> {
    const parameters = { instId: venueSymbol, mgnMode: 'cross' };
    const data = await this.#account.requests.read(ENDPOINTS.leverage, parameters, 'look_up');
    return { leverage: leverageFrom(data), marginMode: 'cross' };
  }
}
