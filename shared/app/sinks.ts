import type { SinkConfig } from '../config/schema.ts';
import type { Sink } from '../outbox/sink.ts';
import { sinkNamed } from '../sinks/index.ts';
import type { SinkPorts } from '../sinks/ports.ts';

/** What cannot be used now waits: its events stay due. What a config could never use was refused before it came here. */
export const openSink = (sink: SinkConfig, ports: SinkPorts): Sink => sinkNamed(sink.type).read(sink).open(ports);
