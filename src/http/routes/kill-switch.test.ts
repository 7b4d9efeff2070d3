import { expect, it } from 'vitest';
import { isIntakeClosed } from './kill-switch.ts';

it('a request that is journaled decides whether intake is closed', () => {
  for (const stood of [true, false, null]) {
    expect(isIntakeClosed({ engaged: true, isRecorded: true, stood })).toBe(true);
    expect(isIntakeClosed({ engaged: false, isRecorded: true, stood })).toBe(false);
  }
});

it('a request that is not journaled leaves intake as it was', () => {
  for (const engaged of [true, false])
    for (const stood of [true, false])
      expect(isIntakeClosed({ engaged, isRecorded: false, stood })).toBe(stood);
});

it('where that is not known an engagement promises nothing, and a release has released nothing', () => {
  expect(isIntakeClosed({ engaged: true, isRecorded: false, stood: null })).toBe(false);
  expect(isIntakeClosed({ engaged: false, isRecorded: false, stood: null })).toBe(true);
});
