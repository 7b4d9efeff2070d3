/**
 * A child process that is asked one question after another, so that what it has loaded and compiled serves all of them.
 *
 * Entry points: `AskedProcess` of the one that asks, `answerQuestions` of the child.
 */
import { type ChildProcess, fork } from 'node:child_process';

export class AskedProcess<Question extends object, Answer> {
  readonly #program: string;
  #child: ChildProcess | null = null;

  /** `program` is the path of a module that calls `answerQuestions`. It is started with the first question. */
  constructor(program: string) {
    this.#program = program;
  }

  /**
   * The answer to `question`; one is asked at a time. Throws what the child wrote to standard error when it ends without an
   * answer. An abort of `signal` kills it, and the next question starts another.
   */
  ask(question: Question, signal: AbortSignal): Promise<Answer> {
    const child = (this.#child ??= this.#start());
    return new Promise((resolve, reject) => {
      let complaints = '';
      const keep = (chunk: Buffer): void => {
        complaints += chunk.toString();
      };
      const kill = (): void => {
        child.kill('SIGKILL');
      };
      const onExit = (): void => {
        this.#child = null;
        leave();
        reject(new Error(`the process ended without an answer: ${complaints}`));
      };
      const onAnswer = (answer: unknown): void => {
        leave();
        resolve(answer as Answer);
      };
      const leave = (): void => {
        child.stderr?.off('data', keep);
        child.off('close', onExit);
        child.off('message', onAnswer);
        signal.removeEventListener('abort', kill);
      };
      child.stderr?.on('data', keep);
      child.on('close', onExit);
      child.on('message', onAnswer);
      signal.addEventListener('abort', kill);
      child.send(question);
    });
  }

  end(): void {
    this.#child?.disconnect();
    this.#child = null;
  }

  #start(): ChildProcess {
    // A run of tests in the child is one by itself, not a part of the one that asks.
    const environment = Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST'));
    return fork(this.#program, {
      env: { ...Object.fromEntries(environment), NODE_NO_WARNINGS: '1' },
      execArgv: [],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
  }
}

/** Answers each message of the parent, who knows what `answer` takes, by what it gives; an error ends the process with status 1. */
export function answerQuestions(answer: (question: never) => Promise<object>): void {
  process.on('message', (question) => {
    // A rejection that nobody handles ends the process, and standard error says why.
    void answer(question as never).then((given) => process.send?.(given));
  });
}
