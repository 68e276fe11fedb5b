/** Today's patches as a picture's data: the busiest clients and providers, the rest folded into one each. */
import type { Patch } from '../../api/types/Patch';

export interface PatchNode {
  key: string;
  /** Null: did not name itself (client), or none was chosen (provider). */
  name: string | null;
  /** How many the node stands for, if it is the rest. */
  folded: number;
  requests: number;
  protocol: string | null;
}

export interface PatchEdge {
  from: string;
  to: string;
  protocol: string;
  requests: number;
}

export interface PatchBoard {
  clients: PatchNode[];
  providers: PatchNode[];
  edges: PatchEdge[];
}

const rest = '\u0000rest';
const nobody = '\u0000none';

/** At most `limit` nodes on each side; when more, the last stands for the others. */
export function board(patches: readonly Patch[], limit = 8): PatchBoard {
  const clients = nodes(patches, limit, (patch) => [patch.client, patch.client_protocol]);
  const providers = nodes(patches, limit, (patch) => [patch.provider, patch.upstream_protocol]);
  const keyIn = (side: PatchNode[], name: string | null) => {
    const key = name ?? nobody;
    return side.some((node) => node.key === key) ? key : rest;
  };
  const edges = new Map<string, PatchEdge>();
  for (const patch of patches) {
    const from = keyIn(clients, patch.client);
    const to = keyIn(providers, patch.provider);
    const id = JSON.stringify([from, to, patch.client_protocol]);
    const edge = edges.get(id);
    if (edge) edge.requests += patch.requests;
    else edges.set(id, { from, to, protocol: patch.client_protocol, requests: patch.requests });
  }
  return { clients, providers, edges: [...edges.values()].toSorted((a, b) => b.requests - a.requests) };
}

function nodes(
  patches: readonly Patch[],
  limit: number,
  read: (patch: Patch) => [name: string | null, protocol: string | null],
): PatchNode[] {
  const found = new Map<string, PatchNode & { byProtocol: Map<string | null, number> }>();
  for (const patch of patches) {
    const [name, protocol] = read(patch);
    const key = name ?? nobody;
    const node = found.get(key) ?? { key, name, folded: 0, requests: 0, protocol, byProtocol: new Map() };
    node.requests += patch.requests;
    node.byProtocol.set(protocol, (node.byProtocol.get(protocol) ?? 0) + patch.requests);
    found.set(key, node);
  }
  const all = [...found.values()]
    .toSorted((a, b) => b.requests - a.requests)
    .map(({ byProtocol, ...node }) => ({ ...node, protocol: busiest(byProtocol) }));
  if (all.length <= limit) return all;
  const kept = all.slice(0, limit - 1);
  const others = all.slice(limit - 1);
  const requests = others.reduce((sum, node) => sum + node.requests, 0);
  return [...kept, { key: rest, name: null, folded: others.length, requests, protocol: null }];
}

function busiest(counts: Map<string | null, number>): string | null {
  return [...counts].toSorted(([, a], [, b]) => b - a)[0]?.[0] ?? null;
}
