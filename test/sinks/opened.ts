import { systemClock } from '../../adapters/node/clock.ts';
import { labelling } from '../../shared/providers/index.ts';
import type { SinkConfig } from '../../shared/sinks/define-sink.ts';
import { sinkNamed } from '../../shared/sinks/index.ts';
import type { SinkPorts } from '../../shared/sinks/ports.ts';
import { memoryStore } from '../../shared/store/memory.ts';

const unused = () => Promise.reject(new Error('not of this test'));

/** Ports of which a test gives those that its sink needs; a secret stands for itself. */
export function sinkPorts(given: Partial<SinkPorts>): SinkPorts {
  return {
    http: unused,
    clock: systemClock,
    log: { info: () => {}, warn: () => {} },
    secrets: { get: (text) => ({ value: text }) },
    checkUrl: () => undefined,
    putOnBus: unused,
    sendToQueue: unused,
    labelling,
    automation: { sending: NEVER, starrer: () => undefined, wake: () => {} },
    ...given,
  };
}

const NEVER: SinkPorts['automation']['sending'] = {
  store: memoryStore(),
  clock: systemClock,
  random: () => 0.5,
  log: { info: () => {}, warn: () => {} },
  connections: [],
  newOwner: () => 'nobody',
  fetchFile: unused,
};

/** A sink as the config opens it. */
export const opened = (config: SinkConfig, ports: Partial<SinkPorts>) =>
  sinkNamed(config.type).read(config).open(sinkPorts(ports));
