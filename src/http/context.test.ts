import { describe, expect, it } from 'vitest';
import { portfolioId } from '../core/ids.ts';
import { wholeDeskOf } from './context.ts';

const NONE = { deskOf: () => undefined };

describe('a portfolio that this node has not opened', () => {
  it('may be its own while the node starts', () => {
    expect(() => wholeDeskOf({ ...NONE, isWarm: () => false }, portfolioId('p1'))).toThrow(
      expect.objectContaining({ reason: 'recovering' }),
    );
  });

  it("is another node's once the node has started", () => {
    expect(() => wholeDeskOf({ ...NONE, isWarm: () => true }, portfolioId('p1'))).toThrow(
      expect.objectContaining({ reason: 'not_owner' }),
    );
  });
});
