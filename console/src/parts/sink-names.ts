import { api } from '../core/api.ts';
import { useLoad } from '../core/load.ts';

/** What a sink is called on the page: those of the config have a name, a subscription has the place it sends to. */
export interface SinkNames {
  short(sink: string): string;
  long(sink: string): string;
}

const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : url);

export function useSinkNames(): SinkNames {
  const { value } = useLoad('sink names', api.subscriptions);
  const urls = new Map(value?.items.map(({ id, url }) => [id, url]));
  return {
    short: (sink) => hostOf(urls.get(sink) ?? sink),
    long: (sink) => urls.get(sink) ?? sink,
  };
}
