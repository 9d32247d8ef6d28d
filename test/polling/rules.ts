import type { Rule } from './rule.ts';
import { CARRIED_RULES } from './rules-carried.ts';
import { CRASH_RULES } from './rules-crash.ts';
import { FAILING_RULES } from './rules-failing.ts';
import { LABEL_RULES } from './rules-label.ts';
import { LIST_RULES } from './rules-list.ts';
import { LONG_RULES } from './rules-long.ts';
import { MAIL_RULES } from './rules-mail.ts';
import { PASSED_OVER_RULES } from './rules-passed-over.ts';
import { QUOTA_RULES } from './rules-quotas.ts';
import { REFUSED_RULES } from './rules-refused.ts';
import { RETRY_RULES } from './rules-retry.ts';
import { ROW_RULES } from './rules-rows.ts';
import { STANDING_RULES } from './rules-standing.ts';
import { STILL_RULES } from './rules-still.ts';
import { TIMELESS_RULES } from './rules-timeless.ts';
import { TWIN_RULES } from './rules-twins.ts';

export const RULES: Readonly<Record<string, Rule>> = {
  ...MAIL_RULES,
  ...CARRIED_RULES,
  ...CRASH_RULES,
  ...FAILING_RULES,
  ...LABEL_RULES,
  ...LIST_RULES,
  ...LONG_RULES,
  ...PASSED_OVER_RULES,
  ...QUOTA_RULES,
  ...REFUSED_RULES,
  ...RETRY_RULES,
  ...ROW_RULES,
  ...STANDING_RULES,
  ...STILL_RULES,
  ...TIMELESS_RULES,
  ...TWIN_RULES,
};
