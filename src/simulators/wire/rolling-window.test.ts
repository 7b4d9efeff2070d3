import { expect, it } from 'vitest';
import { RollingWindow } from './rolling-window.ts';

it('counts back from each request, and not those that it refuses', () => {
  const window = new RollingWindow(1_000);
  expect(window.take(2, 0)).toEqual({ isAdmitted: true, left: 1, freesAtMs: 1_000 });
  expect(window.take(2, 400)).toEqual({ isAdmitted: true, left: 0, freesAtMs: 1_000 });
  expect(window.take(2, 999)).toEqual({ isAdmitted: false, left: 0, freesAtMs: 1_000 });
  expect(window.take(2, 1_000)).toEqual({ isAdmitted: true, left: 0, freesAtMs: 1_400 });
  expect(window.take(2, 1_399).isAdmitted).toBe(false);
  expect(window.take(2, 3_000)).toEqual({ isAdmitted: true, left: 1, freesAtMs: 4_000 });
});
