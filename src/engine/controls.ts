/**
 * What a person changes about a portfolio: the kill switch, its limits, the ladder, and how a difference was settled.
 *
 * Entry point: `PortfolioControls`. Each change is an input like any other: decided, journaled with who and why, then answered.
 */
import type { Controls } from './desk.ts';
import type { PortfolioWriter } from './writer.ts';

export class PortfolioControls implements Controls {
  readonly #writer: PortfolioWriter;

  constructor(writer: PortfolioWriter) {
    this.#writer = writer;
  }

  async setKillSwitch(engaged: boolean, requestedBy: string, why: string): Promise<void> {
    this.#writer.requireOpen();
    await this.#writer.submit('cancel', () => ({ type: 'kill_switch', engaged, requestedBy, why }));
  }
}
