import type { Random } from '../../../shared/ports.ts';

/** What no run here can measure. Each figure of cost and lag rests on these. */
export const ASSUMED = {
  /** Both of serverless.yml. */
  memoryMb: 512,
  alarms: 8,
  /** Source: AWS Lambda, a function has one processor at 1,769 MB; an arm64 one is taken to be as fast as this machine's. */
  processorMb: 1_769,
  /** A vendor's answer: half within this, log-normal, one in twenty over 2.3 times as long. */
  latencyMedianMs: 120,
  latencySigma: 0.5,
  /** Where vendors stall: one call in so many is not answered, times out and is tried again. */
  stallOneIn: 100_000,
  stallMs: 20_000,
  /** AWS promises nothing about how long a container is kept. */
  containerLifeMinutes: 120,
  /** A standard parameter holds 4 KB; each key with its name takes about 70 bytes. */
  keysAParameter: 50,
  storeLatencyMs: 6,
  storeCpuMs: 0.8,
  /** Config in force, then the Query over 1,000 checkpoints. */
  openingMs: 40,
  /** Scheduler begins within this much of the minute. */
  schedulerSpreadMs: 1_000,
  sqsBatchMs: 15,
  /** Source: AWS, Lambda with SQS: five readers at first, then up to 300 more a minute. */
  readersFirst: 5,
  readersMoreAMinute: 300,
  /** Source: AWS, Lambda with SQS: idle, two readers ask three times a minute each. */
  idleQueueRequests: 6,
  sweepMs: 60,
  sweepCpuMs: 25,
  /** Lines the platform adds to each invocation: START, END, REPORT. */
  platformLogBytes: 450,
  repliesAFeedADay: 5,
  /** Among all feeds, so many get this many replies in new threads at once, each minute. */
  burstsAMinute: 1,
  burstReplies: 40,
  /** One new event an invocation of `deliver`, which waits for one webhook. */
  deliverMs: 300,
  /** Of TCP/IP with time stamps, on each packet and on each acknowledgement of two full segments. */
  packetBytes: 52,
  segmentBytes: 1_448,
  tlsRecordBytes: 22,
  /** What the client sends to open a TLS connection. */
  handshakeBytes: 900,
} as const;

/** A draw of a normal distribution. Source: Box and Muller. */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

export function drawLatency(random: Random, stalls: boolean): number {
  const answer = ASSUMED.latencyMedianMs * Math.exp(ASSUMED.latencySigma * normal(random));
  return stalls && random() * ASSUMED.stallOneIn < 1 ? ASSUMED.stallMs + answer : answer;
}

/** What goes out for one call on an open connection. */
export function wireBytes(requestBytes: number, answerBytes: number): number {
  const acknowledgements = Math.ceil(answerBytes / ASSUMED.segmentBytes / 2);
  return requestBytes + ASSUMED.tlsRecordBytes + ASSUMED.packetBytes * (1 + acknowledgements);
}
