import { describe, expect, it } from 'vitest';
import { initialState, type PortfolioState } from '../core/portfolio/state.ts';
import { Desk, START } from '../core/testing/fixture.ts';
import { ClockSteps, SHORTEST_STEP_MS } from './clock-steps.ts';

/** A machine's two clocks; only `set` moves them apart. */
class Clocks {
  wall = START;
  steady = 0;
  now = (): number => this.wall;
  monotonic = (): number => this.steady;

  pass(ms: number): void {
    this.wall += ms;
    this.steady += ms;
  }
}

function started(state: PortfolioState = initialState()): { clocks: Clocks; steps: ClockSteps } {
  const clocks = new Clocks();
  const steps = new ClockSteps(clocks);
  steps.startFrom(state);
  return { clocks, steps };
}

describe('steps of the wall clock', () => {
  it('time that passes is no step, however much', () => {
    const { clocks, steps } = started();
    clocks.pass(86_400_000);
    expect(steps.stepAt(clocks.wall)).toBe(0);
  });

  for (const direction of [-1, 1]) {
    it(`a change ${direction < 0 ? 'back' : 'ahead'} counts from ${SHORTEST_STEP_MS} ms on`, () => {
      const { clocks, steps } = started();
      clocks.wall += direction * (SHORTEST_STEP_MS - 1);
      expect(steps.stepAt(clocks.wall)).toBe(0);
      clocks.wall += direction;
      expect(steps.stepAt(clocks.wall)).toBe(direction * SHORTEST_STEP_MS);
    });
  }

  it('is reported until the decision made with it is durable, and once', () => {
    const { clocks, steps } = started();
    clocks.wall -= 600_000;
    expect(steps.stepAt(clocks.wall)).toBe(-600_000);
    clocks.pass(5);
    expect(steps.stepAt(clocks.wall)).toBe(-600_000);
    steps.settle();
    clocks.pass(5);
    expect(steps.stepAt(clocks.wall)).toBe(0);
  });

  it('over a restart, a clock behind the newest record was set back', () => {
    const desk = Desk.funded();
    desk.at = START + 600_000;
    desk.place();
    const { clocks, steps } = started(desk.state);
    expect(steps.stepAt(clocks.wall)).toBe(-600_000);
  });

  it('over a restart, a clock ahead of the newest record is time that has passed', () => {
    const desk = Desk.funded();
    desk.at = START - 600_000;
    desk.place();
    const { clocks, steps } = started(desk.state);
    expect(steps.stepAt(clocks.wall)).toBe(0);
  });
});
