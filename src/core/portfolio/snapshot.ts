/** The whole state as JSON and back, so that recovery need not fold the journal from its beginning. */
import type { JsonObject } from '../json.ts';
import { isFinished } from '../order/transitions.ts';
import { decodeSnapshot, encode } from './codec.ts';
import { keysOf } from '../order/order.ts';
import { PORTFOLIO_SCOPE, scopeKey, type StoredLimits } from '../risk/limit-scopes.ts';
import { DEFAULT_LIMITS, type SetLimits } from '../risk/limits.ts';
import { strategyKey } from '../risk/strategy-books.ts';
import { ACCOUNT_MODES, type TimeMs } from '../ids.ts';
import { NO_STEP } from '../risk/ladder-step.ts';
import {
  accountResultKey,
  balanceKey,
  executionKey,
  positionKeyOf,
  venueClientOrderKey,
  venueOrderKey,
} from './keys.ts';
import type { SnapshotRecord } from './snapshot-record.ts';
import { initialState, type PortfolioState } from './state.ts';

export function encodeState(state: PortfolioState): JsonObject {
  return encode(snapshotOf(state));
}

/** The same without a copy of its contents: it must be written before anything else changes the state. */
export function snapshotOf(state: PortfolioState): SnapshotRecord {
  const entries = (map: ReadonlyMap<string, TimeMs>): { key: string; at: TimeMs }[] =>
    [...map].map(([key, at]) => ({ key, at }));
  return {
    accounts: [...state.accounts.values()],
    orders: [...state.unfinished.values(), ...state.finished.values()],
    positions: [...state.positions.values()],
    balances: [...state.balances.values()],
    fillsCursors: [...state.fillsCursors].map(([key, cursor]) => ({ key, cursor })),
    parkedFills: [...state.parkedFills.values()],
    externalFills: entries(state.externalFills),
    fundingSeen: entries(state.recordsSeen),
    ...(state.recordsRead.size === 0
      ? {}
      : { recordsRead: [...state.recordsRead].map(([accountId, read]) => ({ accountId, ...read })) }),
    ...(state.accountResults.size === 0 ? {} : { accountResults: [...state.accountResults.values()] }),
    drift: [...state.drift.values()],
    storedLimits: [...state.storedLimits.values()],
    dayStarts: [...state.dayStarts].map(([key, start]) => ({ key, ...start })),
    killSwitch: state.killSwitch,
    killSwitchKeys: [...state.killSwitchKeys].map(([key, contentHash]) => ({ key, contentHash })),
    ...(state.adoptionKeys.size === 0
      ? {}
      : { adoptionKeys: [...state.adoptionKeys].map(([key, contentHash]) => ({ key, contentHash })) }),
    // Left out while there are none, so that snapshots from before they were kept are the same as they would be now.
    ...(state.killSwitchReceipts.size === 0
      ? {}
      : { killSwitchReceipts: [...state.killSwitchReceipts].map(([key, receipt]) => ({ key, receipt })) }),
    ...(state.openSettings.length === 0 ? {} : { openSettings: state.openSettings }),
    equityRecord: state.formerEquity,
    ladder: state.formerLadder ?? NO_STEP,
    ...leftOutWhenEmpty({
      modes: ACCOUNT_MODES.filter((mode) => state.equity.has(mode) || state.ladder.has(mode)).map((mode) => ({
        mode,
        record: state.equity.get(mode) ?? null,
        standing: state.ladder.get(mode) ?? null,
      })),
      capitals: [...state.capitals.values()],
      detached: [...state.detached.values()],
      unexplained: state.unexplained,
      openTransfers: state.openTransfers,
      flowsSeen: entries(state.flowsSeen),
      keptStops: [...state.keptStops.values()],
      assetMoves: [...state.assetMoves].map(([key, kept]) => ({ key, ...kept })),
    }),
    recentAcceptances: state.recentAcceptances,
    ...leftOutWhenEmpty({
      acceptancesOfMode: [...state.acceptancesOfMode].map(([mode, times]) => ({ mode, times })),
    }),
    ...(state.tradingStates.size === 0 ? {} : { tradingStates: [...state.tradingStates.values()] }),
    ...(state.strategyBooks.size === 0 ? {} : { strategyBooks: [...state.strategyBooks.values()] }),
    ...(state.strategyResultsForgottenAt === null
      ? {}
      : { strategyResultsForgottenAt: state.strategyResultsForgottenAt }),
    ...(state.baseCurrency === null ? {} : { baseCurrency: state.baseCurrency }),
    ...(state.clockStepsMs === 0 ? {} : { clockStepsMs: state.clockStepsMs }),
  };
}

