/**
 * Everything that a run has met, as short names: cells of the transition table, codes of refusals, faults, outcomes, records.
 *
 * Entry points: `watchTransitions`, `metIn`, `countMet`. A campaign counts the runs that met each, and the tests ask for a
 * least number (`testing/must-meet.ts`).
 */
import { ORDER_EVENT_TYPES, ORDER_STATUSES, TRANSITIONS } from '../../src/core/order/transitions.ts';
import { toJsonObject } from '../../src/journal/stored-record.ts';
import type { Workload } from './workload.ts';
import { PORTFOLIO, type World } from './world.ts';

const DAY_MS = 86_400_000;
const cells = new Set<string>();
let isWatched = false;

/**
 * Counts each cell of the transition table that is looked up from here on, also those that change nothing and so are in no
 * journal. Returns a function that gives the cells since the last call of it. One run is under way at a time.
 */
export function watchTransitions(): () => readonly string[] {
  if (!isWatched) {
    isWatched = true;
    for (const status of ORDER_STATUSES)
      for (const event of ORDER_EVENT_TYPES) {
        const outcome = TRANSITIONS[status][event];
        Object.defineProperty(TRANSITIONS[status], event, {
          enumerable: true,
          get: () => {
            cells.add(cellName(status, event));
            return outcome;
          },
        });
      }
  }
  cells.clear();
  return () => {
    const met = [...cells];
    cells.clear();
    return met;
  };
}

/** The name of a cell, such as `cell open + fill_booked`. */
export function cellName(status: string, event: string): string {
  return `cell ${status} + ${event}`;
}

/** Everything but cells, by name, each once. */
export function metIn(world: World, workload: Workload): readonly string[] {
  const met = new Set<string>(world.faults.met);
  for (const { answer } of workload.places) {
    met.add(`answer ${answer.kind}`);
    if (answer.kind === 'unavailable') met.add(`unavailable ${answer.reason}`);
    if (answer.kind === 'denied')
      for (const { rule, code } of answer.refusals) met.add(`refusal ${rule} ${code}`);
  }
  for (const { answer } of workload.cancels) met.add(`cancel ${answer}`);
  for (const { verdict } of world.venue.creates)
    met.add(`venue ${verdict.kind === 'refused' ? `refused ${verdict.code}` : verdict.kind}`);
  const days = new Set<number>();
  for (const { at, type, payloadText } of world.storage.records(PORTFOLIO)) {
    if (type === 'equity_observed') days.add(Math.floor(at / DAY_MS));
    met.add(`record ${type}`);
    const detail = detailOf(type, payloadText);
    if (detail !== null) met.add(`record ${type} ${detail}`);
  }
  if (days.size > 1) met.add('midnight between readings');
  return [...met];
}

/** Which of its kinds a record is of; null for types without kinds. */
function detailOf(type: string, payloadText: string): string | null {
  const kindIn = (name: string): string | null => {
    const value = name
      .split('.')
      .reduce<unknown>(
        (inner, key) => (inner as Record<string, unknown> | null)?.[key],
        toJsonObject(payloadText),
      );
    return typeof value === 'string' ? value : null;
  };
  const where = KINDS_OF_RECORDS[type];
  return where === undefined ? null : kindIn(where);
}

const KINDS_OF_RECORDS: Readonly<Record<string, string>> = {
  send_refused: 'venueRefusal.kind',
  send_not_sent: 'notSentReason',
  order_closed: 'status',
  drift_opened: 'drift.kind',
  drift_resolved: 'resolution',
  account_record_booked: 'record.kind',
  trading_state_set: 'state',
  equity_observed: 'reasonOfReading',
};

/** In how many of several runs each was met, by name. */
export function countMet(runs: readonly (readonly string[])[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const run of runs) for (const name of run) counts.set(name, (counts.get(name) ?? 0) + 1);
  return new Map([...counts].toSorted(([left], [right]) => left.localeCompare(right)));
}
