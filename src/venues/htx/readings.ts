/**
 * Readings of an account at HTX: orders, executions, balances, positions, margin and the settings of its swaps.
 *
 * Entry point: `HtxReadings`. Account records are read in `account-records.ts`. Sources: "Get the Order Detail of an Order", "Get the Order
 * Detail of an Order (based on client order ID)" of spot, "Get Order Info" of v5, and the pages that `history.ts` names. A spot order is found by
 * its client order id for eight hours while it is open and for two once it is finished, one of contracts while it is open alone: the lists
 * know it longer.
 */
import type { TimeMs, VenueOrderId } from '../../core/ids.ts';
import type { AccountRecords } from '../../core/venue/account-record.ts';
import type { InstrumentKind } from '../../core/instrument.ts';
import type { JsonValue } from '../../core/json.ts';
import type {
  BalanceReport,
  FillsCursor,
  FillsPage,
  MarginReport,
  OrderReport,
  PositionReport,
  VenueFill,
} from '../../core/venue/report.ts';
import type { PositionMode, SwapSettings } from '../../core/venue/setting.ts';
import { asArray, asObject, text } from '../ccxt/exact-json.ts';
import type { Parameters } from '../ccxt/exchange.ts';
import type { Readings } from '../connected-account.ts';
import { fillsBySpan } from '../fills-span.ts';
import type { Lane, LookUpRequest } from '../gateway.ts';
import { orNull, searchLists } from '../look-up.ts';
import type { OrderSearch } from '../look-up.ts';
import type { ListedInstrument } from '../markets.ts';
import { NoSuchOrder } from '../read-retry.ts';
import type { HtxAccount } from './account.ts';
import { readAccountRecords } from './account-records.ts';
import { dataOf } from './classify.ts';
import { SPOT, SWAP } from './endpoints.ts';
import type { Endpoint } from './endpoints.ts';
import {
  LISTING_LAG_MS,
  LONGEST_SPAN_MS,
  OLDEST_FILLS_MS,
  executions,
  finishedOrders,
  openContractRows,
  openOrderRows,
} from './history.ts';
import {
  balancesFrom,
  contractBalances,
  flatPositions,
  leverageFrom,
  marginFrom,
  positionFrom,
  positionModeFrom,
} from './normalize-account.ts';
import { contractFillFrom, fillFrom } from './normalize-fills.ts';
import { contractOrderFrom, orderFrom } from './normalize-orders.ts';
import { CROSS } from './order-parameters.ts';
import { currentId } from './orders.ts';

export class HtxReadings implements Readings {
  readonly #account: HtxAccount;

  constructor(account: HtxAccount) {
    this.#account = account;
  }

  search(listed: ListedInstrument, request: LookUpRequest): OrderSearch {
    const { clock, requests } = this.#account;
    const { kind } = listed.instrument;
    const id = currentId(request);
    return {
      venueTime: async () => requests.venueTime(kind, 'look_up'),
      directly: async () =>
        id === null ? this.#byClientId(listed, request) : this.orderByVenueId(listed, id),
      inLists: searchLists(
        request,
        async () => this.#open(kind, listed.venueSymbol, 'look_up'),
        async (since, until) =>
          this.#reports(kind, await finishedOrders(requests, listed, [since, until], clock.now())),
      ),
      fills: async (since, until) => {
        const rows = await executions(requests, listed, [since, until], clock.now(), 'look_up');
        return rows
          .map((row) => this.#fill(listed, row))
          .toSorted((left, right) => left.executedAt - right.executedAt);
      },
      listingLagMs: LISTING_LAG_MS,
    };
  }

  async orderByVenueId(
    { instrument, venueSymbol }: ListedInstrument,
    id: VenueOrderId,
  ): Promise<OrderReport | null> {
    return instrument.kind === 'spot'
      ? this.#order('spot', SPOT.order, { 'order-id': id })
      : this.#order('linear_swap', SWAP.order, { contract_code: venueSymbol, ...CROSS, order_id: id });
  }

  /** The newest order under the id on spot. */
  async #byClientId(listed: ListedInstrument, request: LookUpRequest): Promise<OrderReport | null> {
    const { venueClientOrderId } = request;
    return listed.instrument.kind === 'spot'
      ? this.#order('spot', SPOT.orderByClientId, { clientOrderId: venueClientOrderId })
      : this.#contractByClientId(listed, request);
  }