export function decodeState(document: JsonObject): PortfolioState {
  const record = decodeSnapshot(document);
  const state = initialState();
  for (const account of record.accounts) state.accounts.set(account.accountId, account);
  for (const order of record.orders) {
    (isFinished(order.status) ? state.finished : state.unfinished).set(order.orderId, order);
    state.byVenueClientOrderId.set(
      venueClientOrderKey(order.accountId, order.venueClientOrderId),
      order.orderId,
    );
    for (const id of order.venueOrderIds)
      state.byVenueOrderId.set(venueOrderKey(order.accountId, order.symbol, id), order.orderId);
    for (const key of keysOf(order)) state.byIdempotencyKey.set(key, order.orderId);
  }
  for (const position of record.positions) state.positions.set(positionKeyOf(position), position);
  for (const balance of record.balances)
    state.balances.set(balanceKey(balance.accountId, balance.wallet, balance.asset), balance);
  for (const { key, cursor } of record.fillsCursors) state.fillsCursors.set(key, cursor);
  for (const parked of record.parkedFills)
    state.parkedFills.set(executionKey(parked.accountId, parked.fill), parked);
  for (const { key, at } of record.externalFills) state.externalFills.set(key, at);
  for (const { key, at } of record.fundingSeen) state.recordsSeen.set(key, at);
  for (const { accountId, ...read } of record.recordsRead ?? []) state.recordsRead.set(accountId, read);
  for (const result of record.accountResults ?? [])
    state.accountResults.set(accountResultKey(result.accountId, result.asset), result);
  for (const drift of record.drift) state.drift.set(drift.driftId, drift);
  for (const stored of record.storedLimits ?? limitsBeforeScopes(record.limits))
    state.storedLimits.set(scopeKey(stored.scope), stored);
  for (const { key, ...start } of record.dayStarts ?? []) state.dayStarts.set(key, start);
  state.killSwitch = record.killSwitch;
  for (const { key, contentHash } of record.killSwitchKeys ?? []) state.killSwitchKeys.set(key, contentHash);
  for (const { key, contentHash } of record.adoptionKeys ?? []) state.adoptionKeys.set(key, contentHash);
  for (const kept of record.keptStops ?? []) state.keptStops.set(kept.orderId, kept);
  for (const { key, receipt } of record.killSwitchReceipts ?? []) state.killSwitchReceipts.set(key, receipt);
  state.openSettings = record.openSettings ?? [];
  state.formerEquity = record.equityRecord;
  state.formerLadder = record.ladder.step === 'none' && record.ladder.steppedAt === 0 ? null : record.ladder;
  for (const { mode, record: reading, standing } of record.modes ?? []) {
    if (reading !== null) state.equity.set(mode, reading);
    if (standing !== null) state.ladder.set(mode, standing);
  }
  for (const capital of record.capitals ?? []) state.capitals.set(capital.accountId, capital);
  for (const detached of record.detached ?? []) state.detached.set(detached.accountId, detached);
  state.unexplained = record.unexplained ?? [];
  state.openTransfers = record.openTransfers ?? [];
  for (const { key, at } of record.flowsSeen ?? []) state.flowsSeen.set(key, at);
  for (const { key, ...kept } of record.assetMoves ?? []) state.assetMoves.set(key, kept);
  state.recentAcceptances = [...record.recentAcceptances];
  for (const { mode, times } of record.acceptancesOfMode ?? []) state.acceptancesOfMode.set(mode, [...times]);
  state.clockStepsMs = record.clockStepsMs ?? 0;
  state.baseCurrency = record.baseCurrency ?? null;
  for (const stored of record.tradingStates ?? []) state.tradingStates.set(scopeKey(stored.scope), stored);
  state.strategyResultsForgottenAt = record.strategyResultsForgottenAt ?? null;
  for (const book of record.strategyBooks ?? [])
    state.strategyBooks.set(strategyKey(book.strategy, book.position), book);
  return state;
}

/** Lists that have no entries are left out, so that snapshots from before they were kept are the same as they would be now. */
function leftOutWhenEmpty<Lists extends Readonly<Record<string, readonly unknown[]>>>(
  lists: Lists,
): Partial<Lists> {
  return Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0)) as Partial<Lists>;
}

/** Those of the portfolio, where somebody had changed them; who did is not in such a snapshot. */
function limitsBeforeScopes(limits: SetLimits | undefined): readonly StoredLimits[] {
  if (limits === undefined) return [];
  // In the order of the defaults, and with the limits that came later.
  const complete: SetLimits = { ...DEFAULT_LIMITS, ...limits };
  if (JSON.stringify(complete) === JSON.stringify(DEFAULT_LIMITS)) return [];
  return [{ scope: PORTFOLIO_SCOPE, limits: complete, version: 1, requestedBy: '', why: '', at: 0 }];
}
