import { runWeeks } from './weeks.ts';

runWeeks([2, 3, 4]);
