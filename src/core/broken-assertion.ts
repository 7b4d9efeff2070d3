/** A contradiction between the journal and the rules of this code: a bug, never input. It halts its portfolio. */
export class BrokenAssertion extends Error {
  override readonly name = 'BrokenAssertion';
}