  /** The id finds an order while it is open alone: the history is asked for one that has ended. */
  async #contractByClientId(
    listed: ListedInstrument,
    { since, venueClientOrderId }: LookUpRequest,
  ): Promise<OrderReport | null> {
    const { clock, requests } = this.#account;
    const open = await this.#order('linear_swap', SWAP.order, {
      contract_code: listed.venueSymbol,
      ...CROSS,
      client_order_id: venueClientOrderId,
    });
    if (open !== null) return open;
    const now = clock.now();
    const ended = await finishedOrders(requests, listed, [since, now + LISTING_LAG_MS], now);
    return (
      this.#reports('linear_swap', ended).find(
        (report) => report.venueClientOrderId === venueClientOrderId,
      ) ?? null
    );
  }

  /** Null when the venue says that it knows no such order: by a code, or by a success without one. */
  async #order(
    kind: InstrumentKind,
    endpoint: Endpoint,
    parameters: Parameters,
  ): Promise<OrderReport | null> {
    const reading = this.#account.requests.read(endpoint, parameters, 'look_up');
    return orNull(
      reading.then((body) => {
        const data = dataOf(body);
        if (data === null) throw new NoSuchOrder(`${endpoint.path}: no such order`);
        return this.#report(kind, data);
      }),
    );
  }

  #report(kind: InstrumentKind, row: JsonValue): OrderReport {
    const { names } = this.#account;
    return kind === 'spot' ? orderFrom(row, names.spot) : contractOrderFrom(row, names.linear_swap);
  }

  /** Contracts of the same account that are dated are no instruments of ours. */
  #reports(kind: InstrumentKind, rows: readonly JsonValue[]): readonly OrderReport[] {
    const names = this.#account.names[kind];
    const key = kind === 'spot' ? 'symbol' : 'contract_code';
    return rows
      .filter((row) => names.known(text(asObject(row, 'order'), key)))
      .map((row) => this.#report(kind, row));
  }

  #fill({ instrument }: ListedInstrument, row: JsonValue): VenueFill {
    const { names } = this.#account;
    return instrument.kind === 'spot' ? fillFrom(row, names.spot) : contractFillFrom(row, names.linear_swap);
  }

  async #open(kind: InstrumentKind, venueSymbol: string | null, lane: Lane): Promise<readonly OrderReport[]> {
    const { requests, spotAccount } = this.#account;
    return this.#reports(
      kind,
      kind === 'spot'
        ? await openOrderRows(requests, spotAccount, venueSymbol, lane)
        : await openContractRows(requests, venueSymbol, lane),
    );
  }

  async openOrders(): Promise<readonly OrderReport[]> {
    const lists = await Promise.all(this.#account.kinds.map(async (kind) => this.#open(kind, null, 'poll')));
    return lists.flat();
  }

  async fills(listed: ListedInstrument, cursor: FillsCursor | null, since: TimeMs): Promise<FillsPage> {
    const { clock, requests } = this.#account;
    const now = clock.now();
    return fillsBySpan(
      {
        longestMs: LONGEST_SPAN_MS,
        oldestMs: OLDEST_FILLS_MS[listed.instrument.kind],
        listingLagMs: LISTING_LAG_MS,
        page: async (from, to) => {
          const rows = await executions(requests, listed, [from, to], now, 'poll');
          return { fills: rows.map((row) => this.#fill(listed, row)), next: null };
        },
      },
      cursor,
      since,
      now,
    );
  }

  async balances(): Promise<readonly BalanceReport[]> {
    const { kinds, requests, spotAccount } = this.#account;
    const lists = await Promise.all(
      kinds.map(async (kind) =>
        kind === 'spot'
          ? balancesFrom(await requests.read(SPOT.balance, { 'account-id': spotAccount }, 'poll'))
          : contractBalances(await requests.read(SWAP.balance, {}, 'poll')),
      ),
    );
    return lists.flat();
  }

  async accountRecords(since: TimeMs): Promise<AccountRecords> {
    return readAccountRecords(this.#account, since);
  }

  /** The open ones: those that are flat are not listed. */
  async positions(): Promise<readonly PositionReport[]> {
    return this.#positions({});
  }

  /** An answer about one swap by its name that lists no position of a side says that the side is flat: the venue has no other answer for it. */
  async positionsOf(listed: ListedInstrument): Promise<readonly PositionReport[]> {
    const named = { contract_code: listed.venueSymbol };
    const [mode, open, leverage] = await Promise.all([
      this.positionMode('poll'),
      this.#positions(named),
      this.#account.requests.read(SWAP.leverage, { ...named, ...CROSS }, 'poll'),
    ]);
    return [...open, ...flatPositions(listed, mode, open, leverageFrom(leverage))];
  }

  async #positions(which: Parameters): Promise<readonly PositionReport[]> {
    const { requests, names } = this.#account;
    return asArray(dataOf(await requests.read(SWAP.positions, which, 'poll')), 'positions')
      .filter((row) => names.linear_swap.known(text(asObject(row, 'position'), 'contract_code')))
      .map((row) => positionFrom(row, names.linear_swap))
      .filter(({ quantity }) => !quantity.isZero());
  }

  async margins(): Promise<readonly MarginReport[]> {
    return [marginFrom(await this.#account.requests.read(SWAP.balance, {}, 'poll'))];
  }

  async positionMode(lane: Lane): Promise<PositionMode> {
    return positionModeFrom(await this.#account.requests.read(SWAP.positionMode, {}, lane));
  }

  async swapSettings({ venueSymbol }: ListedInstrument): Promise<SwapSettings> {
    const asked = { contract_code: venueSymbol, ...CROSS };
    const body = await this.#account.requests.read(SWAP.leverage, asked, 'look_up');
    return { leverage: leverageFrom(body), marginMode: 'cross' };
  }
}
