import { describe, expect, it } from 'vitest';
import { instrumentSymbol, venueOrderId } from '../core/ids.ts';
import type { AccountStream } from './connected-account.ts';
import { JoinedStreams } from './joined-streams.ts';

class Part implements AccountStream {
  state: AccountStream['state'] = 'closed';
  readonly expected: string[] = [];

  open(): void {
    this.state = 'connecting';
  }

  close(): void {
    this.state = 'closed';
  }

  expect(_symbol: string, id: string): void {
    this.expected.push(id);
  }
}

describe('joined streams', () => {
  const joined = (): { orders: Part; algos: Part; both: JoinedStreams } => {
    const [orders, algos] = [new Part(), new Part()];
    const both = new JoinedStreams([
      { stream: algos, carries: (id) => id.startsWith('algo-') },
      { stream: orders, carries: () => true },
    ]);
    return { orders, algos, both };
  };

  it('are connected when each of them is', () => {
    const { orders, algos, both } = joined();
    expect(both.state).toBe('closed');
    both.open();
    expect(both.state).toBe('connecting');
    orders.state = 'connected';
    expect(both.state).toBe('connecting');
    algos.state = 'connected';
    expect(both.state).toBe('connected');
    both.close();
    expect([orders.state, algos.state]).toEqual(['closed', 'closed']);
  });

  it('watch for an order on the one that carries it', () => {
    const { orders, algos, both } = joined();
    for (const id of ['algo-1', '1']) both.expect(instrumentSymbol('BTC/USDT'), venueOrderId(id));
    expect(algos.expected).toEqual(['algo-1']);
    expect(orders.expected).toEqual(['1']);
  });
});
