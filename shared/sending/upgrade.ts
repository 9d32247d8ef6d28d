import type { Json, JsonObject } from '../model.ts';

const isNumber = (value: Json | undefined): value is number => typeof value === 'number';

const list = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : []);

const isStepOf = (step: Json, states: readonly string[]): boolean =>
  typeof step === 'object' && step !== null && 'state' in step && states.includes(String(step.state));

/** Posts that may have left, as version 1 shows them: it kept the states a send had gone through. */
function mayHaveLeft({ state, attempt, steps }: JsonObject): readonly number[] {
  const posts = isNumber(attempt) ? attempt : 0;
  const open = ['uncertain', 'sent', 'confirmed', 'needs_decision', 'decided'];
  const was = open.includes(String(state)) || list(steps).some((step) => isStepOf(step, open));
  return posts > 0 && was ? [posts] : [];
}

/**
 * A send as version 2 has it. Version 1 called verifications "looks" and failed attempts "misses", and knew of one notice a
 * post. Its files carry neither length nor hash.
 */
export function upgradeSend(value: JsonObject): JsonObject {
  const { misses, looks, lookFrom, toldAttempt, ...rest } = value;
  const asks = value.state === 'needs_decision' ? 1 : 0;
  const isAccepted = list(value.steps).some((step) => isStepOf(step, ['sent']));
  return {
    ...rest,
    failedAttempts: isNumber(misses) ? misses : 0,
    verifications: isNumber(looks) ? looks : 0,
    ...(isNumber(lookFrom) ? { verifyFrom: lookFrom } : {}),
    mayHaveLeft: mayHaveLeft(value),
    ...(isAccepted ? { accepted: true } : {}),
    notices: asks,
    noticesGiven: toldAttempt === value.attempt ? asks : 0,
  };
}
