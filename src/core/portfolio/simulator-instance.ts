/**
 * Names the life of a paper account: that of the simulator behind it, and how often the account itself was reset.
 *
 * Entry points: `instanceOf`, `resetsIn`. A journal from before accounts could be reset holds the simulator's name alone.
 */

/** `paperResets` is how often the account was reset. Without one it is the simulator's own name. */
export function instanceOf(simulatorInstance: string, paperResets: number): string {
  return paperResets === 0 ? simulatorInstance : `${simulatorInstance}#${paperResets}`;
}

/** How often the account was reset, as its instance says. */
export function resetsIn(instance: string | null): number {
  return Number(instance?.split('#')[1] ?? 0);
}
