import { runWeeks } from './weeks.ts';

runWeeks([1]);
