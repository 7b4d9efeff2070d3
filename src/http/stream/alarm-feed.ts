/**
 * Sends the alarms of a portfolio's risk to its subscribers: all that stand, whenever they are not as they were.
 *
 * Entry point: `AlarmFeed.subscribe`.
 *
 * Alarms are of now: several of them are in no journal, so they have no seq and none is repeated to a client that comes back. It
 * gets the list as it stands.
 *
 * Invariants:
 *  1. The list is made once a second for all subscribers of a portfolio, and not at all without one.
 *  2. Figures that move within an alarm send nothing; another step, state or reason does.
 */
import { EngineUnavailable, type Desk } from '../../engine/desk.ts';
import { isoTime } from '../fields.ts';
import { toRiskAlarms, type RiskAlarmView } from '../views/risk-alarm.ts';
import { toRiskStatusView } from '../views/risk-status.ts';
import type { AlarmsMessage } from './messages.ts';

export const READ_ALARMS_EVERY_MS = 1_000;

type AlarmReader = (message: AlarmsMessage) => void;

interface Topic {
  readonly desk: Desk;
  readonly readers: Set<AlarmReader>;
  /** Those that have not had a list yet. */
  readonly unserved: Set<AlarmReader>;
  /** The list that the readers have. */
  standing: readonly RiskAlarmView[];
  isReading: boolean;
  timer: NodeJS.Timeout | null;
}

export class AlarmFeed {
  readonly #now: () => number;
  readonly #onBug: (error: unknown) => void;
  readonly #topics = new Map<Desk, Topic>();

  /** `now` is the wall clock. `onBug` is called with an unexpected error; the list is made again a second later. */
  constructor(now: () => number, onBug: (error: unknown) => void) {
    this.#now = now;
    this.#onBug = onBug;
  }

  /** Sends the list as it stands, then each that differs; the returned function ends the subscription. */
  subscribe(desk: Desk, reader: AlarmReader): () => void {
    const topic: Topic = this.#topics.get(desk) ?? {
      desk,
      readers: new Set(),
      unserved: new Set(),
      standing: [],
      isReading: false,
      timer: null,
    };
    this.#topics.set(desk, topic);
    topic.readers.add(reader);
    topic.unserved.add(reader);
    topic.timer ??= setInterval(() => void this.#read(topic), READ_ALARMS_EVERY_MS).unref();
    void this.#read(topic);
    return () => {
      topic.readers.delete(reader);
      topic.unserved.delete(reader);
      if (topic.readers.size > 0) return;
      if (topic.timer !== null) clearInterval(topic.timer);
      topic.timer = null;
      if (this.#topics.get(desk) === topic) this.#topics.delete(desk);
    };
  }

  async #read(topic: Topic): Promise<void> {
    if (topic.isReading) return;
    topic.isReading = true;
    try {
      const { alarms, seq } = await alarmsOf(topic.desk);
      this.#send(topic, alarms, seq);
    } catch (error) {
      // A desk that cannot be read now is asked again; its connections end once it moves.
      if (!(error instanceof EngineUnavailable)) this.#onBug(error);
    } finally {
      topic.isReading = false;
    }
  }

  #send(topic: Topic, alarms: readonly RiskAlarmView[], seq: number): void {
    const before = new Map(topic.standing.map((alarm) => [alarm.id, kindOf(alarm)]));
    const ids = new Set(alarms.map(({ id }) => id));
    const raised = alarms.filter((alarm) => before.get(alarm.id) !== kindOf(alarm)).map(({ id }) => id);
    const over = [...before.keys()].filter((id) => !ids.has(id));
    topic.standing = alarms;
    const list: Omit<AlarmsMessage, 'raised' | 'over'> = {
      channel: 'risk',
      event: 'alarms',
      at: isoTime(this.#now()),
      as_of_seq: seq,
      alarms: [...alarms],
    };
    const unserved = [...topic.unserved];
    topic.unserved.clear();
    for (const reader of unserved) reader({ ...list, raised: [...ids], over: [], snapshot: true });
    if (raised.length + over.length === 0) return;
    for (const reader of topic.readers) if (!unserved.includes(reader)) reader({ ...list, raised, over });
  }
}

/** The alarms of every mode of a portfolio; the seq is that of the last reading. */
async function alarmsOf(
  desk: Desk,
): Promise<{ readonly alarms: readonly RiskAlarmView[]; readonly seq: number }> {
  const main = await desk.books.risk();
  const others = await Promise.all(
    main.value.modes.filter((mode) => mode !== main.value.mode).map((mode) => desk.books.risk(mode)),
  );
  const readings = [main, ...others];
  const statuses = readings.map(({ value, seq }) => toRiskStatusView(value, seq));
  return { alarms: toRiskAlarms(statuses), seq: Math.max(...readings.map(({ seq }) => seq)) };
}

/** The part that makes an alarm another one, beside its id. Prices and ratios in the words of a reason do not. */
function kindOf({ ladder_step: step, trading_state: state, why, alarm, since }: RiskAlarmView): string {
  return [step, state, alarm === 'account_blind' ? why : since].join(' ');
}
