import { useState } from 'preact/hooks';
import { sentenceOf } from './api.ts';

/** What a person has set off, and what came of it last. */
export interface Action<Value> {
  readonly value?: Value;
  /** Why it did not work, as one sentence. */
  readonly problem?: string;
  readonly isRunning: boolean;
  /** Never rejects. */
  run(work: () => Promise<Value>): Promise<void>;
  /** Forgets what came of it. */
  clear(): void;
}

type State<Value> = Pick<Action<Value>, 'value' | 'problem' | 'isRunning'>;

export function useAction<Value>(): Action<Value> {
  const [state, setState] = useState<State<Value>>({ isRunning: false });
  const run = async (work: () => Promise<Value>) => {
    setState({ isRunning: true });
    try {
      setState({ isRunning: false, value: await work() });
    } catch (error) {
      setState({ isRunning: false, problem: sentenceOf(error) });
    }
  };
  return { ...state, run, clear: () => setState({ isRunning: false }) };
}
