/**
 * Everybody who uses the service in a world: the callers of each account, and an administrator who stores limits of accounts.
 *
 * Entry point: `Callers`.
 */
import { decimal } from '../../src/core/decimal.ts';
import type { Seat } from './seat.ts';
import { Treasury } from './treasury.ts';
import { Trespassing } from './trespassing.ts';
import { Workload } from './workload.ts';
import type { World } from './world.ts';

/** A limit on the worth of an order that was stored for one account alone, in quote units. */
export interface OwnLimit {
  readonly maxOrderNotional: string;
  /** When it was known to be stored; null: not yet. */
  since: number | null;
}

/** The callers of one account. */
export interface SeatCallers {
  readonly seat: Seat;
  readonly workload: Workload;
  readonly trespassing: Trespassing;
  readonly treasury: Treasury;
  readonly ownLimit: OwnLimit | null;
}

const ASKED_AGAIN_MS = 400;

export class Callers {
  readonly all: readonly [SeatCallers, ...SeatCallers[]];
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
    const [first, ...others] = world.seats;
    this.all = [this.#at(first), ...others.map((seat) => this.#at(seat))];
  }

  /** Those who also use what the whole portfolio of an account has. */
  controlling(seat: Seat): Workload {
    const found = this.all.find((one) => one.seat.portfolioId === seat.portfolioId && one.seat.hasControls);
    if (found === undefined) throw new Error(`nobody controls ${seat.portfolioId}`);
    return found.workload;
  }

  begin(): void {
    for (const { seat, workload, treasury, trespassing, ownLimit } of this.all) {
      workload.begin();
      trespassing.begin();
      treasury.begin();
      if (ownLimit !== null) this.#store(seat, ownLimit);
    }
  }

  end(): void {
    for (const { workload, treasury, trespassing } of this.all) {
      treasury.end();
      workload.end();
      trespassing.end();
    }
  }

  #at(seat: Seat): SeatCallers {
    const elsewhere = (): readonly string[] =>
      this.all.filter((one) => one.seat !== seat).flatMap(({ workload }) => workload.acceptedIds);
    const beside = this.#world.setting.besides.find(
      ({ accountId, portfolioId }) => accountId === seat.accountId && portfolioId === seat.portfolioId,
    );
    const maxOrderNotional = beside?.maxOrderNotional ?? null;
    return {
      seat,
      workload: new Workload(seat),
      treasury: new Treasury(seat),
      trespassing: new Trespassing(seat, elsewhere),
      ownLimit: maxOrderNotional === null ? null : { maxOrderNotional, since: null },
    };
  }

  /** Stores the limit of an account, and asks again until it is known to be there. */
  #store(seat: Seat, limit: OwnLimit): void {
    const { time, trace } = this.#world;
    const process = seat.front();
    const again = (): void => {
      time.after(ASKED_AGAIN_MS, () => this.#store(seat, limit), null);
    };
    if (process === undefined) {
      again();
      return;
    }
    time.after(
      1,
      () => {
        process.engine.controls
          .changeLimits({
            scope: { kind: 'account', accountId: seat.accountId },
            expectedVersion: 0,
            figures: { maxOrderNotional: decimal(limit.maxOrderNotional) },
            requestedBy: 'administrator',
            why: 'simulation',
          })
          .then(({ kind }) => {
            trace(`the limit of ${seat.accountId}: ${kind}`);
            // A conflict is with the same change, whose answer was lost.
            limit.since ??= time.now();
          }, again);
      },
      process.gate,
    );
    process.gate.onDeath(() => {
      if (limit.since === null) again();
    });
  }
}
